// SPDX-License-Identifier: GPL-2.0-only
/** The frames of a step as tcpdump would see them on their devices, with time and the way to them. */
import type { PacketEvent } from "../trace/event.ts";
import type { TimedItem, TimedSyscall } from "../trace/time.ts";

/** PACKET_OUTGOING (linux/if_packet.h). */
export const OUTGOING = 4;

/** One frame on one device. */
export interface Frame {
  readonly packet: PacketEvent;
  /** Virtual nanoseconds. */
  readonly at: number;
  /** The functions around the tap, outermost first: `sys_sendto → … ⇒ softirq: net_rx_action → …`. */
  readonly path: string;
}

/** What is seen at a device: one without a link-layer header has no frames. */
export function frameWord({ link }: PacketEvent): string {
  return link === "raw" ? "packet" : "frame";
}

/** Every frame that somebody who listens on every device sees. */
export function framesOf(call: TimedSyscall, inline: boolean): Frame[] {
  const out: Frame[] = [];
  collect(call.body, "", inline, out);
  return out;
}

function collect(items: readonly TimedItem[], path: string, inline: boolean, out: Frame[]): void {
  for (const item of items) {
    if (item.ev === "packet" && isCaptured(item)) out.push({ packet: item, at: item.at, path });
    else if (item.ev === "in") {
      collect(item.body, `${path}${path === "" ? "" : " ⇒ "}${item.name}:`, inline, out);
    } else if (item.ev === "call") {
      const next = item.inline && !inline ? path : `${path}${arrow(path)}${item.fn}`;
      collect(item.body, next, inline, out);
    }
  }
}

function arrow(path: string): string {
  return path === "" ? "" : path.endsWith(":") ? " " : " → ";
}

/** libpcap drops what leaves by the loopback device: each such frame is seen when it comes in. */
function isCaptured({ dev, type }: PacketEvent): boolean {
  return dev !== "lo" || type !== OUTGOING;
}
