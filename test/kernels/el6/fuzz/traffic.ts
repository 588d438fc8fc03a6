// SPDX-License-Identifier: GPL-2.0-only
/** Do the counters tell what a tap on every device saw? */
import type { Frame } from "../../../../src/kernels/release.ts";

const OTHERHOST = 3;
const OUTGOING = 4;
const IP = 0x0800;
const ETH = 14;
/** eth_type_trans takes the header off, if there is a whole one, before loopback_xmit looks how long the packet is. */
const loopbackLength = (length: number): number => (length < ETH ? length : length - ETH);

type Counters = ReadonlyMap<string, number>;

/**
 * Where counters and frames of one action differ. `names`: devices that were there before and after, as they were.
 * `copies`: multicast that went to the machine itself (ip_dev_loopback_xmit), which packet sockets are not shown.
 */
export function untold(
  frames: readonly Frame[],
  moved: Counters,
  names: readonly string[],
  copies: number,
): string[] {
  const wrong: string[] = [];
  const by = (name: string): number => moved.get(name) ?? 0;
  for (const dev of names.filter((name) => /^(lo|d\d|v\d)$/.test(name))) {
    const out = frames.filter((f) => f.dev === dev && f.type === OUTGOING);
    const lost = by(`dev:${dev}.tx_drop`) + by(`dev:${dev}.tx_errs`) + by(`dev:${dev}.rx_drop`);
    const packets = by(`dev:${dev}.tx_packets`);
    if (packets > out.length || packets + lost < out.length) {
      wrong.push(`${dev} sent ${packets} packets and lost ${lost}, ${out.length} were seen`);
    }
    const bytes = out.reduce(
      (sum, f) => sum + (dev === "lo" ? loopbackLength(f.bytes.length) : f.bytes.length),
      0,
    );
    if (packets === out.length && by(`dev:${dev}.tx_bytes`) !== bytes) {
      wrong.push(`${dev} sent ${by(`dev:${dev}.tx_bytes`)} bytes, ${bytes} were seen`);
    }
  }
  const received = frames.filter((f) => f.protocol === IP && f.type !== OUTGOING && f.type !== OTHERHOST);
  const receives = by("Ip.InReceives");
  if (receives < received.length || receives > received.length + copies) {
    wrong.push(`Ip.InReceives moved by ${receives}, ${received.length} packets came in`);
  }
  return wrong;
}

/** Whole sessions: each packet that left had been counted, and each piece of one. Some wait or are lost on the way. */
export class Outgoing {
  private requests = 0;
  private pieces = 0;
  private seen = 0;
  private segmented = false;

  /** `own`: the frames that nobody but the machine made. `segments`: how often a packet was cut for a device (skb_gso_segment). */
  add(own: readonly Frame[], moved: Counters, segments: number): void {
    this.seen += own.filter((f) => f.protocol === IP && f.type === OUTGOING).length;
    this.requests += moved.get("Ip.OutRequests") ?? 0;
    this.pieces += (moved.get("Ip.FragCreates") ?? 0) - (moved.get("Ip.FragOKs") ?? 0);
    this.segmented ||= segments > 0;
  }
  /** What does not add up so far. */
  untold(): string[] {
    if (this.segmented || this.seen <= this.requests + this.pieces) return [];
    return [
      `${this.seen} packets left, ${this.requests} had been counted and ${this.pieces} more pieces made`,
    ];
  }
}
