// SPDX-License-Identifier: GPL-2.0-only
/** net/sched/sch_blackhole.c: every packet is dropped, and its sender is told that it was sent. */
import { drop, traced } from "../../../../trace/traced.ts";
import { NET_XMIT_SUCCESS } from "../../include/linux/netdevice.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import { type Qdisc, type QdiscOps, qdisc_drop } from "../../include/net/sch_generic.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/sched/sch_blackhole.c";

/** Drop it. */
export const blackhole_enqueue = traced(
  FILE,
  "blackhole_enqueue(skb, sch)",
  (k: Kernel, skb: SkBuff, sch: Qdisc): number => {
    drop(k, skb, "QDISC_DROP", "blackhole qdisc: dropped, and reported as success");
    qdisc_drop(k, skb, sch);
    return NET_XMIT_SUCCESS;
  },
);

/** There is never anything to send. */
export const blackhole_dequeue = traced(
  FILE,
  "blackhole_dequeue(sch)",
  (_k: Kernel, _sch: Qdisc): SkBuff | null => null,
);

export const blackhole_qdisc_ops: QdiscOps = {
  id: "blackhole",
  enqueue: blackhole_enqueue,
  dequeue: blackhole_dequeue,
  peek: blackhole_dequeue,
};
