// SPDX-License-Identifier: GPL-2.0-only
/** net/sched/sch_tbf.c: the token bucket. Tokens are time: so long may be sent at the given rate. */
import { drop, fate, note, refuse, traced } from "../../../../trace/traced.ts";
import { EINVAL, ENOMEM } from "../../../../uapi/errno.ts";
import { NET_XMIT_DROP, NET_XMIT_SUCCESS, NETIF_F_GSO_MASK } from "../../include/linux/netdevice.ts";
import { type SkBuff, skb_is_gso } from "../../include/linux/skbuff.ts";
import { psched_get_time, psched_mtu, psched_tdiff_bounded } from "../../include/net/pkt_sched.ts";
import {
  net_xmit_drop_count,
  type Qdisc,
  type QdiscOps,
  type QdiscOptions,
  qdisc_dequeue_peeked,
  qdisc_dev,
  qdisc_enqueue,
  qdisc_pkt_len,
  qdisc_reshape_fail,
  TCQ_F_THROTTLED,
} from "../../include/net/sch_generic.ts";
import type { Kernel } from "../../kernel.ts";
import { netif_skb_features, skb_gso_segment } from "../core/dev.ts";
import { consume_skb, skb_gso_transport_seglen } from "../core/skbuff.ts";
import {
  qdisc_tree_decrease_qlen,
  qdisc_watchdog_cancel,
  qdisc_watchdog_init,
  qdisc_watchdog_schedule,
} from "./sch_api.ts";
import { bfifo_qdisc_ops, fifo_create_dflt } from "./sch_fifo.ts";
import { qdisc_destroy, qdisc_reset } from "./sch_generic.ts";

const FILE = "net/sched/sch_tbf.c";
/** One slot of the rate table stands for eight bytes, as tc sets it up without an MTU. */
const CELL_LOG = 3;
const TICKS_PER_USEC = 15.625;

interface TbfSchedData {
  limit: number;
  /** Depth of the bucket, in ticks. */
  buffer: number;
  /** The longest packet that the bucket can ever let go. */
  max_size: number;
  /** Ticks that a packet of ((slot + 1) << CELL_LOG) bytes takes. */
  R_tab: number[];
  tokens: number;
  /** When the tokens were last counted. */
  t_c: number;
  /** Where packets wait. */
  qdisc: Qdisc;
}
function tbf_priv(sch: Qdisc): TbfSchedData {
  return sch.priv as TbfSchedData;
}

/** Ticks that a packet takes (qdisc_l2t): its length less one, in slots. */
function L2T(q: TbfSchedData, len: number): number {
  const slot = Math.max(len - 1, 0) >> CELL_LOG;
  if (slot > 255)
    return (Math.imul(q.R_tab[255] as number, slot >> 8) + (q.R_tab[slot & 0xff] as number)) >>> 0;
  return q.R_tab[slot] as number;
}

/** Bytes of each segment that a large packet will be cut into, all headers included. */
export const skb_gso_mac_seglen = traced(
  FILE,
  "skb_gso_mac_seglen(skb)",
  // Before the driver has it a packet of our own has no link-layer header that is marked as such: offset -1.
  (k: Kernel, skb: SkBuff): number =>
    skb.transport_header - skb.mac_header + skb_gso_transport_seglen(k, skb),
);

/** Cut a packet that is too large for the bucket, and queue the pieces. */
export const tbf_segment = traced(
  FILE,
  "tbf_segment(skb, sch)",
  (k: Kernel, skb: SkBuff, sch: Qdisc): number => {
    const q = tbf_priv(sch);
    const features = netif_skb_features(k, skb);
    const segs = skb_gso_segment(k, skb, features & ~NETIF_F_GSO_MASK);
    if (segs === null || typeof segs === "number") {
      drop(k, skb, "SKB_GSO_SEG", "GSO packet cannot be segmented", { len: skb.len });
      return qdisc_reshape_fail(k, skb, sch);
    }
    let nb = 0;
    for (let seg: SkBuff | null = segs; seg !== null; ) {
      const next: SkBuff | null = seg.next;
      seg.next = null;
      seg.qdisc_pkt_len = seg.len;
      const ret = qdisc_enqueue(k, seg, q.qdisc);
      if (ret === NET_XMIT_SUCCESS) nb++;
      else if (net_xmit_drop_count(ret) !== 0) sch.qstats.drops++;
      seg = next;
    }
    sch.qlen += nb;
    if (nb > 1) qdisc_tree_decrease_qlen(k, sch, 1 - nb);
    consume_skb(k, skb);
    return nb > 0 ? NET_XMIT_SUCCESS : NET_XMIT_DROP;
  },
);

/** Queue a packet that the bucket can let go some time. */
export const tbf_enqueue = traced(
  FILE,
  "tbf_enqueue(skb, sch)",
  (k: Kernel, skb: SkBuff, sch: Qdisc): number => {
    const q = tbf_priv(sch);
    if (qdisc_pkt_len(skb) > q.max_size) {
      if (skb_is_gso(skb) && skb_gso_mac_seglen(k, skb) <= q.max_size) {
        note(k, "larger than the burst, but it can be segmented", {
          len: qdisc_pkt_len(skb),
          max_size: q.max_size,
        });
        return tbf_segment(k, skb, sch);
      }
      drop(k, skb, "QDISC_DROP", "larger than the burst: can never be sent", {
        len: qdisc_pkt_len(skb),
        max_size: q.max_size,
      });
      return qdisc_reshape_fail(k, skb, sch);
    }
    const ret = qdisc_enqueue(k, skb, q.qdisc);
    if (ret !== NET_XMIT_SUCCESS) {
      if (net_xmit_drop_count(ret) !== 0) sch.qstats.drops++;
      return ret;
    }
    if (sch.qlen > 0) fate(k, "waiting", skb, "waits in the tbf queue", { qlen: sch.qlen });
    sch.qlen++;
    sch.bstats.bytes += qdisc_pkt_len(skb);
    sch.bstats.packets++;
    return 0;
  },
);

/** The next packet, if there are tokens for it; else a timer is set for when there will be. */
export const tbf_dequeue = traced(FILE, "tbf_dequeue(sch)", (k: Kernel, sch: Qdisc): SkBuff | null => {
  const q = tbf_priv(sch);
  const skb = q.qdisc.ops.peek(k, q.qdisc);
  if (skb === null) return null;
  const now = psched_get_time(k);
  const cost = L2T(q, qdisc_pkt_len(skb));
  const toks = Math.min(psched_tdiff_bounded(now, q.t_c, q.buffer) + q.tokens, q.buffer) - cost;
  if (toks < 0) {
    fate(k, "waiting", skb, "waits in the tbf queue for the watchdog timer: not enough tokens", {
      missing: -toks,
    });
    qdisc_watchdog_schedule(k, sch, now - toks);
    sch.qstats.overlimits++;
    return null;
  }
  const out = qdisc_dequeue_peeked(k, q.qdisc);
  if (out === null) return null;
  note(k, "enough tokens for this packet", { cost, tokens: toks });
  q.t_c = now;
  q.tokens = toks;
  sch.qlen--;
  sch.flags &= ~TCQ_F_THROTTLED;
  return out;
});

/** Throw out what waits, fill the bucket. */
export const tbf_reset = traced(FILE, "tbf_reset(sch)", (k: Kernel, sch: Qdisc): void => {
  const q = tbf_priv(sch);
  qdisc_reset(k, q.qdisc);
  sch.qlen = 0;
  q.t_c = psched_get_time(k);
  q.tokens = q.buffer;
  qdisc_watchdog_cancel(k, sch);
});

/** Set rate, depth and limit. tc makes the table of transmission times from the rate. */
export const tbf_change = traced(
  FILE,
  "tbf_change(sch, opt)",
  (k: Kernel, sch: Qdisc, opt: QdiscOptions | null): number => {
    const q = tbf_priv(sch);
    const rate = opt?.rate ?? 0;
    if (opt === null || rate === 0) {
      return refuse(k, -EINVAL, "no rate given");
    }
    // tc: microseconds that so many bytes take, times ticks a microsecond, cut to 32 bits.
    const ticks = (bytes: number) =>
      Math.min(Math.trunc(1_000_000 * (bytes / rate) * TICKS_PER_USEC), 0xffffffff);
    const rtab: number[] = [];
    for (let i = 0; i < 256; i++) rtab.push(ticks((i + 1) << CELL_LOG));
    const buffer = ticks(opt.burst ?? 0);
    let n = 0;
    while (n < 256 && (rtab[n] as number) <= buffer) n++;
    const max_size = (n << CELL_LOG) - 1;
    if (max_size < 0) {
      return refuse(k, -EINVAL, "burst is too small for any packet", { burst: opt.burst ?? 0 });
    }
    if (max_size < psched_mtu(qdisc_dev(sch)))
      note(k, "burst is below the device's MTU", { max_size, mtu: psched_mtu(qdisc_dev(sch)) });
    let child: Qdisc | null = null;
    const limit = opt.limit ?? 0;
    if (limit > 0) {
      child = fifo_create_dflt(k, sch, bfifo_qdisc_ops, limit);
      if (child === null) return -ENOMEM;
    }
    if (child !== null) {
      qdisc_tree_decrease_qlen(k, q.qdisc, q.qdisc.qlen);
      qdisc_destroy(k, q.qdisc);
      q.qdisc = child;
    }
    q.limit = limit;
    q.max_size = max_size;
    q.buffer = buffer;
    q.tokens = buffer;
    q.R_tab = rtab;
    return 0;
  },
);

/** Start with a full bucket. */
export const tbf_init = traced(
  FILE,
  "tbf_init(sch, opt)",
  (k: Kernel, sch: Qdisc, opt: QdiscOptions | null): number => {
    if (opt === null) {
      return refuse(k, -EINVAL, "no options given");
    }
    const q = tbf_priv(sch);
    q.t_c = psched_get_time(k);
    qdisc_watchdog_init(k, sch);
    q.qdisc = k.noop_qdisc;
    return tbf_change(k, sch, opt);
  },
);

/** Give everything back. */
export const tbf_destroy = traced(FILE, "tbf_destroy(sch)", (k: Kernel, sch: Qdisc): void => {
  qdisc_watchdog_cancel(k, sch);
  qdisc_destroy(k, tbf_priv(sch).qdisc);
});

export const tbf_qdisc_ops: QdiscOps = {
  id: "tbf",
  priv: (): Partial<TbfSchedData> => ({ limit: 0, buffer: 0, max_size: 0, R_tab: [], tokens: 0, t_c: 0 }),
  enqueue: tbf_enqueue,
  dequeue: tbf_dequeue,
  peek: (_k, q) => q.gso_skb,
  init: tbf_init,
  change: tbf_change,
  reset: tbf_reset,
  destroy: tbf_destroy,
};
