// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/ipv4/fib_frontend.c: the routing tables as the rest of IPv4 sees them: what kind of address is it, whose is
 * it, may a packet come from it, and the routes that addresses and devices bring with them.
 */
import type { DropReason } from "../../../../trace/fate.ts";
import type { Facts, Plain } from "../../../../trace/plain.ts";
import { inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EINVAL, ENODEV, ESRCH } from "../../../../uapi/errno.ts";
import type { Nexthop, Route } from "../../../config.ts";
import { ipv4_is_lbcast, ipv4_is_multicast, ipv4_is_zeronet } from "../../include/linux/in.ts";
import {
  IN_DEV_ACCEPT_LOCAL,
  IN_DEV_RPFILTER,
  IN_DEV_SRC_VMARK,
  inet_ifa_match,
} from "../../include/linux/inetdevice.ts";
import {
  __in_dev_get_rcu,
  dev_hold,
  dev_net,
  IFA_F_SECONDARY,
  IFF_LOOPBACK,
  IFF_UP,
  type InIfaddr,
  type NetDevice,
} from "../../include/linux/netdevice.ts";
import {
  NETDEV_CHANGE,
  NETDEV_CHANGEMTU,
  NETDEV_DOWN,
  NETDEV_UNREGISTER,
  NETDEV_UP,
} from "../../include/linux/notifier.ts";
import { RTAX_LOCK } from "../../include/net/dst.ts";
import { Flowi } from "../../include/net/flow.ts";
import {
  FIB_RES_DEV,
  FIB_RES_GW,
  FIB_RES_NH,
  FIB_RES_PREFSRC,
  fib_combine_itag,
  fib_dev,
  fib_res_put,
} from "../../include/net/ip_fib.ts";
import {
  type FibConfig,
  type FibConfigNh,
  type FibInfo,
  type FibResult,
  type FibTable,
  FR_ACT_TO_TBL,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  new_fib_result,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  RTN_ANYCAST,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MAX,
  RTN_MULTICAST,
  RTN_NAMES,
  RTN_NAT,
  RTN_UNICAST,
  RTN_UNSPEC,
  RTNH_F_ONLINK,
  RTPROT_BOOT,
  RTPROT_KERNEL,
} from "../../include/net/struct_fib.ts";
import { type Kernel, type Net, printk } from "../../kernel.ts";
import { __dev_get_by_name } from "../core/dev.ts";
import { arp_ifdown } from "./arp.ts";
import { inet_ifa_byprefix, inet_select_addr } from "./devinet.ts";
import { fib_hash_table, fn_hash_dump } from "./fib_hash.ts";
import { fib_lookup, fib4_rules_init } from "./fib_rules.ts";
import { fib_sync_down_addr, fib_sync_down_dev, fib_sync_up } from "./fib_semantics.ts";
import { no_way_in, rt_cache_flush } from "./route.ts";

const FILE = "net/ipv4/fib_frontend.c";

/** The table of a number, made if need be. */
export function fib_new_table(k: Kernel, net: Net, id: number): FibTable {
  const number = id === 0 ? RT_TABLE_MAIN : id;
  const known = net.fib_tables.get(number);
  if (known !== undefined) return known;
  const tb = fib_hash_table(k, number);
  net.fib_tables.set(number, tb);
  return tb;
}

/** The table of a number, if it exists. */
export const fib_get_table = traced(
  FILE,
  "fib_get_table(net, id)",
  (_k: Kernel, net: Net, id: number): FibTable | null => {
    return net.fib_tables.get(id === 0 ? RT_TABLE_MAIN : id) ?? null;
  },
);

/** The tables in the order of a dump: two buckets by number, the newest first. */
function fib_tables(net: Net): FibTable[] {
  const newest = [...net.fib_tables.values()].reverse();
  return [...newest.filter((tb) => (tb.tb_id & 1) === 0), ...newest.filter((tb) => (tb.tb_id & 1) === 1)];
}

/** A default route through a gateway: there may be several to choose from. */
export const fib_select_default = traced(
  FILE,
  "fib_select_default(net, flp, res)",
  (k: Kernel, net: Net, flp: Flowi, res: FibResult): void => {
    if (res.r === null || res.r.action !== FR_ACT_TO_TBL) return;
    const tb = fib_get_table(k, net, res.r.table) as FibTable;
    if (FIB_RES_GW(res) !== 0 && FIB_RES_NH(res).nh_scope === RT_SCOPE_LINK)
      tb.tb_select_default(k, tb, flp, res);
    else note(k, "default route has no on-link gateway: nothing to choose");
  },
);

/** Throw dead routes out of every table. */
function fib_flush(k: Kernel, net: Net): void {
  let flushed = 0;
  for (const tb of fib_tables(net)) flushed += tb.tb_flush(k, tb);
  if (flushed > 0) rt_cache_flush(k, net, -1);
}

/** The device that has this local address, held; null for an address that isn't ours. */
export const ip_dev_find = traced(
  FILE,
  "ip_dev_find(net, addr)",
  (k: Kernel, net: Net, addr: number): NetDevice | null => {
    const fl = new Flowi();
    fl.fl4_dst = addr;
    const res = new_fib_result();
    const local_table = fib_get_table(k, net, RT_TABLE_LOCAL);
    if (local_table === null || local_table.tb_lookup(k, local_table, fl, res) !== 0) {
      note(k, "no device with this address", { addr });
      return null;
    }
    let dev: NetDevice | null = null;
    if (res.type !== RTN_LOCAL)
      note(k, "not a local address", { addr, type: RTN_NAMES[res.type] ?? res.type });
    else {
      dev = FIB_RES_DEV(res);
      if (dev !== null) dev_hold(dev);
    }
    fib_res_put(k, res);
    return dev;
  },
);

/** What kind of address is it (RTN_*), on `dev` or, with NULL, anywhere? */
export const __inet_dev_addr_type = inlined(
  FILE,
  "__inet_dev_addr_type(net, dev, addr)",
  (k: Kernel, net: Net, dev: NetDevice | null, addr: number): number => {
    if (ipv4_is_zeronet(addr) || ipv4_is_lbcast(addr)) {
      note(k, "0.x.x.x and 255.255.255.255 count as broadcast", { addr });
      return RTN_BROADCAST;
    }
    if (ipv4_is_multicast(addr)) {
      note(k, "multicast address", { addr });
      return RTN_MULTICAST;
    }
    const local_table = fib_get_table(k, net, RT_TABLE_LOCAL);
    if (local_table === null) return RTN_BROADCAST;
    const fl = new Flowi();
    fl.fl4_dst = addr;
    const res = new_fib_result();
    if (local_table.tb_lookup(k, local_table, fl, res) !== 0) {
      note(k, "not in table local: not a local address", { addr });
      return RTN_UNICAST;
    }
    const mine = dev === null || dev === fib_dev(res.fi as FibInfo);
    if (!mine) note(k, "local address, but of another device", { addr, dev: dev.name });
    const ret = mine ? res.type : RTN_UNICAST;
    fib_res_put(k, res);
    return ret;
  },
);

/** What kind of address is it (RTN_*)? */
export const inet_addr_type = traced(
  FILE,
  "inet_addr_type(net, addr)",
  (k: Kernel, net: Net, addr: number): number => {
    return __inet_dev_addr_type(k, net, null, addr);
  },
);

/** What kind of address is it (RTN_*), as if there were only this device? */
export const inet_dev_addr_type = traced(
  FILE,
  "inet_dev_addr_type(net, dev, addr)",
  (k: Kernel, net: Net, dev: NetDevice, addr: number): number => {
    return __inet_dev_addr_type(k, net, dev, addr);
  },
);

/** What {@link fib_validate_source} answers. */
export class SourceCheck {
  /** 0, 1 for a source on the device's own link, or -EINVAL. */
  readonly err: number;
  /** The address of ours that an answer comes from. */
  readonly spec_dst: number;
  /** Realms. */
  readonly itag: number;
  constructor(err: number, spec_dst: number, itag: number) {
    this.err = err;
    this.spec_dst = spec_dst;
    this.itag = itag;
  }
  /** For events. */
  plain(): Plain {
    return this.err < 0 ? { err: this.err } : { err: this.err, spec_dst: this.spec_dst };
  }
}

/** May a packet with this source come in on this device? The route back says. */
export const fib_validate_source = traced(
  FILE,
  "fib_validate_source(src, dst, tos, oif, dev, mark)",
  (
    k: Kernel,
    src: number,
    dst: number,
    tos: number,
    oif: number,
    dev: NetDevice,
    mark: number,
  ): SourceCheck => {
    const refused = new SourceCheck(-EINVAL, 0, 0);
    const fl = new Flowi({ fl4_dst: src, fl4_src: dst, fl4_tos: tos, mark, iif: oif });
    const in_dev = __in_dev_get_rcu(dev);
    if (in_dev === null) {
      return not_from_there(k, refused, "IP_INVALID_SOURCE", "IPv4 is disabled on this device", {
        dev: dev.name,
      });
    }
    const no_addr = in_dev.ifa_list.length === 0;
    const rpf = IN_DEV_RPFILTER(in_dev);
    if (mark !== 0 && !IN_DEV_SRC_VMARK(in_dev)) fl.mark = 0;

    const net = dev_net(dev);
    const res = new_fib_result();
    if (fib_lookup(k, net, fl, res) !== 0) {
      return last_resort(k, dev, rpf, refused, "no reverse route to the source", src);
    }
    if (res.type !== RTN_UNICAST && (res.type !== RTN_LOCAL || !IN_DEV_ACCEPT_LOCAL(in_dev))) {
      const local = res.type === RTN_LOCAL;
      fib_res_put(k, res);
      return not_from_there(
        k,
        refused,
        local ? "IP_LOCAL_SOURCE" : "IP_INVALID_SOURCE",
        "source is not a unicast address of another host",
        { src, type: RTN_NAMES[res.type] ?? res.type },
      );
    }
    let spec_dst = FIB_RES_PREFSRC(k, res);
    const itag = fib_combine_itag(k, res);
    if (FIB_RES_DEV(res) === dev || (res.fi as FibInfo).fib_nh.length > 1) {
      const ret = FIB_RES_NH(res).nh_scope >= RT_SCOPE_HOST ? 1 : 0;
      fib_res_put(k, res);
      return new SourceCheck(ret, spec_dst, itag);
    }
    fib_res_put(k, res);
    if (no_addr) {
      return last_resort(
        k,
        dev,
        rpf,
        refused,
        "reverse route uses another device, and this device has no address",
        src,
      );
    }
    if (rpf === 1) {
      return not_from_there(k, refused, "IP_RPFILTER", "rp_filter: the reverse route uses another device", {
        src,
        dev: dev.name,
        back_by: FIB_RES_DEV(res)?.name ?? "none",
        rp_filter: rpf,
      });
    }
    note(k, "reverse route uses another device: look for one through this device", {
      src,
      dev: dev.name,
    });
    fl.oif = dev.ifindex;
    let ret = 0;
    if (fib_lookup(k, net, fl, res) === 0) {
      if (res.type === RTN_UNICAST) {
        spec_dst = FIB_RES_PREFSRC(k, res);
        ret = FIB_RES_NH(res).nh_scope >= RT_SCOPE_HOST ? 1 : 0;
      }
      fib_res_put(k, res);
    }
    return new SourceCheck(ret, spec_dst, itag);
  },
);

/** Without rp_filter a source is let in whatever the routes say. */
function last_resort(
  k: Kernel,
  dev: NetDevice,
  rpf: number,
  refused: SourceCheck,
  why: string,
  src: number,
): SourceCheck {
  if (rpf !== 0) {
    return not_from_there(k, refused, "IP_RPFILTER", why, { src, dev: dev.name, rp_filter: rpf });
  }
  note(k, why, { src, dev: dev.name });
  return new SourceCheck(0, inet_select_addr(k, dev, 0, RT_SCOPE_UNIVERSE), 0);
}

/** The source is not believed: say why. */
function not_from_there(
  k: Kernel,
  refused: SourceCheck,
  reason: DropReason,
  text: string,
  facts: Facts,
): SourceCheck {
  return no_way_in(k, refused, fib_validate_source, reason, text, facts);
}

export function new_config(): FibConfig {
  return {
    fc_dst_len: 0,
    fc_tos: 0,
    fc_protocol: 0,
    fc_scope: 0,
    fc_type: 0,
    fc_table: 0,
    fc_dst: 0,
    fc_gw: 0,
    fc_oif: 0,
    fc_flags: 0,
    fc_priority: 0,
    fc_prefsrc: 0,
    fc_mx: null,
    fc_mp: null,
    fc_flow: 0,
    fc_nlflags: 0,
  };
}

/** Add or delete a route that an address brings with it. */
function fib_magic(k: Kernel, add: boolean, type: number, dst: number, dst_len: number, ifa: InIfaddr): void {
  const tb = fib_new_table(k, k.init_net, type === RTN_UNICAST ? RT_TABLE_MAIN : RT_TABLE_LOCAL);
  const cfg = new_config();
  cfg.fc_protocol = RTPROT_KERNEL;
  cfg.fc_type = type;
  cfg.fc_dst = dst >>> 0;
  cfg.fc_dst_len = dst_len;
  cfg.fc_prefsrc = ifa.ifa_local;
  cfg.fc_oif = ifa.ifa_dev.dev.ifindex;
  cfg.fc_nlflags = NLM_F_CREATE | NLM_F_APPEND;
  cfg.fc_table = tb.tb_id;
  cfg.fc_scope = type === RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK;
  if (add) tb.tb_insert(k, tb, cfg);
  else tb.tb_delete(k, tb, cfg);
}

/** The routes of a new address: itself, its subnet, their broadcasts. */
export function fib_add_ifaddr(k: Kernel, ifa: InIfaddr): void {
  const dev = ifa.ifa_dev.dev;
  const mask = ifa.ifa_mask;
  const addr = ifa.ifa_local;
  const prefix = (ifa.ifa_address & mask) >>> 0;
  const secondary = (ifa.ifa_flags & IFA_F_SECONDARY) !== 0;
  const prim = secondary ? inet_ifa_byprefix(ifa.ifa_dev, prefix, mask) : ifa;
  if (prim === null) {
    printk(k, "fib_add_ifaddr: bug: prim == NULL");
    return;
  }
  fib_magic(k, true, RTN_LOCAL, addr, 32, prim);
  if ((dev.flags & IFF_UP) === 0) return;
  if (ifa.ifa_broadcast !== 0 && ifa.ifa_broadcast !== 0xffffffff)
    fib_magic(k, true, RTN_BROADCAST, ifa.ifa_broadcast, 32, prim);
  if (ipv4_is_zeronet(prefix) || secondary || (prefix === addr && ifa.ifa_prefixlen >= 32)) return;
  const type = (dev.flags & IFF_LOOPBACK) !== 0 ? RTN_LOCAL : RTN_UNICAST;
  fib_magic(k, true, type, prefix, ifa.ifa_prefixlen, prim);
  if (ifa.ifa_prefixlen >= 31) return;
  fib_magic(k, true, RTN_BROADCAST, prefix, 32, prim);
  fib_magic(k, true, RTN_BROADCAST, prefix | ~mask, 32, prim);
}

/** What other addresses of the device still need, when one goes. */
interface StillNeeded {
  local: boolean;
  brd: boolean;
  brd0: boolean;
  brd1: boolean;
  /** The address itself is still in the list: it is being promoted. */
  kept: boolean;
}

function still_needed(ifa: InIfaddr, prim: InIfaddr, iprim: InIfaddr | null): StillNeeded {
  const in_dev = ifa.ifa_dev;
  const brd = (ifa.ifa_address | ~ifa.ifa_mask) >>> 0;
  const any = (ifa.ifa_address & ifa.ifa_mask) >>> 0;
  const ok: StillNeeded = { local: false, brd: false, brd0: false, brd1: false, kept: false };
  let prim1: InIfaddr | null = null;
  let same_prefsrc = false;
  for (const ifa1 of in_dev.ifa_list) {
    if (ifa1 === ifa) {
      ok.kept = true;
      continue;
    }
    if (iprim !== null && ifa1.ifa_mask === iprim.ifa_mask && inet_ifa_match(ifa1.ifa_address, iprim))
      continue;
    // Routes carry the primary address of their subnet as their source: only those of the same source count.
    if ((ifa1.ifa_flags & IFA_F_SECONDARY) !== 0) {
      if (ifa1.ifa_mask === prim.ifa_mask && inet_ifa_match(ifa1.ifa_address, prim)) prim1 = prim;
      else {
        if (!same_prefsrc) continue;
        if (prim1 === null || ifa1.ifa_mask !== prim1.ifa_mask || !inet_ifa_match(ifa1.ifa_address, prim1))
          prim1 = inet_ifa_byprefix(in_dev, ifa1.ifa_address, ifa1.ifa_mask);
        if (prim1 === null || prim1.ifa_local !== prim.ifa_local) continue;
      }
    } else {
      if (prim.ifa_local !== ifa1.ifa_local) continue;
      prim1 = ifa1;
      if (prim !== prim1) same_prefsrc = true;
    }
    if (ifa.ifa_local === ifa1.ifa_local) ok.local = true;
    if (ifa.ifa_broadcast === ifa1.ifa_broadcast) ok.brd = true;
    if (brd === ifa1.ifa_broadcast) ok.brd1 = true;
    if (any === ifa1.ifa_broadcast) ok.brd0 = true;
    if (prim1 !== ifa1 || ifa1.ifa_prefixlen >= 31) continue;
    const brd1 = (ifa1.ifa_address | ~ifa1.ifa_mask) >>> 0;
    const any1 = (ifa1.ifa_address & ifa1.ifa_mask) >>> 0;
    if (ipv4_is_zeronet(any1)) continue;
    if (ifa.ifa_broadcast === brd1 || ifa.ifa_broadcast === any1) ok.brd = true;
    if (brd === brd1 || brd === any1) ok.brd1 = true;
    if (any === brd1 || any === any1) ok.brd0 = true;
  }
  return ok;
}

/** An address goes: so do its routes, unless another address needs them. `iprim`: a primary deleted with it. */
export function fib_del_ifaddr(k: Kernel, ifa: InIfaddr, iprim: InIfaddr | null): void {
  const in_dev = ifa.ifa_dev;
  const dev = in_dev.dev;
  const brd = (ifa.ifa_address | ~ifa.ifa_mask) >>> 0;
  const any = (ifa.ifa_address & ifa.ifa_mask) >>> 0;
  let prim: InIfaddr | null = ifa;
  let subnet = false;
  if ((ifa.ifa_flags & IFA_F_SECONDARY) !== 0) {
    prim = inet_ifa_byprefix(in_dev, any, ifa.ifa_mask);
    if (prim === null) {
      printk(k, "fib_del_ifaddr: bug: prim == NULL");
      return;
    }
    if (iprim !== null && iprim !== prim) {
      printk(k, "fib_del_ifaddr: bug: iprim != prim");
      return;
    }
  } else if (!ipv4_is_zeronet(any) && (any !== ifa.ifa_local || ifa.ifa_prefixlen < 32)) {
    const type = (dev.flags & IFF_LOOPBACK) !== 0 ? RTN_LOCAL : RTN_UNICAST;
    fib_magic(k, false, type, any, ifa.ifa_prefixlen, prim);
    subnet = true;
  }
  const ok = still_needed(ifa, prim, iprim);
  if (!ok.brd) fib_magic(k, false, RTN_BROADCAST, ifa.ifa_broadcast, 32, prim);
  if (subnet && ifa.ifa_prefixlen < 31) {
    if (!ok.brd1) fib_magic(k, false, RTN_BROADCAST, brd, 32, prim);
    if (!ok.brd0) fib_magic(k, false, RTN_BROADCAST, any, 32, prim);
  }
  if (ok.local) return;
  fib_magic(k, false, RTN_LOCAL, ifa.ifa_local, 32, prim);
  if (ok.kept || inet_addr_type(k, dev_net(dev), ifa.ifa_local) === RTN_LOCAL) return;
  // The address is really gone: so are the routes that prefer it as their source.
  if (fib_sync_down_addr(k, ifa.ifa_local) > 0) fib_flush(k, dev_net(dev));
}

/** The device no longer speaks IP: kill what leads through it. */
function fib_disable_ip(k: Kernel, dev: NetDevice, force: number): void {
  if (fib_sync_down_dev(k, dev, force) > 0) fib_flush(k, dev_net(dev));
  rt_cache_flush(k, dev_net(dev), 0);
  arp_ifdown(k, dev);
}

/** inetaddr_chain: an address came (NETDEV_UP) or went (NETDEV_DOWN). */
export function fib_inetaddr_event(k: Kernel, event: number, ifa: InIfaddr): void {
  const dev = ifa.ifa_dev.dev;
  if (event === NETDEV_UP) {
    fib_add_ifaddr(k, ifa);
    fib_sync_up(k, dev);
    rt_cache_flush(k, dev_net(dev), -1);
  } else if (event === NETDEV_DOWN) {
    fib_del_ifaddr(k, ifa, null);
    if (ifa.ifa_dev.ifa_list.length === 0) fib_disable_ip(k, dev, 1);
    else rt_cache_flush(k, dev_net(dev), -1);
  }
}

/** netdev_chain: what happens to a device, happens to its routes. */
export function fib_netdev_event(k: Kernel, event: number, dev: NetDevice): void {
  if (event === NETDEV_UNREGISTER) {
    fib_disable_ip(k, dev, 2);
    return;
  }
  const in_dev = dev.ip_ptr;
  if (in_dev === null) return;
  if (event === NETDEV_UP) {
    for (const ifa of in_dev.ifa_list) fib_add_ifaddr(k, ifa);
    fib_sync_up(k, dev);
    rt_cache_flush(k, dev_net(dev), -1);
  } else if (event === NETDEV_DOWN) fib_disable_ip(k, dev, 0);
  else if (event === NETDEV_CHANGEMTU || event === NETDEV_CHANGE) rt_cache_flush(k, dev_net(dev), 0);
}

/** Rules and tables of the boot. Tables themselves come with their first route. */
export function ip_fib_init(k: Kernel): void {
  fib4_rules_init(k);
}

const OP_FLAGS: Readonly<Record<Route["op"], number>> = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  append: NLM_F_CREATE | NLM_F_APPEND,
  prepend: NLM_F_CREATE,
  change: NLM_F_REPLACE,
  del: 0,
};

/** The scope that `ip route` sends where none was named. */
function default_scope(change: Route, type: number): number {
  const del = change.op === "del";
  if (type === RTN_LOCAL || type === RTN_NAT) return RT_SCOPE_HOST;
  if (type === RTN_BROADCAST || type === RTN_MULTICAST || type === RTN_ANYCAST) return RT_SCOPE_LINK;
  if (type === RTN_UNICAST || type === RTN_UNSPEC) {
    if (del) return RT_SCOPE_NOWHERE;
    if (change.via === undefined && change.nexthops === undefined) return RT_SCOPE_LINK;
  }
  return del ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
}

function default_table(type: number): number {
  return type === RTN_LOCAL || type === RTN_BROADCAST || type === RTN_NAT || type === RTN_ANYCAST
    ? RT_TABLE_LOCAL
    : RT_TABLE_MAIN;
}

function to_config_nh(k: Kernel, nh: Nexthop): FibConfigNh | number {
  const dev = nh.dev === undefined ? null : __dev_get_by_name(k, k.init_net, nh.dev);
  if (nh.dev !== undefined && dev === null) {
    return refuse(k, -ENODEV, "no device with this name", { name: nh.dev });
  }
  return {
    gw: nh.via ?? 0,
    oif: dev?.ifindex ?? 0,
    hops: ((nh.weight ?? 1) - 1) & 0xff,
    flags: nh.onlink === true ? RTNH_F_ONLINK : 0,
    flow: nh.realm ?? 0,
  };
}

function to_metrics(change: Route): Map<number, number> | null {
  if (change.metrics === undefined || change.metrics.length === 0) return null;
  const mx = new Map<number, number>();
  let lock = 0;
  for (const m of change.metrics) if (m.lock) lock |= 1 << m.rtax;
  if (lock !== 0) mx.set(RTAX_LOCK, lock);
  for (const m of change.metrics) mx.set(m.rtax, m.value);
  return mx;
}

/** rtm_to_fib_config: the message `ip route` would send, as a request to the tables; or -errno. */
function rtm_to_fib_config(k: Kernel, change: Route): FibConfig | number {
  const dev = change.dev === undefined ? null : __dev_get_by_name(k, k.init_net, change.dev);
  if (change.dev !== undefined && dev === null) {
    return refuse(k, -ENODEV, "no device with this name", { name: change.dev });
  }
  const cfg = new_config();
  const del = change.op === "del";
  cfg.fc_type = change.type ?? (del ? RTN_UNSPEC : RTN_UNICAST);
  if (cfg.fc_type > RTN_MAX) {
    return refuse(k, -EINVAL, "unknown route type", { type: cfg.fc_type });
  }
  cfg.fc_dst_len = change.prefixlen & 0xff;
  cfg.fc_dst = change.prefixlen === 0 ? 0 : change.dst;
  cfg.fc_tos = (change.tos ?? 0) & 0xff;
  cfg.fc_table = change.table ?? default_table(cfg.fc_type);
  cfg.fc_protocol = change.proto ?? (del ? 0 : RTPROT_BOOT);
  cfg.fc_scope = change.scope ?? default_scope(change, cfg.fc_type);
  cfg.fc_flags = change.onlink === true ? RTNH_F_ONLINK : 0;
  cfg.fc_nlflags = OP_FLAGS[change.op];
  cfg.fc_oif = dev?.ifindex ?? 0;
  cfg.fc_gw = change.via ?? 0;
  cfg.fc_priority = change.metric ?? 0;
  cfg.fc_prefsrc = change.src ?? 0;
  cfg.fc_flow = change.realm ?? 0;
  cfg.fc_mx = to_metrics(change);
  if (change.nexthops !== undefined) {
    cfg.fc_mp = [];
    for (const nexthop of change.nexthops) {
      const nh = to_config_nh(k, nexthop);
      if (typeof nh === "number") return nh;
      cfg.fc_mp.push(nh);
    }
  }
  return cfg;
}

/** `ip route add|append|replace|change|del`: 0 or -errno. */
export function rtnl_route(k: Kernel, change: Route): number {
  const cfg = rtm_to_fib_config(k, change);
  if (typeof cfg === "number") return cfg;
  if (change.op === "del") {
    const tb = fib_get_table(k, k.init_net, cfg.fc_table);
    if (tb === null) {
      return refuse(k, -ESRCH, "no routing table with this id", { table: cfg.fc_table });
    }
    return tb.tb_delete(k, tb, cfg);
  }
  const tb = fib_new_table(k, k.init_net, cfg.fc_table);
  return tb.tb_insert(k, tb, cfg);
}

/** inet_dump_fib: the routes of every table, in the recordings' words, which leave out realms. */
export function fib_dump(k: Kernel, realms?: true): string[] {
  return fib_tables(k.init_net).flatMap((tb) => fn_hash_dump(k, tb, realms));
}
