// SPDX-License-Identifier: GPL-2.0-only
/** net/core/dst.c: destination entries of any protocol: made, counted, let go, destroyed. */
import { drop, inlined, note, traced } from "../../../../trace/traced.ts";
import { dev_hold, dev_net, dev_put, IFF_UP, type NetDevice } from "../../include/linux/netdevice.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import { DST_NOCOUNT, DST_NOHASH, type DstEntry, type DstOps } from "../../include/net/dst.ts";
import { type Kernel, local_bh_disable, local_bh_enable, mod_timer, new_timer } from "../../kernel.ts";
import { neigh_release } from "./neighbour.ts";
import { kfree_skb } from "./skbuff.ts";

const FILE = "net/core/dst.c";

// include/net/dst.h
// Seconds.
const DST_GC_MIN = 0.1;
const DST_GC_INC = 0.5;
const DST_GC_MAX = 120;

/** Destroy the dead entries that nobody holds any more; look again later for the others. */
export function dst_gc_task(k: Kernel): void {
  let delayed = 0;
  let work_performed = 0;
  const busy: DstEntry[] = [];
  const todo = k.dst_garbage;
  k.dst_garbage = [];
  for (let dst = todo.shift(); dst !== undefined; dst = todo.shift()) {
    if (dst.refcnt !== 0) {
      busy.push(dst);
      delayed++;
      continue;
    }
    work_performed++;
    const child = dst_destroy(k, dst);
    if (child === null || child.obsolete > 1) continue;
    ___dst_free(k, child);
    todo.unshift(child);
  }
  k.dst_garbage.push(...busy);
  if (busy.length === 0) {
    k.dst_gc_timer_inc = DST_GC_MAX * k.HZ;
    return;
  }
  if (work_performed <= Math.trunc(delayed / 10)) {
    k.dst_gc_timer_expires = Math.min(k.dst_gc_timer_expires + k.dst_gc_timer_inc, DST_GC_MAX * k.HZ);
    k.dst_gc_timer_inc += DST_GC_INC * k.HZ;
  } else {
    k.dst_gc_timer_inc = DST_GC_INC * k.HZ;
    k.dst_gc_timer_expires = DST_GC_MIN * k.HZ;
  }
  mod_timer(k, k.dst_gc_work, k.jiffies + k.dst_gc_timer_expires);
}

/** The input or output of an entry that leads nowhere: drop the packet. */
export const dst_discard = traced(FILE, "dst_discard(skb)", (k: Kernel, skb: SkBuff): number => {
  drop(k, skb, "BLACKHOLE", "dst_discard: dropped silently");
  kfree_skb(k, skb);
  return 0;
});

/** Make an entry and count it; first, when there are too many, let the protocol collect garbage. */
export const __dst_alloc = traced(
  FILE,
  "__dst_alloc(ops, flags)",
  (k: Kernel, ops: DstOps, flags: number): DstEntry | null => {
    if (ops.gc !== undefined && k.dst_entries > k.ip_rt_gc_thresh) {
      note(k, "more entries than gc_thresh: garbage collection", {
        entries: k.dst_entries,
        gc_thresh: k.ip_rt_gc_thresh,
      });
      if (ops.gc(k, ops) !== 0) return null;
    }
    const dst = ops.kmem_cachep(k);
    dst.lastuse = k.jiffies;
    dst.flags = flags;
    if ((flags & DST_NOCOUNT) === 0 && ops.counted) k.dst_entries++;
    return dst;
  },
);

/** Mark an entry dead. */
export const ___dst_free = inlined(FILE, "___dst_free(dst)", (k: Kernel, dst: DstEntry): void => {
  if (dst.dev === null || (dst.dev.flags & IFF_UP) === 0) {
    note(k, "the device is down: input and output become dst_discard");
    dst.input = dst_discard;
    dst.output = dst_discard;
  }
  dst.obsolete = 2;
});

/** Put a dead entry that is still in use where garbage collection looks. */
export const __dst_free = traced(FILE, "__dst_free(dst)", (k: Kernel, dst: DstEntry): void => {
  local_bh_disable(k);
  ___dst_free(k, dst);
  k.dst_garbage.unshift(dst);
  if (k.dst_gc_timer_inc > DST_GC_INC * k.HZ) {
    k.dst_gc_timer_inc = DST_GC_INC * k.HZ;
    k.dst_gc_timer_expires = DST_GC_MIN * k.HZ;
    mod_timer(k, k.dst_gc_work, k.jiffies + k.dst_gc_timer_expires);
  }
  local_bh_enable(k);
});

/** Make an entry. */
export const dst_alloc = traced(FILE, "dst_alloc(ops)", (k: Kernel, ops: DstOps): DstEntry | null => {
  return __dst_alloc(k, ops, 0);
});

/** Give back everything an entry holds. Returns a child that is still in use and must be freed later, or null. */
export const dst_destroy = traced(FILE, "dst_destroy(dst)", (k: Kernel, dst: DstEntry): DstEntry | null => {
  let d: DstEntry = dst;
  for (;;) {
    const neigh = d.neighbour;
    const child = d.child;
    if (d.hh !== null) d.hh.hh_refcnt--;
    d.hh = null;
    if (neigh !== null) {
      d.neighbour = null;
      neigh_release(k, neigh);
    }
    if ((d.flags & DST_NOCOUNT) === 0 && d.ops.counted) k.dst_entries--;
    d.ops.destroy?.(k, d);
    if (d.dev !== null) dev_put(d.dev);
    if (child === null) return null;
    const nohash = (child.flags & DST_NOHASH) !== 0;
    if (--child.refcnt === 0) {
      if (!nohash) return null;
      d = child;
      continue;
    }
    return nohash ? child : null;
  }
});

/** One user less. */
export const dst_release = traced(FILE, "dst_release(dst)", (_k: Kernel, dst: DstEntry | null): void => {
  if (dst !== null) dst.refcnt--;
});

/** A device goes: a dead entry that points at it must not. */
export const dst_ifdown = traced(
  FILE,
  "dst_ifdown(dst, dev, unregister)",
  (k: Kernel, dst: DstEntry, dev: NetDevice, unregister: number): void => {
    dst.ops.ifdown?.(k, dst, dev, unregister);
    if (dst.dev !== dev) return;
    if (unregister === 0) {
      dst.input = dst_discard;
      dst.output = dst_discard;
      return;
    }
    dst.dev = dev_net(dev).loopback_dev;
    dev_hold(dst.dev);
    dev_put(dev);
    if (dst.neighbour !== null && dst.neighbour.dev === dev) {
      dst.neighbour.dev = dst.dev;
      dev_hold(dst.dev);
      dev_put(dev);
    }
  },
);

/** The notifier for devices: `event` "down" or "unregister" concerns the dead entries. */
export const dst_dev_event = traced(
  FILE,
  "dst_dev_event(event, dev)",
  (k: Kernel, event: string, dev: NetDevice): void => {
    if (event !== "unregister" && event !== "down") return;
    for (const dst of k.dst_garbage) dst_ifdown(k, dst, dev, event === "down" ? 0 : 1);
  },
);

export function dst_init(k: Kernel): void {
  k.dst_gc_work = new_timer(dst_gc_task);
}
