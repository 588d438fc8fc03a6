// SPDX-License-Identifier: GPL-2.0-only
/** include/net/route.h: a route cache entry. */
import type { InDevice } from "../linux/netdevice.ts";
import { DstEntry } from "./dst.ts";
import type { Flowi } from "./flow.ts";

export const RTO_ONLINK = 0x01;
export const IPTOS_RT_MASK = 0x1e & ~3;
export const RT_CONN_FLAGS_MASK = 0x1c;

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
  fl!: Flowi;
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
}

/** struct inet_peer (net/inetpeer.h): what is remembered of a destination. */
export interface InetPeer {
  v4daddr: number;
  refcnt: number;
  ip_id_count: number;
  dtime: number;
  unused: boolean;
}

/** RT_TOS: the bits of TOS that routing looks at. */
export function RT_TOS(tos: number): number {
  return tos & 0x1e;
}
