// SPDX-License-Identifier: GPL-2.0-only
/** include/net/pkt_sched.h: the packet scheduler's clock, and running a queue. */
import { inlined, note } from "../../../../trace/traced.ts";
import type { Kernel } from "../../kernel.ts";
import { __qdisc_run } from "../../net/sched/sch_generic.ts";
import type { NetDevice } from "../linux/netdevice.ts";
import type { Qdisc } from "./sch_generic.ts";

const FILE = "include/net/pkt_sched.h";

/** The scheduler counts time in units of 64 nanoseconds. */
export const PSCHED_SHIFT = 6;

/** Now, in the scheduler's ticks since the machine's clock began. */
export function psched_get_time(k: Kernel): number {
  return Number((k.now - PSCHED_EPOCH) >> BigInt(PSCHED_SHIFT));
}
/** Any fixed point before a machine starts: keeps the ticks small enough for a number. */
export const PSCHED_EPOCH = 1_500_000_000_000_000_000n;

export function psched_tdiff_bounded(tv1: number, tv2: number, bound: number): number {
  return Math.min(tv1 - tv2, bound);
}
/** The largest packet that the device's transmit function sees. */
export function psched_mtu(dev: NetDevice): number {
  return dev.mtu + dev.hard_header_len;
}

/** Send what waits, unless somebody is already at it. */
export const qdisc_run = inlined(FILE, "qdisc_run(q)", (k: Kernel, q: Qdisc): void => {
  if (q.running) {
    note(k, "the qdisc is already running, further up this call stack");
    return;
  }
  q.running = true;
  __qdisc_run(k, q);
});
