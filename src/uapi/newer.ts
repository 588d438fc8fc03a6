// SPDX-License-Identifier: GPL-2.0-only
/** Socket options of kernels after 2.6.32, by the names that strace gives them, with the release that brought them. */
import { once } from "./once.ts";
import type { Xlat } from "./xlat.ts";

type Since = readonly (readonly [name: string, value: number, since: string])[];

const socket = once(
  (): Since => [
    ["SO_WIFI_STATUS", 41, "3.3"],
    ["SO_PEEK_OFF", 42, "3.4"],
    ["SO_NOFCS", 43, "3.4"],
    ["SO_LOCK_FILTER", 44, "3.9"],
    ["SO_SELECT_ERR_QUEUE", 45, "3.10"],
    ["SO_BUSY_POLL", 46, "3.11"],
    ["SO_MAX_PACING_RATE", 47, "3.13"],
    ["SO_BPF_EXTENSIONS", 48, "3.14"],
    ["SO_INCOMING_CPU", 49, "3.19"],
    ["SO_ATTACH_BPF", 50, "3.19"],
    ["SO_ATTACH_REUSEPORT_CBPF", 51, "4.5"],
    ["SO_ATTACH_REUSEPORT_EBPF", 52, "4.5"],
    ["SO_CNX_ADVICE", 53, "4.6"],
    ["SCM_TIMESTAMPING_OPT_STATS", 54, "4.10"],
    ["SO_MEMINFO", 55, "4.12"],
    ["SO_INCOMING_NAPI_ID", 56, "4.12"],
    ["SO_COOKIE", 57, "4.12"],
    ["SCM_TIMESTAMPING_PKTINFO", 58, "4.13"],
    ["SO_PEERGROUPS", 59, "4.13"],
    ["SO_ZEROCOPY", 60, "4.14"],
    ["SO_TXTIME", 61, "4.19"],
    ["SO_BINDTOIFINDEX", 62, "5.0"],
    ["SO_TIMESTAMP_NEW", 63, "5.1"],
    ["SO_TIMESTAMPNS_NEW", 64, "5.1"],
    ["SO_TIMESTAMPING_NEW", 65, "5.1"],
    ["SO_RCVTIMEO_NEW", 66, "5.1"],
    ["SO_SNDTIMEO_NEW", 67, "5.1"],
    ["SO_DETACH_REUSEPORT_BPF", 68, "5.3"],
    ["SO_PREFER_BUSY_POLL", 69, "5.11"],
    ["SO_BUSY_POLL_BUDGET", 70, "5.11"],
    ["SO_NETNS_COOKIE", 71, "5.14"],
    ["SO_BUF_LOCK", 72, "5.16"],
    ["SO_RESERVE_MEM", 73, "5.17"],
    ["SO_TXREHASH", 74, "5.18"],
    ["SO_RCVMARK", 75, "6.0"],
    ["SO_PASSPIDFD", 76, "6.5"],
    ["SO_PEERPIDFD", 77, "6.5"],
    ["SO_DEVMEM_LINEAR", 78, "6.12"],
    ["SO_DEVMEM_DMABUF", 79, "6.12"],
    ["SO_DEVMEM_DONTNEED", 80, "6.12"],
    ["SCM_TS_OPT_ID", 81, "6.13"],
    ["SO_RCVPRIORITY", 82, "6.14"],
    ["SO_PASSRIGHTS", 83, "6.16"],
    ["SO_INQ", 84, "6.17"],
  ],
);

const ip = once(
  (): Since => [
    ["IP_NODEFRAG", 22, "2.6.37"],
    ["IP_CHECKSUM", 23, "4.0"],
    ["IP_BIND_ADDRESS_NO_PORT", 24, "4.2"],
    ["IP_RECVFRAGSIZE", 25, "4.10"],
    ["IP_RECVERR_RFC4884", 26, "5.9"],
    ["IP_UNICAST_IF", 50, "3.4"],
    ["IP_LOCAL_PORT_RANGE", 51, "6.3"],
    ["IP_PROTOCOL", 52, "6.4"],
  ],
);

const udp = once(
  (): Since => [
    ["UDP_NO_CHECK6_TX", 101, "3.16"],
    ["UDP_NO_CHECK6_RX", 102, "3.16"],
    ["UDP_SEGMENT", 103, "4.18"],
    ["UDP_GRO", 104, "5.0"],
  ],
);

const NONE: Since = [];

function newer(level: number): Since {
  if (level === 1) return socket();
  if (level === 0) return ip();
  return level === 17 || level === 136 ? udp() : NONE;
}

/** The names of a level's options: SOL_SOCKET, SOL_IP, SOL_UDP, SOL_UDPLITE. */
export function newerNames(level: number): Xlat {
  return newer(level).map(([name, value]) => [name, value]);
}

/** The release that brought a socket option; undefined for one that 2.6.32 could know. */
export function optionSince(level: number, optname: number): string | undefined {
  return newer(level).find(([, value]) => value === optname)?.[2];
}

/** Options that strace writes with a structure, or that el6's own tables leave out. */
export const GROUP_NAMES: Xlat = [
  ["MCAST_JOIN_GROUP", 42],
  ["MCAST_BLOCK_SOURCE", 43],
  ["MCAST_UNBLOCK_SOURCE", 44],
  ["MCAST_LEAVE_GROUP", 45],
  ["MCAST_JOIN_SOURCE_GROUP", 46],
  ["MCAST_LEAVE_SOURCE_GROUP", 47],
  ["MCAST_MSFILTER", 48],
];

/** SOL_RAW. */
export const RAW_NAMES: Xlat = [["ICMP_FILTER", 1]];

/** linux/icmp.h: the types, as bits of ICMP_FILTER. */
export const ICMP_TYPES: Xlat = [
  ["ICMP_ECHOREPLY", 0],
  ["ICMP_DEST_UNREACH", 3],
  ["ICMP_SOURCE_QUENCH", 4],
  ["ICMP_REDIRECT", 5],
  ["ICMP_ECHO", 8],
  ["ICMP_TIME_EXCEEDED", 11],
  ["ICMP_PARAMETERPROB", 12],
  ["ICMP_TIMESTAMP", 13],
  ["ICMP_TIMESTAMPREPLY", 14],
  ["ICMP_INFO_REQUEST", 15],
  ["ICMP_INFO_REPLY", 16],
  ["ICMP_ADDRESS", 17],
  ["ICMP_ADDRESSREPLY", 18],
];

/** linux/net_tstamp.h: bits of SO_TIMESTAMPING; el6 has the first seven. */
export const TIMESTAMPING_NAMES: Xlat = [
  ["SOF_TIMESTAMPING_TX_HARDWARE", 0x1],
  ["SOF_TIMESTAMPING_TX_SOFTWARE", 0x2],
  ["SOF_TIMESTAMPING_RX_HARDWARE", 0x4],
  ["SOF_TIMESTAMPING_RX_SOFTWARE", 0x8],
  ["SOF_TIMESTAMPING_SOFTWARE", 0x10],
  ["SOF_TIMESTAMPING_SYS_HARDWARE", 0x20],
  ["SOF_TIMESTAMPING_RAW_HARDWARE", 0x40],
  ["SOF_TIMESTAMPING_OPT_ID", 0x80],
  ["SOF_TIMESTAMPING_TX_SCHED", 0x100],
  ["SOF_TIMESTAMPING_TX_ACK", 0x200],
  ["SOF_TIMESTAMPING_OPT_CMSG", 0x400],
  ["SOF_TIMESTAMPING_OPT_TSONLY", 0x800],
  ["SOF_TIMESTAMPING_OPT_STATS", 0x1000],
  ["SOF_TIMESTAMPING_OPT_PKTINFO", 0x2000],
  ["SOF_TIMESTAMPING_OPT_TX_SWHW", 0x4000],
  ["SOF_TIMESTAMPING_BIND_PHC", 0x8000],
  ["SOF_TIMESTAMPING_OPT_ID_TCP", 0x10000],
  ["SOF_TIMESTAMPING_OPT_RX_FILTER", 0x20000],
  ["SOF_TIMESTAMPING_TX_COMPLETION", 0x40000],
];
