// SPDX-License-Identifier: GPL-2.0-only
/** include/net/dst.h: a destination, what a route cache entry is made of. */
import { inlined, note } from "../../../../trace/traced.ts";
import type { Kernel } from "../../kernel.ts";
import { __dst_free, dst_destroy, dst_release } from "../../net/core/dst.ts";
import type { SkBuff } from "../linux/skbuff.ts";
import type { DstEntry } from "./struct_dst.ts";

export * from "./struct_dst.ts";

const FILE = "include/net/dst.h";

// linux/rtnetlink.h, RTAX_*: index in `metrics` is the value minus one.
export const RTAX_LOCK = 1;
export const RTAX_MTU = 2;
export const RTAX_WINDOW = 3;
export const RTAX_RTT = 4;
export const RTAX_RTTVAR = 5;
export const RTAX_SSTHRESH = 6;
export const RTAX_CWND = 7;
export const RTAX_ADVMSS = 8;
export const RTAX_REORDERING = 9;
export const RTAX_HOPLIMIT = 10;
export const RTAX_INITCWND = 11;
export const RTAX_FEATURES = 12;
export const RTAX_RTO_MIN = 13;
export const RTAX_INITRWND = 14;

export const DST_HOST = 1;
export const DST_NOXFRM = 2;
export const DST_NOPOLICY = 4;
export const DST_NOHASH = 8;
/** Not counted in its operations' entries. */
export const DST_NOCOUNT = 16;

export function dst_metric(dst: DstEntry, metric: number): number {
  return dst.metrics[metric - 1] ?? 0;
}
/** The MSS to announce: the metric, or what the protocol makes of the device's MTU. */
export function dst_metric_advmss(k: Kernel, dst: DstEntry): number {
  return dst_metric(dst, RTAX_ADVMSS) || (dst.ops.default_advmss?.(k, dst) ?? 0);
}
/** dst_mtu: the path MTU in the metrics. */
export function dst_mtu(dst: DstEntry): number {
  return dst_metric(dst, RTAX_MTU);
}
export function dst_metric_locked(dst: DstEntry, metric: number): boolean {
  return (dst_metric(dst, RTAX_LOCK) & (1 << metric)) !== 0;
}
export function dst_hold<T extends DstEntry>(dst: T): T {
  dst.refcnt++;
  return dst;
}
export function dst_clone<T extends DstEntry | null>(dst: T): T {
  if (dst !== null) dst.refcnt++;
  return dst;
}
/** Let go of a packet's route. */
export function skb_dst_drop(k: Kernel, skb: SkBuff): void {
  if (skb.dst !== null) dst_release(k, skb.dst);
  skb.dst = null;
}
/** Hold an entry that a lookup found, and say that it was used. */
export const dst_use = inlined(FILE, "dst_use(dst, time)", (k: Kernel, dst: DstEntry, time: number): void => {
  const { refcnt, use, lastuse } = dst;
  dst_hold(dst);
  dst.use++;
  dst.lastuse = time;
  if (k.rec !== null) {
    note(k, "take a reference, update __use and lastuse", {
      __refcnt: `${refcnt} → ${dst.refcnt}`,
      __use: `${use} → ${dst.use}`,
      lastuse: `${lastuse} → ${time}`,
    });
  }
});

/** Take an entry out of service: at once where nobody holds it, else when the last user lets go. */
export function dst_free(k: Kernel, dst: DstEntry): void {
  if (dst.obsolete > 1) return;
  let rest: DstEntry | null = dst;
  if (dst.refcnt === 0) {
    rest = dst_destroy(k, dst);
    if (rest === null) return;
  }
  __dst_free(k, rest);
}
/** What is known of the path may be old: ask the protocol for something better, or nothing. */
export function dst_negative_advice(k: Kernel, dst: DstEntry | null): DstEntry | null {
  return dst?.ops.negative_advice !== undefined ? dst.ops.negative_advice(k, dst) : dst;
}
export function dst_link_failure(k: Kernel, skb: SkBuff): void {
  if (skb.dst !== null) skb.dst.ops.link_failure?.(k, skb);
}
/** Forget the entry in `timeout` jiffies, or earlier where that was settled before. */
export function dst_set_expires(k: Kernel, dst: DstEntry, timeout: number): void {
  const expires = k.jiffies + timeout || 1;
  if (dst.expires === 0 || expires < dst.expires) dst.expires = expires;
}
/** Is a cached entry still good? */
export function dst_check(k: Kernel, dst: DstEntry, cookie: number): DstEntry | null {
  return dst.obsolete !== 0 ? dst.ops.check(k, dst, cookie) : dst;
}

/** Send a packet the way its route says. */
export const dst_output = inlined(FILE, "dst_output(skb)", (k: Kernel, skb: SkBuff): number => {
  return (skb.dst as DstEntry).output(k, skb);
});

/** Take a packet in the way its route says. */
export const dst_input = inlined(FILE, "dst_input(skb)", (k: Kernel, skb: SkBuff): number => {
  return (skb.dst as DstEntry).input(k, skb);
});

/** The neighbour lives: an application says so (MSG_CONFIRM), or ICMP from beyond it. */
export const dst_confirm = inlined(FILE, "dst_confirm(dst)", (k: Kernel, dst: DstEntry | null): void => {
  if (dst?.neighbour) {
    note(k, "neighbour confirmed (dst_confirm)");
    dst.neighbour.confirmed = k.jiffies;
  }
});
