// SPDX-License-Identifier: GPL-2.0-only
/** Names that stand for numbers in a log: el6's tables, and what newer kernels and strace itself call things. */
import { IP_NAMES, IPPROTO_NAMES, TCP_NAMES, UDP_NAMES } from "../../uapi/in.ts";
import { GROUP_NAMES, newerNames, RAW_NAMES, TIMESTAMPING_NAMES } from "../../uapi/newer.ts";
import { FAMILY_NAMES, MSG_FLAGS, SO_NAMES, SOL_NAMES } from "../../uapi/socket.ts";
import type { Xlat } from "../../uapi/xlat.ts";

const EVERY_FAMILY: Xlat = [...FAMILY_NAMES, ["AF_LOCAL", 1], ["AF_FILE", 1], ["AF_ROUTE", 16]];

/** PF_ and AF_ are the same numbers, and AF_UNIX has three names. */
export const FAMILIES: Xlat = [
  ...EVERY_FAMILY,
  ...EVERY_FAMILY.map(([name, v]): [string, number] => [name.replace("AF_", "PF_"), v]),
];

/** What stands for the third argument of socket(2), IPv4's and netlink's. */
export const PROTOCOLS: Xlat = [
  ...IPPROTO_NAMES,
  ["IPPROTO_IPV6", 41],
  ["IPPROTO_ICMPV6", 58],
  ["IPPROTO_ESP", 50],
  ["IPPROTO_AH", 51],
  ["IPPROTO_GRE", 47],
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
  ["MSG_SOCK_DEVMEM", 0x2000000],
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
  ...newerNames(1),
  ["SO_SECURITY_AUTHENTICATION", 22],
  ["SO_SECURITY_ENCRYPTION_TRANSPORT", 23],
  ["SO_SECURITY_ENCRYPTION_NETWORK", 24],
  ["SO_RCVTIMEO_OLD", 20],
  ["SO_SNDTIMEO_OLD", 21],
  ["SO_GET_FILTER", 26],
  ["SO_DETACH_BPF", 27],
  ["SO_TIMESTAMP_OLD", 29],
  ["SO_TIMESTAMPNS_OLD", 35],
  ["SO_TIMESTAMPING_OLD", 37],
];

const IP_OPTIONS: Xlat = [
  ...IP_NAMES,
  ...newerNames(0),
  ...GROUP_NAMES,
  ["IP_RECVRETOPTS", 7],
  ["IP_RECVORIGDSTADDR", 20],
];

const UDP_OPTIONS: Xlat = [...UDP_NAMES, ...newerNames(17), ["UDPLITE_CORK", 1]];

/** Options by level: SOL_SOCKET, SOL_IP, SOL_TCP, SOL_UDP, SOL_UDPLITE, SOL_RAW. */
export const OPTIONS: ReadonlyMap<number, Xlat> = new Map([
  [1, SOCKET_OPTIONS],
  [0, IP_OPTIONS],
  [6, TCP_NAMES],
  [17, UDP_OPTIONS],
  [136, UDP_OPTIONS],
  [255, RAW_NAMES],
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
      ["SCM_SECURITY", 3],
      ["SCM_PIDFD", 4],
      ["SCM_WIFI_STATUS", 41],
      ["SCM_TXTIME", 61],
      ...newerNames(1),
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
  ["AF_INET6", 10],
  ["AF_UNIX", 1],
  ["AF_PACKET", 17],
  ["AF_NETLINK", 16],
  ["SOCK_SEQPACKET", 5],
  ...IPPROTO_NAMES,
  ...TIMESTAMPING_NAMES,
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
  ["O_SYNC", 0o4010000],
  ["O_DSYNC", 0o10000],
  ["O_NOATIME", 0o1000000],
  ["O_CLOEXEC", 0o2000000],
];
