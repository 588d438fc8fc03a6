// SPDX-License-Identifier: GPL-2.0-only
/** include/net/sch_generic.h: queueing disciplines. */
import type { Kernel, Timer } from "../../kernel.ts";
import type { NetdevQueue } from "../linux/netdevice.ts";
import type { SkBuff, SkBuffHead } from "../linux/skbuff.ts";

export const TCQ_F_BUILTIN = 1;
export const TCQ_F_THROTTLED = 2;
export const TCQ_F_CAN_BYPASS = 8;

/** struct Qdisc_ops. */
export interface QdiscOps {
  readonly id: string;
  enqueue: ((k: Kernel, skb: SkBuff, q: Qdisc) => number) | null;
  dequeue: (k: Kernel, q: Qdisc) => SkBuff | null;
  peek: (k: Kernel, q: Qdisc) => SkBuff | null;
  init?: (k: Kernel, q: Qdisc, opt: QdiscOptions | null) => number;
  change?: (k: Kernel, q: Qdisc, opt: QdiscOptions) => number;
  reset?: (k: Kernel, q: Qdisc) => void;
  destroy?: (k: Kernel, q: Qdisc) => void;
}

/** What tc gives: limit in packets or bytes as the kind counts; rate and burst in bytes (per second). */
export interface QdiscOptions {
  limit?: number;
  rate?: number;
  burst?: number;
}

/** struct Qdisc. */
export interface Qdisc {
  readonly oid: number;
  ops: QdiscOps;
  enqueue: ((k: Kernel, skb: SkBuff, q: Qdisc) => number) | null;
  dequeue: (k: Kernel, q: Qdisc) => SkBuff | null;
  flags: number;
  handle: number;
  dev_queue: NetdevQueue;
  gso_skb: SkBuff | null;
  /** __QDISC_STATE_RUNNING, SCHED, DEACTIVATED. */
  running: boolean;
  scheduled: boolean;
  deactivated: boolean;
  q: SkBuffHead;
  bstats: { bytes: number; packets: number };
  qstats: { qlen: number; backlog: number; drops: number; requeues: number; overlimits: number };
  /** qdisc_priv: the kind's own data. */
  priv: unknown;
  watchdog: Timer | null;
}
