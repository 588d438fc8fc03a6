// SPDX-License-Identifier: GPL-2.0-only
/** include/net/inet_sock.h, linux/udp.h: IPv4's and UDP's part of a socket. Addresses and ports in host order. */
import { inlined, note } from "../../../../trace/traced.ts";
import type { Kernel } from "../../kernel.ts";
import type { Page, SkBuff } from "../linux/skbuff.ts";
import type { DstEntry } from "./dst.ts";
import { Flowi } from "./flow.ts";
import { Sock } from "./struct_sock.ts";

const FILE = "include/net/inet_sock.h";

/** struct ip_options: offsets count from the start of the IP header (20 = first option byte) unless 0 = absent. */
export interface IpOptions {
  faddr: number;
  optlen: number;
  srr: number;
  rr: number;
  ts: number;
  is_strictroute: number;
  srr_is_hit: number;
  is_changed: number;
  rr_needaddr: number;
  ts_needtime: number;
  ts_needaddr: number;
  router_alert: number;
  cipso: number;
  /** The option bytes, optlen of them (or empty when they live in the packet's own header). */
  __data: Uint8Array;
}

export const IPCORK_OPT = 1;
export const IPCORK_ALLFRAG = 2;

/** Remember for receive packet steering which CPU the program runs on: no table is set up here, and there is one CPU. */
export const inet_rps_record_flow = inlined(
  FILE,
  "inet_rps_record_flow(sk)",
  (_k: Kernel, _sk: Sock): void => {},
);

/** Free IP options that nobody uses any more: a socket's, or those that one call gave for itself (IP_RETOPTS). */
export const kfree_ip_options = inlined(
  FILE,
  "kfree_ip_options(opt)",
  (k: Kernel, opt: IpOptions | null): void => {
    if (opt === null) note(k, "no options to free");
    else note(k, "free the options", { optlen: opt.optlen });
  },
);

/** struct inet_cork (inet->cork, or on the stack of the lockless path), with el6's inet_cork_extended. */
export interface InetCork {
  flags: number;
  fragsize: number;
  opt: IpOptions | null;
  dst: DstEntry | null;
  length: number;
  addr: number;
  fl: Flowi;
  page: Page | null;
  off: number;
  tx_flags: number;
  ttl: number;
  tos: number;
  priority: number;
}

export function new_cork(): InetCork {
  return {
    flags: 0,
    fragsize: 0,
    opt: null,
    dst: null,
    length: 0,
    addr: 0,
    fl: new Flowi(),
    page: null,
    off: 0,
    tx_flags: 0,
    ttl: 0,
    tos: -1,
    priority: 0,
  };
}

export const IP_CMSG_PKTINFO = 1;
export const IP_CMSG_TTL = 2;
export const IP_CMSG_TOS = 4;
export const IP_CMSG_RECVOPTS = 8;
export const IP_CMSG_RETOPTS = 16;
export const IP_CMSG_PASSSEC = 32;
export const IP_CMSG_ORIGDSTADDR = 64;

/** struct ip_sf_socklist: the sources that a socket includes or excludes, and how many there is room for. */
export interface IpSfSocklist {
  sl_max: number;
  readonly sl_addr: number[];
}

/** struct ip_mc_socklist: a socket's membership of a group. */
export interface IpMcSocklist {
  multiaddr: number;
  address: number;
  ifindex: number;
  /** MCAST_EXCLUDE 0 or MCAST_INCLUDE 1. */
  sfmode: number;
  sflist: IpSfSocklist | null;
}

/** struct inet_sock. */
export class InetSock extends Sock {
  daddr = 0;
  rcv_saddr = 0;
  dport = 0;
  num = 0;
  saddr = 0;
  uc_ttl = -1;
  cmsg_flags = 0;
  opt: IpOptions | null = null;
  sport = 0;
  id = 0;
  tos = 0;
  mc_ttl = 1;
  pmtudisc = 0;
  recverr = 0;
  is_icsk = 0;
  freebind = 0;
  hdrincl = 0;
  mc_loop = 1;
  transparent = 0;
  mc_all = 1;
  mc_index = 0;
  mc_addr = 0;
  mc_list: IpMcSocklist[] = [];
  readonly cork: InetCork = new_cork();
  /** sk_extended(sk)->rcv_tos, min_ttl, rxhash. */
  rcv_tos = 0;
  min_ttl = 0;
  rxhash = 0;
}

export const UDPLITE_BIT = 0x1;
export const UDPLITE_SEND_CC = 0x2;
export const UDPLITE_RECV_CC = 0x4;

/** struct udp_sock. */
export class UdpSock extends InetSock {
  /** 0, or the family of the frames that are held back. */
  pending = 0;
  corkflag = 0;
  encap_type = 0;
  /** Total length of pending frames, 16 bits. */
  len = 0;
  pcslen = 0;
  pcrlen = 0;
  pcflag = 0;
  encap_rcv: ((k: Kernel, sk: Sock, skb: SkBuff) => number) | null = null;
}

export function inet_sk(sk: Sock): InetSock {
  return sk as InetSock;
}
export function udp_sk(sk: Sock): UdpSock {
  return sk as UdpSock;
}
/** IS_UDPLITE(sk). */
export function IS_UDPLITE(sk: Sock): boolean {
  return (sk as UdpSock).pcflag !== 0;
}
