// SPDX-License-Identifier: GPL-2.0-only
/** net/sched/sch_api.c: queueing disciplines as tc(8) changes them, and the timer that wakes a waiting one. */
import { note, refuse, traced } from "../../../../trace/traced.ts";
import { EEXIST, EINVAL, ENODEV, ENOENT } from "../../../../uapi/errno.ts";
import type { QdiscChange } from "../../../config.ts";
import { dev_put, IFF_UP, type NetDevice } from "../../include/linux/netdevice.ts";
import { PSCHED_EPOCH, PSCHED_SHIFT } from "../../include/net/pkt_sched.ts";
import {
  type Qdisc,
  type QdiscOps,
  type QdiscOptions,
  qdisc_dev,
  qdisc_root,
  qdisc_root_sleeping,
  TCQ_F_BUILTIN,
  TCQ_F_THROTTLED,
} from "../../include/net/sch_generic.ts";
import { del_timer, type Kernel, mod_timer, new_timer } from "../../kernel.ts";
import { __dev_get_by_index, __netif_schedule } from "../core/dev.ts";
import { blackhole_qdisc_ops } from "./sch_blackhole.ts";
import { bfifo_qdisc_ops, pfifo_qdisc_ops } from "./sch_fifo.ts";
import {
  dev_activate,
  dev_deactivate,
  dev_graft_qdisc,
  pfifo_fast_ops,
  qdisc_alloc,
  qdisc_destroy,
} from "./sch_generic.ts";
import { tbf_qdisc_ops } from "./sch_tbf.ts";

const FILE = "net/sched/sch_api.c";

/** The timer has run: the discipline may have something to send now. */
export const qdisc_watchdog = traced(FILE, "qdisc_watchdog(timer)", (k: Kernel, timer: Qdisc): void => {
  timer.flags &= ~TCQ_F_THROTTLED;
  __netif_schedule(k, qdisc_root(timer));
});

/** Give a discipline a timer. */
export const qdisc_watchdog_init = traced(FILE, "qdisc_watchdog_init(wd)", (_k: Kernel, wd: Qdisc): void => {
  wd.watchdog = new_timer((m) => qdisc_watchdog(m, wd));
});

/** Set a discipline's timer; `expires` in the scheduler's ticks. Runs at the first timer interrupt that is not earlier. */
export const qdisc_watchdog_schedule = traced(
  FILE,
  "qdisc_watchdog_schedule(wd, expires)",
  (k: Kernel, wd: Qdisc, expires: number): void => {
    if (qdisc_root_sleeping(wd).deactivated) {
      note(k, "the qdisc is deactivated: no timer");
      return;
    }
    wd.flags |= TCQ_F_THROTTLED;
    const wait = PSCHED_EPOCH + (BigInt(expires) << BigInt(PSCHED_SHIFT)) - k.now;
    const ticks = Number((wait + k.tick_ns - 1n) / k.tick_ns);
    if (wd.watchdog !== null) mod_timer(k, wd.watchdog, k.jiffies + Math.max(ticks, 1));
  },
);

/** Stop a discipline's timer. */
export const qdisc_watchdog_cancel = traced(
  FILE,
  "qdisc_watchdog_cancel(wd)",
  (k: Kernel, wd: Qdisc): void => {
    if (wd.watchdog !== null) del_timer(k, wd.watchdog);
    wd.flags &= ~TCQ_F_THROTTLED;
  },
);

/** Is a device's root discipline the one of this handle? */
export const qdisc_match_from_root = traced(
  FILE,
  "qdisc_match_from_root(root, handle)",
  (_k: Kernel, root: Qdisc, handle: number): Qdisc | null =>
    (root.flags & TCQ_F_BUILTIN) === 0 && root.handle === handle ? root : null,
);

/** A device's discipline by its handle; the second look is at its ingress queue, where none is. */
export const qdisc_lookup = traced(
  FILE,
  "qdisc_lookup(dev, handle)",
  (k: Kernel, dev: NetDevice, handle: number): Qdisc | null =>
    qdisc_match_from_root(k, dev.qdisc, handle) ?? qdisc_match_from_root(k, k.noop_qdisc, handle),
);

/** A discipline holds so many packets less (or more) than those above it believe. */
export const qdisc_tree_decrease_qlen = traced(
  FILE,
  "qdisc_tree_decrease_qlen(sch, n)",
  (k: Kernel, sch: Qdisc, n: number): void => {
    if (n === 0) return;
    for (let { parent } = sch, below = sch; parent !== 0; ) {
      const above = qdisc_lookup(k, qdisc_dev(below), (parent & 0xffff0000) >>> 0);
      if (above === null) return;
      above.qlen -= n;
      parent = above.parent;
      below = above;
    }
  },
);

const QDISCS: ReadonlyMap<string, QdiscOps> = new Map([
  ["pfifo", pfifo_qdisc_ops],
  ["bfifo", bfifo_qdisc_ops],
  ["pfifo_fast", pfifo_fast_ops],
  ["tbf", tbf_qdisc_ops],
  ["blackhole", blackhole_qdisc_ops],
]);

/** The kind of a name. */
export const qdisc_lookup_ops = traced(
  FILE,
  "qdisc_lookup_ops(kind)",
  (_k: Kernel, kind: string): QdiscOps | null => {
    return QDISCS.get(kind) ?? null;
  },
);

/** What else net/sched/sch_*.c of el6 has. */
const OTHER_KINDS: ReadonlySet<string> = new Set(
  "atm cbq drr dsmark gred hfsc htb ingress mq mqprio multiq netem prio qfq red sfq teql0".split(" "),
);

/** Make a discipline as asked; -errno where its kind refuses. */
export const qdisc_create = traced(
  FILE,
  "qdisc_create(dev, kind, opt)",
  (k: Kernel, dev: NetDevice, kind: string, opt: QdiscOptions | null): Qdisc | number => {
    const ops = qdisc_lookup_ops(k, kind);
    if (ops === null) {
      if (OTHER_KINDS.has(kind)) {
        return refuse(k, -ENOENT, "not modelled: this qdisc kind", { kind });
      }
      return refuse(k, -ENOENT, "unknown qdisc kind", { kind });
    }
    const sch = qdisc_alloc(k, dev.tx, ops);
    sch.parent = 0xffffffff;
    sch.handle = 0x80010000;
    const err = ops.init?.(k, sch, opt) ?? 0;
    if (err !== 0) {
      note(k, "the qdisc's init failed", { kind });
      dev_put(dev);
      return err;
    }
    return sch;
  },
);

/** Exchange a device's root discipline; the old one and all it holds goes. */
export const qdisc_graft = traced(
  FILE,
  "qdisc_graft(dev, new_qdisc)",
  (k: Kernel, dev: NetDevice, new_qdisc: Qdisc | null): number => {
    if ((dev.flags & IFF_UP) !== 0) dev_deactivate(k, dev);
    qdisc_destroy(k, dev_graft_qdisc(k, dev.tx, new_qdisc));
    qdisc_destroy(k, dev.qdisc);
    if (new_qdisc !== null) new_qdisc.refcnt++;
    dev.qdisc = new_qdisc ?? k.noop_qdisc;
    if ((dev.flags & IFF_UP) !== 0) dev_activate(k, dev);
    return 0;
  },
);

/** `tc qdisc add|replace|change|del dev D root …`. */
export const tc_modify_qdisc = traced(
  FILE,
  "tc_modify_qdisc(change)",
  (k: Kernel, change: QdiscChange): number => {
    // The message has the device's index: tc(8) looks up the name.
    const named = k.init_net.dev_name_head.get(change.dev);
    const dev = named === undefined ? null : __dev_get_by_index(k, k.init_net, named.ifindex);
    if (dev === null) {
      return refuse(k, -ENODEV, "no device with this name", { name: change.dev });
    }
    const root = dev.qdisc;
    if (change.op === "del") {
      if (change.type !== "" && change.type !== root.ops.id) {
        return refuse(k, -EINVAL, "root qdisc is of another kind", { kind: root.ops.id });
      }
      if (root.handle === 0) {
        return refuse(k, -ENOENT, "no root qdisc to change: the device has only its default qdisc");
      }
      return qdisc_graft(k, dev, null);
    }
    const opt: QdiscOptions | null =
      change.type === "tbf" || change.limit !== undefined
        ? {
            ...(change.limit !== undefined && { limit: change.limit }),
            ...(change.rate !== undefined && { rate: change.rate }),
            ...(change.burst !== undefined && { burst: change.burst }),
          }
        : null;
    const known = root.handle !== 0;
    if (known && !(change.op === "replace" && change.type !== root.ops.id)) {
      if (change.op === "add") {
        return refuse(k, -EEXIST, "the device already has a root qdisc", { kind: root.ops.id });
      }
      if (change.type !== root.ops.id) {
        return refuse(k, -EINVAL, "root qdisc is of another kind", { kind: root.ops.id });
      }
      if (opt === null) return 0;
      return (
        root.ops.change?.(k, root, opt) ??
        refuse(k, -EINVAL, "this qdisc kind cannot be changed", { kind: root.ops.id })
      );
    }
    if (change.op === "change") {
      return refuse(k, -ENOENT, "no root qdisc to change: the device has only its default qdisc");
    }
    const q = qdisc_create(k, dev, change.type, change.type === "pfifo_fast" ? null : opt);
    if (typeof q === "number") return q;
    return qdisc_graft(k, dev, q);
  },
);
