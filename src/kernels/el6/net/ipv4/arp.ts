// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/arp.c: ARP (RFC 826): which link-layer address an IPv4 address on the link has. */
import { drop, dump, fate, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EINVAL } from "../../../../uapi/errno.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import { get16, get32, set16, set32 } from "../../../../wire/bytes.ts";
import { ETH_P_ARP, ETH_P_IP } from "../../../../wire/ethernet.ts";
import { IP_SADDR } from "../../../../wire/ipv4.ts";
import { tell_made } from "../../fates.ts";
import { ipv4_is_loopback, ipv4_is_multicast } from "../../include/linux/in.ts";
import {
  IN_DEV_ARP_ANNOUNCE,
  IN_DEV_ARP_IGNORE,
  IN_DEV_ARPFILTER,
  IN_DEV_FORWARD,
  IN_DEV_MEDIUM_ID,
  IN_DEV_PROXY_ARP,
  IN_DEV_PROXY_ARP_PVLAN,
  IN_DEV_ROUTE_LOCALNET,
} from "../../include/linux/inetdevice.ts";
import { jhash_2words } from "../../include/linux/jhash.ts";
import {
  __in_dev_get_rcu,
  ARPHRD_ETHER,
  dev_hard_header,
  dev_net,
  IFF_LOOPBACK,
  IFF_NOARP,
  IFF_POINTOPOINT,
  type InDevice,
  in_dev_get,
  in_dev_put,
  LL_ALLOCATED_SPACE,
  LL_RESERVED_SPACE,
  type NetDevice,
} from "../../include/linux/netdevice.ts";
import { NF_ARP_IN, NF_ARP_OUT, NF_HOOK, NFPROTO_ARP } from "../../include/linux/netfilter.ts";
import { NETDEV_CHANGEADDR, NOTIFY_DONE } from "../../include/linux/notifier.ts";
import {
  alloc_skb,
  PACKET_HOST,
  PACKET_LOOPBACK,
  PACKET_OTHERHOST,
  pskb_may_pull,
  type SkBuff,
  skb_reserve,
  skb_reset_network_header,
  skb_rtable,
  skb_share_check,
} from "../../include/linux/skbuff.ts";
import { type DstEntry, dst_link_failure } from "../../include/net/dst.ts";
import { Flowi } from "../../include/net/flow.ts";
import {
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_UNICAST,
} from "../../include/net/ip_fib.ts";
import {
  __neigh_lookup,
  __neigh_lookup_errno,
  __neigh_parms_put,
  NEIGH_UPDATE_F_OVERRIDE,
  type Neighbour,
  type NeighOps,
  NUD_NOARP,
  NUD_REACHABLE,
  NUD_STALE,
  NUD_VALID,
  neigh_event_send,
  neigh_parms_clone,
  neigh_release,
} from "../../include/net/neighbour.ts";
import type { Rtable } from "../../include/net/route.ts";
import { ip_rt_put } from "../../include/net/route.ts";
import { count, LINUX_MIB_ARPFILTER } from "../../include/net/snmp.ts";
import { type Kernel, local_bh_disable, local_bh_enable, printk } from "../../kernel.ts";
import { dev_queue_xmit } from "../core/dev.ts";
import {
  neigh_changeaddr,
  neigh_compat_output,
  neigh_connected_output,
  neigh_event_ns,
  neigh_ifdown,
  neigh_resolve_output,
  neigh_table_init,
  neigh_update,
  pneigh_enqueue,
  pneigh_lookup,
} from "../core/neighbour.ts";
import { consume_skb, kfree_skb, skb_put } from "../core/skbuff.ts";
import { inet_addr_onlink, inet_confirm_addr, inet_select_addr } from "./devinet.ts";
import { inet_addr_type } from "./fib_frontend.ts";
import { ip_route_input, ip_route_output_key, rt_cache_flush } from "./route.ts";

const FILE = "net/ipv4/arp.c";

// struct arphdr, and what follows it on Ethernet.
const AR_HRD = 0;
const AR_PRO = 2;
const AR_HLN = 4;
const AR_PLN = 5;
const AR_OP = 6;
const AR_SHA = 8;
export const ARPOP_REQUEST = 1;
export const ARPOP_REPLY = 2;
const ARPHRD_IEEE802 = 6;

/** Length of an ARP packet for this device. */
export function arp_hdr_len(dev: NetDevice): number {
  return 8 + (dev.addr_len + 4) * 2;
}

const arp_generic_ops: NeighOps = {
  family: AF_INET,
  solicit: (k, neigh, skb) => arp_solicit(k, neigh, skb),
  error_report: (k, neigh, skb) => arp_error_report(k, neigh, skb),
  output: (k, skb) => neigh_resolve_output(k, skb),
  connected_output: (k, skb) => neigh_connected_output(k, skb),
  hh_output: (k, skb) => dev_queue_xmit(k, skb),
  queue_xmit: (k, skb) => dev_queue_xmit(k, skb),
};
const arp_hh_ops: NeighOps = {
  family: AF_INET,
  solicit: (k, neigh, skb) => arp_solicit(k, neigh, skb),
  error_report: (k, neigh, skb) => arp_error_report(k, neigh, skb),
  output: (k, skb) => neigh_resolve_output(k, skb),
  connected_output: (k, skb) => neigh_resolve_output(k, skb),
  hh_output: (k, skb) => dev_queue_xmit(k, skb),
  queue_xmit: (k, skb) => dev_queue_xmit(k, skb),
};
const arp_direct_ops: NeighOps = {
  family: AF_INET,
  solicit: null,
  error_report: null,
  output: (k, skb) => dev_queue_xmit(k, skb),
  connected_output: (k, skb) => dev_queue_xmit(k, skb),
  hh_output: (k, skb) => dev_queue_xmit(k, skb),
  queue_xmit: (k, skb) => dev_queue_xmit(k, skb),
};
/** For devices that fill in addresses themselves; none does here. */
export const arp_broken_ops: NeighOps = {
  ...arp_generic_ops,
  output: (k, skb) => neigh_compat_output(k, skb),
  connected_output: (k, skb) => neigh_compat_output(k, skb),
};

/** The link-layer group address that a multicast address stands for. */
export const arp_mc_map = traced(
  FILE,
  "arp_mc_map(addr, haddr, dev, dir)",
  (k: Kernel, addr: number, haddr: Uint8Array, dev: NetDevice, dir: number): number => {
    if (dev.type === ARPHRD_ETHER) {
      note(k, "Ethernet multicast address: 01:00:5e and the low 23 bits of the group", { addr });
      haddr.set([0x01, 0x00, 0x5e, (addr >>> 16) & 0x7f, (addr >>> 8) & 0xff, addr & 0xff]);
      return 0;
    }
    if (dir !== 0) {
      note(k, "no multicast mapping for this device type: use the broadcast address");
      haddr.set(dev.broadcast.subarray(0, dev.addr_len));
      return 0;
    }
    return refuse(k, -EINVAL, "no multicast mapping for this device type", { dev: dev.name });
  },
);

/** The chain of the neighbour table. */
export const arp_hash = traced(
  FILE,
  "arp_hash(pkey, dev)",
  (_k: Kernel, pkey: number, dev: NetDevice): number => {
    return jhash_2words(pkey, dev.ifindex, 0);
  },
);

/** Set up a new neighbour: which kinds of address and of device need no asking. */
export const arp_constructor = traced(
  FILE,
  "arp_constructor(neigh)",
  (k: Kernel, neigh: Neighbour): number => {
    const dev = neigh.dev;
    const addr = neigh.primary_key;
    const in_dev = __in_dev_get_rcu(dev);
    if (in_dev === null) {
      return refuse(k, -EINVAL, "IPv4 is disabled on this device", { dev: dev.name });
    }
    neigh.type = inet_addr_type(k, dev_net(dev), addr);
    __neigh_parms_put(neigh.parms);
    neigh.parms = neigh_parms_clone(in_dev.arp_parms);
    if (dev.header_ops === null) {
      note(k, "the device has no link-layer header: arp_direct_ops, output is dev_queue_xmit");
      neigh.nud_state = NUD_NOARP;
      neigh.ops = arp_direct_ops;
      neigh.output = arp_direct_ops.queue_xmit;
      return 0;
    }
    if (neigh.type === RTN_MULTICAST) {
      note(k, "multicast: the link-layer address is derived from the group");
      neigh.nud_state = NUD_NOARP;
      arp_mc_map(k, addr, neigh.ha, dev, 1);
    } else if ((dev.flags & (IFF_NOARP | IFF_LOOPBACK)) !== 0) {
      note(k, "no ARP on this device (IFF_LOOPBACK or IFF_NOARP): use its own link-layer address", {
        dev: dev.name,
      });
      neigh.nud_state = NUD_NOARP;
      neigh.ha.set(dev.dev_addr.subarray(0, dev.addr_len));
    } else if (neigh.type === RTN_BROADCAST || (dev.flags & IFF_POINTOPOINT) !== 0) {
      note(k, "broadcast: use the device's broadcast address");
      neigh.nud_state = NUD_NOARP;
      neigh.ha.set(dev.broadcast.subarray(0, dev.addr_len));
    } else note(k, "unicast: the link-layer address must be resolved", { daddr: addr });
    const ops = dev.header_ops.cache !== null ? arp_hh_ops : arp_generic_ops;
    neigh.ops = ops;
    if ((neigh.nud_state & NUD_VALID) !== 0) {
      note(k, "neigh->output = ops->connected_output; neigh_resolve_output if the device caches headers");
      neigh.output = ops.connected_output;
    } else {
      note(k, "neigh->output = neigh_resolve_output: resolve the address first");
      neigh.output = ops.output;
    }
    return 0;
  },
);

/** A packet could not be delivered because nobody answered. */
export const arp_error_report = traced(
  FILE,
  "arp_error_report(neigh, skb)",
  (k: Kernel, neigh: Neighbour, skb: SkBuff): void => {
    dst_link_failure(k, skb);
    drop(k, skb, "NEIGH_FAILED", "no ARP reply from the next hop: NUD_FAILED", {
      nexthop: neigh.primary_key,
      dev: neigh.dev.name,
      probes: neigh.probes,
    });
    kfree_skb(k, skb);
  },
);

/** Ask for a neighbour's address. */
export const arp_solicit = traced(
  FILE,
  "arp_solicit(neigh, skb)",
  (k: Kernel, neigh: Neighbour, skb: SkBuff | null): void => {
    const dev = neigh.dev;
    const target = neigh.primary_key;
    const in_dev = in_dev_get(dev);
    if (in_dev === null) return;
    let saddr = 0;
    const announce = IN_DEV_ARP_ANNOUNCE(in_dev);
    if (skb !== null && announce !== 2) {
      const own = get32(skb.head.bytes, skb.network_header + IP_SADDR);
      if (
        inet_addr_type(k, dev_net(dev), own) === RTN_LOCAL &&
        (announce !== 1 || inet_addr_onlink(k, in_dev, target, own))
      )
        saddr = own;
    }
    in_dev_put(in_dev);
    if (saddr === 0) saddr = inet_select_addr(k, dev, target, RT_SCOPE_LINK);
    let probes = neigh.probes - neigh.parms.ucast_probes;
    let dst_ha: Uint8Array | null = null;
    if (probes < 0) {
      if ((neigh.nud_state & NUD_VALID) === 0) printk(k, "trying to ucast probe in NUD_INVALID");
      note(k, "unicast probe to the known link-layer address");
      dst_ha = neigh.ha;
      local_bh_disable(k);
    } else {
      probes -= neigh.parms.app_probes;
      if (probes < 0) {
        note(k, "app_solicit: left to a user-space ARP daemon");
        return;
      }
    }
    arp_send(k, ARPOP_REQUEST, ETH_P_ARP, target, dev, saddr, dst_ha, dev.dev_addr, null);
    if (dst_ha !== null) local_bh_enable(k);
  },
);

/** Does arp_ignore forbid to answer for this address? */
export const arp_ignore = traced(
  FILE,
  "arp_ignore(in_dev, sip, tip)",
  (k: Kernel, in_dev: InDevice, sip: number, tip: number): number => {
    let from = sip;
    let scope: number;
    switch (IN_DEV_ARP_IGNORE(in_dev)) {
      case 1:
        from = 0;
        scope = RT_SCOPE_HOST;
        break;
      case 2:
        scope = RT_SCOPE_HOST;
        break;
      case 3:
        from = 0;
        scope = RT_SCOPE_LINK;
        break;
      case 8:
        note(k, "arp_ignore is 8: never answer");
        return 1;
      default:
        return 0;
    }
    return inet_confirm_addr(k, in_dev, from, tip, scope) === 0 ? 1 : 0;
  },
);

/** Would an answer to the asker leave through another device? */
export const arp_filter = traced(
  FILE,
  "arp_filter(sip, tip, dev)",
  (k: Kernel, sip: number, tip: number, dev: NetDevice): number => {
    const rt = ip_route_output_key(k, dev_net(dev), new Flowi({ fl4_dst: sip, fl4_src: tip }));
    if (typeof rt === "number") {
      note(k, "arp_filter: no reverse route to the sender", { saddr: sip });
      return 1;
    }
    const flag = rt.dev !== dev ? 1 : 0;
    if (flag !== 0) {
      note(k, "arp_filter: the reverse route uses another device", {
        saddr: sip,
        dev: dev.name,
        rt_dev: rt.dev?.name ?? "none",
      });
      count(k, LINUX_MIB_ARPFILTER);
    }
    ip_rt_put(k, rt);
    return flag;
  },
);

/** Find the address for a packet of a device that rebuilds headers. */
export const arp_find = traced(
  FILE,
  "arp_find(haddr, skb)",
  (k: Kernel, haddr: Uint8Array, skb: SkBuff): number => {
    const dev = skb.dev as NetDevice;
    const rt = skb_rtable(skb);
    if (rt === null) {
      printk(k, "arp_find is called with dst==NULL");
      drop(k, skb, "IP_OUTNOROUTES", "packet has no route: no address to resolve");
      kfree_skb(k, skb);
      return 1;
    }
    const paddr = rt.rt_gateway;
    switch (inet_addr_type(k, dev_net(dev), paddr)) {
      case RTN_LOCAL:
        printk(k, "ARP: arp called for own IP address");
        haddr.set(dev.dev_addr.subarray(0, dev.addr_len));
        return 0;
      case RTN_MULTICAST:
        arp_mc_map(k, paddr, haddr, dev, 1);
        return 0;
      case RTN_BROADCAST:
        haddr.set(dev.broadcast.subarray(0, dev.addr_len));
        return 0;
    }
    const n = __neigh_lookup(k, paddr, dev, true);
    if (n === null) {
      drop(k, skb, "NEIGH_CREATEFAIL", "no neighbour entry could be created for the next hop", {
        nexthop: paddr,
      });
      kfree_skb(k, skb);
      return 1;
    }
    n.used = k.jiffies;
    const known = (n.nud_state & NUD_VALID) !== 0 || neigh_event_send(k, n, skb) === 0;
    if (known) haddr.set(n.ha.subarray(0, dev.addr_len));
    neigh_release(k, n);
    return known ? 0 : 1;
  },
);

/** Give a route its neighbour: the gateway, or the destination itself. */
export const arp_bind_neighbour = traced(
  FILE,
  "arp_bind_neighbour(dst)",
  (k: Kernel, dst: DstEntry): number => {
    const dev = dst.dev;
    if (dev === null) {
      return refuse(k, -EINVAL, "the route has no device");
    }
    if (dst.neighbour !== null) return 0;
    let nexthop = (dst as Rtable).rt_gateway;
    if ((dev.flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) !== 0) {
      note(k, "loopback or point-to-point device: all destinations share neighbour 0.0.0.0", {
        dev: dev.name,
      });
      nexthop = 0;
    }
    const n = __neigh_lookup_errno(k, nexthop, dev);
    if (typeof n === "number") return n;
    dst.neighbour = n;
    return 0;
  },
);

/** May we answer for an address behind another device? */
export const arp_fwd_proxy = inlined(
  FILE,
  "arp_fwd_proxy(in_dev, dev, rt)",
  (_k: Kernel, in_dev: InDevice, dev: NetDevice, rt: Rtable): number => {
    if (rt.dev === dev || !IN_DEV_PROXY_ARP(in_dev)) return 0;
    const imi = IN_DEV_MEDIUM_ID(in_dev);
    if (imi === 0) return 1;
    if (imi === -1) return 0;
    const out_dev = in_dev_get(rt.dev as NetDevice);
    let omi = -1;
    if (out_dev !== null) {
      omi = IN_DEV_MEDIUM_ID(out_dev);
      in_dev_put(out_dev);
    }
    return omi !== imi && omi !== -1 ? 1 : 0;
  },
);

/** May we answer for an address behind the very device that was asked on (RFC 3069)? */
export const arp_fwd_pvlan = inlined(
  FILE,
  "arp_fwd_pvlan(in_dev, dev, rt, sip, tip)",
  (_k: Kernel, in_dev: InDevice, dev: NetDevice, rt: Rtable, sip: number, tip: number): number => {
    if (rt.dev !== dev || sip === tip) return 0;
    return IN_DEV_PROXY_ARP_PVLAN(in_dev) ? 1 : 0;
  },
);

/** Make an ARP packet, Ethernet header included; without `dest_hw` it is for everybody. */
export const arp_create = traced(
  FILE,
  "arp_create(type, ptype, dest_ip, dev, src_ip, dest_hw, src_hw, target_hw)",
  (
    k: Kernel,
    type: number,
    ptype: number,
    dest_ip: number,
    dev: NetDevice,
    src_ip: number,
    dest_hw: Uint8Array | null,
    src_hw: Uint8Array | null,
    target_hw: Uint8Array | null,
  ): SkBuff | null => {
    const skb = alloc_skb(k, arp_hdr_len(dev) + LL_ALLOCATED_SPACE(dev));
    if (skb === null) return null;
    skb_reserve(skb, LL_RESERVED_SPACE(dev));
    skb_reset_network_header(skb);
    const arp = skb_put(k, skb, arp_hdr_len(dev));
    skb.dev = dev;
    skb.protocol = ETH_P_ARP;
    const from = src_hw ?? dev.dev_addr;
    if (dev_hard_header(k, skb, dev, ptype, dest_hw ?? dev.broadcast, from, skb.len) < 0) {
      kfree_skb(k, skb);
      return null;
    }
    const b = skb.head.bytes;
    const alen = dev.addr_len;
    set16(b, arp + AR_HRD, dev.type);
    set16(b, arp + AR_PRO, ETH_P_IP);
    b[arp + AR_HLN] = alen;
    b[arp + AR_PLN] = 4;
    set16(b, arp + AR_OP, type);
    let at = arp + AR_SHA;
    b.set(from.subarray(0, alen), at);
    at += alen;
    set32(b, at, src_ip);
    at += 4;
    if (target_hw !== null) b.set(target_hw.subarray(0, alen), at);
    else b.fill(0, at, at + alen);
    at += alen;
    set32(b, at, dest_ip);
    dump(k, "arp packet", b, arp, arp + arp_hdr_len(dev));
    tell_made(k, skb, "ARP", arp_hdr_len(dev), null, {
      op: type,
      saddr: src_ip,
      daddr: dest_ip,
      dev: dev.name,
    });
    return skb;
  },
);

/** Send an ARP packet, past the hooks. */
export const arp_xmit = traced(FILE, "arp_xmit(skb)", (k: Kernel, skb: SkBuff): void => {
  NF_HOOK(k, NFPROTO_ARP, NF_ARP_OUT, skb, null, skb.dev, dev_queue_xmit);
});

/** Make and send an ARP packet. */
export const arp_send = traced(
  FILE,
  "arp_send(type, ptype, dest_ip, dev, src_ip, dest_hw, src_hw, target_hw)",
  (
    k: Kernel,
    type: number,
    ptype: number,
    dest_ip: number,
    dev: NetDevice,
    src_ip: number,
    dest_hw: Uint8Array | null,
    src_hw: Uint8Array | null,
    target_hw: Uint8Array | null,
  ): void => {
    if ((dev.flags & IFF_NOARP) !== 0) {
      note(k, "no ARP on this device (IFF_NOARP)", { dev: dev.name });
      return;
    }
    const skb = arp_create(k, type, ptype, dest_ip, dev, src_ip, dest_hw, src_hw, target_hw);
    if (skb !== null) arp_xmit(k, skb);
  },
);

/** Answer a request that is for us; learn from answers and requests. */
export const arp_process = traced(FILE, "arp_process(skb)", (k: Kernel, skb: SkBuff): number => {
  const dev = skb.dev as NetDevice;
  const in_dev = in_dev_get(dev);
  if (in_dev === null) {
    drop(k, skb, "DEV_READY", "IPv4 is disabled on this device", { dev: dev.name });
    consume_skb(k, skb);
    return 0;
  }
  if (arp_message(k, skb, dev, in_dev)) {
    in_dev_put(in_dev);
    consume_skb(k, skb);
  } else in_dev_put(in_dev);
  return 0;
});

/** The body of arp_process; false where the packet is kept for later. */
function arp_message(k: Kernel, skb: SkBuff, dev: NetDevice, in_dev: InDevice): boolean {
  const net = dev_net(dev);
  const b = skb.head.bytes;
  const arp = skb.network_header;
  const hrd = get16(b, arp + AR_HRD);
  const hrd_ok =
    dev.type === ARPHRD_ETHER ? hrd === ARPHRD_ETHER || hrd === ARPHRD_IEEE802 : hrd === dev.type;
  if (!hrd_ok || get16(b, arp + AR_PRO) !== ETH_P_IP) {
    drop(k, skb, "INVALID_PROTO", "ARP hardware type or protocol type does not match", { hrd });
    return true;
  }
  const op = get16(b, arp + AR_OP);
  if (op !== ARPOP_REPLY && op !== ARPOP_REQUEST) {
    drop(k, skb, "INVALID_PROTO", "neither an ARP request nor a reply", { op });
    return true;
  }
  const alen = dev.addr_len;
  const sha = b.slice(arp + AR_SHA, arp + AR_SHA + alen);
  const sip = get32(b, arp + AR_SHA + alen);
  const tip = get32(b, arp + AR_SHA + 2 * alen + 4);
  if (ipv4_is_multicast(tip) || (!IN_DEV_ROUTE_LOCALNET(in_dev) && ipv4_is_loopback(tip))) {
    drop(k, skb, "IP_INVALID_DEST", "ARP target is a multicast or loopback address", { daddr: tip });
    return true;
  }
  // From here on the kernel has read what it says, whatever comes of it.
  fate(k, "consumed", skb, "");
  if (sip === 0) {
    note(k, "ARP probe: duplicate address detection");
    if (
      op === ARPOP_REQUEST &&
      inet_addr_type(k, net, tip) === RTN_LOCAL &&
      arp_ignore(k, in_dev, sip, tip) === 0
    )
      arp_send(k, ARPOP_REPLY, ETH_P_ARP, sip, dev, tip, sha, dev.dev_addr, sha);
    return true;
  }
  if (op === ARPOP_REQUEST && ip_route_input(k, skb, tip, sip, 0, dev) === 0) {
    const rt = skb_rtable(skb) as Rtable;
    if (rt.rt_type === RTN_LOCAL) {
      let dont_send = arp_ignore(k, in_dev, sip, tip);
      if (dont_send === 0 && IN_DEV_ARPFILTER(in_dev)) dont_send = arp_filter(k, sip, tip, dev);
      if (dont_send === 0) {
        note(k, "ARP request for a local address: update the sender's entry, and reply");
        const n = neigh_event_ns(k, sha, sip, dev);
        if (n !== null) {
          arp_send(k, ARPOP_REPLY, ETH_P_ARP, sip, dev, tip, sha, dev.dev_addr, sha);
          neigh_release(k, n);
        }
      }
      return true;
    }
    if (
      IN_DEV_FORWARD(in_dev) &&
      rt.rt_type === RTN_UNICAST &&
      (arp_fwd_proxy(k, in_dev, dev, rt) !== 0 ||
        arp_fwd_pvlan(k, in_dev, dev, rt, sip, tip) !== 0 ||
        (rt.dev !== dev && pneigh_lookup(k, net, tip, dev, 0) !== null))
    ) {
      const n = neigh_event_ns(k, sha, sip, dev);
      if (n !== null) neigh_release(k, n);
      if (skb.arp_locally_enqueued || skb.pkt_type === PACKET_HOST || in_dev.arp_parms.proxy_delay === 0) {
        note(k, "proxy ARP: reply for a host behind this one");
        arp_send(k, ARPOP_REPLY, ETH_P_ARP, sip, dev, tip, sha, dev.dev_addr, sha);
        return true;
      }
      fate(k, "waiting", skb, "waits in the proxy ARP queue for a random delay (proxy_delay)", {
        proxy_delay: in_dev.arp_parms.proxy_delay,
      });
      pneigh_enqueue(k, in_dev.arp_parms, skb);
      return false;
    }
  }
  let n = __neigh_lookup(k, sip, dev, false);
  if (
    net.devconf_all.arp_accept !== 0 &&
    n === null &&
    op === ARPOP_REPLY &&
    inet_addr_type(k, net, sip) === RTN_UNICAST
  )
    n = __neigh_lookup(k, sip, dev, true);
  if (n === null) {
    note(k, "unsolicited ARP: ignored", { saddr: sip });
    return true;
  }
  const override = k.jiffies > n.updated + n.parms.locktime;
  const state = op !== ARPOP_REPLY || skb.pkt_type !== PACKET_HOST ? NUD_STALE : NUD_REACHABLE;
  neigh_update(k, n, sha, state, override ? NEIGH_UPDATE_F_OVERRIDE : 0);
  neigh_release(k, n);
  return true;
}

/** A request that waited: its time has come. */
export const parp_redo = traced(FILE, "parp_redo(skb)", (k: Kernel, skb: SkBuff): void => {
  arp_process(k, skb);
});

/** An ARP packet has come in: is it whole, and for us to look at? */
export const arp_rcv = traced(FILE, "arp_rcv(skb, dev)", (k: Kernel, skb: SkBuff, dev: NetDevice): number => {
  if (!pskb_may_pull(k, skb, arp_hdr_len(dev))) {
    drop(k, skb, "PKT_TOO_SMALL", "too short for an ARP packet", { len: skb.len });
    kfree_skb(k, skb);
    return 0;
  }
  const b = skb.head.bytes;
  const arp = skb.network_header;
  if (
    b[arp + AR_HLN] !== dev.addr_len ||
    (dev.flags & IFF_NOARP) !== 0 ||
    skb.pkt_type === PACKET_OTHERHOST ||
    skb.pkt_type === PACKET_LOOPBACK ||
    b[arp + AR_PLN] !== 4
  ) {
    if ((dev.flags & IFF_NOARP) !== 0) {
      drop(k, skb, "UNHANDLED_PROTO", "no ARP on this device (IFF_NOARP)", { dev: dev.name });
    } else if (skb.pkt_type === PACKET_OTHERHOST || skb.pkt_type === PACKET_LOOPBACK) {
      drop(k, skb, "OTHERHOST", "the ARP packet is addressed to another host", { pkt_type: skb.pkt_type });
    } else {
      drop(k, skb, "INVALID_PROTO", "ARP address lengths do not match", {
        hln: b[arp + AR_HLN] as number,
        pln: b[arp + AR_PLN] as number,
      });
    }
    kfree_skb(k, skb);
    return 0;
  }
  const own = skb_share_check(k, skb);
  if (own === null) return 0;
  own.arp_locally_enqueued = false;
  return NF_HOOK(k, NFPROTO_ARP, NF_ARP_IN, own, dev, null, arp_process);
});

/** What the ARP code does when a device's fate changes. */
export const arp_netdev_event = traced(
  FILE,
  "arp_netdev_event(event, dev)",
  (k: Kernel, event: number, dev: NetDevice): number => {
    if (event === NETDEV_CHANGEADDR) {
      neigh_changeaddr(k, k.arp_neigh_table, dev);
      rt_cache_flush(k, dev_net(dev), 0);
    }
    return NOTIFY_DONE;
  },
);

/** A device goes down, and the routes through it have been flushed. */
export const arp_ifdown = traced(FILE, "arp_ifdown(dev)", (k: Kernel, dev: NetDevice): void => {
  neigh_ifdown(k, k.arp_neigh_table, dev);
});

/** arp_init. */
export function arp_init(k: Kernel): void {
  neigh_table_init(k);
  k.ptype.set(ETH_P_ARP, arp_rcv);
}
