// SPDX-License-Identifier: GPL-2.0-only
/**
 * include/net/dst.h, its structures alone: struct rtable extends struct dst_entry, so this file loads nothing that
 * could lead back to it. Import from dst.ts.
 */
import type { Kernel } from "../../kernel.ts";
import type { NetDevice } from "../linux/netdevice.ts";
import type { SkBuff } from "../linux/skbuff.ts";
import type { HhCache, Neighbour } from "./neighbour.ts";

export const RTAX_MAX = 14;

export interface DstOps {
  readonly family: number;
  readonly protocol: number;
  /** A zeroed entry of the kind that the protocol keeps. */
  readonly kmem_cachep: (k: Kernel) => DstEntry;
  /** Whether the entries count in k.dst_entries, which garbage collection watches. */
  readonly counted: boolean;
  default_advmss?: (k: Kernel, dst: DstEntry) => number;
  gc?: (k: Kernel, ops: DstOps) => number;
  check: (k: Kernel, dst: DstEntry, cookie: number) => DstEntry | null;
  destroy?: (k: Kernel, dst: DstEntry) => void;
  ifdown?: (k: Kernel, dst: DstEntry, dev: NetDevice, how: number) => void;
  negative_advice?: (k: Kernel, dst: DstEntry) => DstEntry | null;
  link_failure?: (k: Kernel, skb: SkBuff) => void;
  update_pmtu?: (k: Kernel, dst: DstEntry, mtu: number) => void;
  local_out?: (k: Kernel, skb: SkBuff) => number;
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
  /** Jiffies of the last rate-limited message: long ago at first, for a new machine's jiffies are close to 2^32. */
  rate_last = -0xffff_ffff;
  path: DstEntry;
  /** What a transformed packet goes on with (IPsec bundles). */
  child: DstEntry | null = null;
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
