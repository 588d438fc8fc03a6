// SPDX-License-Identifier: GPL-2.0-only
/** include/net/ip_fib.h: the small functions that go with routes and lookups. */

import type { Kernel } from "../../kernel.ts";
import { fib_rules_tclass } from "../../net/ipv4/fib_rules.ts";
import { __fib_res_prefsrc, free_fib_info } from "../../net/ipv4/fib_semantics.ts";
import type { NetDevice } from "../linux/netdevice.ts";
import type { FibInfo, FibNh, FibResult, FibRule } from "./struct_fib.ts";

export * from "./struct_fib.ts";

/** FIB_RES_NH: the next hop that a lookup chose. */
export function FIB_RES_NH(res: FibResult): FibNh {
  return (res.fi as FibInfo).fib_nh[res.nh_sel] as FibNh;
}
export function FIB_RES_GW(res: FibResult): number {
  return FIB_RES_NH(res).nh_gw;
}
export function FIB_RES_DEV(res: FibResult): NetDevice | null {
  return FIB_RES_NH(res).nh_dev;
}
export function FIB_RES_OIF(res: FibResult): number {
  return FIB_RES_NH(res).nh_oif;
}
/** fib_dev: the device of the first next hop. */
export function fib_dev(fi: FibInfo): NetDevice | null {
  return (fi.fib_nh[0] as FibNh).nh_dev;
}
/** FIB_RES_PREFSRC: the source address that the route names, or the one that fits best. */
export function FIB_RES_PREFSRC(k: Kernel, res: FibResult): number {
  return (res.fi as FibInfo).fib_prefsrc || __fib_res_prefsrc(k, res);
}
/** The traffic class ("realm") of a packet's source: next hop's before rule's. */
export function fib_combine_itag(k: Kernel, res: FibResult): number {
  let itag = (FIB_RES_NH(res).nh_tclassid << 16) >>> 0;
  const rtag = fib_rules_tclass(k, res);
  if (itag === 0) itag = (rtag << 16) >>> 0;
  return (itag | (rtag >>> 16)) >>> 0;
}
export function fib_info_put(k: Kernel, fi: FibInfo): void {
  if (--fi.fib_clntref === 0) free_fib_info(k, fi);
}
export function fib_rule_get(rule: FibRule): void {
  rule.refcnt++;
}
export function fib_rule_put(rule: FibRule): void {
  rule.refcnt--;
}
/** Give back what a lookup took. */
export function fib_res_put(k: Kernel, res: FibResult): void {
  if (res.fi !== null) fib_info_put(k, res.fi);
  if (res.r !== null) fib_rule_put(res.r);
}
