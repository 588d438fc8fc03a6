// SPDX-License-Identifier: GPL-2.0-only
/** Do the counters tell what a tap on every device saw? */
import type { Frame } from "../../../../src/kernels/release.ts";

const OTHERHOST = 3;
const OUTGOING = 4;
const IP = 0x0800;
const ETH = 14;
/** A card pads its frames to this, and counts the padding. */
const ETH_ZLEN = 60;
/** eth_type_trans takes the header off, if there is a whole one, before loopback_xmit looks how long the packet is. */
const loopbackLength = (length: number): number => (length < ETH ? length : length - ETH);

type Counters = ReadonlyMap<string, number>;

/** A device that was there before and after, under the same name. */
export interface Port {
  readonly name: string;
  /** Of what kind: `dummy`, `veth`, `e1000`, `loopback`. */
  readonly kind: string;
}

/** Where counters and frames of one action differ. `copies`: see below. */
export function untold(
  frames: readonly Frame[],
  moved: Counters,
  ports: readonly Port[],
  copies: number,
): string[] {
  const by = (name: string): number => moved.get(name) ?? 0;
  const wrong: string[] = [];
  for (const { name, kind } of ports) {
    // ifb sends nothing by itself, and a VLAN's frames are counted with their tag.
    if (kind === "ifb" || kind === "vlan") continue;
    const out = frames.filter((f) => f.dev === name && f.type === OUTGOING);
    const lost = by(`dev:${name}.tx_drop`) + by(`dev:${name}.tx_errs`) + by(`dev:${name}.rx_drop`);
    const packets = by(`dev:${name}.tx_packets`);
    if (packets > out.length || packets + lost < out.length) {
      wrong.push(`${name} sent ${packets} packets and lost ${lost}, ${out.length} were seen`);
    }
    const length = (f: Frame): number =>
      kind === "loopback"
        ? loopbackLength(f.bytes.length)
        : kind === "e1000"
          ? Math.max(f.bytes.length, ETH_ZLEN)
          : f.bytes.length;
    const bytes = out.reduce((sum, f) => sum + length(f), 0);
    if (packets === out.length && by(`dev:${name}.tx_bytes`) !== bytes) {
      wrong.push(`${name} sent ${by(`dev:${name}.tx_bytes`)} bytes, ${bytes} were seen`);
    }
  }
  // Multicast that goes to the machine itself (ip_dev_loopback_xmit) is not shown to packet sockets.
  const received = frames.filter((f) => f.protocol === IP && f.type !== OUTGOING && f.type !== OTHERHOST);
  const receives = by("Ip.InReceives");
  // What comes in on a VLAN's device had come in on the one below.
  const vlans = new Set(ports.flatMap(({ name, kind }) => (kind === "vlan" ? [name] : [])));
  const twice = received.filter((f) => vlans.has(f.dev)).length;
  if (receives < received.length - twice || receives > received.length + copies) {
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
