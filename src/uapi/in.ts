// SPDX-License-Identifier: GPL-2.0-only
/** linux/in.h, linux/udp.h, linux/tcp.h, linux/mroute.h: the Internet protocols' numbers and socket options. */
import type { Xlat } from "./xlat.ts";

export const IPPROTO_IP = 0;
export const IPPROTO_ICMP = 1;
export const IPPROTO_IGMP = 2;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_UDPLITE = 136;
export const IPPROTO_RAW = 255;
export const IPPROTO_NAMES: Xlat = [
  ["IPPROTO_IP", 0],
  ["IPPROTO_ICMP", 1],
  ["IPPROTO_IGMP", 2],
  ["IPPROTO_TCP", 6],
  ["IPPROTO_UDP", 17],
  ["IPPROTO_UDPLITE", 136],
  ["IPPROTO_RAW", 255],
];

export const INADDR_ANY = 0;
export const INADDR_BROADCAST = 0xffffffff;
export const INADDR_LOOPBACK = 0x7f000001;

export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_HDRINCL = 3;
export const IP_OPTIONS = 4;
export const IP_ROUTER_ALERT = 5;
export const IP_RECVOPTS = 6;
export const IP_RETOPTS = 7;
export const IP_PKTINFO = 8;
export const IP_PKTOPTIONS = 9;
export const IP_MTU_DISCOVER = 10;
export const IP_RECVERR = 11;
export const IP_RECVTTL = 12;
export const IP_RECVTOS = 13;
export const IP_MTU = 14;
export const IP_FREEBIND = 15;
export const IP_IPSEC_POLICY = 16;
export const IP_XFRM_POLICY = 17;
export const IP_PASSSEC = 18;
export const IP_TRANSPARENT = 19;
export const IP_ORIGDSTADDR = 20;
export const IP_MINTTL = 21;
export const IP_MULTICAST_IF = 32;
export const IP_MULTICAST_TTL = 33;
export const IP_MULTICAST_LOOP = 34;
export const IP_ADD_MEMBERSHIP = 35;
export const IP_DROP_MEMBERSHIP = 36;
export const IP_UNBLOCK_SOURCE = 37;
export const IP_BLOCK_SOURCE = 38;
export const IP_ADD_SOURCE_MEMBERSHIP = 39;
export const IP_DROP_SOURCE_MEMBERSHIP = 40;
export const IP_MSFILTER = 41;
export const MCAST_JOIN_GROUP = 42;
export const MCAST_MSFILTER = 48;
export const IP_MULTICAST_ALL = 49;
export const MRT_BASE = 200;

export const IP_PMTUDISC_DONT = 0;
export const IP_PMTUDISC_WANT = 1;
export const IP_PMTUDISC_DO = 2;
export const IP_PMTUDISC_PROBE = 3;
export const IP_PMTUDISC_INTERFACE = 4;
export const IP_PMTUDISC_OMIT = 5;

export const IP_NAMES: Xlat = [
  ["IP_TOS", 1],
  ["IP_TTL", 2],
  ["IP_HDRINCL", 3],
  ["IP_OPTIONS", 4],
  ["IP_ROUTER_ALERT", 5],
  ["IP_RECVOPTS", 6],
  ["IP_RETOPTS", 7],
  ["IP_PKTINFO", 8],
  ["IP_PKTOPTIONS", 9],
  ["IP_MTU_DISCOVER", 10],
  ["IP_RECVERR", 11],
  ["IP_RECVTTL", 12],
  ["IP_RECVTOS", 13],
  ["IP_MTU", 14],
  ["IP_FREEBIND", 15],
  ["IP_IPSEC_POLICY", 16],
  ["IP_XFRM_POLICY", 17],
  ["IP_PASSSEC", 18],
  ["IP_TRANSPARENT", 19],
  ["IP_ORIGDSTADDR", 20],
  ["IP_MINTTL", 21],
  ["IP_MULTICAST_IF", 32],
  ["IP_MULTICAST_TTL", 33],
  ["IP_MULTICAST_LOOP", 34],
  ["IP_ADD_MEMBERSHIP", 35],
  ["IP_DROP_MEMBERSHIP", 36],
  ["IP_UNBLOCK_SOURCE", 37],
  ["IP_BLOCK_SOURCE", 38],
  ["IP_ADD_SOURCE_MEMBERSHIP", 39],
  ["IP_DROP_SOURCE_MEMBERSHIP", 40],
  ["IP_MSFILTER", 41],
  ["IP_MULTICAST_ALL", 49],
  ["MRT_INIT", 200],
  ["MRT_DONE", 201],
  ["MRT_ADD_VIF", 202],
  ["MRT_DEL_VIF", 203],
  ["MRT_ADD_MFC", 204],
  ["MRT_DEL_MFC", 205],
];

export const UDP_CORK = 1;
export const UDP_ENCAP = 100;
export const UDPLITE_SEND_CSCOV = 10;
export const UDPLITE_RECV_CSCOV = 11;
export const UDP_NAMES: Xlat = [
  ["UDP_CORK", 1],
  ["UDPLITE_SEND_CSCOV", 10],
  ["UDPLITE_RECV_CSCOV", 11],
  ["UDP_ENCAP", 100],
];

export const TCP_NODELAY = 1;
export const TCP_MAXSEG = 2;
export const TCP_CORK = 3;
export const TCP_KEEPIDLE = 4;
export const TCP_KEEPINTVL = 5;
export const TCP_KEEPCNT = 6;
export const TCP_SYNCNT = 7;
export const TCP_LINGER2 = 8;
export const TCP_DEFER_ACCEPT = 9;
export const TCP_WINDOW_CLAMP = 10;
export const TCP_INFO = 11;
export const TCP_QUICKACK = 12;
export const TCP_CONGESTION = 13;
export const TCP_MD5SIG = 14;
export const TCP_THIN_LINEAR_TIMEOUTS = 16;
export const TCP_THIN_DUPACK = 17;
export const TCP_USER_TIMEOUT = 18;
/** linux/tcp.h. */
export const TCP_NAMES: Xlat = [
  ["TCP_NODELAY", TCP_NODELAY],
  ["TCP_MAXSEG", TCP_MAXSEG],
  ["TCP_CORK", TCP_CORK],
  ["TCP_KEEPIDLE", TCP_KEEPIDLE],
  ["TCP_KEEPINTVL", TCP_KEEPINTVL],
  ["TCP_KEEPCNT", TCP_KEEPCNT],
  ["TCP_SYNCNT", TCP_SYNCNT],
  ["TCP_LINGER2", TCP_LINGER2],
  ["TCP_DEFER_ACCEPT", TCP_DEFER_ACCEPT],
  ["TCP_WINDOW_CLAMP", TCP_WINDOW_CLAMP],
  ["TCP_INFO", TCP_INFO],
  ["TCP_QUICKACK", TCP_QUICKACK],
  ["TCP_CONGESTION", TCP_CONGESTION],
  ["TCP_MD5SIG", TCP_MD5SIG],
  ["TCP_THIN_LINEAR_TIMEOUTS", TCP_THIN_LINEAR_TIMEOUTS],
  ["TCP_THIN_DUPACK", TCP_THIN_DUPACK],
  ["TCP_USER_TIMEOUT", TCP_USER_TIMEOUT],
];
