// SPDX-License-Identifier: GPL-2.0-only
/** `ip addr|route|rule|neigh flush`: what fits is dumped and deleted, entry by entry, as iproute2 does. */

import { refuse } from "../../trace/traced.ts";
import { ENODEV } from "../../uapi/errno.ts";
import type { Flush } from "../config.ts";
import type { InIfaddr, NetDevice } from "./include/linux/netdevice.ts";
import { IFA_F_SECONDARY } from "./include/linux/netdevice.ts";
import type { FibConfig, FibNh, FibTable } from "./include/net/struct_fib.ts";
import type { Kernel } from "./kernel.ts";
import { __dev_get_by_index, __dev_get_by_name } from "./net/core/dev.ts";
import { flush_rules } from "./net/core/fib_rules.ts";
import { neigh_delete } from "./net/core/neighbour.ts";
import { rtnl_addr } from "./net/ipv4/devinet.ts";
import { new_config } from "./net/ipv4/fib_frontend.ts";
import { fn_hash_each } from "./net/ipv4/fib_hash.ts";
import type { FibAlias } from "./net/ipv4/fib_lookup.ts";

/** NUD_NOARP and NUD_PERMANENT: such neighbours stay, unless they are asked for. */
const LASTING = 0x40 | 0x80;

/** 0, or -ENODEV for a device that is not there. What cannot be deleted stays. */
export function flush(k: Kernel, what: Flush): number {
  const dev = what.dev === undefined ? null : __dev_get_by_name(k, k.init_net, what.dev);
  if (what.dev !== undefined && dev === null)
    return refuse(k, -ENODEV, "no device with this name", { dev: what.dev });
  switch (what.object) {
    case "addr":
      flush_addresses(k, what, dev);
      break;
    case "route":
      for (const tb of [...k.init_net.fib_tables.values()]) {
        if (what.table === "all" || what.table === tb.tb_id) flush_routes(k, what, dev, tb);
      }
      break;
    case "rule":
      flush_rules(k, what.table === "all" ? undefined : what.table);
      break;
    case "neigh":
      flush_neighbours(k, what, dev);
      break;
  }
  return 0;
}

function fits(addr: number, prefix: Flush["to"]): boolean {
  if (prefix === undefined || prefix.len === 0) return true;
  return ((addr ^ prefix.addr) & (-1 << (32 - prefix.len))) === 0;
}

/** Secondaries first: they go with their primary, and must not be looked for again. */
function flush_addresses(k: Kernel, what: Flush, only: NetDevice | null): void {
  const meant = ({ ifa_local, ifa_scope, ifa_label }: InIfaddr): boolean =>
    fits(ifa_local, what.to) &&
    (what.scope === undefined || what.scope === ifa_scope) &&
    (what.label === undefined || glob(what.label, ifa_label));
  for (const dev of only === null ? [...k.init_net.devices] : [only]) {
    const found = (dev.ip_ptr?.ifa_list ?? []).filter(meant);
    const secondary = (ifa: InIfaddr): boolean => (ifa.ifa_flags & IFA_F_SECONDARY) !== 0;
    for (const ifa of [
      ...found.filter(secondary).reverse(),
      ...found.filter((i) => !secondary(i)).reverse(),
    ]) {
      const peer = ifa.ifa_address === ifa.ifa_local ? {} : { peer: ifa.ifa_address };
      const { ifa_local: local, ifa_prefixlen: prefixlen } = ifa;
      rtnl_addr(k, { kind: "addr-del", local, prefixlen, dev: dev.name, ...peer });
    }
  }
}

function flush_routes(k: Kernel, what: Flush, dev: NetDevice | null, tb: FibTable): void {
  const found: FibConfig[] = [];
  fn_hash_each(tb, (key, { fz_order }, fa) => {
    if (is_meant(what, dev, key, fz_order, fa)) found.push(as_request(tb, key, fz_order, fa));
  });
  for (const cfg of found) tb.tb_delete(k, tb, cfg);
}

function is_meant(what: Flush, dev: NetDevice | null, key: number, len: number, fa: FibAlias): boolean {
  const { fib_nh, fib_protocol, fib_prefsrc } = fa.fa_info;
  const { to } = what;
  const inside =
    to === undefined ||
    (what.within === "root" ? len >= to.len && fits(key, to) : len === to.len && key === masked(to));
  return (
    inside &&
    (dev === null || fib_nh.some((nh) => nh.nh_oif === dev.ifindex)) &&
    (what.via === undefined || fib_nh.some((nh) => nh.nh_gw === what.via)) &&
    (what.proto === undefined || what.proto === fib_protocol) &&
    (what.scope === undefined || what.scope === fa.fa_scope) &&
    (what.type === undefined || what.type === fa.fa_type) &&
    (what.src === undefined || what.src === fib_prefsrc)
  );
}

function masked({ addr, len }: NonNullable<Flush["to"]>): number {
  return len === 0 ? 0 : (addr & (-1 << (32 - len))) >>> 0;
}

/** The message that iproute2 makes of a dumped route. */
function as_request(tb: FibTable, key: number, len: number, fa: FibAlias): FibConfig {
  const { fib_nh, fib_protocol, fib_priority, fib_prefsrc } = fa.fa_info;
  const first = fib_nh[0] as FibNh;
  const cfg = new_config();
  cfg.fc_table = tb.tb_id;
  cfg.fc_dst = key;
  cfg.fc_dst_len = len;
  cfg.fc_tos = fa.fa_tos;
  cfg.fc_type = fa.fa_type;
  cfg.fc_scope = fa.fa_scope;
  cfg.fc_protocol = fib_protocol;
  cfg.fc_priority = fib_priority;
  cfg.fc_prefsrc = fib_prefsrc;
  if (fib_nh.length === 1) {
    cfg.fc_oif = first.nh_oif;
    cfg.fc_gw = first.nh_gw;
  }
  return cfg;
}

/** fnmatch of labels: `*` and `?`. Never looks back further than the last star. */
function glob(pattern: string, text: string): boolean {
  let [p, t, star, from] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === "*") [star, from] = [p++, t];
    else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) [p, t] = [p + 1, t + 1];
    else if (star >= 0) [p, t] = [star + 1, ++from];
    else return false;
  }
  return /^\**$/.test(pattern.slice(p));
}

function flush_neighbours(k: Kernel, what: Flush, dev: NetDevice | null): void {
  for (const n of [...k.arp_tbl]) {
    const state = what.nud === undefined ? (n.nud_state & LASTING) === 0 : (n.nud_state & what.nud) !== 0;
    if (!state || !fits(n.primary_key, what.to) || (dev !== null && n.dev !== dev)) continue;
    const name = __dev_get_by_index(k, k.init_net, n.dev.ifindex)?.name;
    if (name !== undefined) neigh_delete(k, { kind: "neigh", op: "del", addr: n.primary_key, dev: name });
  }
}
