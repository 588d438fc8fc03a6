// SPDX-License-Identifier: GPL-2.0-only
/** include/net/sch_generic.h: queueing disciplines. */
import { inlined, note } from "../../../../trace/traced.ts";
import type { Kernel, Timer } from "../../kernel.ts";
import { kfree_skb } from "../../net/core/skbuff.ts";
import {
  NET_XMIT_DROP,
  NET_XMIT_MASK,
  NET_XMIT_SUCCESS,
  type NetDevice,
  type NetdevQueue,
} from "../linux/netdevice.ts";
import {
  __skb_dequeue,
  __skb_queue_purge,
  __skb_queue_tail,
  drop_all,
  type SkBuff,
  type SkBuffHead,
  skb_peek,
} from "../linux/skbuff.ts";

const FILE = "include/net/sch_generic.h";

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
  change?: (k: Kernel, q: Qdisc, opt: QdiscOptions | null) => number;
  reset?: (k: Kernel, q: Qdisc) => void;
  destroy?: (k: Kernel, q: Qdisc) => void;
  /** qdisc_priv as alloc makes it. */
  priv?: () => unknown;
}

/** What tc gives: limit in packets or bytes as the kind counts; rate and burst in bytes (per second). */
export interface QdiscOptions {
  readonly limit?: number;
  readonly rate?: number;
  readonly burst?: number;
}

/** struct Qdisc. */
export interface Qdisc {
  readonly oid: number;
  ops: QdiscOps;
  enqueue: ((k: Kernel, skb: SkBuff, q: Qdisc) => number) | null;
  dequeue: (k: Kernel, q: Qdisc) => SkBuff | null;
  flags: number;
  handle: number;
  /** Null for the built-in noop and noqueue, which all devices share. */
  dev_queue: NetdevQueue | null;
  parent: number;
  refcnt: number;
  gso_skb: SkBuff | null;
  /** __QDISC_STATE_RUNNING, SCHED, DEACTIVATED. */
  running: boolean;
  scheduled: boolean;
  deactivated: boolean;
  q: SkBuffHead;
  /** q.qlen: also counts what classes below hold, so it is not the list's length. */
  qlen: number;
  bstats: { bytes: number; packets: number };
  qstats: { backlog: number; drops: number; requeues: number; overlimits: number };
  /** qdisc_priv: the kind's own data. */
  priv: unknown;
  watchdog: Timer | null;
}

/** A packet that another qdisc has taken over: not a drop. */
export const __NET_XMIT_STOLEN = 0x00010000;

export function qdisc_qlen(q: Qdisc): number {
  return q.qlen;
}
export function qdisc_root(qdisc: Qdisc): Qdisc {
  return (qdisc.dev_queue as NetdevQueue).qdisc;
}
export function qdisc_root_sleeping(qdisc: Qdisc): Qdisc {
  return (qdisc.dev_queue as NetdevQueue).qdisc_sleeping;
}
export function qdisc_dev(qdisc: Qdisc): NetDevice {
  return (qdisc.dev_queue as NetdevQueue).dev;
}
export function qdisc_pkt_len(skb: SkBuff): number {
  return skb.qdisc_pkt_len;
}
export function net_xmit_drop_count(e: number): number {
  return (e & __NET_XMIT_STOLEN) !== 0 ? 0 : 1;
}
export function __qdisc_update_bstats(sch: Qdisc, len: number): void {
  sch.bstats.bytes += len;
  sch.bstats.packets++;
}
export function qdisc_enqueue(k: Kernel, skb: SkBuff, sch: Qdisc): number {
  return (sch.enqueue as NonNullable<Qdisc["enqueue"]>)(k, skb, sch);
}
export function __qdisc_enqueue_tail(sch: Qdisc, skb: SkBuff, list: SkBuffHead): number {
  __skb_queue_tail(list, skb);
  sch.qstats.backlog += qdisc_pkt_len(skb);
  __qdisc_update_bstats(sch, qdisc_pkt_len(skb));
  return NET_XMIT_SUCCESS;
}
export function qdisc_enqueue_tail(skb: SkBuff, sch: Qdisc): number {
  sch.qlen++;
  return __qdisc_enqueue_tail(sch, skb, sch.q);
}
export function __qdisc_dequeue_head(sch: Qdisc, list: SkBuffHead): SkBuff | null {
  const skb = __skb_dequeue(list);
  if (skb !== null) sch.qstats.backlog -= qdisc_pkt_len(skb);
  return skb;
}
export function qdisc_dequeue_head(_k: Kernel, sch: Qdisc): SkBuff | null {
  const skb = __qdisc_dequeue_head(sch, sch.q);
  if (skb !== null) sch.qlen--;
  return skb;
}
export function qdisc_peek_head(_k: Kernel, sch: Qdisc): SkBuff | null {
  return skb_peek(sch.q);
}
/** Take the packet that peek showed. */
export function qdisc_dequeue_peeked(k: Kernel, sch: Qdisc): SkBuff | null {
  const skb = sch.gso_skb;
  if (skb === null) return sch.dequeue(k, sch);
  sch.gso_skb = null;
  sch.qlen--;
  return skb;
}
export function qdisc_reset_queue(k: Kernel, sch: Qdisc): void {
  drop_all(k, sch.q, "QDISC_DROP", "the qdisc is reset: device down, or qdisc replaced");
  __skb_queue_purge(k, sch.q);
  sch.qlen = 0;
  sch.qstats.backlog = 0;
}
export function qdisc_drop(k: Kernel, skb: SkBuff, sch: Qdisc): number {
  kfree_skb(k, skb);
  sch.qstats.drops++;
  return NET_XMIT_DROP;
}
/** A queue is full: nobody above reshapes it, so drop. */
export function qdisc_reshape_fail(k: Kernel, skb: SkBuff, sch: Qdisc): number {
  sch.qstats.drops++;
  kfree_skb(k, skb);
  return NET_XMIT_DROP;
}

/** Give a packet to the device's outermost queue. */
export const qdisc_enqueue_root = inlined(
  FILE,
  "qdisc_enqueue_root(skb, sch)",
  (k: Kernel, skb: SkBuff, sch: Qdisc): number => {
    skb.qdisc_pkt_len = skb.len;
    const rc = qdisc_enqueue(k, skb, sch) & NET_XMIT_MASK;
    if (rc !== NET_XMIT_SUCCESS) note(k, "enqueue failed", { qdisc: sch.ops.id, rc });
    return rc;
  },
);
