// SPDX-License-Identifier: GPL-2.0-only
/** include/net/dst.h: a destination, what a route cache entry is made of. */
import { inlined, note } from "../../../../trace/traced.ts";
import type { Kernel } from "../../kernel.ts";
import type { NetDevice } from "../linux/netdevice.ts";
import type { SkBuff } from "../linux/skbuff.ts";
import type { HhCache, Neighbour } from "./neighbour.ts";

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
export const RTAX_MAX = 14;

export const DST_HOST = 1;
export const DST_NOXFRM = 2;
export const DST_NOPOLICY = 4;
export const DST_NOHASH = 8;

export interface DstOps {
  readonly family: number;
  readonly protocol: number;
  gc?: (k: Kernel, ops: DstOps) => number;
  check: (k: Kernel, dst: DstEntry, cookie: number) => DstEntry | null;
  destroy?: (k: Kernel, dst: DstEntry) => void;
  ifdown?: (k: Kernel, dst: DstEntry, dev: NetDevice, how: number) => void;
  negative_advice?: (k: Kernel, dst: DstEntry) => DstEntry | null;
  link_failure?: (k: Kernel, skb: SkBuff) => void;
  update_pmtu?: (k: Kernel, dst: DstEntry, mtu: number) => void;
  local_out: (k: Kernel, skb: SkBuff) => number;
}

/** struct dst_entry. */
export class DstEntry {
  readonly oid: number;
  dev: NetDevice | null = null;
  error = 0;
  obsolete = 0;
  flags = 0;
  /** Jiffies at which it may go, 0 = never. */
  expires = 0;
  header_len = 0;
  trailer_len = 0;
  rate_tokens = 0;
  /** Jiffies of the last rate-limited message. */
  rate_last = 0;
  path: DstEntry;
  neighbour: Neighbour | null = null;
  hh: HhCache | null = null;
  /** struct xfrm_state; only ever null without IPsec. */
  xfrm: null = null;
  /** RTAX_* values, index = RTAX_x - 1. */
  metrics: number[] = new Array<number>(RTAX_MAX).fill(0);
  tclassid = 0;
  input: (k: Kernel, skb: SkBuff) => number;
  output: (k: Kernel, skb: SkBuff) => number;
  ops: DstOps;
  refcnt = 0;
  use = 0;
  lastuse = 0;
  constructor(oid: number, ops: DstOps, discard: (k: Kernel, skb: SkBuff) => number) {
    this.oid = oid;
    this.ops = ops;
    this.path = this;
    this.input = discard;
    this.output = discard;
  }
}

export function dst_metric(dst: DstEntry, metric: number): number {
  return dst.metrics[metric - 1] ?? 0;
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
export function dst_use(dst: DstEntry, time: number): void {
  dst.refcnt++;
  dst.use++;
  dst.lastuse = time;
}

/** Send a packet the way its route says. */
export const dst_output = inlined(FILE, "dst_output(skb)", (k: Kernel, skb: SkBuff): number => {
  return (skb.dst as DstEntry).output(k, skb);
});

/** Take a packet in the way its route says. */
export const dst_input = inlined(FILE, "dst_input(skb)", (k: Kernel, skb: SkBuff): number => {
  return (skb.dst as DstEntry).input(k, skb);
});

/** MSG_CONFIRM: the application says that the neighbour lives. */
export const dst_confirm = inlined(FILE, "dst_confirm(dst)", (k: Kernel, dst: DstEntry | null): void => {
  if (dst?.neighbour) {
    note(k, "MSG_CONFIRM: the neighbour counts as confirmed now");
    dst.neighbour.confirmed = k.jiffies;
  }
});

