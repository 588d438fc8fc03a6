// SPDX-License-Identifier: GPL-2.0-only
/** net/sched/sch_fifo.c: first in, first out, limited in packets (pfifo) or bytes (bfifo). */
import { drop, traced } from "../../../../trace/traced.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import { psched_mtu } from "../../include/net/pkt_sched.ts";
import {
  type Qdisc,
  type QdiscOps,
  type QdiscOptions,
  qdisc_dequeue_head,
  qdisc_dev,
  qdisc_enqueue_tail,
  qdisc_peek_head,
  qdisc_pkt_len,
  qdisc_reset_queue,
  qdisc_reshape_fail,
} from "../../include/net/sch_generic.ts";
import type { Kernel } from "../../kernel.ts";
import { qdisc_create_dflt, qdisc_destroy } from "./sch_generic.ts";

const FILE = "net/sched/sch_fifo.c";

interface FifoSchedData {
  limit: number;
}
function fifo_priv(sch: Qdisc): FifoSchedData {
  return sch.priv as FifoSchedData;
}

/** Queue a packet unless it makes too many bytes. */
export const bfifo_enqueue = traced(
  FILE,
  "bfifo_enqueue(skb, sch)",
  (k: Kernel, skb: SkBuff, sch: Qdisc): number => {
    const { limit } = fifo_priv(sch);
    if (sch.qstats.backlog + qdisc_pkt_len(skb) <= limit) return qdisc_enqueue_tail(skb, sch);
    drop(k, skb, "QDISC_DROP", "the qdisc is full (bytes)", {
      backlog: sch.qstats.backlog,
      len: qdisc_pkt_len(skb),
      limit,
    });
    return qdisc_reshape_fail(k, skb, sch);
  },
);

/** Queue a packet unless there are too many. */
export const pfifo_enqueue = traced(
  FILE,
  "pfifo_enqueue(skb, sch)",
  (k: Kernel, skb: SkBuff, sch: Qdisc): number => {
    const { limit } = fifo_priv(sch);
    if (sch.qlen < limit) return qdisc_enqueue_tail(skb, sch);
    drop(k, skb, "QDISC_DROP", "the qdisc is full (limit)", { qlen: sch.qlen, limit });
    return qdisc_reshape_fail(k, skb, sch);
  },
);

/** Set the limit: as asked, or the device's txqueuelen. */
export const fifo_init = traced(
  FILE,
  "fifo_init(sch, opt)",
  (_k: Kernel, sch: Qdisc, opt: QdiscOptions | null): number => {
    if (opt?.limit !== undefined) {
      fifo_priv(sch).limit = opt.limit >>> 0;
      return 0;
    }
    const dev = qdisc_dev(sch);
    const packets = dev.tx_queue_len || 1;
    fifo_priv(sch).limit = sch.ops.id === "bfifo" ? packets * psched_mtu(dev) : packets;
    return 0;
  },
);

const fifo_common = {
  priv: (): FifoSchedData => ({ limit: 0 }),
  dequeue: qdisc_dequeue_head,
  peek: qdisc_peek_head,
  init: fifo_init,
  change: fifo_init,
  reset: qdisc_reset_queue,
};
export const pfifo_qdisc_ops: QdiscOps = { ...fifo_common, id: "pfifo", enqueue: pfifo_enqueue };
export const bfifo_qdisc_ops: QdiscOps = { ...fifo_common, id: "bfifo", enqueue: bfifo_enqueue };

/** The fifo inside another discipline. */
export const fifo_create_dflt = traced(
  FILE,
  "fifo_create_dflt(sch, ops, limit)",
  (k: Kernel, sch: Qdisc, ops: QdiscOps, limit: number): Qdisc | null => {
    const dev = qdisc_dev(sch);
    const q = qdisc_create_dflt(k, dev, dev.tx, ops, sch.handle + 1);
    if (q === null) return null;
    if (fifo_init(k, q, { limit }) < 0) {
      qdisc_destroy(k, q);
      return null;
    }
    return q;
  },
);
