// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/sched/sch_generic.c: running queueing disciplines, and the three that the kernel attaches by itself: noop (a
 * device that is down), noqueue (virtual devices) and pfifo_fast. Devices have one queue; the watchdog is left out.
 */
import { drop, fate, inlined, note, traced } from "../../../../trace/traced.ts";
import {
  dev_hold,
  dev_put,
  NET_XMIT_CN,
  NETDEV_TX_BUSY,
  NETDEV_TX_LOCKED,
  NETDEV_TX_OK,
  type NetDevice,
  type NetdevQueue,
  netif_carrier_ok,
  netif_tx_queue_frozen,
  netif_tx_queue_stopped,
} from "../../include/linux/netdevice.ts";
import {
  __skb_queue_purge,
  drop_all,
  type SkBuff,
  SkBuffHead,
  skb_peek,
  skb_queue_empty,
} from "../../include/linux/skbuff.ts";
import {
  __qdisc_dequeue_head,
  __qdisc_enqueue_tail,
  type Qdisc,
  type QdiscOps,
  qdisc_dev,
  qdisc_drop,
  qdisc_qlen,
  TCQ_F_BUILTIN,
  TCQ_F_CAN_BYPASS,
} from "../../include/net/sch_generic.ts";
import { type Kernel, local_bh_disable, local_bh_enable, printk } from "../../kernel.ts";
import { __netif_schedule, dev_hard_start_xmit, HARD_TX_LOCK, HARD_TX_UNLOCK } from "../core/dev.ts";
import { linkwatch_fire_event } from "../core/link_watch.ts";
import { kfree_skb } from "../core/skbuff.ts";
import { net_ratelimit } from "../core/utils.ts";

const FILE = "net/sched/sch_generic.c";

/** The driver did not take the packet: keep it, and try again later. */
export const dev_requeue_skb = inlined(
  FILE,
  "dev_requeue_skb(skb, q)",
  (k: Kernel, skb: SkBuff, q: Qdisc): number => {
    fate(k, "waiting", skb, "waits in the qdisc: the device is busy", { dev: qdisc_dev(q).name });
    q.gso_skb = skb;
    q.qstats.requeues++;
    q.qlen++;
    __netif_schedule(k, q);
    return 0;
  },
);

/** The next packet: one that the driver refused before, or what the discipline gives. */
export const dequeue_skb = inlined(FILE, "dequeue_skb(q)", (k: Kernel, q: Qdisc): SkBuff | null => {
  const skb = q.gso_skb;
  if (skb === null) return q.dequeue(k, q);
  const txq = qdisc_dev(q).tx;
  if (netif_tx_queue_stopped(txq) || netif_tx_queue_frozen(txq)) {
    note(k, "device queue is still stopped");
    return null;
  }
  q.gso_skb = null;
  q.qlen--;
  return skb;
});

/** The transmit lock is taken: by ourselves, further up, or by nobody here. */
export const handle_dev_cpu_collision = inlined(
  FILE,
  "handle_dev_cpu_collision(skb, dev_queue, q)",
  (k: Kernel, skb: SkBuff, dev_queue: NetdevQueue, q: Qdisc): number => {
    if (dev_queue.xmit_lock_owner !== 0) return dev_requeue_skb(k, skb, q);
    drop(k, skb, "DEAD_LOOP", "recursion: the device is already transmitting in this call", {
      dev: dev_queue.dev.name,
    });
    kfree_skb(k, skb);
    if (net_ratelimit(k) !== 0) printk(k, `Dead loop on netdevice ${dev_queue.dev.name}, fix it urgently!`);
    return qdisc_qlen(q);
  },
);

/** Hand one packet to the driver. Above 0 where more wait. */
export const sch_direct_xmit = traced(
  FILE,
  "sch_direct_xmit(skb, q, dev, txq)",
  (k: Kernel, skb: SkBuff, q: Qdisc, dev: NetDevice, txq: NetdevQueue): number => {
    let ret = NETDEV_TX_BUSY;
    HARD_TX_LOCK(dev, txq);
    if (!netif_tx_queue_stopped(txq) && !netif_tx_queue_frozen(txq))
      ret = dev_hard_start_xmit(k, skb, dev, txq);
    HARD_TX_UNLOCK(dev, txq);
    if (ret === NETDEV_TX_OK) ret = qdisc_qlen(q);
    else if (ret === NETDEV_TX_LOCKED) ret = handle_dev_cpu_collision(k, skb, txq, q);
    else {
      note(k, "the driver is busy: requeue the packet");
      if (ret !== NETDEV_TX_BUSY && net_ratelimit(k) !== 0)
        printk(k, `BUG ${dev.name} code ${ret} qlen ${q.qlen}`);
      ret = dev_requeue_skb(k, skb, q);
    }
    if (ret !== 0 && (netif_tx_queue_stopped(txq) || netif_tx_queue_frozen(txq))) ret = 0;
    return ret;
  },
);

/** Send one packet of a queue. Above 0 where more wait. */
export const qdisc_restart = inlined(FILE, "qdisc_restart(q)", (k: Kernel, q: Qdisc): number => {
  const skb = dequeue_skb(k, q);
  if (skb === null) {
    note(k, qdisc_qlen(q) === 0 ? "the qdisc is empty" : "packets are queued, but none may be sent yet", {
      qlen: qdisc_qlen(q),
    });
    return 0;
  }
  const dev = qdisc_dev(q);
  return sch_direct_xmit(k, skb, q, dev, dev.tx);
});

/** Send what a queue lets go. */
export const __qdisc_run = traced(FILE, "__qdisc_run(q)", (k: Kernel, q: Qdisc): void => {
  const start_time = k.jiffies;
  while (qdisc_restart(k, q) !== 0) {
    if (k.jiffies !== start_time) {
      __netif_schedule(k, q);
      break;
    }
  }
  q.running = false;
});

/** The driver has found a carrier. */
export const netif_carrier_on = traced(FILE, "netif_carrier_on(dev)", (k: Kernel, dev: NetDevice): void => {
  if (dev.carrier) return;
  dev.carrier = true;
  if (dev.reg_state !== "uninitialized") linkwatch_fire_event(k, dev);
});

/** The driver has lost its carrier. */
export const netif_carrier_off = traced(FILE, "netif_carrier_off(dev)", (k: Kernel, dev: NetDevice): void => {
  if (!dev.carrier) return;
  dev.carrier = false;
  if (dev.reg_state !== "uninitialized") linkwatch_fire_event(k, dev);
});

// --- noop, noqueue ----------------------------------------------------------------------------------------------

/** The discipline of a device that is not active: drop. */
export const noop_enqueue = traced(
  FILE,
  "noop_enqueue(skb, qdisc)",
  (k: Kernel, skb: SkBuff, _qdisc: Qdisc): number => {
    drop(k, skb, "DEV_READY", "the device is not activated (noop_qdisc)", {
      dev: skb.dev?.name ?? "none",
    });
    kfree_skb(k, skb);
    return NET_XMIT_CN;
  },
);

/** …which never has anything to send. */
export const noop_dequeue = traced(
  FILE,
  "noop_dequeue(qdisc)",
  (_k: Kernel, _qdisc: Qdisc): SkBuff | null => null,
);

export const noop_qdisc_ops: QdiscOps = {
  id: "noop",
  enqueue: noop_enqueue,
  dequeue: noop_dequeue,
  peek: noop_dequeue,
};
export const noqueue_qdisc_ops: QdiscOps = {
  id: "noqueue",
  enqueue: noop_enqueue,
  dequeue: noop_dequeue,
  peek: noop_dequeue,
};

// --- pfifo_fast -------------------------------------------------------------------------------------------------

const TC_PRIO_MAX = 15;
const prio2band: readonly number[] = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];
const bitmap2band: readonly number[] = [-1, 0, 1, 0, 2, 0, 1, 0];

interface PfifoFastPriv {
  /** Bit b: band b is not empty. */
  bitmap: number;
  readonly q: readonly SkBuffHead[];
}
function pfifo_fast_priv(qdisc: Qdisc): PfifoFastPriv {
  return qdisc.priv as PfifoFastPriv;
}

/** Queue a packet in the band of its priority, where the device's queue is not full. */
export const pfifo_fast_enqueue = traced(
  FILE,
  "pfifo_fast_enqueue(skb, qdisc)",
  (k: Kernel, skb: SkBuff, qdisc: Qdisc): number => {
    const limit = qdisc_dev(qdisc).tx_queue_len;
    if (qdisc.qlen >= limit) {
      drop(k, skb, "QDISC_DROP", "the qdisc is full (txqueuelen)", {
        qlen: qdisc.qlen,
        tx_queue_len: limit,
        dev: qdisc_dev(qdisc).name,
      });
      return qdisc_drop(k, skb, qdisc);
    }
    const band = prio2band[skb.priority & TC_PRIO_MAX] as number;
    if (skb.priority !== 0) note(k, "band for this priority", { priority: skb.priority, band });
    const priv = pfifo_fast_priv(qdisc);
    priv.bitmap |= 1 << band;
    qdisc.qlen++;
    return __qdisc_enqueue_tail(qdisc, skb, priv.q[band] as SkBuffHead);
  },
);

/** The oldest packet of the most urgent band. */
export const pfifo_fast_dequeue = traced(
  FILE,
  "pfifo_fast_dequeue(qdisc)",
  (_k: Kernel, qdisc: Qdisc): SkBuff | null => {
    const priv = pfifo_fast_priv(qdisc);
    const band = bitmap2band[priv.bitmap] as number;
    if (band < 0) return null;
    const list = priv.q[band] as SkBuffHead;
    const skb = __qdisc_dequeue_head(qdisc, list);
    qdisc.qlen--;
    if (skb_queue_empty(list)) priv.bitmap &= ~(1 << band);
    return skb;
  },
);

/** …only looked at. */
export const pfifo_fast_peek = traced(
  FILE,
  "pfifo_fast_peek(qdisc)",
  (_k: Kernel, qdisc: Qdisc): SkBuff | null => {
    const priv = pfifo_fast_priv(qdisc);
    const band = bitmap2band[priv.bitmap] as number;
    return band < 0 ? null : skb_peek(priv.q[band] as SkBuffHead);
  },
);

/** Throw out what waits. */
export const pfifo_fast_reset = traced(FILE, "pfifo_fast_reset(qdisc)", (k: Kernel, qdisc: Qdisc): void => {
  const priv = pfifo_fast_priv(qdisc);
  for (const list of priv.q) {
    drop_all(k, list, "QDISC_DROP", "the qdisc is reset: device down, or qdisc replaced");
    __skb_queue_purge(k, list);
  }
  priv.bitmap = 0;
  qdisc.qstats.backlog = 0;
  qdisc.qlen = 0;
});

export const pfifo_fast_ops: QdiscOps = {
  id: "pfifo_fast",
  priv: (): PfifoFastPriv => ({ bitmap: 0, q: [new SkBuffHead(), new SkBuffHead(), new SkBuffHead()] }),
  enqueue: pfifo_fast_enqueue,
  dequeue: pfifo_fast_dequeue,
  peek: pfifo_fast_peek,
  reset: pfifo_fast_reset,
};

// --- attaching them to devices ----------------------------------------------------------------------------------

function new_qdisc(k: Kernel, dev_queue: NetdevQueue | null, ops: QdiscOps, flags: number): Qdisc {
  return {
    oid: k.oid("q"),
    ops,
    enqueue: ops.enqueue,
    dequeue: ops.dequeue,
    flags,
    handle: 0,
    parent: 0,
    refcnt: 1,
    dev_queue,
    gso_skb: null,
    running: false,
    scheduled: false,
    deactivated: false,
    q: new SkBuffHead(),
    qlen: 0,
    bstats: { bytes: 0, packets: 0 },
    qstats: { backlog: 0, drops: 0, requeues: 0, overlimits: 0 },
    priv: ops.priv?.(),
    watchdog: null,
  };
}

/** A discipline of a kind, for a device. */
export const qdisc_alloc = traced(
  FILE,
  "qdisc_alloc(dev_queue, ops)",
  (k: Kernel, dev_queue: NetdevQueue, ops: QdiscOps): Qdisc => {
    dev_hold(dev_queue.dev);
    return new_qdisc(k, dev_queue, ops, 0);
  },
);

/** A discipline of a kind, with that kind's defaults. */
export const qdisc_create_dflt = traced(
  FILE,
  "qdisc_create_dflt(dev, dev_queue, ops, parentid)",
  (k: Kernel, _dev: NetDevice, dev_queue: NetdevQueue, ops: QdiscOps, parentid: number): Qdisc | null => {
    const sch = qdisc_alloc(k, dev_queue, ops);
    sch.parent = parentid;
    if (ops.init === undefined || ops.init(k, sch, null) === 0) return sch;
    qdisc_destroy(k, sch);
    return null;
  },
);

/** Throw out what a discipline holds. */
export const qdisc_reset = traced(FILE, "qdisc_reset(qdisc)", (k: Kernel, qdisc: Qdisc): void => {
  qdisc.ops.reset?.(k, qdisc);
  if (qdisc.gso_skb !== null) {
    drop(k, qdisc.gso_skb, "QDISC_DROP", "the qdisc is reset: device down, or qdisc replaced");
    kfree_skb(k, qdisc.gso_skb);
    qdisc.gso_skb = null;
    qdisc.qlen = 0;
  }
});

/** One user less of a discipline. */
export const qdisc_destroy = traced(FILE, "qdisc_destroy(qdisc)", (k: Kernel, qdisc: Qdisc): void => {
  if ((qdisc.flags & TCQ_F_BUILTIN) !== 0 || --qdisc.refcnt !== 0) return;
  qdisc.ops.reset?.(k, qdisc);
  qdisc.ops.destroy?.(k, qdisc);
  dev_put(qdisc_dev(qdisc));
  if (qdisc.gso_skb !== null) drop(k, qdisc.gso_skb, "QDISC_DROP", "the qdisc is deleted");
  kfree_skb(k, qdisc.gso_skb);
  qdisc.gso_skb = null;
});

/** Put a discipline at a device's root; returns the one before. */
export const dev_graft_qdisc = traced(
  FILE,
  "dev_graft_qdisc(dev_queue, qdisc)",
  (k: Kernel, dev_queue: NetdevQueue, qdisc: Qdisc | null): Qdisc => {
    const oqdisc = dev_queue.qdisc_sleeping;
    local_bh_disable(k);
    if (oqdisc.refcnt <= 1) qdisc_reset(k, oqdisc);
    dev_queue.qdisc_sleeping = qdisc ?? k.noop_qdisc;
    dev_queue.qdisc = k.noop_qdisc;
    local_bh_enable(k);
    return oqdisc;
  },
);

const TC_H_ROOT = 0xffffffff;

/** Choose the discipline of a device that has none: none for devices without a queue length, else pfifo_fast. */
export const attach_default_qdiscs = traced(
  FILE,
  "attach_default_qdiscs(dev)",
  (k: Kernel, dev: NetDevice): void => {
    if (dev.tx_queue_len !== 0) {
      const qdisc = qdisc_create_dflt(k, dev, dev.tx, pfifo_fast_ops, TC_H_ROOT);
      if (qdisc === null) {
        printk(k, `${dev.name}: activation failed`);
        return;
      }
      qdisc.flags |= TCQ_F_CAN_BYPASS;
      dev.tx.qdisc_sleeping = qdisc;
    } else dev.tx.qdisc_sleeping = k.noqueue_qdisc;
    dev.qdisc = dev.tx.qdisc_sleeping;
    dev.qdisc.refcnt++;
  },
);

/** Let a device's discipline work, now that the device is up and has a carrier. */
export const dev_activate = traced(FILE, "dev_activate(dev)", (k: Kernel, dev: NetDevice): void => {
  if (dev.qdisc === k.noop_qdisc) attach_default_qdiscs(k, dev);
  if (!netif_carrier_ok(dev)) {
    note(k, "no carrier: the qdisc is not activated yet", { dev: dev.name });
    return;
  }
  const qdisc = dev.tx.qdisc_sleeping;
  if ((qdisc.flags & TCQ_F_BUILTIN) === 0) qdisc.deactivated = false;
  dev.tx.qdisc = qdisc;
  if (qdisc !== k.noqueue_qdisc) dev.tx.trans_start = 0;
});

/** Stop a device's discipline; from now on packets are dropped. */
export const dev_deactivate = traced(FILE, "dev_deactivate(dev)", (k: Kernel, dev: NetDevice): void => {
  const qdisc = dev.tx.qdisc;
  local_bh_disable(k);
  if ((qdisc.flags & TCQ_F_BUILTIN) === 0) qdisc.deactivated = true;
  dev.tx.qdisc = k.noop_qdisc;
  qdisc_reset(k, qdisc);
  local_bh_enable(k);
});

/** Give a new device a queue. */
export const dev_init_scheduler = traced(
  FILE,
  "dev_init_scheduler(dev)",
  (k: Kernel, dev: NetDevice): void => {
    dev.qdisc = k.noop_qdisc;
    dev.tx = {
      dev,
      qdisc: k.noop_qdisc,
      qdisc_sleeping: k.noop_qdisc,
      stopped: false,
      frozen: false,
      xmit_lock_owner: -1,
      trans_start: 0,
    };
  },
);

/** Take a device's discipline away for good. */
export const dev_shutdown = traced(FILE, "dev_shutdown(dev)", (k: Kernel, dev: NetDevice): void => {
  const qdisc = dev.tx.qdisc_sleeping;
  dev.tx.qdisc = k.noop_qdisc;
  dev.tx.qdisc_sleeping = k.noop_qdisc;
  qdisc_destroy(k, qdisc);
  qdisc_destroy(k, dev.qdisc);
  dev.qdisc = k.noop_qdisc;
});

/** The disciplines that every machine has. */
export function sch_init(k: Kernel): void {
  k.noop_qdisc = new_qdisc(k, null, noop_qdisc_ops, TCQ_F_BUILTIN);
  k.noqueue_qdisc = new_qdisc(k, null, noqueue_qdisc_ops, TCQ_F_BUILTIN);
  k.noqueue_qdisc.enqueue = null;
}
