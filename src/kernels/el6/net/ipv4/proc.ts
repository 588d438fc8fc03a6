// SPDX-License-Identifier: GPL-2.0-only
/**
 * What stands under /proc/net: net/ipv4/proc.c (snmp, netstat, sockstat), net/core/dev.c (dev, softnet_stat),
 * net/ipv4/{udp,route,arp,fib_hash,igmp}.c. Layouts are exact; inode numbers and pointers are made up.
 */

import { objectSeq } from "../../../../trace/record.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import { formatMac } from "../../../../wire/ethernet.ts";
import { formatIpv4 } from "../../../../wire/ipv4.ts";
import { inet_sk } from "../../include/net/inet_sock.ts";
import { RT_TABLE_MAIN } from "../../include/net/ip_fib.ts";
import { NUD_NOARP, NUD_PERMANENT, NUD_VALID } from "../../include/net/neighbour.ts";
import { MIB_NAMES } from "../../include/net/snmp.ts";
import type { Sock } from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";
import { sysctl_read } from "../sysctl.ts";
import { fib_seq_show } from "./fib_hash.ts";
import { igmp_mc_seq_show, igmp_mcf_seq_show } from "./igmp.ts";
import { rt_cache_dump } from "./route.ts";

/** Columns of TcpExt: TCP's connections are not modelled, so all but two are 0. */
const TCP_EXT =
  "SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts PruneCalled RcvPruned OfoPruned " +
  "OutOfWindowIcmps LockDroppedIcmps ArpFilter TW TWRecycled TWKilled PAWSPassive PAWSActive PAWSEstab " +
  "DelayedACKs DelayedACKLocked DelayedACKLost ListenOverflows ListenDrops TCPPrequeued " +
  "TCPDirectCopyFromBacklog TCPDirectCopyFromPrequeue TCPPrequeueDropped TCPHPHits TCPHPHitsToUser " +
  "TCPPureAcks TCPHPAcks TCPRenoRecovery TCPSackRecovery TCPSACKReneging TCPFACKReorder TCPSACKReorder " +
  "TCPRenoReorder TCPTSReorder TCPFullUndo TCPPartialUndo TCPDSACKUndo TCPLossUndo TCPLoss " +
  "TCPLostRetransmit TCPRenoFailures TCPSackFailures TCPLossFailures TCPFastRetrans TCPForwardRetrans " +
  "TCPSlowStartRetrans TCPTimeouts TCPRenoRecoveryFail TCPSackRecoveryFail TCPSchedulerFailed " +
  "TCPRcvCollapsed TCPDSACKOldSent TCPDSACKOfoSent TCPDSACKRecv TCPDSACKOfoRecv TCPAbortOnData " +
  "TCPAbortOnClose TCPAbortOnMemory TCPAbortOnTimeout TCPAbortOnLinger TCPAbortFailed TCPMemoryPressures " +
  "TCPSACKDiscard TCPDSACKIgnoredOld TCPDSACKIgnoredNoUndo TCPSpuriousRTOs TCPMD5NotFound " +
  "TCPMD5Unexpected TCPSackShifted TCPSackMerged TCPSackShiftFallback TCPBacklogDrop TCPMinTTLDrop " +
  "TCPOFOQueue TCPOFODrop TCPOFOMerge TCPChallengeACK TCPSYNChallenge BusyPollRxPackets " +
  "TCPFromZeroWindowAdv TCPToZeroWindowAdv TCPWantZeroWindowAdv";

/** Columns of Tcp. */
const TCP =
  "RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs " +
  "OutSegs RetransSegs InErrs OutRsts";

/** Algorithm, smallest and largest time-out, connections (-1: any number), then what TCP counts. */
const TCP_VALUES = "1 200 120000 -1 0 0 0 0 0 0 0 0 0 0";

/** Icmp columns that come from the counters by type. */
const ICMP_TYPES: readonly (readonly [string, number])[] = [
  ["DestUnreachs", 3],
  ["TimeExcds", 11],
  ["ParmProbs", 12],
  ["SrcQuenchs", 4],
  ["Redirects", 5],
  ["Echos", 8],
  ["EchoReps", 0],
  ["Timestamps", 13],
  ["TimestampReps", 14],
  ["AddrMasks", 17],
  ["AddrMaskReps", 18],
];

/** IcmpMsg has at most so many columns a line. */
const PERLINE = 16;
/** Rows of some files are filled up with blanks. */
const ROW = 127;

function hex(value: number, digits: number): string {
  return (value >>> 0).toString(16).padStart(digits, "0");
}
/** An address as the little-endian machine prints its bytes in memory. */
function le32(addr: number): string {
  const swapped = ((addr & 0xff) << 24) | ((addr & 0xff00) << 8) | ((addr >>> 8) & 0xff00) | (addr >>> 24);
  return hex(swapped, 8).toUpperCase();
}

/** The counters of one protocol: its names and values, as two lines. */
function mib_lines(k: Kernel, proto: string): string {
  const names: string[] = [];
  const values: number[] = [];
  MIB_NAMES.forEach((full, i) => {
    if (!full.startsWith(`${proto}.`)) return;
    names.push(full.slice(proto.length + 1));
    values.push(k.mib[i] as number);
  });
  return two_lines(proto, names, values);
}
function two_lines(proto: string, names: readonly string[], values: readonly number[]): string {
  return `${proto}: ${names.join(" ")}\n${proto}: ${values.join(" ")}\n`;
}

function mib_value(k: Kernel, name: (typeof MIB_NAMES)[number]): number {
  return k.mib[MIB_NAMES.indexOf(name)] as number;
}

function icmp_put(k: Kernel): string {
  const by_type = (dir: string): number[] =>
    ICMP_TYPES.map(([, type]) => k.icmpmsg.get(`${dir}Type${type}`) ?? 0);
  const names = (dir: string): string[] => ICMP_TYPES.map(([name]) => dir + name);
  return two_lines(
    "Icmp",
    ["InMsgs", "InErrors", ...names("In"), "OutMsgs", "OutErrors", ...names("Out")],
    [
      mib_value(k, "Icmp.InMsgs"),
      mib_value(k, "Icmp.InErrors"),
      ...by_type("In"),
      mib_value(k, "Icmp.OutMsgs"),
      mib_value(k, "Icmp.OutErrors"),
      ...by_type("Out"),
    ],
  );
}

/** Counters by type that have moved: what came in, then what went out. */
function icmpmsg_put(k: Kernel): string {
  const moved: [string, number][] = [];
  for (const dir of ["In", "Out"]) {
    for (let type = 0; type < 256; type++) {
      const value = k.icmpmsg.get(`${dir}Type${type}`) ?? 0;
      if (value !== 0) moved.push([`${dir}Type${type}`, value]);
    }
  }
  let s = "";
  for (let i = 0; i < moved.length; i += PERLINE) {
    const line = moved.slice(i, i + PERLINE);
    s += two_lines(
      "IcmpMsg",
      line.map(([name]) => name),
      line.map(([, value]) => value),
    );
  }
  return s;
}

function snmp_seq_show(k: Kernel): string {
  const [ip_names = "", ip_values = ""] = mib_lines(k, "Ip").split("\n");
  const forwarding = k.init_net.devconf_all.forwarding !== 0 ? 1 : 2;
  return (
    `${ip_names.replace("Ip:", "Ip: Forwarding DefaultTTL")}\n` +
    `${ip_values.replace("Ip:", `Ip: ${forwarding} ${k.sysctl_ip_default_ttl}`)}\n` +
    icmp_put(k) +
    icmpmsg_put(k) +
    `Tcp: ${TCP}\nTcp: ${TCP_VALUES}\n` +
    mib_lines(k, "Udp") +
    mib_lines(k, "UdpLite")
  );
}

function netstat_seq_show(k: Kernel): string {
  const names = TCP_EXT.split(" ");
  const values = names.map((name) => {
    if (name === "ArpFilter") return mib_value(k, "TcpExt.ArpFilter");
    return name === "TCPAbortOnData" ? mib_value(k, "TcpExt.TCPAbortOnData") : 0;
  });
  return `${two_lines("TcpExt", names, values)}${mib_lines(k, "IpExt")}`;
}

function sockstat_seq_show(k: Kernel): string {
  const inuse = (name: string): number => k.prot_inuse.get(name) ?? 0;
  return (
    `sockets: used ${k.sockets_in_use}\n` +
    `TCP: inuse ${inuse("TCP")} orphan 0 tw 0 alloc ${k.tcp_sockets_allocated} mem 0\n` +
    `UDP: inuse ${inuse("UDP")} mem ${k.udp_memory_allocated}\n` +
    `UDPLITE: inuse ${inuse("UDP-Lite")}\n` +
    `RAW: inuse ${inuse("RAW")}\n` +
    `FRAG: inuse ${k.ip4_frags.lru_list.length} memory ${k.frag_mem}\n`
  );
}

function dev_seq_show(k: Kernel): string {
  let s =
    "Inter-|   Receive                                                |  Transmit\n" +
    " face |bytes    packets errs drop fifo frame compressed multicast|" +
    "bytes    packets errs drop fifo colls carrier compressed\n";
  for (const dev of k.init_net.devices) {
    const t = dev.stats;
    const columns: readonly (readonly [number, number])[] = [
      [t.rx_bytes, 7],
      [t.rx_packets, 7],
      [t.rx_errors, 4],
      [t.rx_dropped, 4],
      [0, 4],
      [0, 5],
      [0, 10],
      [t.multicast, 9],
      [t.tx_bytes, 8],
      [t.tx_packets, 7],
      [t.tx_errors, 4],
      [t.tx_dropped, 4],
      [0, 4],
      [t.collisions, 5],
      [0, 7],
      [0, 10],
    ];
    s += `${dev.name.padStart(6)}: ${columns.map(([v, width]) => String(v).padStart(width)).join(" ")}\n`;
  }
  return s;
}

function softnet_seq_show(k: Kernel): string {
  const { processed, dropped, time_squeeze } = k.softnet;
  return `${[processed, dropped, time_squeeze, 0, 0, 0, 0, 0, 0, 0].map((v) => hex(v, 8)).join(" ")}\n`;
}

function rt_cpu_seq_show(k: Kernel): string {
  const names = MIB_NAMES.filter((name) => name.startsWith("rt."));
  const [in_hit, ...rest] = names.map((name) => hex(mib_value(k, name), 8));
  const inputs = [in_hit, ...rest.slice(0, 6)].join(" ");
  return (
    "entries  in_hit in_slow_tot in_slow_mc in_no_route in_brd in_martian_dst in_martian_src  " +
    "out_hit out_slow_tot out_slow_mc  gc_total gc_ignored gc_goal_miss gc_dst_overflow " +
    "in_hlist_search out_hlist_search\n" +
    `${hex(k.dst_entries, 8)}  ${inputs}  ${rest.slice(6).join(" ")} \n`
  );
}

function udp4_format_sock(sk: Sock, bucket: number): string {
  const inet = inet_sk(sk);
  const port = (v: number): string => hex(v, 4).toUpperCase();
  const upper = (v: number): string => hex(v, 8).toUpperCase();
  const seq = objectSeq(sk.oid);
  return [
    `${String(bucket).padStart(4)}:`,
    `${le32(inet.rcv_saddr)}:${port(inet.sport)}`,
    `${le32(inet.daddr)}:${port(inet.dport)}`,
    hex(sk.sk_state, 2).toUpperCase(),
    `${upper(sk.sk_wmem_alloc - 1)}:${upper(sk.sk_rmem_alloc)}`,
    "00:00000000",
    "00000000",
    // Sockets are root's.
    "0".padStart(5),
    "0".padStart(8),
    10_000 + seq,
    sk.sk_refcnt,
    `ffff8800${hex(seq * 0x400, 8)}`,
    sk.sk_drops,
  ].join(" ");
}
function udp4_seq_show(table: readonly (readonly Sock[])[]): string {
  const head =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops";
  let s = `${head.padEnd(ROW)}\n`;
  table.forEach((chain, bucket) => {
    for (const sk of chain.filter(({ sk_family }) => sk_family === AF_INET))
      s += `${udp4_format_sock(sk, bucket).padEnd(ROW)}\n`;
  });
  return s;
}

function arp_seq_show(k: Kernel): string {
  let s = "IP address       HW type     Flags       HW address            Mask     Device\n";
  for (const n of k.arp_tbl) {
    if ((n.nud_state & ~NUD_NOARP) === 0) continue;
    const permanent = (n.nud_state & NUD_PERMANENT) !== 0;
    const flags = permanent ? 6 : (n.nud_state & NUD_VALID) !== 0 ? 2 : 0;
    const address = formatIpv4(n.primary_key).padEnd(16);
    const type = n.dev.type.toString(16).padEnd(10);
    const mac = formatMac(n.ha, 0, n.dev.addr_len);
    s += `${address} 0x${type}0x${flags.toString(16).padEnd(10)}${mac}     *        ${n.dev.name}\n`;
  }
  return s;
}

function rt_cache_seq_show(k: Kernel): string {
  const head =
    "Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tTOS\tHHRef\tHHUptod\tSpecDst";
  let s = `${head.padEnd(ROW)}\n`;
  for (const line of rt_cache_dump(k)) {
    const columns = line.split(" ");
    columns[3] = (columns[3] as string).padStart(8);
    s += `${columns.join("\t").padEnd(ROW)}\n`;
  }
  return s;
}

const FILES: Readonly<Record<string, (k: Kernel) => string>> = {
  snmp: snmp_seq_show,
  netstat: netstat_seq_show,
  sockstat: sockstat_seq_show,
  dev: dev_seq_show,
  softnet_stat: softnet_seq_show,
  "stat/rt_cache": rt_cpu_seq_show,
  udp: (k) => udp4_seq_show(k.udp_table),
  udplite: (k) => udp4_seq_show(k.udplite_table),
  arp: arp_seq_show,
  rt_cache: rt_cache_seq_show,
  route: (k) => fib_seq_show(k.init_net.fib_tables.get(RT_TABLE_MAIN) ?? null),
  igmp: igmp_mc_seq_show,
  mcfilter: igmp_mcf_seq_show,
};

/** A file of /proc/net (`/proc/net/snmp`, `net/snmp` or `snmp`) or of /proc/sys/net; undefined where there is none. */
export function proc_read(k: Kernel, path: string): string | undefined {
  const sys = /^\/proc\/sys\/(net\/.*)$/.exec(path);
  if (sys !== null) {
    const value = sysctl_read(k, sys[1] as string);
    return value === undefined ? undefined : `${value}\n`;
  }
  const name = path.replace(/^(?:\/proc\/)?(?:self\/)?net\//, "");
  return Object.hasOwn(FILES, name) ? FILES[name]?.(k) : undefined;
}
