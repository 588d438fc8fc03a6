// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/ip_forward.c: a packet for somebody else passes through this host. */
import { drop, note, traced } from "../../../../trace/traced.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import { get16 } from "../../../../wire/bytes.ts";
import {
  ICMP_DEST_UNREACH,
  ICMP_EXC_TTL,
  ICMP_FRAG_NEEDED,
  ICMP_SR_FAILED,
  ICMP_TIME_EXCEEDED,
} from "../../../../wire/icmp.ts";
import { IP_DF, IP_FRAG_OFF, IP_TOS_OFF, IP_TTL_OFF } from "../../../../wire/ipv4.ts";
import {
  dev_net,
  LL_RESERVED_SPACE,
  NET_RX_DROP,
  NET_RX_SUCCESS,
  type NetDevice,
} from "../../include/linux/netdevice.ts";
import { NF_HOOK, NF_INET_FORWARD } from "../../include/linux/netfilter.ts";
import {
  CHECKSUM_COMPLETE,
  CHECKSUM_NONE,
  IPCB,
  PACKET_HOST,
  type SkBuff,
  skb_cow,
  skb_is_gso,
  skb_rtable,
} from "../../include/linux/skbuff.ts";
import { dst_output } from "../../include/net/dst.ts";
import { IPSKB_FORWARDED, ip_decrease_ttl, ip_dst_mtu_maybe_forward } from "../../include/net/ip.ts";
import { RTCF_DOREDIRECT, type Rtable, rt_tos2priority } from "../../include/net/route.ts";
import {
  IP_INC_STATS,
  IPSTATS_MIB_FRAGFAILS,
  IPSTATS_MIB_INHDRERRORS,
  IPSTATS_MIB_OUTFORWDATAGRAMS,
} from "../../include/net/snmp.ts";
import { XFRM_POLICY_FWD, xfrm4_policy_check, xfrm4_route_forward } from "../../include/net/xfrm.ts";
import type { Kernel } from "../../kernel.ts";
import { kfree_skb } from "../core/skbuff.ts";
import { icmp_send } from "./icmp.ts";
import { ip_call_ra_chain } from "./ip_input.ts";
import { ip_forward_options } from "./ip_options.ts";
import { ip_rt_send_redirect } from "./route.ts";

const FILE = "net/ipv4/ip_forward.c";

/** After the FORWARD hook: fill in options, send. */
export const ip_forward_finish = traced(FILE, "ip_forward_finish(skb)", (k: Kernel, skb: SkBuff): number => {
  IP_INC_STATS(k, dev_net((skb_rtable(skb) as Rtable).dev as NetDevice), IPSTATS_MIB_OUTFORWDATAGRAMS);
  if (IPCB(skb).opt.optlen !== 0) ip_forward_options(k, skb);
  return dst_output(k, skb);
});

function free(k: Kernel, skb: SkBuff): number {
  kfree_skb(k, skb);
  return NET_RX_DROP;
}

/** Pass a packet on: one hop less to live, and it must fit the next link. */
export const ip_forward = traced(FILE, "ip_forward(skb)", (k: Kernel, skb: SkBuff): number => {
  const { opt } = IPCB(skb);
  if (!xfrm4_policy_check(k, null, XFRM_POLICY_FWD, skb)) {
    drop(k, skb, "XFRM_POLICY", "blocked by IPsec policy");
    return free(k, skb);
  }
  if (opt.router_alert !== 0 && ip_call_ra_chain(k, skb) !== 0) return NET_RX_SUCCESS;
  if (skb.pkt_type !== PACKET_HOST) {
    drop(k, skb, "IP_INVALID_DEST", "frame was not unicast to this host: not forwarded", {
      pkt_type: skb.pkt_type,
    });
    return free(k, skb);
  }
  // skb_forward_csum
  if (skb.ip_summed === CHECKSUM_COMPLETE) skb.ip_summed = CHECKSUM_NONE;

  const ttl = skb.head.bytes[skb.network_header + IP_TTL_OFF] as number;
  if (ttl <= 1) {
    IP_INC_STATS(k, dev_net((skb_rtable(skb) as Rtable).dev as NetDevice), IPSTATS_MIB_INHDRERRORS);
    icmp_send(k, skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
    drop(k, skb, "IP_TTL", "TTL expired", { ttl });
    return free(k, skb);
  }
  if (!xfrm4_route_forward(k, skb)) {
    drop(k, skb, "XFRM_POLICY", "no IPsec transform for the forwarded packet");
    return free(k, skb);
  }
  const rt = skb_rtable(skb) as Rtable;
  if (opt.is_strictroute !== 0 && rt.rt_dst !== rt.rt_gateway) {
    icmp_send(k, skb, ICMP_DEST_UNREACH, ICMP_SR_FAILED, 0);
    drop(k, skb, "IP_INHDR", "strict source route, but the next hop is behind a gateway", {
      nexthop: rt.rt_dst,
      gateway: rt.rt_gateway,
    });
    return free(k, skb);
  }
  IPCB(skb).flags |= IPSKB_FORWARDED;
  const mtu = ip_dst_mtu_maybe_forward(rt, true);
  const frag_off = get16(skb.head.bytes, skb.network_header + IP_FRAG_OFF);
  if (skb.len > mtu && !skb_is_gso(skb) && (frag_off & IP_DF) !== 0 && skb.local_df === 0) {
    IP_INC_STATS(k, dev_net(rt.dev as NetDevice), IPSTATS_MIB_FRAGFAILS);
    icmp_send(k, skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
    drop(k, skb, "PKT_TOO_BIG", "larger than the MTU of the route, and DF is set", {
      len: skb.len,
      mtu,
      dev: rt.dev?.name ?? "none",
    });
    return free(k, skb);
  }
  if (skb_cow(k, skb, LL_RESERVED_SPACE(rt.dev as NetDevice) + rt.header_len) !== 0) {
    drop(k, skb, "NOMEM", "no memory to unshare the header");
    return free(k, skb);
  }
  ip_decrease_ttl(skb.head.bytes, skb.network_header);
  if ((rt.rt_flags & RTCF_DOREDIRECT) !== 0 && opt.srr === 0) {
    note(k, "output device is the input device: send an ICMP redirect");
    ip_rt_send_redirect(k, skb);
  }
  skb.priority = rt_tos2priority(skb.head.bytes[skb.network_header + IP_TOS_OFF] as number);
  return NF_HOOK(k, AF_INET, NF_INET_FORWARD, skb, skb.dev, rt.dev, ip_forward_finish);
});
