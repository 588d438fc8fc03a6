// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/snmp.h, net/snmp.h: MIB counters, named as /proc/net/{snmp,netstat,stat/rt_cache} print them. */
import type { Kernel, Net } from "../../kernel.ts";

/** Names of all MIB counters; `k.mib[i]` holds the value of MIB_NAMES[i]. */
export const MIB_NAMES = [
  "Ip.InReceives",
  "Ip.InHdrErrors",
  "Ip.InAddrErrors",
  "Ip.ForwDatagrams",
  "Ip.InUnknownProtos",
  "Ip.InDiscards",
  "Ip.InDelivers",
  "Ip.OutRequests",
  "Ip.OutDiscards",
  "Ip.OutNoRoutes",
  "Ip.ReasmTimeout",
  "Ip.ReasmReqds",
  "Ip.ReasmOKs",
  "Ip.ReasmFails",
  "Ip.FragOKs",
  "Ip.FragFails",
  "Ip.FragCreates",
  "Icmp.InMsgs",
  "Icmp.InErrors",
  "Icmp.InDestUnreachs",
  "Icmp.InTimeExcds",
  "Icmp.InParmProbs",
  "Icmp.InSrcQuenchs",
  "Icmp.InRedirects",
  "Icmp.InEchos",
  "Icmp.InEchoReps",
  "Icmp.InTimestamps",
  "Icmp.InTimestampReps",
  "Icmp.InAddrMasks",
  "Icmp.InAddrMaskReps",
  "Icmp.OutMsgs",
  "Icmp.OutErrors",
  "Icmp.OutDestUnreachs",
  "Icmp.OutTimeExcds",
  "Icmp.OutParmProbs",
  "Icmp.OutSrcQuenchs",
  "Icmp.OutRedirects",
  "Icmp.OutEchos",
  "Icmp.OutEchoReps",
  "Icmp.OutTimestamps",
  "Icmp.OutTimestampReps",
  "Icmp.OutAddrMasks",
  "Icmp.OutAddrMaskReps",
  "Udp.InDatagrams",
  "Udp.NoPorts",
  "Udp.InErrors",
  "Udp.OutDatagrams",
  "Udp.RcvbufErrors",
  "Udp.SndbufErrors",
  "UdpLite.InDatagrams",
  "UdpLite.NoPorts",
  "UdpLite.InErrors",
  "UdpLite.OutDatagrams",
  "UdpLite.RcvbufErrors",
  "UdpLite.SndbufErrors",
  "TcpExt.ArpFilter",
  "TcpExt.TCPAbortOnData",
  "IpExt.InNoRoutes",
  "IpExt.InTruncatedPkts",
  "IpExt.InMcastPkts",
  "IpExt.OutMcastPkts",
  "IpExt.InBcastPkts",
  "IpExt.OutBcastPkts",
  "IpExt.InOctets",
  "IpExt.OutOctets",
  "IpExt.InMcastOctets",
  "IpExt.OutMcastOctets",
  "IpExt.InBcastOctets",
  "IpExt.OutBcastOctets",
  "rt.in_hit",
  "rt.in_slow_tot",
  "rt.in_slow_mc",
  "rt.in_no_route",
  "rt.in_brd",
  "rt.in_martian_dst",
  "rt.in_martian_src",
  "rt.out_hit",
  "rt.out_slow_tot",
  "rt.out_slow_mc",
  "rt.gc_total",
  "rt.gc_ignored",
  "rt.gc_goal_miss",
  "rt.gc_dst_overflow",
  "rt.in_hlist_search",
  "rt.out_hlist_search",
] as const;
export type MibName = (typeof MIB_NAMES)[number];

const INDEX: ReadonlyMap<string, number> = new Map(MIB_NAMES.map((n, i) => [n, i]));
/** Index of a counter in `k.mib`. Throws on a name that does not exist: our mistake. */
export function mib(name: MibName): number {
  return INDEX.get(name) as number;
}

/** Move a counter. */
export function count(k: Kernel, id: number, by = 1): void {
  k.mib[id] = (k.mib[id] as number) + by;
  (k.rec ?? k.tally)?.count(MIB_NAMES[id] as string, by);
}

export const IPSTATS_MIB_INRECEIVES: number = mib("Ip.InReceives");
export const IPSTATS_MIB_INHDRERRORS: number = mib("Ip.InHdrErrors");
export const IPSTATS_MIB_INADDRERRORS: number = mib("Ip.InAddrErrors");
export const IPSTATS_MIB_OUTFORWDATAGRAMS: number = mib("Ip.ForwDatagrams");
export const IPSTATS_MIB_INUNKNOWNPROTOS: number = mib("Ip.InUnknownProtos");
export const IPSTATS_MIB_INDISCARDS: number = mib("Ip.InDiscards");
export const IPSTATS_MIB_INDELIVERS: number = mib("Ip.InDelivers");
export const IPSTATS_MIB_OUTREQUESTS: number = mib("Ip.OutRequests");
export const IPSTATS_MIB_OUTDISCARDS: number = mib("Ip.OutDiscards");
export const IPSTATS_MIB_OUTNOROUTES: number = mib("Ip.OutNoRoutes");
export const IPSTATS_MIB_REASMTIMEOUT: number = mib("Ip.ReasmTimeout");
export const IPSTATS_MIB_REASMREQDS: number = mib("Ip.ReasmReqds");
export const IPSTATS_MIB_REASMOKS: number = mib("Ip.ReasmOKs");
export const IPSTATS_MIB_REASMFAILS: number = mib("Ip.ReasmFails");
export const IPSTATS_MIB_FRAGOKS: number = mib("Ip.FragOKs");
export const IPSTATS_MIB_FRAGFAILS: number = mib("Ip.FragFails");
export const IPSTATS_MIB_FRAGCREATES: number = mib("Ip.FragCreates");
export const IPSTATS_MIB_INNOROUTES: number = mib("IpExt.InNoRoutes");
export const IPSTATS_MIB_INTRUNCATEDPKTS: number = mib("IpExt.InTruncatedPkts");

/** Base of IP_UPD_PO_STATS: the packets counter and the octets counter that belongs to it. */
export const IPSTATS_MIB_IN: readonly [number, number] = [mib("Ip.InReceives"), mib("IpExt.InOctets")];
export const IPSTATS_MIB_OUT: readonly [number, number] = [mib("Ip.OutRequests"), mib("IpExt.OutOctets")];
export const IPSTATS_MIB_INMCAST: readonly [number, number] = [
  mib("IpExt.InMcastPkts"),
  mib("IpExt.InMcastOctets"),
];
export const IPSTATS_MIB_OUTMCAST: readonly [number, number] = [
  mib("IpExt.OutMcastPkts"),
  mib("IpExt.OutMcastOctets"),
];
export const IPSTATS_MIB_INBCAST: readonly [number, number] = [
  mib("IpExt.InBcastPkts"),
  mib("IpExt.InBcastOctets"),
];
export const IPSTATS_MIB_OUTBCAST: readonly [number, number] = [
  mib("IpExt.OutBcastPkts"),
  mib("IpExt.OutBcastOctets"),
];

export const ICMP_MIB_INMSGS: number = mib("Icmp.InMsgs");
export const ICMP_MIB_INERRORS: number = mib("Icmp.InErrors");
export const ICMP_MIB_OUTMSGS: number = mib("Icmp.OutMsgs");
export const ICMP_MIB_OUTERRORS: number = mib("Icmp.OutErrors");

export const LINUX_MIB_ARPFILTER: number = mib("TcpExt.ArpFilter");
export const LINUX_MIB_TCPABORTONDATA: number = mib("TcpExt.TCPAbortOnData");

export const UDP_MIB_INDATAGRAMS = 0;
export const UDP_MIB_NOPORTS = 1;
export const UDP_MIB_INERRORS = 2;
export const UDP_MIB_OUTDATAGRAMS = 3;
export const UDP_MIB_RCVBUFERRORS = 4;
export const UDP_MIB_SNDBUFERRORS = 5;
const UDP0: number = mib("Udp.InDatagrams");
const UDPLITE0: number = mib("UdpLite.InDatagrams");

export function IP_INC_STATS(k: Kernel, _net: Net, field: number): void {
  count(k, field);
}
/** Packets and octets at once. */
export function IP_UPD_PO_STATS(k: Kernel, _net: Net, base: readonly [number, number], len: number): void {
  count(k, base[0]);
  count(k, base[1], len);
}
export function UDP_INC_STATS(k: Kernel, _net: Net, field: number, is_udplite: boolean): void {
  count(k, (is_udplite ? UDPLITE0 : UDP0) + field);
}

/** ICMPMSGOUT/IN_INC_STATS: counters by type, IcmpMsg.OutType3. They exist from their first use. */
export function ICMPMSG_INC_STATS(k: Kernel, _net: Net, dir: "In" | "Out", type: number): void {
  const name = `${dir}Type${type & 255}`;
  k.icmpmsg.set(name, (k.icmpmsg.get(name) ?? 0) + 1);
  (k.rec ?? k.tally)?.count(`IcmpMsg.${name}`, 1);
}

export const RT_STAT_IN_HIT: number = mib("rt.in_hit");
export const RT_STAT_IN_SLOW_TOT: number = mib("rt.in_slow_tot");
export const RT_STAT_IN_SLOW_MC: number = mib("rt.in_slow_mc");
export const RT_STAT_IN_NO_ROUTE: number = mib("rt.in_no_route");
export const RT_STAT_IN_BRD: number = mib("rt.in_brd");
export const RT_STAT_IN_MARTIAN_DST: number = mib("rt.in_martian_dst");
export const RT_STAT_IN_MARTIAN_SRC: number = mib("rt.in_martian_src");
export const RT_STAT_OUT_HIT: number = mib("rt.out_hit");
export const RT_STAT_OUT_SLOW_TOT: number = mib("rt.out_slow_tot");
export const RT_STAT_OUT_SLOW_MC: number = mib("rt.out_slow_mc");
export const RT_STAT_GC_TOTAL: number = mib("rt.gc_total");
export const RT_STAT_GC_IGNORED: number = mib("rt.gc_ignored");
export const RT_STAT_GC_GOAL_MISS: number = mib("rt.gc_goal_miss");
export const RT_STAT_GC_DST_OVERFLOW: number = mib("rt.gc_dst_overflow");
export const RT_STAT_IN_HLIST_SEARCH: number = mib("rt.in_hlist_search");
export const RT_STAT_OUT_HLIST_SEARCH: number = mib("rt.out_hlist_search");
