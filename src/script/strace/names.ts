// SPDX-License-Identifier: GPL-2.0-only
/** Names that stand for numbers in a log: el6's tables, and what newer kernels and strace itself call things. */
import { IP_NAMES, IPPROTO_NAMES, TCP_NAMES, UDP_NAMES } from "../../uapi/in.ts";
import { FAMILY_NAMES, MSG_FLAGS, SO_NAMES, SOL_NAMES } from "../../uapi/socket.ts";
import type { Xlat } from "../../uapi/xlat.ts";

/** PF_ and AF_ are the same numbers, and AF_UNIX has three names. */
export const FAMILIES: Xlat = [
  ...FAMILY_NAMES,
  ...FAMILY_NAMES.map(([name, v]): [string, number] => [name.replace("AF_", "PF_"), v]),
  ["AF_LOCAL", 1],
  ["PF_LOCAL", 1],
  ["AF_FILE", 1],
  ["AF_ROUTE", 16],
];

/** What stands for the third argument of socket(2), IPv4's and netlink's. */
export const PROTOCOLS: Xlat = [
  ...IPPROTO_NAMES,
  ["IPPROTO_IPV6", 41],
  ["IPPROTO_ICMPV6", 58],
  ["IPPROTO_SCTP", 132],
  ["IPPROTO_MPTCP", 262],
];

export const MESSAGE_FLAGS: Xlat = [
  ...MSG_FLAGS,
  ["MSG_TRYHARD", 0x4],
  ["MSG_PROXY", 0x10],
  ["MSG_BATCH", 0x40000],
  ["MSG_NO_SHARED_FRAGS", 0x80000],
  ["MSG_SENDPAGE_DECRYPTED", 0x100000],
  ["MSG_ZEROCOPY", 0x4000000],
  ["MSG_SPLICE_PAGES", 0x8000000],
  ["MSG_FASTOPEN", 0x20000000],
];

export const LEVELS: Xlat = [
  ...SOL_NAMES,
  ...IPPROTO_NAMES,
  ["SOL_ICMP", 1],
  ["SOL_IPV6", 41],
  ["SOL_ICMPV6", 58],
  ["SOL_PACKET", 263],
  ["SOL_NETLINK", 270],
];

const SOCKET_OPTIONS: Xlat = [
  ...SO_NAMES,
  ["SO_RCVTIMEO_OLD", 20],
  ["SO_SNDTIMEO_OLD", 21],
  ["SO_GET_FILTER", 26],
  ["SO_TIMESTAMP_OLD", 29],
  ["SO_TIMESTAMPNS_OLD", 35],
  ["SO_TIMESTAMPING_OLD", 37],
  ["SO_WIFI_STATUS", 41],
  ["SO_PEEK_OFF", 42],
  ["SO_NOFCS", 43],
  ["SO_LOCK_FILTER", 44],
  ["SO_SELECT_ERR_QUEUE", 45],
  ["SO_BUSY_POLL", 46],
  ["SO_MAX_PACING_RATE", 47],
  ["SO_BPF_EXTENSIONS", 48],
  ["SO_INCOMING_CPU", 49],
  ["SO_ATTACH_BPF", 50],
  ["SO_ATTACH_REUSEPORT_CBPF", 51],
  ["SO_ATTACH_REUSEPORT_EBPF", 52],
  ["SO_CNX_ADVICE", 53],
  ["SO_MEMINFO", 55],
  ["SO_INCOMING_NAPI_ID", 56],
  ["SO_COOKIE", 57],
  ["SO_PEERGROUPS", 59],
  ["SO_ZEROCOPY", 60],
  ["SO_TXTIME", 61],
  ["SO_BINDTOIFINDEX", 62],
  ["SO_TIMESTAMP_NEW", 63],
  ["SO_TIMESTAMPNS_NEW", 64],
  ["SO_TIMESTAMPING_NEW", 65],
  ["SO_RCVTIMEO_NEW", 66],
  ["SO_SNDTIMEO_NEW", 67],
  ["SO_PREFER_BUSY_POLL", 69],
  ["SO_NETNS_COOKIE", 71],
  ["SO_RESERVE_MEM", 73],
  ["SO_RCVMARK", 75],
];

const IP_OPTIONS: Xlat = [
  ...IP_NAMES,
  ["IP_RECVRETOPTS", 7],
  ["IP_RECVORIGDSTADDR", 20],
  ["IP_NODEFRAG", 22],
  ["IP_CHECKSUM", 23],
  ["IP_BIND_ADDRESS_NO_PORT", 24],
  ["IP_RECVFRAGSIZE", 25],
  ["IP_RECVERR_RFC4884", 26],
  ["MCAST_JOIN_GROUP", 42],
  ["MCAST_BLOCK_SOURCE", 43],
  ["MCAST_UNBLOCK_SOURCE", 44],
  ["MCAST_LEAVE_GROUP", 45],
  ["MCAST_JOIN_SOURCE_GROUP", 46],
  ["MCAST_LEAVE_SOURCE_GROUP", 47],
  ["MCAST_MSFILTER", 48],
  ["IP_UNICAST_IF", 50],
  ["IP_LOCAL_PORT_RANGE", 51],
];

const UDP_OPTIONS: Xlat = [
  ...UDP_NAMES,
  ["UDPLITE_CORK", 1],
  ["UDP_NO_CHECK6_TX", 101],
  ["UDP_NO_CHECK6_RX", 102],
  ["UDP_SEGMENT", 103],
  ["UDP_GRO", 104],
];

/** Options by level: SOL_SOCKET, SOL_IP, SOL_TCP, SOL_UDP, SOL_UDPLITE, SOL_RAW. */
export const OPTIONS: ReadonlyMap<number, Xlat> = new Map([
  [1, SOCKET_OPTIONS],
  [0, IP_OPTIONS],
  [6, TCP_NAMES],
  [17, UDP_OPTIONS],
  [136, UDP_OPTIONS],
  [255, [["ICMP_FILTER", 1]]],
]);

/** Control messages by level. */
export const CONTROL: ReadonlyMap<number, Xlat> = new Map([
  [
    1,
    [
      ["SCM_RIGHTS", 1],
      ["SCM_CREDENTIALS", 2],
      ["SCM_TIMESTAMP", 29],
      ["SO_TIMESTAMP", 29],
      ["SO_TIMESTAMP_OLD", 29],
      ["SCM_TIMESTAMPNS", 35],
      ["SO_TIMESTAMPNS_OLD", 35],
      ["SO_MARK", 36],
      ["SCM_TIMESTAMPING", 37],
      ["SO_TIMESTAMPING_OLD", 37],
      ["SO_RXQ_OVFL", 40],
    ],
  ],
  [0, IP_OPTIONS],
  [17, UDP_OPTIONS],
]);

/** Values of options that newer straces write by name. */
export const OPTION_VALUES: Xlat = [
  ["IP_PMTUDISC_DONT", 0],
  ["IP_PMTUDISC_WANT", 1],
  ["IP_PMTUDISC_DO", 2],
  ["IP_PMTUDISC_PROBE", 3],
  ["IP_PMTUDISC_INTERFACE", 4],
  ["IP_PMTUDISC_OMIT", 5],
  ["SOCK_STREAM", 1],
  ["SOCK_DGRAM", 2],
  ["SOCK_RAW", 3],
  ["AF_INET", 2],
  ["IPTOS_LOWDELAY", 0x10],
  ["IPTOS_THROUGHPUT", 0x08],
  ["IPTOS_RELIABILITY", 0x04],
  ["IPTOS_MINCOST", 0x02],
  ...IPPROTO_NAMES,
];

export const OPEN_FLAGS: Xlat = [
  ["O_RDONLY", 0],
  ["O_WRONLY", 1],
  ["O_RDWR", 2],
  ["O_APPEND", 0o2000],
  ["O_NONBLOCK", 0o4000],
  ["O_NDELAY", 0o4000],
  ["O_ASYNC", 0o20000],
  ["O_DIRECT", 0o40000],
  ["O_LARGEFILE", 0o100000],
  ["O_NOATIME", 0o1000000],
  ["O_CLOEXEC", 0o2000000],
];
