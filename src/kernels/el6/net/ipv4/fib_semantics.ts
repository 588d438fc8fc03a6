// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/ipv4/fib_semantics.c: what a route means. `struct fib_info` is the part that many routes may share (next
 * hops, metric, preferred source); here it is made and checked, matched against a lookup, and killed or revived
 * when addresses and devices go and come.
 */

import { note, refuse, traced } from "../../../../trace/traced.ts";
import { EACCES, EAGAIN, EHOSTUNREACH, EINVAL, ENETDOWN, ENODEV } from "../../../../uapi/errno.ts";
import { formatIpv4 } from "../../../../wire/ipv4.ts";
import { dev_hold, dev_put, IFF_UP, in_dev_put, type NetDevice } from "../../include/linux/netdevice.ts";
import { RTAX_MAX } from "../../include/net/dst.ts";
import { Flowi } from "../../include/net/flow.ts";
import {
  FIB_RES_DEV,
  FIB_RES_GW,
  FIB_RES_OIF,
  fib_dev,
  fib_info_put,
  fib_res_put,
} from "../../include/net/ip_fib.ts";
import { NUD_NONE, NUD_REACHABLE, NUD_VALID } from "../../include/net/neighbour.ts";
import {
  type FibConfig,
  type FibInfo,
  type FibNh,
  type FibResult,
  new_fib_result,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
  RT_SCOPE_UNIVERSE,
  RTN_BLACKHOLE,
  RTN_LOCAL,
  RTN_NAMES,
  RTN_PROHIBIT,
  RTN_UNICAST,
  RTN_UNREACHABLE,
  RTNH_F_DEAD,
  RTNH_F_ONLINK,
  RTNH_F_PERVASIVE,
} from "../../include/net/struct_fib.ts";
import { type Kernel, local_bh_disable, local_bh_enable, type Net, printk } from "../../kernel.ts";
import { __dev_get_by_index, dev_get_by_index } from "../core/dev.ts";
import { neigh_lookup, neigh_release } from "../core/neighbour.ts";
import { inet_select_addr, inetdev_by_index } from "./devinet.ts";
import { inet_addr_type } from "./fib_frontend.ts";
import { FA_S_ACCESSED, type FibAlias } from "./fib_lookup.ts";
import { fib_lookup } from "./fib_rules.ts";

const FILE = "net/ipv4/fib_semantics.c";

/** fib_props: by type, what a lookup that ends there answers, and the widest scope such a route may have. */
const fib_props: readonly { readonly error: number; readonly scope: number }[] = [
  { error: 0, scope: RT_SCOPE_NOWHERE }, // unspec
  { error: 0, scope: RT_SCOPE_UNIVERSE }, // unicast
  { error: 0, scope: RT_SCOPE_HOST }, // local
  { error: 0, scope: RT_SCOPE_LINK }, // broadcast
  { error: 0, scope: RT_SCOPE_LINK }, // anycast
  { error: 0, scope: RT_SCOPE_UNIVERSE }, // multicast
  { error: -EINVAL, scope: RT_SCOPE_UNIVERSE }, // blackhole
  { error: -EHOSTUNREACH, scope: RT_SCOPE_UNIVERSE }, // unreachable
  { error: -EACCES, scope: RT_SCOPE_UNIVERSE }, // prohibit
  { error: -EAGAIN, scope: RT_SCOPE_UNIVERSE }, // throw
  { error: -EINVAL, scope: RT_SCOPE_NOWHERE }, // nat
  { error: -EINVAL, scope: RT_SCOPE_NOWHERE }, // xresolve
];

function props(type: number): { readonly error: number; readonly scope: number } {
  return fib_props[type] as { readonly error: number; readonly scope: number };
}

/** What two infos that say the same have in common. */
function fib_info_hashfn(fi: FibInfo): string {
  const [nh] = fi.fib_nh;
  return `${fi.fib_nh.length} ${fi.fib_protocol} ${fi.fib_prefsrc} ${fi.fib_priority} ${nh?.nh_oif} ${nh?.nh_gw}`;
}

function chain<K>(hash: Map<K, Set<FibInfo>>, key: K): Set<FibInfo> {
  const known = hash.get(key);
  if (known !== undefined) return known;
  const fresh = new Set<FibInfo>();
  hash.set(key, fresh);
  return fresh;
}

function drop<K>(hash: Map<K, Set<FibInfo>>, key: K, fi: FibInfo): void {
  const found = hash.get(key);
  found?.delete(fi);
  if (found?.size === 0) hash.delete(key);
}

/** The last user is gone: let go of the devices. */
export const free_fib_info = traced(FILE, "free_fib_info(fi)", (k: Kernel, fi: FibInfo): void => {
  if (!fi.fib_dead) {
    printk(k, "Freeing alive fib_info");
    return;
  }
  for (const nh of fi.fib_nh) {
    if (nh.nh_dev !== null) dev_put(nh.nh_dev);
    nh.nh_dev = null;
  }
});

/** A route no longer uses this info: when it was the last, take it off the list. */
export function fib_release_info(k: Kernel, fi: FibInfo): void {
  if (--fi.fib_treeref !== 0) return;
  k.fib_infos.delete(fi);
  k.fib_infos_dead.delete(fi);
  drop(k.fib_info_hash, fib_info_hashfn(fi), fi);
  drop(k.fib_info_laddrhash, fi.fib_prefsrc, fi);
  for (const nh of fi.fib_nh) drop(k.fib_info_devhash, nh.nh_oif, fi);
  fi.fib_dead = true;
  fib_info_put(k, fi);
}

/** Do two infos have the same next hops, dead or alive? */
function nh_same(fi: FibInfo, ofi: FibInfo): boolean {
  return fi.fib_nh.every((nh, i) => {
    const onh = ofi.fib_nh[i] as FibNh;
    return (
      nh.nh_oif === onh.nh_oif &&
      nh.nh_gw === onh.nh_gw &&
      nh.nh_scope === onh.nh_scope &&
      nh.nh_weight === onh.nh_weight &&
      nh.nh_tclassid === onh.nh_tclassid &&
      ((nh.nh_flags ^ onh.nh_flags) & ~RTNH_F_DEAD) === 0
    );
  });
}

/** The info that says the same as `nfi`, if there is one already. */
function fib_find_info(k: Kernel, nfi: FibInfo): FibInfo | null {
  for (const fi of k.fib_info_hash.get(fib_info_hashfn(nfi)) ?? []) {
    if (
      fi.fib_nh.length === nfi.fib_nh.length &&
      nfi.fib_protocol === fi.fib_protocol &&
      nfi.fib_prefsrc === fi.fib_prefsrc &&
      nfi.fib_priority === fi.fib_priority &&
      nfi.fib_metrics.every((value, i) => value === fi.fib_metrics[i]) &&
      ((nfi.fib_flags ^ fi.fib_flags) & ~RTNH_F_DEAD) === 0 &&
      nh_same(fi, nfi)
    )
      return fi;
  }
  return null;
}

/** Does a redirect's new gateway serve a route already? 0 if so, else -1. */
export const ip_fib_check_default = traced(
  FILE,
  "ip_fib_check_default(gw, dev)",
  (k: Kernel, gw: number, dev: NetDevice): number => {
    for (const fi of k.fib_infos) {
      for (const nh of fi.fib_nh) {
        if (nh.nh_dev === dev && nh.nh_gw === gw && (nh.nh_flags & RTNH_F_DEAD) === 0) return 0;
      }
    }
    return -1;
  },
);

/** Index of the first route of a prefix with this TOS (or a smaller one) and at least this metric, or -1. */
export function fib_find_alias(fah: readonly FibAlias[], tos: number, prio: number): number {
  return fah.findIndex((fa) => fa.fa_tos <= tos && (fa.fa_info.fib_priority >= prio || fa.fa_tos < tos));
}

/** What fib_detect_death leaves for the case that every gateway looks dead. */
export interface LastResort {
  last_resort: FibInfo | null;
  last_idx: number;
}

/** Is this default gateway silent? Its neighbour entry knows: 0 for alive. */
export const fib_detect_death = traced(
  FILE,
  "fib_detect_death(fi, order, last, dflt)",
  (k: Kernel, fi: FibInfo, order: number, last: LastResort, dflt: number): number => {
    let state = NUD_NONE;
    const gw = (fi.fib_nh[0] as FibNh).nh_gw;
    const n = neigh_lookup(k, gw, fib_dev(fi) as NetDevice);
    if (n !== null) {
      state = n.nud_state;
      neigh_release(k, n);
    }
    if (state === NUD_REACHABLE) {
      note(k, "gateway is NUD_REACHABLE: use it", { gw, order });
      return 0;
    }
    if ((state & NUD_VALID) !== 0 && order !== dflt) {
      note(k, "gateway is resolved, and is not the current default: use it", { gw, order });
      return 0;
    }
    if ((state & NUD_VALID) !== 0 || (last.last_idx < 0 && order > dflt)) {
      note(k, "last resort, unless a better gateway follows", { gw, order, state });
      last.last_resort = fi;
      last.last_idx = order;
    } else note(k, "gateway is not known to be alive: try the next", { gw, order, state });
    return 1;
  },
);

/** Take the next hops out of a request. */
function fib_get_nhs(fi: FibInfo, cfg: FibConfig): void {
  for (const [i, mp] of (cfg.fc_mp ?? []).entries()) {
    const nh = fi.fib_nh[i] as FibNh;
    nh.nh_flags = (cfg.fc_flags & ~0xff) | mp.flags;
    nh.nh_oif = mp.oif;
    nh.nh_weight = mp.hops + 1;
    nh.nh_gw = mp.gw;
    nh.nh_tclassid = mp.flow;
  }
}

/** Does a request to delete mean this route, by its next hops? 0 if so. */
export function fib_nh_match(cfg: FibConfig, fi: FibInfo): number {
  if (cfg.fc_priority !== 0 && cfg.fc_priority !== fi.fib_priority) return 1;
  const first = fi.fib_nh[0] as FibNh;
  if (cfg.fc_oif !== 0 || cfg.fc_gw !== 0) {
    const same =
      (cfg.fc_oif === 0 || cfg.fc_oif === first.nh_oif) && (cfg.fc_gw === 0 || cfg.fc_gw === first.nh_gw);
    return same ? 0 : 1;
  }
  if (cfg.fc_mp === null) return 0;
  for (const [i, nh] of fi.fib_nh.entries()) {
    const mp = cfg.fc_mp[i];
    if (mp === undefined) return -EINVAL;
    if (mp.oif !== 0 && mp.oif !== nh.nh_oif) return 1;
    if (mp.gw !== 0 && mp.gw !== nh.nh_gw) return 1;
    if (mp.flow !== 0 && mp.flow !== nh.nh_tclassid) return 1;
  }
  return 0;
}

function device_down(k: Kernel, dev: NetDevice): number {
  return refuse(k, -ENETDOWN, "the device is down", { dev: dev.name });
}

/** A gateway that is declared to be on the link, whatever the routes say. */
function fib_check_onlink(k: Kernel, net: Net, cfg: FibConfig, nh: FibNh): number {
  if (cfg.fc_scope >= RT_SCOPE_LINK) {
    return refuse(k, -EINVAL, "scope link or narrower: a gateway is not allowed", { scope: cfg.fc_scope });
  }
  if (inet_addr_type(k, net, nh.nh_gw) !== RTN_UNICAST) {
    return refuse(k, -EINVAL, "gateway is not a unicast address of another host", { gateway: nh.nh_gw });
  }
  const dev = __dev_get_by_index(k, net, nh.nh_oif);
  if (dev === null) {
    return refuse(k, -ENODEV, "onlink gateway: no device with this index", { oif: nh.nh_oif });
  }
  if ((dev.flags & IFF_UP) === 0) return device_down(k, dev);
  nh.nh_dev = dev;
  dev_hold(dev);
  nh.nh_scope = RT_SCOPE_LINK;
  return 0;
}

/** A gateway must itself be reached by a route of narrower scope. */
function fib_check_gateway(k: Kernel, net: Net, cfg: FibConfig, nh: FibNh): number {
  const scope = Math.max((cfg.fc_scope + 1) & 0xff, RT_SCOPE_LINK);
  const res = new_fib_result();
  const err = fib_lookup(k, net, new Flowi({ fl4_dst: nh.nh_gw, fl4_scope: scope, oif: nh.nh_oif }), res);
  if (err !== 0) return err;
  const verdict = ((): number => {
    if (res.type !== RTN_UNICAST && res.type !== RTN_LOCAL) {
      return refuse(k, -EINVAL, "gateway is not a unicast or local address", { gateway: nh.nh_gw });
    }
    nh.nh_scope = res.scope;
    nh.nh_oif = FIB_RES_OIF(res);
    nh.nh_dev = FIB_RES_DEV(res);
    if (nh.nh_dev === null) {
      return refuse(k, -EINVAL, "route to the gateway has no device", { gateway: nh.nh_gw });
    }
    dev_hold(nh.nh_dev);
    return (nh.nh_dev.flags & IFF_UP) === 0 ? device_down(k, nh.nh_dev) : 0;
  })();
  fib_res_put(k, res);
  return verdict;
}

/** Check a next hop and find its device. */
function fib_check_nh(k: Kernel, net: Net, cfg: FibConfig, nh: FibNh): number {
  if (nh.nh_gw !== 0)
    return (nh.nh_flags & RTNH_F_ONLINK) !== 0
      ? fib_check_onlink(k, net, cfg, nh)
      : fib_check_gateway(k, net, cfg, nh);
  if ((nh.nh_flags & (RTNH_F_PERVASIVE | RTNH_F_ONLINK)) !== 0) {
    return refuse(k, -EINVAL, "onlink or pervasive, but no gateway given", { flags: nh.nh_flags });
  }
  const in_dev = inetdev_by_index(k, net, nh.nh_oif);
  if (in_dev === null) {
    return refuse(k, -ENODEV, "no device with this index, or IPv4 is disabled on it", { oif: nh.nh_oif });
  }
  if ((in_dev.dev.flags & IFF_UP) === 0) {
    in_dev_put(in_dev);
    return device_down(k, in_dev.dev);
  }
  nh.nh_dev = in_dev.dev;
  dev_hold(nh.nh_dev);
  nh.nh_scope = RT_SCOPE_HOST;
  in_dev_put(in_dev);
  return 0;
}

function new_nh(): FibNh {
  return {
    nh_dev: null,
    nh_flags: 0,
    nh_scope: 0,
    nh_weight: 0,
    nh_power: 0,
    nh_tclassid: 0,
    nh_oif: 0,
    nh_gw: 0,
  };
}

/** Fill in and check what a request says of the next hops, metrics and source. */
function fib_fill_info(k: Kernel, net: Net, cfg: FibConfig, fi: FibInfo): number {
  const first = fi.fib_nh[0] as FibNh;
  for (const [type, value] of cfg.fc_mx ?? []) {
    if (type === 0) continue;
    if (type > RTAX_MAX) {
      return refuse(k, -EINVAL, "unknown route metric", { metric: type });
    }
    fi.fib_metrics[type - 1] = value;
  }
  if (cfg.fc_mp !== null) {
    fib_get_nhs(fi, cfg);
    if (
      (cfg.fc_oif !== 0 && first.nh_oif !== cfg.fc_oif) ||
      (cfg.fc_gw !== 0 && first.nh_gw !== cfg.fc_gw) ||
      (cfg.fc_flow !== 0 && first.nh_tclassid !== cfg.fc_flow)
    ) {
      return refuse(k, -EINVAL, "device, gateway or realm contradicts the first next hop");
    }
  } else {
    first.nh_oif = cfg.fc_oif;
    first.nh_gw = cfg.fc_gw;
    first.nh_flags = cfg.fc_flags;
    first.nh_tclassid = cfg.fc_flow;
    first.nh_weight = 1;
  }
  // A type that is an error goes nowhere.
  if (props(cfg.fc_type).error !== 0) {
    if (cfg.fc_gw === 0 && cfg.fc_oif === 0 && cfg.fc_mp === null) return 0;
    return refuse(k, -EINVAL, "error route: no gateway or device is allowed", {
      type: RTN_NAMES[cfg.fc_type] ?? cfg.fc_type,
    });
  }
  if (cfg.fc_scope > RT_SCOPE_HOST) {
    return refuse(k, -EINVAL, "scope nowhere is not allowed", { scope: cfg.fc_scope });
  }
  if (cfg.fc_scope === RT_SCOPE_HOST) {
    if (fi.fib_nh.length !== 1 || first.nh_gw !== 0) {
      return refuse(k, -EINVAL, "scope host: exactly one next hop and no gateway is allowed", {
        nexthops: fi.fib_nh.length,
        gateway: first.nh_gw,
      });
    }
    first.nh_scope = RT_SCOPE_NOWHERE;
    first.nh_dev = dev_get_by_index(k, net, first.nh_oif);
    if (first.nh_dev === null) {
      return refuse(k, -ENODEV, "no device with this index", { oif: first.nh_oif });
    }
  } else {
    for (const nh of fi.fib_nh) {
      const err = fib_check_nh(k, net, cfg, nh);
      if (err !== 0) return err;
    }
  }
  if (fi.fib_prefsrc !== 0) {
    const self = cfg.fc_type === RTN_LOCAL && cfg.fc_dst !== 0 && fi.fib_prefsrc === cfg.fc_dst;
    if (!self && inet_addr_type(k, net, fi.fib_prefsrc) !== RTN_LOCAL) {
      return refuse(k, -EINVAL, "preferred source address is not local to this host", {
        src: fi.fib_prefsrc,
      });
    }
  }
  return 0;
}

/** The info for a request: one that exists already or a new one, or -errno. */
export function fib_create_info(k: Kernel, cfg: FibConfig): FibInfo | number {
  if (props(cfg.fc_type).scope > cfg.fc_scope) {
    return refuse(k, -EINVAL, "scope is too wide for this route type", {
      scope: cfg.fc_scope,
      widest: props(cfg.fc_type).scope,
    });
  }
  const nhs = cfg.fc_mp === null ? 1 : cfg.fc_mp.length;
  if (nhs === 0) {
    return refuse(k, -EINVAL, "multipath route without next hops");
  }
  const fi: FibInfo = {
    oid: k.oid("fi"),
    fib_treeref: 0,
    fib_clntref: 0,
    fib_dead: false,
    fib_flags: cfg.fc_flags,
    fib_protocol: cfg.fc_protocol,
    fib_prefsrc: cfg.fc_prefsrc,
    fib_priority: cfg.fc_priority,
    fib_metrics: new Array<number>(RTAX_MAX).fill(0),
    fib_power: 0,
    fib_nh: Array.from({ length: nhs }, new_nh),
  };
  const err = fib_fill_info(k, k.init_net, cfg, fi);
  const ofi = err === 0 ? fib_find_info(k, fi) : null;
  if (err !== 0 || ofi !== null) {
    fi.fib_dead = true;
    free_fib_info(k, fi);
    if (ofi === null) return err;
    ofi.fib_treeref++;
    return ofi;
  }
  fi.fib_treeref++;
  fi.fib_clntref++;
  k.fib_infos.add(fi);
  chain(k.fib_info_hash, fib_info_hashfn(fi)).add(fi);
  chain(k.fib_info_laddrhash, fi.fib_prefsrc).add(fi);
  for (const nh of fi.fib_nh) chain(k.fib_info_devhash, nh.nh_oif).add(fi);
  return fi;
}

/** `192.0.2.0/24`, for notes. */
export function prefix_words(addr: number, len: number): string {
  return `${formatIpv4(len === 0 ? 0 : (addr & (0xffffffff << (32 - len))) >>> 0)}/${len}`;
}

/** Say which route it was. */
function note_match(k: Kernel, fa: FibAlias, nh: FibNh, dst: number, prefixlen: number): void {
  if (k.rec === null) return;
  const facts: Record<string, string | number> = {
    prefix: prefix_words(dst, prefixlen),
    type: RTN_NAMES[fa.fa_type] ?? fa.fa_type,
    scope: fa.fa_scope,
    dev: nh.nh_dev?.name ?? "none",
  };
  if (nh.nh_gw !== 0) facts["via"] = nh.nh_gw;
  if (fa.fa_info.fib_prefsrc !== 0) facts["src"] = fa.fa_info.fib_prefsrc;
  if (fa.fa_info.fib_priority !== 0) facts["metric"] = fa.fa_info.fib_priority;
  note(k, "route matches", facts);
}

/** What the routes say that lead nowhere on purpose. */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  [RTN_BLACKHOLE]: "matching route is of type blackhole",
  [RTN_UNREACHABLE]: "matching route is of type unreachable",
  [RTN_PROHIBIT]: "matching route is of type prohibit",
};

/** The first of the routes to a prefix that fits TOS, scope and device: 0 and `res`, 1 for none, or its error. */
export const fib_semantic_match = traced(
  FILE,
  "fib_semantic_match(head, flp, res, prefixlen)",
  (k: Kernel, head: readonly FibAlias[], flp: Flowi, res: FibResult, prefixlen: number): number => {
    for (const fa of head) {
      if (fa.fa_tos !== 0 && fa.fa_tos !== flp.fl4_tos) {
        note(k, "TOS does not match the route", { fa_tos: fa.fa_tos, tos: flp.fl4_tos });
        continue;
      }
      if (fa.fa_scope < flp.fl4_scope) {
        note(k, "scope of the route is too wide", {
          fa_scope: fa.fa_scope,
          scope: flp.fl4_scope,
        });
        continue;
      }
      fa.fa_state |= FA_S_ACCESSED;
      const err = props(fa.fa_type).error;
      if (err !== 0) {
        if (k.rec === null) return err;
        const facts = {
          prefix: prefix_words(flp.fl4_dst, prefixlen),
          type: RTN_NAMES[fa.fa_type] ?? fa.fa_type,
          daddr: flp.fl4_dst,
          table: res.table,
        };
        if (err !== -EAGAIN)
          return refuse(k, err, ERROR_TYPES[fa.fa_type] ?? "matching route is of an error type", facts);
        note(k, "throw route matches: try the next rule", facts);
        return err;
      }
      const fi = fa.fa_info;
      if ((fi.fib_flags & RTNH_F_DEAD) !== 0) {
        note(k, "route is dead (RTNH_F_DEAD): its device is down");
        continue;
      }
      if (fa.fa_type === 0) {
        return refuse(k, -EINVAL, "route without a type");
      }
      for (let nhsel = 0; nhsel < fi.fib_nh.length; nhsel++) {
        const nh = fi.fib_nh[nhsel] as FibNh;
        if ((nh.nh_flags & RTNH_F_DEAD) !== 0) {
          note(k, "next hop is dead (RTNH_F_DEAD): its device is down", { nhsel });
          continue;
        }
        if (flp.oif !== 0 && flp.oif !== nh.nh_oif) {
          note(k, "oif does not match the route's device", {
            oif: flp.oif,
            nh_oif: nh.nh_oif,
          });
          continue;
        }
        res.prefixlen = prefixlen;
        res.nh_sel = nhsel;
        res.type = fa.fa_type;
        res.scope = fa.fa_scope;
        res.fi = fi;
        fi.fib_clntref++;
        note_match(k, fa, nh, flp.fl4_dst, prefixlen);
        return 0;
      }
    }
    return 1;
  },
);

/** The source address to use, where the route names none. */
export const __fib_res_prefsrc = traced(
  FILE,
  "__fib_res_prefsrc(res)",
  (k: Kernel, res: FibResult): number => {
    return inet_select_addr(k, FIB_RES_DEV(res) as NetDevice, FIB_RES_GW(res), res.scope);
  },
);

/** What a netlink message about a route says. */
export interface RouteWords {
  table: number;
  type: number;
  dst: number;
  dst_len: number;
  scope: number;
  protocol: number;
  tos?: number;
  priority?: number;
  src?: number;
  gateway?: number;
  oif?: number;
  prefsrc?: number;
  realm?: number;
  nexthops?: readonly FibNh[];
  /** Whether next hops tell their realms, too. */
  realms?: boolean;
  metrics?: readonly number[];
  flags?: number;
}

/** Words by RTAX_*. */
const METRIC_WORDS = ["", "lock", "mtu", "window", "rtt", "", "", "", "advmss", "", "hoplimit"];

function ifname(k: Kernel, ifindex: number): string {
  return k.init_net.dev_index_head.get(ifindex)?.name ?? `if${ifindex}`;
}
function hex(value: number): string {
  return value === 0 ? "0" : `0x${value.toString(16)}`;
}

/** A route in the recordings' words. */
export function route_words(k: Kernel, w: RouteWords): string {
  const s = [
    `table ${w.table} ${RTN_NAMES[w.type] ?? "?"} ${formatIpv4(w.dst)}/${w.dst_len} scope ${w.scope} proto ${w.protocol}`,
  ];
  if (w.tos) s.push(`tos ${hex(w.tos)}`);
  if (w.priority) s.push(`metric ${w.priority}`);
  if (w.src !== undefined) s.push(`from ${formatIpv4(w.src)}`);
  if (w.gateway) s.push(`via ${formatIpv4(w.gateway)}`);
  if (w.oif) s.push(`dev ${ifname(k, w.oif)}`);
  if (w.prefsrc) s.push(`src ${formatIpv4(w.prefsrc)}`);
  if (w.realm) s.push(`realm ${w.realm}`);
  for (const nh of w.nexthops ?? []) {
    const via = nh.nh_gw === 0 ? "" : ` via ${formatIpv4(nh.nh_gw)}`;
    const realm = w.realms === true && nh.nh_tclassid !== 0 ? ` realm ${nh.nh_tclassid}` : "";
    const dev = ifname(k, nh.nh_oif);
    s.push(`nexthop${via}${realm} dev ${dev} weight ${nh.nh_weight} flags ${nh.nh_flags & 0xff}`);
  }
  for (const [i, value] of (w.metrics ?? []).entries()) {
    if (value !== 0) s.push(`${METRIC_WORDS[i + 1] || "metric?"} ${value}`);
  }
  if (w.flags) s.push(`flags ${hex(w.flags)}`);
  return s.join(" ");
}

/** fib_dump_info: one route of a table, as a dump shows it. */
export function fib_dump_info(
  k: Kernel,
  tb_id: number,
  fa: FibAlias,
  dst: number,
  dst_len: number,
  realms?: true,
): string {
  const fi = fa.fa_info;
  const first = fi.fib_nh[0] as FibNh;
  const one = fi.fib_nh.length === 1;
  return route_words(k, {
    table: tb_id,
    type: fa.fa_type,
    dst,
    dst_len,
    scope: fa.fa_scope,
    protocol: fi.fib_protocol,
    tos: fa.fa_tos,
    priority: fi.fib_priority,
    gateway: one ? first.nh_gw : 0,
    oif: one ? first.nh_oif : 0,
    prefsrc: fi.fib_prefsrc,
    realm: one && realms === true ? first.nh_tclassid : 0,
    nexthops: one ? [] : fi.fib_nh,
    realms: realms === true,
    metrics: fi.fib_metrics,
    flags: fi.fib_flags,
  });
}

/** A local address is gone: routes that prefer it as their source die. How many? */
export function fib_sync_down_addr(k: Kernel, local: number): number {
  if (local === 0) return 0;
  let ret = 0;
  for (const fi of k.fib_info_laddrhash.get(local) ?? []) {
    fi.fib_flags |= RTNH_F_DEAD;
    k.fib_infos_dead.add(fi);
    ret++;
  }
  return ret;
}

/**
 * A device goes: its next hops die, and a route with its last. `force` 0: the device went down, local routes stay;
 * 1: its last address went; 2: the device itself does. How many routes died?
 */
export function fib_sync_down_dev(k: Kernel, dev: NetDevice, force: number): number {
  const spared = force !== 0 ? -1 : RT_SCOPE_NOWHERE;
  let ret = 0;
  for (const fi of k.fib_info_devhash.get(dev.ifindex) ?? []) {
    if (!fi.fib_nh.some((nh) => nh.nh_dev === dev)) continue;
    let dead = 0;
    for (const nh of fi.fib_nh) {
      if ((nh.nh_flags & RTNH_F_DEAD) !== 0) dead++;
      else if (nh.nh_dev === dev && nh.nh_scope !== spared) {
        nh.nh_flags |= RTNH_F_DEAD;
        fi.fib_power -= nh.nh_power;
        nh.nh_power = 0;
        dead++;
      }
      if (force > 1 && nh.nh_dev === dev) {
        dead = fi.fib_nh.length;
        break;
      }
    }
    if (dead > 0) k.fib_infos_dead.add(fi);
    if (dead === fi.fib_nh.length) {
      fi.fib_flags |= RTNH_F_DEAD;
      ret++;
    }
  }
  return ret;
}

/** A device comes up: its dead next hops live again (only routes of several hops can have survived). */
export function fib_sync_up(k: Kernel, dev: NetDevice): void {
  if ((dev.flags & IFF_UP) === 0) return;
  for (const fi of k.fib_infos_dead) {
    if (!fi.fib_nh.some((nh) => nh.nh_dev === dev)) continue;
    let alive = 0;
    for (const nh of fi.fib_nh) {
      if ((nh.nh_flags & RTNH_F_DEAD) === 0) alive++;
      else if (nh.nh_dev === dev && dev.ip_ptr !== null) {
        alive++;
        nh.nh_power = 0;
        nh.nh_flags &= ~RTNH_F_DEAD;
      }
    }
    if (alive > 0) fi.fib_flags &= ~RTNH_F_DEAD;
    if (alive === fi.fib_nh.length) k.fib_infos_dead.delete(fi);
  }
}

/** Choose one of several next hops, each in proportion to its weight. */
export const fib_select_multipath = traced(
  FILE,
  "fib_select_multipath(flp, res)",
  (k: Kernel, _flp: Flowi, res: FibResult): void => {
    const fi = res.fi as FibInfo;
    local_bh_disable(k);
    if (fi.fib_power <= 0) {
      let power = 0;
      for (const nh of fi.fib_nh) {
        if ((nh.nh_flags & RTNH_F_DEAD) !== 0) continue;
        power += nh.nh_weight;
        nh.nh_power = nh.nh_weight;
      }
      fi.fib_power = power;
      if (power <= 0) {
        note(k, "every next hop is dead");
        local_bh_enable(k);
        res.nh_sel = 0;
        return;
      }
      note(k, "fib_power is used up: refill every next hop with its weight", { power });
    }
    // The kernel takes the clock for chance: whatever jiffies happens to be at this instant.
    let w = k.random.u32("fib_select_multipath: jiffies") % fi.fib_power;
    for (let nhsel = 0; nhsel < fi.fib_nh.length; nhsel++) {
      const nh = fi.fib_nh[nhsel] as FibNh;
      if ((nh.nh_flags & RTNH_F_DEAD) !== 0 || nh.nh_power === 0) continue;
      w -= nh.nh_power;
      if (w > 0) continue;
      nh.nh_power--;
      fi.fib_power--;
      res.nh_sel = nhsel;
      note(k, "next hop selected", { nhsel, gw: nh.nh_gw, turns_left: nh.nh_power });
      local_bh_enable(k);
      return;
    }
    note(k, "no next hop selected: use the first");
    res.nh_sel = 0;
    local_bh_enable(k);
  },
);
