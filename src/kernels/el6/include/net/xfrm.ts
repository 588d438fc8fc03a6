// SPDX-License-Identifier: GPL-2.0-only
/**
 * include/net/xfrm.h: IPsec policies, and the questions that every packet is asked about them. Keys (states) cannot be
 * configured here: a policy that wants some finds none, as on a machine without a key daemon.
 */
import { inlined, note } from "../../../../trace/traced.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import type { Kernel } from "../../kernel.ts";
import { __secpath_destroy } from "../../net/xfrm/xfrm_input.ts";
import {
  __xfrm_decode_session,
  __xfrm_policy_check,
  __xfrm_route_forward,
} from "../../net/xfrm/xfrm_policy.ts";
import type { SecPath, SkBuff } from "../linux/skbuff.ts";
import { DST_NOPOLICY, DST_NOXFRM } from "./dst.ts";
import type { Flowi } from "./flow.ts";
import type { Rtable } from "./route.ts";
import type { Sock } from "./sock.ts";
import { DstEntry } from "./struct_dst.ts";

const FILE = "include/net/xfrm.h";

// Flags of xfrm_lookup (include/net/dst.h).
export const XFRM_LOOKUP_WAIT = 1;
export const XFRM_LOOKUP_ICMP = 2;

// linux/xfrm.h
export const XFRM_POLICY_IN = 0;
export const XFRM_POLICY_OUT = 1;
export const XFRM_POLICY_FWD = 2;
export const XFRM_POLICY_ALLOW = 0;
export const XFRM_POLICY_BLOCK = 1;
export const XFRM_POLICY_ICMP = 2;
export const XFRM_POLICY_TYPE_MAIN = 0;
export const XFRM_POLICY_TYPE_SUB = 1;
export const XFRM_MAX_DEPTH = 6;

/** struct xfrm_selector: which flows. Addresses in host order. */
export interface XfrmSelector {
  daddr: number;
  saddr: number;
  dport: number;
  dport_mask: number;
  sport: number;
  sport_mask: number;
  prefixlen_d: number;
  prefixlen_s: number;
  proto: number;
  ifindex: number;
}

/** struct xfrm_tmpl: a transformation that a policy asks for. */
export interface XfrmTmpl {
  readonly daddr: number;
  readonly proto: number;
  readonly saddr: number;
  readonly reqid: number;
  readonly optional: boolean;
}

/** struct xfrm_policy. */
export interface XfrmPolicy {
  readonly family: number;
  readonly type: number;
  readonly dir: number;
  readonly selector: XfrmSelector;
  readonly priority: number;
  readonly action: number;
  readonly flags: number;
  readonly xfrm_vec: readonly XfrmTmpl[];
  index: number;
  refcnt: number;
  /** Seconds of the wall clock. */
  use_time: bigint;
}

/** struct xfrm_state: never more than a larval one, while a key daemon would be asked. */
export interface XfrmState {
  selector: XfrmSelector;
  daddr: number;
  saddr: number;
  seq: number;
  dead: boolean;
}

/** struct flow_cache_ops, flow_cache_object (include/net/flow.h). */
export interface FlowCacheOps {
  readonly get: (k: Kernel, flo: XfrmDst) => XfrmDst | null;
  readonly check: (k: Kernel, flo: XfrmDst) => number;
  readonly delete: (k: Kernel, flo: XfrmDst) => void;
}
export interface FlowCacheEntry {
  readonly key: Flowi;
  readonly family: number;
  readonly dir: number;
  genid: number;
  object: XfrmDst | null;
}

/** struct xfrm_dst: what a flow's policies come to. */
export class XfrmDst extends DstEntry {
  route: DstEntry | null = null;
  pols: XfrmPolicy[] = [];
  num_xfrms = 0;
}

/** Does `addr` begin with the first `prefixlen` bits of the other? */
export function addr_match(a1: number, a2: number, prefixlen: number): boolean {
  return prefixlen === 0 || (a1 ^ a2) >>> (32 - prefixlen) === 0;
}
/** The ports of a flow, of protocols that have some. */
export function xfrm_flowi_sport(fl: Flowi): number {
  if (fl.proto === 1) return fl.fl_icmp_type;
  return has_ports(fl.proto) ? fl.fl_ip_sport : 0;
}
export function xfrm_flowi_dport(fl: Flowi): number {
  if (fl.proto === 1) return fl.fl_icmp_code;
  return has_ports(fl.proto) ? fl.fl_ip_dport : 0;
}
function has_ports(proto: number): boolean {
  return proto === 17 || proto === 136 || proto === 6 || proto === 132 || proto === 33;
}
export function secpath_put(k: Kernel, sp: SecPath): void {
  if (--sp.refcnt === 0) __secpath_destroy(k, sp);
}
export function xfrm_pols_put(pols: readonly XfrmPolicy[], npols: number): void {
  for (let i = 0; i < npols; i++) (pols[i] as XfrmPolicy).refcnt--;
}

/** How many policies there are for a direction. */
function policy_count(k: Kernel, dir: number): number {
  let n = 0;
  for (const pol of k.xfrm_policies) if (pol.dir === dir) n++;
  return n;
}
export function xfrm_policy_count(k: Kernel, dir: number): number {
  return k.xfrm_policies.length === 0 ? 0 : policy_count(k, dir);
}

function __xfrm_policy_check2(
  k: Kernel,
  sk: Sock | null,
  dir: number,
  skb: SkBuff,
  family: number,
  reverse: number,
): boolean {
  if (xfrm_policy_count(k, dir) === 0 && skb.sp === null) return true;
  if (((skb.dst as Rtable).flags & DST_NOPOLICY) !== 0) return true;
  note(k, "IPsec policies exist: check this packet against them");
  return __xfrm_policy_check(k, sk, dir | (reverse !== 0 ? 4 : 0), skb, family) !== 0;
}

/** May the packet pass, as far as IPsec is concerned? */
export const xfrm4_policy_check = inlined(
  FILE,
  "xfrm4_policy_check(sk, dir, skb)",
  (k: Kernel, sk: Sock | null, dir: number, skb: SkBuff): boolean => {
    return __xfrm_policy_check2(k, sk, dir, skb, AF_INET, 0);
  },
);

/** The flow that a packet belongs to. */
export function xfrm_decode_session(k: Kernel, skb: SkBuff, fl: Flowi, family: number): number {
  return __xfrm_decode_session(k, skb, fl, family, 0);
}
/** The flow that an answer to a packet would belong to. */
export function xfrm_decode_session_reverse(k: Kernel, skb: SkBuff, fl: Flowi, family: number): number {
  return __xfrm_decode_session(k, skb, fl, family, 1);
}

/** IPsec's say on a packet to be forwarded. */
export function xfrm4_route_forward(k: Kernel, skb: SkBuff): boolean {
  if (xfrm_policy_count(k, XFRM_POLICY_OUT) === 0) return true;
  if (((skb.dst as Rtable).flags & DST_NOXFRM) !== 0) return true;
  return __xfrm_route_forward(k, skb, AF_INET) !== 0;
}

/** Sockets have no policies of their own here. */
export function xfrm_sk_free_policy(_k: Kernel, _sk: Sock): void {}
export function xfrm_sk_clone_policy(_k: Kernel, _sk: Sock): number {
  return 0;
}
