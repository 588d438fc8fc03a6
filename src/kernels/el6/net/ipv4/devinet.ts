// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/devinet.c: the addresses of a device and its IPv4 settings. */
import { note, refuse, traced } from "../../../../trace/traced.ts";
import { EACCES, EADDRNOTAVAIL, EEXIST, EINVAL, ENOBUFS, ENODEV, ENOENT } from "../../../../uapi/errno.ts";
import type { Addr } from "../../../config.ts";
import { ipv4_is_loopback } from "../../include/linux/in.ts";
import {
  IN_DEV_ARP_NOTIFY,
  IN_DEV_PROMOTE_SECONDARIES,
  inet_ifa_match,
  inet_make_mask,
} from "../../include/linux/inetdevice.ts";
import {
  __in_dev_get_rcu,
  dev_hold,
  dev_net,
  dev_put,
  IFA_F_SECONDARY,
  IFF_LOOPBACK,
  IFF_UP,
  type InDevice,
  type InIfaddr,
  type Ipv4Devconf,
  in_dev_get,
  type NetDevice,
} from "../../include/linux/netdevice.ts";
import {
  NETDEV_CHANGEADDR,
  NETDEV_CHANGEMTU,
  NETDEV_CHANGENAME,
  NETDEV_DOWN,
  NETDEV_NOTIFY_PEERS,
  NETDEV_REGISTER,
  NETDEV_UNREGISTER,
  NETDEV_UP,
} from "../../include/linux/notifier.ts";
import { neigh_parms_data_state_setall } from "../../include/net/neighbour.ts";
import { RT_SCOPE_HOST, RT_SCOPE_LINK } from "../../include/net/struct_fib.ts";
import type { Kernel, Net } from "../../kernel.ts";
import { __dev_get_by_index, __dev_get_by_name } from "../core/dev.ts";
import { neigh_parms_alloc, neigh_parms_release } from "../core/neighbour.ts";
import { arp_ifdown, arp_send } from "./arp.ts";
import { fib_add_ifaddr, fib_inetaddr_event } from "./fib_frontend.ts";
import { ip_mc_destroy_dev, ip_mc_down, ip_mc_init_dev, ip_mc_up } from "./igmp.ts";
import { rt_cache_flush } from "./route.ts";

const FILE = "net/ipv4/devinet.c";
const INADDR_LOOPBACK = 0x7f000001;
const ETH_P_ARP = 0x0806;
const ARPOP_REQUEST = 1;
const IFNAMSIZ = 16;

/** The settings of conf/all, before anybody changes them. */
function ipv4_devconf(): Ipv4Devconf {
  return {
    forwarding: 0,
    mc_forwarding: 0,
    proxy_arp: 0,
    accept_redirects: 1,
    secure_redirects: 1,
    send_redirects: 1,
    shared_media: 1,
    rp_filter: 0,
    accept_source_route: 0,
    bootp_relay: 0,
    log_martians: 0,
    tag: 0,
    arp_filter: 0,
    arp_announce: 0,
    arp_ignore: 0,
    arp_accept: 0,
    arp_notify: 0,
    proxy_arp_pvlan: 0,
    medium_id: 0,
    disable_xfrm: 0,
    disable_policy: 0,
    force_igmp_version: 0,
    promote_secondaries: 0,
    accept_local: 0,
    route_localnet: 0,
    src_valid_mark: 0,
  };
}

/** The settings of `all` and `default`. */
export function devinet_init(k: Kernel): void {
  k.init_net.devconf_all = ipv4_devconf();
  k.init_net.devconf_dflt = { ...ipv4_devconf(), accept_source_route: 1 };
  k.init_net.devconf_dflt_state = new Set();
}

/** A device gets its IPv4 part. */
function inetdev_init(k: Kernel, dev: NetDevice): InDevice {
  const in_dev: InDevice = {
    oid: k.oid("idev"),
    dev,
    refcnt: 2,
    dead: false,
    ifa_list: [],
    ifa_subnets: new Map(),
    mc_list: [],
    mc_tomb: [],
    mr_v1_seen: 0,
    mr_v2_seen: 0,
    mr_maxdelay: 0,
    mr_qrv: 0,
    mr_gq_running: 0,
    mr_ifc_count: 0,
    mr_ifc_timer: null,
    mr_gq_timer: null,
    arp_parms: neigh_parms_alloc(k, dev),
    cnf: { ...dev_net(dev).devconf_dflt },
    cnf_state: new Set(dev_net(dev).devconf_dflt_state),
  };
  k.object_names.set(in_dev.oid, dev.name);
  dev_hold(dev);
  ip_mc_init_dev(k, in_dev);
  if ((dev.flags & IFF_UP) !== 0) ip_mc_up(k, in_dev);
  dev.ip_ptr = in_dev;
  return in_dev;
}

/** …and loses it, its addresses with it. */
function inetdev_destroy(k: Kernel, in_dev: InDevice): void {
  const dev = in_dev.dev;
  in_dev.dead = true;
  ip_mc_destroy_dev(k, in_dev);
  while (in_dev.ifa_list.length > 0) inet_del_ifa(k, in_dev, 0);
  dev.ip_ptr = null;
  neigh_parms_release(k, in_dev.arp_parms);
  arp_ifdown(k, dev);
  in_dev.refcnt--;
  dev_put(dev);
}

/** Are both addresses in a subnet of this device? */
export const inet_addr_onlink = traced(
  FILE,
  "inet_addr_onlink(in_dev, a, b)",
  (_k: Kernel, in_dev: InDevice, a: number, b: number): number => {
    for (const ifa of in_dev.ifa_list) {
      if ((ifa.ifa_flags & IFA_F_SECONDARY) !== 0) break;
      if (inet_ifa_match(a, ifa) && (b === 0 || inet_ifa_match(b, ifa))) return 1;
    }
    return 0;
  },
);

/** __inet_del_ifa: take the `at`-th address away, and its secondaries with it unless one of them is promoted. */
function inet_del_ifa(k: Kernel, in_dev: InDevice, at: number): void {
  const list = in_dev.ifa_list;
  const ifa1 = list[at] as InIfaddr;
  const same_subnet = (ifa: InIfaddr): boolean =>
    ifa1.ifa_mask === ifa.ifa_mask && inet_ifa_match(ifa1.ifa_address, ifa);
  const promoting = IN_DEV_PROMOTE_SECONDARIES(in_dev);
  let last_prim = list[0] as InIfaddr;
  let prev_prom: InIfaddr | null = null;
  let promote: InIfaddr | null = null;
  if ((ifa1.ifa_flags & IFA_F_SECONDARY) === 0) {
    for (let i = at + 1; i < list.length; ) {
      const ifa = list[i] as InIfaddr;
      const secondary = (ifa.ifa_flags & IFA_F_SECONDARY) !== 0;
      if (!secondary && ifa1.ifa_scope <= ifa.ifa_scope) last_prim = ifa;
      if (!secondary || !same_subnet(ifa)) {
        i++;
        prev_prom = ifa;
        continue;
      }
      if (promoting) {
        promote = ifa;
        break;
      }
      list.splice(i, 1);
      leave_subnet(ifa);
      fib_inetaddr_event(k, NETDEV_DOWN, ifa);
    }
  }
  list.splice(list.indexOf(ifa1), 1);
  leave_subnet(ifa1);
  fib_inetaddr_event(k, NETDEV_DOWN, ifa1);
  if (promote === null) return;
  let next = list.indexOf(promote);
  if (prev_prom !== null) {
    list.splice(next, 1);
    // Behind the address just unlinked, where there was no other primary: then the kernel loses it, and so do we.
    next = last_prim === ifa1 ? -1 : list.indexOf(last_prim) + 1;
    if (next !== -1) list.splice(next, 0, promote);
    else leave_subnet(promote);
  }
  promote.ifa_flags &= ~IFA_F_SECONDARY;
  fib_inetaddr_event(k, NETDEV_UP, promote);
  for (const ifa of list.slice(next + 1)) if (same_subnet(ifa)) fib_add_ifaddr(k, ifa);
}

/** The addresses of the same subnet. */
function subnet_of({ ifa_dev, ifa_address, ifa_mask }: InIfaddr): Map<number, InIfaddr> {
  const key = ((ifa_address & ifa_mask) >>> 0) * 64 + (32 - Math.clz32(~ifa_mask >>> 0));
  const known = ifa_dev.ifa_subnets.get(key);
  if (known !== undefined) return known;
  const fresh = new Map<number, InIfaddr>();
  ifa_dev.ifa_subnets.set(key, fresh);
  return fresh;
}

function leave_subnet(ifa: InIfaddr): void {
  subnet_of(ifa).delete(ifa.ifa_local);
}

/** Behind the last primary of as wide a scope. */
function behind_primaries(list: readonly InIfaddr[], scope: number): number {
  for (let i = list.length; i > 0; i--) {
    const ifa = list[i - 1] as InIfaddr;
    if ((ifa.ifa_flags & IFA_F_SECONDARY) === 0 && scope <= ifa.ifa_scope) return i;
  }
  return 0;
}

/** Put an address in its place: primaries by scope, a second one of a subnet becomes secondary. */
function inet_insert_ifa(k: Kernel, ifa: InIfaddr): number {
  const list = ifa.ifa_dev.ifa_list;
  if (ifa.ifa_local === 0) return 0;
  ifa.ifa_flags &= ~IFA_F_SECONDARY;
  const subnet = subnet_of(ifa);
  const [ifa1] = subnet.values();
  const secondary = ifa1 !== undefined;
  if (secondary) {
    // One after the other, the kernel asks them for the address and for the scope, which they all share.
    if (ifa1.ifa_scope !== ifa.ifa_scope && ifa1.ifa_local !== ifa.ifa_local) {
      return refuse(k, -EINVAL, "an address in the same subnet has another scope", {
        scope: ifa.ifa_scope,
        ifa_scope: ifa1.ifa_scope,
      });
    }
    if (subnet.has(ifa.ifa_local)) {
      return refuse(k, -EEXIST, "the device already has this address", { addr: ifa.ifa_local });
    }
    ifa.ifa_flags |= IFA_F_SECONDARY;
  }
  list.splice(secondary ? list.length : behind_primaries(list, ifa.ifa_scope), 0, ifa);
  subnet.set(ifa.ifa_local, ifa);
  fib_inetaddr_event(k, NETDEV_UP, ifa);
  return 0;
}

/** From now on the settings of this device don't follow conf/default and neigh/default. */
function ipv4_devconf_setall(in_dev: InDevice): void {
  for (const attr of Object.keys(in_dev.cnf)) in_dev.cnf_state.add(attr as keyof Ipv4Devconf);
  neigh_parms_data_state_setall(in_dev.arp_parms);
}

/** The IPv4 part of the device with this index, held. */
export const inetdev_by_index = traced(
  FILE,
  "inetdev_by_index(net, ifindex)",
  (k: Kernel, net: Net, ifindex: number): InDevice | null => {
    const dev = __dev_get_by_index(k, net, ifindex);
    return dev === null ? null : in_dev_get(dev);
  },
);

/** The primary address of a subnet. */
export function inet_ifa_byprefix(in_dev: InDevice, prefix: number, mask: number): InIfaddr | null {
  for (const ifa of in_dev.ifa_list) {
    if ((ifa.ifa_flags & IFA_F_SECONDARY) !== 0) return null;
    if (ifa.ifa_mask === mask && inet_ifa_match(prefix, ifa)) return ifa;
  }
  return null;
}

/** The message of `ip addr`: struct ifaddrmsg and its attributes. */
interface IfaddrMsg {
  readonly dev: NetDevice;
  readonly prefixlen: number;
  readonly scope: number;
  readonly local: number;
  /** IFA_ADDRESS; a deletion may go without. */
  readonly address: number | undefined;
  readonly broadcast: number;
  readonly label: string | undefined;
}

/** RTM_DELADDR: the first address that fits goes. */
function inet_rtm_deladdr(k: Kernel, msg: IfaddrMsg): number {
  const in_dev = msg.dev.ip_ptr;
  if (in_dev === null) {
    return refuse(k, -ENODEV, "IPv4 is disabled on this device", { dev: msg.dev.name });
  }
  const at = in_dev.ifa_list.findIndex(
    (ifa) =>
      ifa.ifa_local === msg.local &&
      (msg.label === undefined || msg.label === ifa.ifa_label) &&
      (msg.address === undefined ||
        (msg.prefixlen === ifa.ifa_prefixlen && inet_ifa_match(msg.address, ifa))),
  );
  if (at === -1) {
    return refuse(k, -EADDRNOTAVAIL, "the device does not have this address", {
      addr: msg.local,
      dev: msg.dev.name,
    });
  }
  inet_del_ifa(k, in_dev, at);
  return 0;
}

/** RTM_NEWADDR. */
function inet_rtm_newaddr(k: Kernel, msg: IfaddrMsg): number {
  if (msg.prefixlen > 32) {
    return refuse(k, -EINVAL, "prefix length exceeds 32", { prefixlen: msg.prefixlen });
  }
  const in_dev = msg.dev.ip_ptr;
  if (in_dev === null) {
    return refuse(k, -ENOBUFS, "IPv4 is disabled on this device", { dev: msg.dev.name });
  }
  ipv4_devconf_setall(in_dev);
  return inet_insert_ifa(k, {
    ifa_dev: in_dev,
    ifa_local: msg.local,
    ifa_address: msg.address ?? msg.local,
    ifa_mask: inet_make_mask(msg.prefixlen),
    ifa_broadcast: msg.broadcast,
    ifa_scope: msg.scope,
    ifa_flags: 0,
    ifa_prefixlen: msg.prefixlen,
    ifa_label: (msg.label ?? msg.dev.name).slice(0, IFNAMSIZ - 1),
  });
}

/** As iproute2 works it out: all ones, or all zeros. */
function broadcast_of(asked: Addr["broadcast"], address: number, host_part: number): number {
  if (asked === "+") return (address | host_part) >>> 0;
  return asked === "-" ? (address & ~host_part) >>> 0 : (asked ?? 0);
}

/** `ip addr add|del`: 0 or -errno. */
export function rtnl_addr(k: Kernel, change: Addr): number {
  const dev = __dev_get_by_name(k, k.init_net, change.dev);
  if (dev === null) {
    return refuse(k, -ENODEV, "no device with this name", { name: change.dev });
  }
  const add = change.kind === "addr-add";
  const address = change.peer ?? change.local;
  const prefixlen = change.prefixlen;
  const host_part = prefixlen >= 32 ? 0 : 0xffffffff >>> prefixlen;
  const msg: IfaddrMsg = {
    dev,
    prefixlen,
    scope: change.scope ?? (add && ipv4_is_loopback(change.local) ? RT_SCOPE_HOST : 0),
    local: change.local,
    address: change.anyLength === true ? undefined : address,
    broadcast: broadcast_of(change.broadcast, address, host_part),
    label: change.label,
  };
  return add ? inet_rtm_newaddr(k, msg) : inet_rtm_deladdr(k, msg);
}

/** The source address to use towards `dst` on this device, of this scope or a wider one. */
export const inet_select_addr = traced(
  FILE,
  "inet_select_addr(dev, dst, scope)",
  (k: Kernel, dev: NetDevice, dst: number, scope: number): number => {
    let addr = 0;
    for (const ifa of __in_dev_get_rcu(dev)?.ifa_list ?? []) {
      if ((ifa.ifa_flags & IFA_F_SECONDARY) !== 0) break;
      if (ifa.ifa_scope > scope) {
        note(k, "scope of this address is too narrow", {
          ifa_local: ifa.ifa_local,
          ifa_scope: ifa.ifa_scope,
          scope,
        });
        continue;
      }
      if (dst === 0 || inet_ifa_match(dst, ifa)) {
        if (dst !== 0) note(k, "destination is in this address's subnet", { dst, ifa_local: ifa.ifa_local });
        return ifa.ifa_local;
      }
      if (addr === 0) addr = ifa.ifa_local;
    }
    if (addr !== 0) {
      note(k, "no address in the destination's subnet: use the device's first address", { dst, addr });
      return addr;
    }
    for (const other of dev_net(dev).devices) {
      for (const ifa of __in_dev_get_rcu(other)?.ifa_list ?? []) {
        if ((ifa.ifa_flags & IFA_F_SECONDARY) !== 0) break;
        if (ifa.ifa_scope === RT_SCOPE_LINK || ifa.ifa_scope > scope) continue;
        note(k, "no suitable address on the device: use another device's", {
          dev: other.name,
          addr: ifa.ifa_local,
        });
        return ifa.ifa_local;
      }
    }
    note(k, "no device has a suitable address", { scope });
    return 0;
  },
);

/** The address of a device that fits the wildcards of {@link inet_confirm_addr}, or 0. */
export const confirm_addr_indev = traced(
  FILE,
  "confirm_addr_indev(in_dev, dst, local, scope)",
  (_k: Kernel, in_dev: InDevice, dst: number, local: number, scope: number): number => {
    let same = false;
    let addr = 0;
    for (const ifa of in_dev.ifa_list) {
      if (addr === 0 && (local === ifa.ifa_local || local === 0) && ifa.ifa_scope <= scope) {
        addr = ifa.ifa_local;
        if (same) break;
      }
      if (same) continue;
      same = (local === 0 || inet_ifa_match(local, ifa)) && (dst === 0 || inet_ifa_match(dst, ifa));
      if (!same || addr === 0) continue;
      if (local !== 0 || dst === 0) break;
      // Is the address found so far in the destination's subnet, too? Else this one may be the source.
      if (inet_ifa_match(addr, ifa)) break;
      if (ifa.ifa_scope <= scope) {
        addr = ifa.ifa_local;
        break;
      }
      same = false;
    }
    return same ? addr : 0;
  },
);

/** Is there such an address? 0 for `dst` or `local` is any; scope link looks at every device. */
export const inet_confirm_addr = traced(
  FILE,
  "inet_confirm_addr(in_dev, dst, local, scope)",
  (k: Kernel, in_dev: InDevice, dst: number, local: number, scope: number): number => {
    if (scope !== RT_SCOPE_LINK) return confirm_addr_indev(k, in_dev, dst, local, scope);
    for (const dev of dev_net(in_dev.dev).devices) {
      const other = __in_dev_get_rcu(dev);
      const addr = other === null ? 0 : confirm_addr_indev(k, other, dst, local, scope);
      if (addr !== 0) return addr;
    }
    return 0;
  },
);

/** A device has another name: so have the labels of its addresses. */
function inetdev_changename(dev: NetDevice, in_dev: InDevice): void {
  for (const [i, ifa] of in_dev.ifa_list.entries()) {
    const colon = ifa.ifa_label.indexOf(":");
    const suffix = colon === -1 ? `:${i + 1}` : ifa.ifa_label.slice(colon);
    ifa.ifa_label = i === 0 ? dev.name : dev.name.slice(0, IFNAMSIZ - 1 - suffix.length) + suffix;
  }
}

function inetdev_valid_mtu(mtu: number): boolean {
  return mtu >= 68;
}

/** arp_notify: tell the link where our addresses are. */
function inetdev_send_gratuitous_arp(k: Kernel, dev: NetDevice, in_dev: InDevice): void {
  for (const ifa of in_dev.ifa_list) {
    arp_send(k, ARPOP_REQUEST, ETH_P_ARP, ifa.ifa_local, dev, ifa.ifa_local, null, dev.dev_addr, null);
  }
}

/** lo comes up: it gets 127.0.0.1/8 by itself. */
function add_loopback_address(k: Kernel, in_dev: InDevice): void {
  ipv4_devconf_setall(in_dev);
  inet_insert_ifa(k, {
    ifa_dev: in_dev,
    ifa_local: INADDR_LOOPBACK,
    ifa_address: INADDR_LOOPBACK,
    ifa_mask: inet_make_mask(8),
    ifa_broadcast: 0,
    ifa_scope: RT_SCOPE_HOST,
    ifa_flags: 0,
    ifa_prefixlen: 8,
    ifa_label: in_dev.dev.name,
  });
}

/** netdev_chain: what happens to a device, happens to its IPv4 part. */
export function inetdev_event(k: Kernel, event: number, dev: NetDevice): void {
  const in_dev = dev.ip_ptr;
  if (in_dev === null) {
    if (event === NETDEV_REGISTER) {
      const fresh = inetdev_init(k, dev);
      if ((dev.flags & IFF_LOOPBACK) !== 0) {
        for (const attr of ["disable_xfrm", "disable_policy"] as const) {
          fresh.cnf[attr] = 1;
          fresh.cnf_state.add(attr);
        }
      }
    } else if (event === NETDEV_CHANGEMTU && inetdev_valid_mtu(dev.mtu)) inetdev_init(k, dev);
    return;
  }
  switch (event) {
    case NETDEV_UP:
      if (!inetdev_valid_mtu(dev.mtu)) break;
      if ((dev.flags & IFF_LOOPBACK) !== 0) add_loopback_address(k, in_dev);
      ip_mc_up(k, in_dev);
      if (IN_DEV_ARP_NOTIFY(in_dev) !== 0) inetdev_send_gratuitous_arp(k, dev, in_dev);
      break;
    case NETDEV_CHANGEADDR:
      if (IN_DEV_ARP_NOTIFY(in_dev) !== 0) inetdev_send_gratuitous_arp(k, dev, in_dev);
      break;
    case NETDEV_NOTIFY_PEERS:
      inetdev_send_gratuitous_arp(k, dev, in_dev);
      break;
    case NETDEV_DOWN:
      ip_mc_down(k, in_dev);
      break;
    case NETDEV_CHANGEMTU:
      // Too small for IP: it is switched off.
      if (!inetdev_valid_mtu(dev.mtu)) inetdev_destroy(k, in_dev);
      break;
    case NETDEV_UNREGISTER:
      inetdev_destroy(k, in_dev);
      break;
    case NETDEV_CHANGENAME:
      inetdev_changename(dev, in_dev);
      k.object_names.set(in_dev.oid, dev.name);
      break;
  }
}

/** conf/all/forwarding, net.ipv4.ip_forward: every device follows. */
function inet_forward_change(net: Net): void {
  const on = net.devconf_all.forwarding;
  net.devconf_all.accept_redirects = on === 0 ? 1 : 0;
  net.devconf_dflt.forwarding = on;
  for (const dev of net.devices) {
    if (dev.ip_ptr === null) continue;
    dev.ip_ptr.cnf.forwarding = on;
    dev.ip_ptr.cnf_state.add("forwarding");
  }
}

/** Settings whose change empties the route cache. */
const FLUSHING: ReadonlySet<string> = new Set([
  "disable_xfrm",
  "disable_policy",
  "force_igmp_version",
  "promote_secondaries",
  "route_localnet",
]);

/** `net.ipv4.conf.CONF.ATTR=value`; CONF is `all`, `default` or a device. 0 or -errno. */
export function devinet_sysctl(k: Kernel, conf: string, attr: string, value: number): number {
  const net = k.init_net;
  const all = net.devconf_all;
  const dflt = net.devconf_dflt;
  const in_dev = conf === "all" || conf === "default" ? null : __dev_get_by_name(k, net, conf)?.ip_ptr;
  if (in_dev === undefined || !Object.hasOwn(all, attr)) {
    return refuse(k, -ENOENT, "no such file below /proc/sys/net/ipv4/conf", { conf, attr });
  }
  const name = attr as keyof Ipv4Devconf;
  // Read-only: daemons set it through the multicast routing socket.
  if (name === "mc_forwarding") {
    return refuse(k, -EACCES, "mc_forwarding is read-only: the multicast routing daemon sets it");
  }
  const cnf = in_dev !== null ? in_dev.cnf : conf === "all" ? all : dflt;
  const changed = cnf[name] !== value;
  cnf[name] = value;
  if (name === "forwarding") {
    if (changed && cnf === all) inet_forward_change(net);
    if (changed && cnf !== dflt) rt_cache_flush(k, net, 0);
  } else if (FLUSHING.has(name)) {
    if (changed) rt_cache_flush(k, net, 0);
  } else {
    in_dev?.cnf_state.add(name);
    if (cnf === dflt) {
      net.devconf_dflt_state.add(name);
      for (const dev of net.devices) {
        if (dev.ip_ptr !== null && !dev.ip_ptr.cnf_state.has(name)) dev.ip_ptr.cnf[name] = value;
      }
    }
  }
  return 0;
}
