// SPDX-License-Identifier: GPL-2.0-only
/**
 * include/net/ip_fib.h, fib_rules.h, linux/rtnetlink.h: routes, tables, rules. Addresses in host order. Numbers and
 * structures only, so that tables of other files can be made of them; what goes with them is in ip_fib.ts.
 */
import type { Kernel, Net } from "../../kernel.ts";
import type { NetDevice } from "../linux/netdevice.ts";
import type { Flowi } from "./flow.ts";

export const RTN_UNSPEC = 0;
export const RTN_UNICAST = 1;
export const RTN_LOCAL = 2;
export const RTN_BROADCAST = 3;
export const RTN_ANYCAST = 4;
export const RTN_MULTICAST = 5;
export const RTN_BLACKHOLE = 6;
export const RTN_UNREACHABLE = 7;
export const RTN_PROHIBIT = 8;
export const RTN_THROW = 9;
export const RTN_NAT = 10;
export const RTN_XRESOLVE = 11;
export const RTN_MAX = 11;
/** As `ip route` spells the types. */
export const RTN_NAMES: readonly string[] = [
  "unspec",
  "unicast",
  "local",
  "broadcast",
  "anycast",
  "multicast",
  "blackhole",
  "unreachable",
  "prohibit",
  "throw",
  "nat",
  "xresolve",
];

export const RT_SCOPE_UNIVERSE = 0;
export const RT_SCOPE_SITE = 200;
export const RT_SCOPE_LINK = 253;
export const RT_SCOPE_HOST = 254;
export const RT_SCOPE_NOWHERE = 255;

export const RTPROT_UNSPEC = 0;
export const RTPROT_REDIRECT = 1;
export const RTPROT_KERNEL = 2;
export const RTPROT_BOOT = 3;
export const RTPROT_STATIC = 4;

export const RT_TABLE_UNSPEC = 0;
export const RT_TABLE_COMPAT = 252;
export const RT_TABLE_DEFAULT = 253;
export const RT_TABLE_MAIN = 254;
export const RT_TABLE_LOCAL = 255;

export const RTNH_F_DEAD = 1;
export const RTNH_F_PERVASIVE = 2;
export const RTNH_F_ONLINK = 4;

export const FR_ACT_UNSPEC = 0;
export const FR_ACT_TO_TBL = 1;
export const FR_ACT_GOTO = 2;
export const FR_ACT_NOP = 3;
export const FR_ACT_RES3 = 4;
export const FR_ACT_RES4 = 5;
export const FR_ACT_BLACKHOLE = 6;
export const FR_ACT_UNREACHABLE = 7;
export const FR_ACT_PROHIBIT = 8;

export const FIB_RULE_PERMANENT = 0x00000001;
export const FIB_RULE_INVERT = 0x00000002;
export const FIB_RULE_UNRESOLVED = 0x00000004;
export const FIB_RULE_IIF_DETACHED = 0x00000008;

/** struct fib_nh. */
export interface FibNh {
  nh_dev: NetDevice | null;
  nh_flags: number;
  nh_scope: number;
  nh_weight: number;
  nh_power: number;
  nh_tclassid: number;
  nh_oif: number;
  nh_gw: number;
}

/** struct fib_info: what routes share. */
export interface FibInfo {
  readonly oid: number;
  fib_treeref: number;
  fib_clntref: number;
  fib_dead: boolean;
  fib_flags: number;
  fib_protocol: number;
  fib_prefsrc: number;
  fib_priority: number;
  /** RTAX_*, index = RTAX_x - 1. */
  fib_metrics: number[];
  fib_power: number;
  fib_nh: FibNh[];
}

/** struct fib_result. */
export interface FibResult {
  prefixlen: number;
  nh_sel: number;
  type: number;
  scope: number;
  fi: FibInfo | null;
  r: FibRule | null;
  /** The table that the match is from: what a reader asks, though the kernel forgets it. */
  table: number;
}
export function new_fib_result(): FibResult {
  return { prefixlen: 0, nh_sel: 0, type: 0, scope: 0, fi: null, r: null, table: 0 };
}

/** struct fib_config: a request to change a route, rtnetlink's words. */
export interface FibConfig {
  fc_dst_len: number;
  fc_tos: number;
  fc_protocol: number;
  fc_scope: number;
  fc_type: number;
  fc_table: number;
  fc_dst: number;
  fc_gw: number;
  fc_oif: number;
  /** RTNH_F_ONLINK. */
  fc_flags: number;
  fc_priority: number;
  fc_prefsrc: number;
  /** RTAX_* → value, or null. */
  fc_mx: ReadonlyMap<number, number> | null;
  fc_mp: FibConfigNh[] | null;
  fc_flow: number;
  /** NLM_F_REPLACE 0x100, EXCL 0x200, CREATE 0x400, APPEND 0x800. */
  fc_nlflags: number;
}
export interface FibConfigNh {
  gw: number;
  oif: number;
  /** rtnh_hops: weight - 1. */
  hops: number;
  flags: number;
  flow: number;
}
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;

/** struct fib_table; `tb_data` belongs to fib_hash.c. */
export interface FibTable {
  readonly oid: number;
  tb_id: number;
  tb_default: number;
  tb_lookup: (k: Kernel, tb: FibTable, flp: Flowi, res: FibResult) => number;
  tb_insert: (k: Kernel, tb: FibTable, cfg: FibConfig) => number;
  tb_delete: (k: Kernel, tb: FibTable, cfg: FibConfig) => number;
  tb_flush: (k: Kernel, tb: FibTable) => number;
  tb_select_default: (k: Kernel, tb: FibTable, flp: Flowi, res: FibResult) => void;
  /** Defined in net/ipv4/fib_hash.ts (struct fn_hash). */
  tb_data: unknown;
}

/** struct fib_rule with struct fib4_rule's part. */
export interface FibRule {
  readonly oid: number;
  refcnt: number;
  pref: number;
  flags: number;
  table: number;
  action: number;
  target: number;
  ctarget: FibRule | null;
  iifname: string;
  iifindex: number;
  mark: number;
  mark_mask: number;
  fr_net: Net;
  dst_len: number;
  src_len: number;
  src: number;
  srcmask: number;
  dst: number;
  dstmask: number;
  tos: number;
  tclassid: number;
}
