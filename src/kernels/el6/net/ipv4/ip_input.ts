// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/ip_input.c: an IPv4 packet comes in: checks, routing, then up to the protocol that it carries. */
import { drop, fate, inlined, note, traced } from "../../../../trace/traced.ts";
import { EHOSTUNREACH, ENETUNREACH } from "../../../../uapi/errno.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import { get16, get32 } from "../../../../wire/bytes.ts";
import { ip_fast_csum } from "../../../../wire/checksum.ts";
import { ETH_P_IP } from "../../../../wire/ethernet.ts";
import { ICMP_DEST_UNREACH, ICMP_PROT_UNREACH } from "../../../../wire/icmp.ts";
import {
  formatIpv4,
  IP_DADDR,
  IP_FRAG_OFF,
  IP_HLEN,
  IP_MF,
  IP_OFFSET,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOS_OFF,
  IP_TOT_LEN,
} from "../../../../wire/ipv4.ts";
import { IN_DEV_LOG_MARTIANS, IN_DEV_SOURCE_ROUTE } from "../../include/linux/inetdevice.ts";
import {
  dev_net,
  in_dev_get,
  in_dev_put,
  NET_RX_DROP,
  type NetDevice,
} from "../../include/linux/netdevice.ts";
import { NF_HOOK, NF_INET_LOCAL_IN, NF_INET_PRE_ROUTING } from "../../include/linux/netfilter.ts";
import {
  __skb_pull,
  IPCB,
  PACKET_OTHERHOST,
  pskb_may_pull,
  pskb_trim_rcsum,
  type SkBuff,
  skb_cow,
  skb_headroom,
  skb_orphan,
  skb_reset_transport_header,
  skb_rtable,
  skb_share_check,
} from "../../include/linux/skbuff.ts";
import { dst_input } from "../../include/net/dst.ts";
import { IP_DEFRAG_CALL_RA_CHAIN, IP_DEFRAG_LOCAL_DELIVER, ip_hdrlen } from "../../include/net/ip.ts";
import { RTN_BROADCAST, RTN_MULTICAST } from "../../include/net/ip_fib.ts";
import type { Rtable } from "../../include/net/route.ts";
import {
  IP_INC_STATS,
  IP_UPD_PO_STATS,
  IPSTATS_MIB_IN,
  IPSTATS_MIB_INADDRERRORS,
  IPSTATS_MIB_INBCAST,
  IPSTATS_MIB_INDELIVERS,
  IPSTATS_MIB_INDISCARDS,
  IPSTATS_MIB_INHDRERRORS,
  IPSTATS_MIB_INMCAST,
  IPSTATS_MIB_INNOROUTES,
  IPSTATS_MIB_INTRUNCATEDPKTS,
  IPSTATS_MIB_INUNKNOWNPROTOS,
} from "../../include/net/snmp.ts";
import type { Sock } from "../../include/net/sock.ts";
import { XFRM_POLICY_IN, xfrm4_policy_check } from "../../include/net/xfrm.ts";
import { type Kernel, printk } from "../../kernel.ts";
import { kfree_skb, skb_clone } from "../core/skbuff.ts";
import { net_ratelimit } from "../core/utils.ts";
import { icmp_send } from "./icmp.ts";
import { ip_defrag } from "./ip_fragment.ts";
import { ip_options_compile, ip_options_rcv_srr } from "./ip_options.ts";
import { raw_local_deliver, raw_rcv } from "./raw.ts";
import { ip_route_input } from "./route.ts";

const FILE = "net/ipv4/ip_input.c";

/** A router alert: the packet goes to the raw sockets that asked for it (IP_ROUTER_ALERT). 1 when one took it. */
export const ip_call_ra_chain = traced(FILE, "ip_call_ra_chain(skb)", (k: Kernel, skb: SkBuff): number => {
  const protocol = skb.head.bytes[skb.network_header + IP_PROTOCOL] as number;
  const dev = skb.dev as NetDevice;
  let last: Sock | null = null;
  for (const ra of k.ip_ra_chain) {
    const sk = ra.sk;
    if (sk === null || sk.num !== protocol) continue;
    if (sk.sk_bound_dev_if !== 0 && sk.sk_bound_dev_if !== dev.ifindex) continue;
    if ((get16(skb.head.bytes, skb.network_header + IP_FRAG_OFF) & (IP_MF | IP_OFFSET)) !== 0) {
      if (ip_defrag(k, skb, IP_DEFRAG_CALL_RA_CHAIN) !== 0) {
        note(k, "fragment with a router alert: queue it for reassembly");
        return 1;
      }
    }
    if (last !== null) {
      const skb2 = skb_clone(k, skb);
      if (skb2 !== null) raw_rcv(k, last, skb2);
    }
    last = sk;
  }
  if (last === null) return 0;
  note(k, "IP_ROUTER_ALERT is set on a raw socket: delivered to it", { protocol });
  raw_rcv(k, last, skb);
  return 1;
});

/** Hand a packet for this host to raw sockets and to the protocol in its header. */
export const ip_local_deliver_finish = traced(
  FILE,
  "ip_local_deliver_finish(skb)",
  (k: Kernel, skb: SkBuff): number => {
    const net = dev_net(skb.dev as NetDevice);
    __skb_pull(skb, ip_hdrlen(skb));
    skb_reset_transport_header(skb);
    let protocol = skb.head.bytes[skb.network_header + IP_PROTOCOL] as number;
    for (;;) {
      const raw = raw_local_deliver(k, skb, protocol);
      const ipprot = k.inet_protos.get(protocol & 255);
      if (ipprot === undefined) {
        if (raw) {
          note(k, "no protocol handler, but a raw socket received the packet", { protocol });
          IP_INC_STATS(k, net, IPSTATS_MIB_INDELIVERS);
        } else if (xfrm4_policy_check(k, null, XFRM_POLICY_IN, skb)) {
          IP_INC_STATS(k, net, IPSTATS_MIB_INUNKNOWNPROTOS);
          icmp_send(k, skb, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0);
          drop(k, skb, "IP_NOPROTO", "no protocol handler and no raw socket", { protocol });
        } else {
          drop(k, skb, "XFRM_POLICY", "blocked by IPsec policy", { protocol });
        }
        kfree_skb(k, skb);
        return 0;
      }
      if (!ipprot.no_policy && !xfrm4_policy_check(k, null, XFRM_POLICY_IN, skb)) {
        drop(k, skb, "XFRM_POLICY", "blocked by IPsec policy", { protocol });
        kfree_skb(k, skb);
        return 0;
      }
      const ret = ipprot.handler(k, skb);
      if (ret >= 0) {
        IP_INC_STATS(k, net, IPSTATS_MIB_INDELIVERS);
        return 0;
      }
      note(k, "decapsulated: deliver again as the inner protocol", { protocol: -ret });
      protocol = -ret;
    }
  },
);

/** The packet is for this host: reassemble it if it is a fragment, then pass the INPUT hook. */
export const ip_local_deliver = traced(FILE, "ip_local_deliver(skb)", (k: Kernel, skb: SkBuff): number => {
  const frag_off = get16(skb.head.bytes, skb.network_header + IP_FRAG_OFF);
  if ((frag_off & (IP_MF | IP_OFFSET)) !== 0) {
    note(k, "fragment: queue it for reassembly", {
      offset: (frag_off & IP_OFFSET) * 8,
      more: (frag_off & IP_MF) !== 0,
    });
    if (ip_defrag(k, skb, IP_DEFRAG_LOCAL_DELIVER) !== 0) return 0;
  }
  return NF_HOOK(k, AF_INET, NF_INET_LOCAL_IN, skb, skb.dev, null, ip_local_deliver_finish);
});

/** Options of a packet that came in: check them, fill in what they ask of this host, follow a source route. 0 or -1. */
export const ip_rcv_options = inlined(FILE, "ip_rcv_options(skb)", (k: Kernel, skb: SkBuff): number => {
  const dev = skb.dev as NetDevice;
  const net = dev_net(dev);
  if (skb_cow(k, skb, skb_headroom(skb)) !== 0) {
    drop(k, skb, "NOMEM", "no memory to unshare the header");
    IP_INC_STATS(k, net, IPSTATS_MIB_INDISCARDS);
    return -1;
  }
  const opt = IPCB(skb).opt;
  opt.optlen = ip_hdrlen(skb) - IP_HLEN;
  if (ip_options_compile(k, net, opt, skb) !== 0) {
    drop(k, skb, "IP_INHDR", "malformed IP options");
    IP_INC_STATS(k, net, IPSTATS_MIB_INHDRERRORS);
    return -1;
  }
  if (opt.srr === 0) return 0;
  const in_dev = in_dev_get(dev);
  if (in_dev !== null) {
    if (!IN_DEV_SOURCE_ROUTE(in_dev)) {
      drop(k, skb, "IP_INHDR", "source routes are not accepted on this device", { dev: dev.name });
      if (IN_DEV_LOG_MARTIANS(in_dev) && net_ratelimit(k)) {
        const b = skb.head.bytes;
        const saddr = formatIpv4(get32(b, skb.network_header + IP_SADDR));
        const daddr = formatIpv4(get32(b, skb.network_header + IP_DADDR));
        printk(k, `source route option ${saddr} -> ${daddr}`);
      }
      in_dev_put(in_dev);
      return -1;
    }
    in_dev_put(in_dev);
  }
  return ip_options_rcv_srr(k, skb) !== 0 ? -1 : 0;
});

/** After the PREROUTING hook: find the route in, look at options, then where the route says. */
export const ip_rcv_finish = traced(FILE, "ip_rcv_finish(skb)", (k: Kernel, skb: SkBuff): number => {
  const b = skb.head.bytes;
  const nh = skb.network_header;
  const dev = skb.dev as NetDevice;
  if (skb.dst === null) {
    const daddr = get32(b, nh + IP_DADDR);
    const saddr = get32(b, nh + IP_SADDR);
    const err = ip_route_input(k, skb, daddr, saddr, b[nh + IP_TOS_OFF] as number, dev);
    if (err !== 0) {
      const why = k.no_way_in;
      if (why === null)
        drop(k, skb, "NOT_SPECIFIED", "no input route for this packet", { saddr, daddr, err });
      else fate(k, "dropped", skb, why.text, why.facts, { reason: why.reason, by: why.by });
      if (err === -EHOSTUNREACH) IP_INC_STATS(k, dev_net(dev), IPSTATS_MIB_INADDRERRORS);
      else if (err === -ENETUNREACH) IP_INC_STATS(k, dev_net(dev), IPSTATS_MIB_INNOROUTES);
      kfree_skb(k, skb);
      return NET_RX_DROP;
    }
  } else {
    note(k, "packet still has its output route: no input route lookup");
  }
  if ((skb.dst as Rtable).tclassid !== 0) {
    note(k, "not modelled: realm accounting in /proc/net/rt_acct");
  }
  if (ip_hdrlen(skb) > IP_HLEN && ip_rcv_options(k, skb) !== 0) {
    kfree_skb(k, skb);
    return NET_RX_DROP;
  }
  const rt = skb_rtable(skb) as Rtable;
  if (rt.rt_type === RTN_MULTICAST) {
    IP_UPD_PO_STATS(k, dev_net(rt.dev as NetDevice), IPSTATS_MIB_INMCAST, skb.len);
  } else if (rt.rt_type === RTN_BROADCAST) {
    IP_UPD_PO_STATS(k, dev_net(rt.dev as NetDevice), IPSTATS_MIB_INBCAST, skb.len);
  }
  return dst_input(k, skb);
});

/** The entry of IPv4: what a device hands up as ETH_P_IP. */
export const ip_rcv = traced(FILE, "ip_rcv(skb, dev)", (k: Kernel, skb: SkBuff, dev: NetDevice): number => {
  const net = dev_net(dev);
  if (skb.pkt_type === PACKET_OTHERHOST) {
    drop(k, skb, "OTHERHOST", "frame is addressed to another host (PACKET_OTHERHOST)", { dev: dev.name });
    kfree_skb(k, skb);
    return NET_RX_DROP;
  }
  IP_UPD_PO_STATS(k, net, IPSTATS_MIB_IN, skb.len);
  const own = skb_share_check(k, skb);
  if (own === null) {
    IP_INC_STATS(k, net, IPSTATS_MIB_INDISCARDS);
    return NET_RX_DROP;
  }
  const refused = ip_rcv_check(k, own);
  if (refused !== "") {
    if (refused === "header") IP_INC_STATS(k, net, IPSTATS_MIB_INHDRERRORS);
    else if (refused === "truncated") IP_INC_STATS(k, net, IPSTATS_MIB_INTRUNCATEDPKTS);
    else IP_INC_STATS(k, net, IPSTATS_MIB_INDISCARDS);
    kfree_skb(k, own);
    return NET_RX_DROP;
  }
  own.ipcb = null;
  skb_orphan(k, own);
  return NF_HOOK(k, AF_INET, NF_INET_PRE_ROUTING, own, dev, null, ip_rcv_finish);
});

/** The header checks of ip_rcv: what is wrong with the packet, as the counter that takes it, or "". */
function ip_rcv_check(k: Kernel, skb: SkBuff): "" | "header" | "truncated" | "discard" {
  if (!pskb_may_pull(k, skb, IP_HLEN)) {
    drop(k, skb, "PKT_TOO_SMALL", "shorter than an IP header", { len: skb.len });
    return "header";
  }
  const vihl = skb.head.bytes[skb.network_header] as number;
  const ihl = vihl & 15;
  if (ihl < 5 || vihl >> 4 !== 4) {
    drop(k, skb, "IP_INHDR", "IP version is not 4, or ihl is below 5", { version: vihl >> 4, ihl });
    return "header";
  }
  if (!pskb_may_pull(k, skb, ihl * 4)) {
    drop(k, skb, "IP_INHDR", "IP header extends beyond the packet", { len: skb.len, ihl });
    return "header";
  }
  const b = skb.head.bytes;
  if (ip_fast_csum(b, skb.network_header, ihl) !== 0) {
    drop(k, skb, "IP_CSUM", "bad IP header checksum");
    return "header";
  }
  const len = get16(b, skb.network_header + IP_TOT_LEN);
  if (skb.len < len) {
    drop(k, skb, "PKT_TOO_SMALL", "truncated: shorter than tot_len", {
      len: skb.len,
      tot_len: len,
    });
    return "truncated";
  }
  if (len < ihl * 4) {
    drop(k, skb, "IP_INHDR", "tot_len is shorter than the IP header", { tot_len: len, ihl });
    return "header";
  }
  if (pskb_trim_rcsum(k, skb, len) !== 0) {
    drop(k, skb, "NOMEM", "no memory to trim the packet to tot_len", { tot_len: len });
    return "discard";
  }
  return "";
}

/** Register IPv4 with the devices: frames of type ETH_P_IP come to ip_rcv. */
export function ip_init(k: Kernel): void {
  k.ptype.set(ETH_P_IP, ip_rcv);
}
