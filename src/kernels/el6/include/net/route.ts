// SPDX-License-Identifier: GPL-2.0-only
/** include/net/route.h: a route cache entry. */
import type { Facts } from "../../../../trace/plain.ts";
import type { Traced } from "../../../../trace/symbol.ts";
import { inlined, note } from "../../../../trace/traced.ts";
import { formatIpv4 } from "../../../../wire/ipv4.ts";
import { type Kernel, local_bh_disable, local_bh_enable } from "../../kernel.ts";
import { dst_release } from "../../net/core/dst.ts";
import { __ip_route_output_key, ip_route_output_flow, rt_bind_peer } from "../../net/ipv4/route.ts";
import { security_sk_classify_flow } from "../../security/security.ts";
import type { InDevice } from "../linux/netdevice.ts";
import type { SkBuff } from "../linux/skbuff.ts";
import { FLOWI_FLAG_ANYSRC, Flowi } from "./flow.ts";
import { inet_sk } from "./inet_sock.ts";
import { SOCK_LOCALROUTE, type Sock, sock_flag_value, sock_net } from "./sock.ts";
import { DstEntry } from "./struct_dst.ts";

const FILE = "include/net/route.h";

export const RTO_ONLINK = 0x01;
export const IPTOS_TOS_MASK = 0x1e;
export const IPTOS_RT_MASK = IPTOS_TOS_MASK & ~3;
/** The length field of an IPv4 header has 16 bits; a route's MTU stays a little below. */
export const IP_MAX_MTU = 0xfff0;

// linux/in_route.h
export const RTCF_DEAD = 0x1;
export const RTCF_ONLINK = 0x10;
export const RTCF_NOTIFY = 0x00010000;
export const RTCF_DIRECTDST = 0x00020000;
export const RTCF_REDIRECTED = 0x00040000;
export const RTCF_TPROXY = 0x00080000;
export const RTCF_FAST = 0x00200000;
export const RTCF_MASQ = 0x00400000;
export const RTCF_SNAT = 0x00800000;
export const RTCF_DOREDIRECT = 0x01000000;
export const RTCF_DIRECTSRC = 0x04000000;
export const RTCF_DNAT = 0x08000000;
export const RTCF_BROADCAST = 0x10000000;
export const RTCF_MULTICAST = 0x20000000;
export const RTCF_REJECT = 0x40000000;
export const RTCF_LOCAL = 0x80000000;

/** struct rtable: addresses are host-order 32-bit numbers. */
export class Rtable extends DstEntry {
  fl: Flowi = new Flowi();
  idev: InDevice | null = null;
  rt_genid = 0;
  /** Unsigned: RTCF_LOCAL is bit 31. */
  rt_flags = 0;
  rt_type = 0;
  rt_dst = 0;
  rt_src = 0;
  rt_iif = 0;
  rt_gateway = 0;
  rt_spec_dst = 0;
  peer: InetPeer | null = null;
  /** What chose it, for the story of the packets that take it. */
  origin: RouteOrigin | null = null;
}

/** What chose a route: the function that decided and why, and the entry of a table that matched, if one was asked. */
export interface RouteOrigin {
  readonly by: Traced;
  readonly why: string;
  readonly match: { readonly dst: number; readonly prefixlen: number; readonly table: number } | null;
}

/** Why a packet goes where it goes: prefix, table, gateway, device and source of its route. */
export function route_facts(rt: Rtable): Facts {
  const match = rt.origin?.match ?? null;
  const { dst = 0, prefixlen = 0 } = match ?? {};
  const net = prefixlen === 0 ? 0 : (dst & (0xffffffff << (32 - prefixlen))) >>> 0;
  return {
    ...(match === null ? {} : { prefix: `${formatIpv4(net)}/${prefixlen}`, table: match.table }),
    ...(rt.rt_gateway === rt.rt_dst ? {} : { via: rt.rt_gateway }),
    dev: rt.dev?.name ?? "none",
    src: rt.rt_src,
  };
}

/** struct inet_peer (net/inetpeer.h): what is remembered of a destination. */
export interface InetPeer {
  v4daddr: number;
  refcnt: number;
  ip_id_count: number;
  /** Fragments received from there so far (ip_frag_too_far). */
  rid: number;
  dtime: number;
  unused: boolean;
}

/** RT_TOS: the bits of TOS that routing looks at. */
export function RT_TOS(tos: number): number {
  return tos & IPTOS_TOS_MASK;
}
/** RT_CONN_FLAGS: a socket's TOS for routing; SO_DONTROUTE adds RTO_ONLINK, which is what its flag reads as where sock_flag is inlined. */
export function RT_CONN_FLAGS(k: Kernel, sk: Sock): number {
  return RT_CONN_FLAGS_TOS(k, sk, inet_sk(sk).tos);
}
export function RT_CONN_FLAGS_TOS(k: Kernel, sk: Sock, tos: number): number {
  return (RT_TOS(tos) | sock_flag_value(k, sk, SOCK_LOCALROUTE)) & 0xff;
}

/** What `tc` priority a TOS value means (TC_PRIO_*). */
const ip_tos2prio: readonly number[] = [0, 1, 0, 0, 2, 2, 2, 2, 6, 6, 6, 6, 4, 4, 4, 4];
export function rt_tos2priority(tos: number): number {
  return ip_tos2prio[(tos & IPTOS_TOS_MASK) >> 1] as number;
}

export function ip_rt_put(k: Kernel, rt: Rtable | null): void {
  if (rt !== null) dst_release(k, rt);
}
/** The interface that a packet came in on, as its route knows it. */
export function inet_iif(skb: SkBuff): number {
  return (skb.dst as Rtable).rt_iif;
}
export function rt_get_peer(k: Kernel, rt: Rtable): InetPeer | null {
  if (rt.peer === null) rt_bind_peer(k, rt, 0);
  return rt.peer;
}

/** Find the route of a connection: first settle the addresses that the caller left open, then route with both. */
export const ip_route_connect = inlined(
  FILE,
  "ip_route_connect(dst, src, tos, oif, protocol, sport, dport, sk, flags)",
  (
    k: Kernel,
    dst: number,
    src: number,
    tos: number,
    oif: number,
    protocol: number,
    sport: number,
    dport: number,
    sk: Sock,
    flags: number,
  ): Rtable | number => {
    const fl = new Flowi();
    fl.oif = oif;
    fl.mark = sk.sk_mark;
    fl.fl4_dst = dst;
    fl.fl4_src = src;
    fl.fl4_tos = tos;
    fl.proto = protocol;
    fl.fl_ip_sport = sport;
    fl.fl_ip_dport = dport;
    const net = sock_net(sk);
    if (inet_sk(sk).transparent !== 0) fl.flags |= FLOWI_FLAG_ANYSRC;

    if (dst === 0 || src === 0) {
      note(k, "saddr or daddr is 0: look up the route once to fill it in", { saddr: src, daddr: dst });
      const rt = __ip_route_output_key(k, net, fl);
      if (typeof rt === "number") return rt;
      fl.fl4_dst = rt.rt_dst;
      fl.fl4_src = rt.rt_src;
      ip_rt_put(k, rt);
    }
    security_sk_classify_flow(k, sk, fl);
    return ip_route_output_flow(k, net, fl, sk, flags);
  },
);

/** Look the route up again when the ports have changed meanwhile. */
export function ip_route_newports(
  k: Kernel,
  rt: Rtable,
  protocol: number,
  sport: number,
  dport: number,
  sk: Sock,
): Rtable | number {
  if (sport === rt.fl.fl_ip_sport && dport === rt.fl.fl_ip_dport) return rt;
  const fl = rt.fl.clone();
  fl.fl_ip_sport = sport;
  fl.fl_ip_dport = dport;
  fl.proto = protocol;
  if (inet_sk(sk).transparent !== 0) fl.flags |= FLOWI_FLAG_ANYSRC;
  ip_rt_put(k, rt);
  security_sk_classify_flow(k, sk, fl);
  return ip_route_output_flow(k, sock_net(sk), fl, sk, 0);
}

/** The next IP id for a destination; `more` are reserved behind it. */
export function inet_getid(k: Kernel, p: InetPeer, more: number): number {
  local_bh_disable(k);
  const id = p.ip_id_count;
  p.ip_id_count = (p.ip_id_count + 1 + more) & 0xffff;
  local_bh_enable(k);
  return id;
}
