// SPDX-License-Identifier: GPL-2.0-only
/**
 * How much time passed while a case was recorded is not written down, but it shows: a packet that a timer sends (an
 * ARP request, an IGMP report, what a qdisc held back) stands in the step during which the timer ran. So the recorded
 * packets are this clock: where such a packet is due, the simulated time goes on until it comes.
 */
import type { Frame, Machine } from "../../src/kernels/release.ts";
import type { RecordedPacket } from "./recording.ts";

/** A jiffy of el6, in milliseconds. */
export const TICK = 10;
/**
 * Steps took a few milliseconds: what has not come after so many jiffies is not waiting for the clock. Before a call
 * only timers of the steps before it can be due; what the call itself begins may take longer.
 */
const PATIENCE = { before: 2, after: 20 };
const OUTGOING = 4;
const ARP_REQUEST = "0001";
const IGMP = "02";

export class Clock {
  private readonly m: Machine;
  private readonly recorded: readonly RecordedPacket[];
  private readonly frames: readonly Frame[];

  constructor(machine: Machine, recorded: readonly RecordedPacket[], frames: readonly Frame[]) {
    this.m = machine;
    this.recorded = recorded;
    this.frames = frames;
  }

  /** Before the call: timers whose packets come before the call's own. */
  before(): void {
    const own = this.recorded.findIndex((p) => p.t === OUTGOING && !timed(p));
    this.until(own < 0 ? this.recorded.length : own, PATIENCE.before);
  }

  /** After it: whatever the call has not sent. */
  after(): void {
    this.until(this.recorded.length, PATIENCE.after);
  }

  /** Until there are so many packets, or patience is at its end. */
  private until(packets: number, patience: number): void {
    for (let ticks = 0; ticks < patience && this.frames.length < packets; ticks++) this.m.advance(TICK);
  }
}

/** Is this a packet that no call sends by itself? */
function timed({ t, proto, hex = "" }: RecordedPacket): boolean {
  if (t !== OUTGOING) return false;
  if (proto === "0806") return hex.slice(40, 44) === ARP_REQUEST;
  return proto === "0800" && hex.slice(46, 48) === IGMP;
}
