// SPDX-License-Identifier: GPL-2.0-only
/**
 * One simulated machine: every variable that the C files keep at file scope, gathered in one object, and the few
 * services of the kernel's core that the network code leans on (jiffies, timers, softirqs, randomness, tasks).
 */

import { type Kind, type Named, objectId, type Recorder } from "../../trace/record.ts";
import { note } from "../../trace/traced.ts";
import type { Build } from "../release.ts";
import type { File, NetProtoFamily, ProtoOps } from "./include/linux/net.ts";
import type { InDevice, Ipv4Devconf, NetDevice, SoftnetData } from "./include/linux/netdevice.ts";
import type { SkBuff } from "./include/linux/skbuff.ts";
import { SkBuffHead } from "./include/linux/struct_skbuff.ts";
import type { DstEntry } from "./include/net/dst.ts";
import type { InetFrags } from "./include/net/inet_frag.ts";
import type { InetHashinfo } from "./include/net/inet_hashtables.ts";
import type { InetSock } from "./include/net/inet_sock.ts";
import type { FibInfo, FibRule, FibTable } from "./include/net/ip_fib.ts";
import type { Neighbour, NeighParms } from "./include/net/neighbour.ts";
import type { InetPeer, Rtable } from "./include/net/route.ts";
import type { Qdisc } from "./include/net/sch_generic.ts";
import { MIB_NAMES } from "./include/net/snmp.ts";
import type { Proto, Sock } from "./include/net/sock.ts";
import type { FlowCacheEntry, XfrmPolicy } from "./include/net/xfrm.ts";
import type { MrTable } from "./net/ipv4/ipmr.ts";
import type { FilterTable } from "./net/ipv4/netfilter/ip_tables.ts";
import type { NoWayIn } from "./net/ipv4/route.ts";

export { KernelPanic } from "../release.ts";

export const TIMER_SOFTIRQ = 1;
export const NET_TX_SOFTIRQ = 2;
export const NET_RX_SOFTIRQ = 3;

/** A kernel timer: `expires` in jiffies, pending while on the machine's list. */
export interface Timer {
  expires: number;
  /** The tick at which it runs. */
  due: number;
  pending: boolean;
  readonly function: (k: Kernel) => void;
  /** What a trace calls it, where it is no timer but something else that happens at its time. */
  readonly context?: string;
}

/** The network namespace; a machine has the one. Sysctls that el6 keeps per namespace live here. */
export interface Net {
  readonly oid: number;
  loopback_dev: NetDevice;
  /** In order of registration (dev_base_head). */
  devices: NetDevice[];
  /** By name and by number. */
  readonly dev_name_head: Map<string, NetDevice>;
  readonly dev_index_head: Map<number, NetDevice>;
  /** Rules that go to one that is not there (struct fib_rules_ops: unresolved_rules). */
  unresolved_rules: number;
  devconf_all: Ipv4Devconf;
  devconf_dflt: Ipv4Devconf;
  /** devconf_dflt's bitmap: what somebody has set there, which a new device's copy then counts as set, too. */
  devconf_dflt_state: Set<keyof Ipv4Devconf>;
  /** By table id. */
  fib_tables: Map<number, FibTable>;
  rules: FibRule[];
  rt_genid: number;
  icmp_sk: Sock;
  sysctl_icmp_echo_ignore_all: number;
  sysctl_icmp_echo_ignore_broadcasts: number;
  sysctl_icmp_ignore_bogus_error_responses: number;
  /** Jiffies. */
  sysctl_icmp_ratelimit: number;
  sysctl_icmp_ratemask: number;
  sysctl_icmp_errors_use_inbound_ifaddr: number;
  sysctl_ip_fwd_use_pmtu: number;
  sysctl_rt_cache_rebuild_count: number;
  current_rt_cache_rebuild_count: number;
  sysctl_somaxconn: number;
}

/** A choice that the machine left open and the caller may make: an ephemeral port, an IP id, plain randomness. */
export interface Randomness {
  /** 32 random bits (net_random, get_random_bytes). `what` names the use. */
  u32(what: string): number;
  /** Does a tick of the clock fall into this piece of work? Absent: simulated work takes no time. */
  tick?(what: string): boolean;
  /** For how many of the RCU callbacks that wait is the grace period over? Absent: for all. */
  grace?(waiting: number): number;
}

/** What a tap on every device is told (AF_PACKET on ptype_all). `bytes` is the tap's own copy. */
export type Tap = (dev: NetDevice, type: number, skb: SkBuff, bytes: Uint8Array) => void;

/** The task that makes the system calls. */
export interface Task {
  pid: number;
  uid: number;
  /** CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE together: root has them. */
  capable: boolean;
  classid: number;
  prioidx: number;
  /** Resource limits, which threads share: RLIMIT_NOFILE. */
  readonly rlim: { nofile: number };
}

/** What the way in which it was built changes of a kernel. */
class Built {
  readonly build: Build;
  /** Timer interrupts a second. */
  readonly HZ: number;
  /** Nanoseconds from one to the next. */
  readonly tick_ns: bigint;

  constructor(build: Build) {
    this.build = build;
    this.HZ = build === "stock" ? 1000 : 100;
    this.tick_ns = BigInt(1_000_000_000 / this.HZ);
  }
}

export class Kernel extends Built {
  rec: Recorder | null = null;
  /** While nothing else of it is recorded: who is told of the counters that move all the same. */
  tally: Recorder | null = null;
  tap: Tap | null = null;
  readonly random: Randomness;
  /** Names of objects that have one, by trace id, for events. */
  readonly object_names: Map<number, string> = new Map();
  /** The last number given to an object of each kind. */
  readonly seqs: Partial<Record<Kind, number>> = {};

  // --- time: kernel/timer.c ------------------------------------------------
  /** Since boot, in HZ. */
  jiffies = 30_000;
  /** Nanoseconds of the wall clock; the same at each start. */
  now = 1_500_000_000_000_000_000n;
  readonly timers: Timer[] = [];

  // --- kernel/softirq.c ----------------------------------------------------
  bh_depth = 0;
  /** 1 while a softirq runs: no nesting. */
  in_softirq = 0;
  softirq_pending = 0;
  readonly softirq_vec: ((k: Kernel) => void)[] = [];
  /** What net_tx_action and net_rx_action are handed. */
  readonly net_tx_softirq: Named = this.variable("softirq_vec[NET_TX_SOFTIRQ]");
  readonly net_rx_softirq: Named = this.variable("softirq_vec[NET_RX_SOFTIRQ]");

  /** What waits until the task leaves the kernel: RCU callbacks and work for the events thread. */
  readonly deferred: (() => void)[] = [];
  /** RCU callbacks that wait for longer than that. */
  readonly rcu_held: (() => void)[] = [];

  // --- tasks, files --------------------------------------------------------
  /** TIF_SIGPENDING of the task whose call it is. */
  signal_pending = false;
  current: Task = { pid: 1000, uid: 0, capable: true, classid: 0, prioidx: 0, rlim: { nofile: 1024 } };
  /** The current task's descriptors. */
  files: Map<number, File> = new Map();
  /** Every task by the number that the machine's user gave it (tasks.ts). */
  readonly tasks: Map<number, { readonly task: Task; readonly files: Map<number, File> }> = new Map([
    [0, { task: this.current, files: this.files }],
  ]);
  /** The socket that inet_ehash_secret is to favour among those that share its port: the secret is not said otherwise. */
  favoured_sk: Sock | null = null;
  /** Descriptor that the next file gets if it is free. */
  wanted_fd: number | undefined = undefined;

  // --- counters ------------------------------------------------------------
  readonly mib: Float64Array = new Float64Array(MIB_NAMES.length);
  readonly icmpmsg: Map<string, number> = new Map();

  // --- the namespace -------------------------------------------------------
  init_net!: Net;

  // --- net/core/dev.c ------------------------------------------------------
  next_ifindex = 1;
  readonly softnet: SoftnetData = {
    ...this.variable("softnet_data"),
    backlog: this.variable("softnet_data.backlog"),
    output_queue: [],
    completion_queue: [],
    input_pkt_queue: [],
    input_queue_head: 0,
    backlog_scheduled: false,
    backlog_weight: 64,
    processed: 0,
    dropped: 0,
    time_squeeze: 0,
  };
  netdev_max_backlog = 1000;
  netdev_budget = 300;
  weight_p = 64;
  netstamp_needed = 0;
  /** Devices that were unregistered under the configuration lock. */
  readonly net_todo_list: NetDevice[] = [];
  /** dev_add_pack: handlers by ethertype. */
  readonly ptype: Map<number, (k: Kernel, skb: SkBuff, dev: NetDevice) => number> = new Map();

  // --- net/core/link_watch.c -------------------------------------------------
  readonly lweventlist: NetDevice[] = [];
  linkwatch_nextevent = 0;
  linkwatch_urgent = false;
  linkwatch_work!: Timer;
  readonly linkwatch_work_struct: Named = this.variable("linkwatch_work");

  // --- net/sched/sch_generic.c -------------------------------------------------
  /** The built-in disciplines that all devices share. */
  noop_qdisc!: Qdisc;
  noqueue_qdisc!: Qdisc;

  // --- net/core/sock.c, net/socket.c, sysctl net.core -----------------------
  sysctl_wmem_max = 124928;
  sysctl_rmem_max = 124928;
  sysctl_wmem_default = 124928;
  sysctl_rmem_default = 124928;
  sysctl_optmem_max = 20480;
  sockets_in_use = 0;
  /** net_families: sock_register()ed makers of sockets, by domain. */
  readonly net_families: Map<number, NetProtoFamily> = new Map();
  /** net->core.inuse: sockets by name of their protocol, as /proc/net/protocols counts them. */
  readonly prot_inuse: Map<string, number> = new Map();

  // --- net/ipv4/af_inet.c: inet_add_protocol --------------------------------
  readonly inet_protos: Map<number, InetProtocol> = new Map();
  /** inet_add_offload: who segments, by protocol. */
  readonly inet_offloads: Map<number, NetOffload> = new Map();
  /** inetsw: what inet_create can make, by type of socket. */
  readonly inetsw: InetProtosw[][] = Array.from({ length: 11 }, () => []);

  // --- net/ipv4/ip_sockglue.c -------------------------------------------------
  /** Raw sockets with IP_ROUTER_ALERT. */
  readonly ip_ra_chain: IpRaChain[] = [];

  // --- net/ipv4/udp.c, udplite.c --------------------------------------------
  /** UDP_HTABLE_SIZE chains; the newest socket is the head (index 0). */
  readonly udp_table: Sock[][] = Array.from({ length: 128 }, () => []);
  readonly udplite_table: Sock[][] = Array.from({ length: 128 }, () => []);
  sysctl_udp_mem: [number, number, number] = [185_472, 247_296, 370_944];
  sysctl_udp_rmem_min = 4096;
  sysctl_udp_wmem_min = 4096;
  udp_memory_allocated = 0;
  /** net/ipv4/ping.c: the newest socket first. */
  readonly ping_table: Sock[] = [];
  ping_port_rover = 0;
  sysctl_ping_group_range: [number, number] = [1, 0];
  readonly raw_htable: Sock[][] = Array.from({ length: 256 }, () => []);

  // --- net/ipv4/tcp_ipv4.c ---------------------------------------------------
  readonly tcp_hashinfo: InetHashinfo = { bhash: new Map(), bsockets: 0 };
  tcp_sockets_allocated = 0;

  // --- net/ipv4/inet_connection_sock.c ---------------------------------------
  sysctl_local_ports: [number, number] = [32768, 60999];
  readonly sysctl_local_reserved_ports: Set<number> = new Set();
  sysctl_ip_nonlocal_bind = 0;
  sysctl_ip_default_ttl = 64;
  sysctl_ip_dynaddr = 0;
  sysctl_ip_no_pmtu_disc = 0;

  // --- net/ipv4/route.c ------------------------------------------------------
  /** rt_hash_table: chains of route cache entries by the whole 32-bit hash; the newest is at index 0. */
  readonly rt_hash_table: Map<number, Rtable[]> = new Map();
  /** Size of the real table minus one: what garbage collection aims at. */
  rt_hash_mask = 0xffff;
  rt_hash_log = 16;
  /** ipv4_dst_ops.entries. */
  dst_entries = 0;
  ip_rt_gc_timeout = 300 * this.HZ;
  ip_rt_max_size = 0x100000;
  ip_rt_gc_min_interval = this.HZ / 2;
  ip_rt_gc_interval = 60 * this.HZ;
  ip_rt_gc_elasticity = 8;
  /** ipv4_dst_ops.gc_thresh. */
  ip_rt_gc_thresh = 0x10000;
  ip_rt_mtu_expires = 10 * 60 * this.HZ;
  ip_rt_min_pmtu = 512 + 20 + 20;
  ip_rt_min_advmss = 256;
  ip_rt_error_cost = this.HZ;
  ip_rt_error_burst = 5 * this.HZ;
  ip_rt_redirect_number = 9;
  ip_rt_redirect_load = Math.trunc(this.HZ / 50);
  ip_rt_redirect_silence = Math.trunc(this.HZ / 50) << (9 + 1);
  ip_rt_secret_interval = 10 * 60 * this.HZ;
  rt_chain_length_max = 20;
  ip_fallback_id = 0;
  rt_secret_timer!: Timer;
  /** Static variables of rt_check_expire and __do_rt_garbage_collect. */
  rt_expires_work!: Timer;
  rt_expires_ljiffies = 0;
  rt_expires_rover = 0;
  rt_gc_rover = 0;
  rt_gc_expire = 300 * this.HZ;
  rt_gc_last = 0;
  rt_gc_equilibrium = 0;
  /** rt_gc_worker waits. */
  rt_gc_pending = false;

  // --- net/core/dst.c --------------------------------------------------------
  /** Entries that are dead but still referenced (dst_garbage.list and dst_busy_list). */
  dst_garbage: DstEntry[] = [];
  dst_gc_work!: Timer;
  dst_gc_timer_inc = 120 * this.HZ;
  dst_gc_timer_expires = 0;

  // --- net/xfrm ----------------------------------------------------------------
  /** Output policies, in order of priority, then age. */
  readonly xfrm_policies: XfrmPolicy[] = [];
  xfrm_acqseq = 0;
  readonly flow_cache: Map<number, FlowCacheEntry[]> = new Map();
  flow_cache_genid = 0;
  sysctl_xfrm_larval_drop = 1;

  // --- net/ipv4/inetpeer.c ---------------------------------------------------
  readonly peers: Map<number, InetPeer> = new Map();
  /** Has the machine talked to every address before, as the recorded one had? */
  peers_known = true;
  /** Peers without users, the longest unused first. */
  readonly unused_peers: InetPeer[] = [];
  inet_peer_threshold = 65536 + 128;
  inet_peer_minttl = 120 * this.HZ;
  inet_peer_maxttl = 10 * 60 * this.HZ;
  inet_peer_gc_mintime = 10 * this.HZ;
  inet_peer_gc_maxtime = 120 * this.HZ;
  peer_periodic_timer!: Timer;

  // --- net/ipv4/fib_*.c, net/core/fib_rules.c --------------------------------
  /** fib_info_hash: all infos, oldest first. */
  readonly fib_infos = new Set<FibInfo>();
  /** …by what makes them equal, by the source they prefer, by the device they lead to. */
  readonly fib_info_hash = new Map<string, Set<FibInfo>>();
  readonly fib_info_laddrhash = new Map<number, Set<FibInfo>>();
  readonly fib_info_devhash = new Map<number, Set<FibInfo>>();
  /** Those with a next hop that has died. */
  readonly fib_infos_dead = new Set<FibInfo>();

  // --- net/core/neighbour.c, net/ipv4/arp.c ----------------------------------
  arp_tbl_parms!: NeighParms;
  /** The table itself, and its work, where a function is handed them: what the table holds is in the arp_ variables. */
  readonly arp_neigh_table: Named = this.variable("arp_tbl");
  readonly arp_gc_work_struct: Named = this.variable("arp_tbl.gc_work");
  readonly arp_tbl: Neighbour[] = [];
  arp_gc_thresh1 = 128;
  arp_gc_thresh2 = 512;
  arp_gc_thresh3 = 1024;
  arp_last_flush = 0;
  arp_last_rand = 0;
  /** arp_tbl.entries: also those that left the table but are still held. */
  arp_entries = 0;
  arp_gc_work!: Timer;
  /** Requests that are answered for others, after a delay. */
  readonly arp_proxy_queue: SkBuffHead = new SkBuffHead();
  arp_proxy_timer!: Timer;

  // --- net/ipv4/ip_fragment.c -------------------------------------------------
  sysctl_ipfrag_high_thresh = 4 * 1024 * 1024;
  sysctl_ipfrag_low_thresh = 3 * 1024 * 1024;
  sysctl_ipfrag_time = 30 * this.HZ;
  sysctl_ipfrag_max_dist = 64;
  /** netns_frags.mem, a percpu_counter: with this CPU's own part, and without. */
  frag_mem = 0;
  frag_mem_handed_in = 0;
  sysctl_ipfrag_secret_interval = 600 * this.HZ;
  /** ip4_frags: datagrams that wait for their fragments. */
  ip4_frags!: InetFrags;

  // --- net/ipv4/igmp.c ---------------------------------------------------------
  sysctl_igmp_max_memberships = 20;
  sysctl_igmp_max_msf = 10;

  // --- net/ipv4/ipmr.c -----------------------------------------------------------
  /** Multicast routing: its tables, and the rules that choose among them. */
  readonly mr_tables: MrTable[] = [];
  readonly mr_rules: FibRule[] = [];

  // --- net/netfilter/core.c ------------------------------------------------------
  /** Hooks of PF_INET by hook number: netfilter is loaded only where a scenario asks for it. */
  readonly nf_hooks: NfHook[][] = [[], [], [], [], []];
  /** net/ipv4/netfilter/iptable_filter.c: the table, by chain; null until somebody uses it. */
  filter_table: FilterTable | null = null;

  // --- net/core/utils.c: net_ratelimit() ------------------------------------------
  ratelimit_begin = 0;
  ratelimit_printed = 0;
  ratelimit_missed = 0;
  /** printk lines, as dmesg would show them. */
  readonly log: string[] = [];

  constructor(random: Randomness, build: Build) {
    super(build);
    this.random = random;
    this.softirq_vec[TIMER_SOFTIRQ] = run_timers;
  }

  /** Packets so far: a fresh number for one that begins here. */
  packets = 0;

  /** A variable at file scope that functions are handed: events call it by its name. */
  private variable(name: string): Named {
    const oid = this.oid("var");
    this.object_names.set(oid, name);
    return { oid };
  }
  /** Why ip_route_input last found no route for a packet, for whoever drops it. */
  no_way_in: NoWayIn | null = null;

  /** A fresh trace id. */
  oid(kind: Kind): number {
    const seq = (this.seqs[kind] ?? 0) + 1;
    this.seqs[kind] = seq;
    return objectId(kind, seq);
  }
}

/** struct net_protocol (include/net/protocol.h). */
export interface InetProtocol {
  readonly handler: (k: Kernel, skb: SkBuff) => number;
  readonly err_handler: ((k: Kernel, skb: SkBuff, info: number) => void) | null;
  readonly no_policy: boolean;
}

/** struct net_offload (include/net/protocol.h). */
export interface NetOffload {
  readonly gso_send_check: (k: Kernel, skb: SkBuff) => number;
  readonly gso_segment: (k: Kernel, skb: SkBuff, features: number) => SkBuff | number | null;
}

/** struct inet_protosw (include/net/protocol.h): one kind of socket that inet_create can make. */
export interface InetProtosw {
  readonly type: number;
  readonly protocol: number;
  readonly prot: Proto;
  readonly ops: ProtoOps;
  readonly no_check: number;
  readonly flags: number;
}

/** struct ip_ra_chain: a raw socket that wants router alerts. */
export interface IpRaChain {
  readonly sk: InetSock;
  readonly destructor: ((k: Kernel, sk: Sock) => void) | null;
}

export const NF_DROP = 0;
export const NF_ACCEPT = 1;
/** struct nf_hook_ops: returns NF_DROP or NF_ACCEPT (with an errno in the upper half, as NF_DROP_ERR). */
export interface NfHook {
  readonly name: string;
  readonly hook: (
    k: Kernel,
    hooknum: number,
    skb: SkBuff,
    dev_in: NetDevice | null,
    dev_out: NetDevice | null,
  ) => number;
}

/** local_bh_disable, spin_lock_bh, rcu_read_lock_bh. */
export function local_bh_disable(k: Kernel): void {
  k.bh_depth++;
}

/** local_bh_enable, spin_unlock_bh, rcu_read_unlock_bh: pending softirqs run here, in the caller's stack. */
export function local_bh_enable(k: Kernel): void {
  k.bh_depth--;
  if (k.softirq_pending !== 0 && k.bh_depth === 0 && k.in_softirq === 0) do_softirq(k);
}

/** Rounds of softirqs that one call of __do_softirq makes. */
const MAX_SOFTIRQ_RESTART = 10;

/** Run what is pending, lowest vector first, again while it raises more (kernel/softirq.c, __do_softirq). */
export function do_softirq(k: Kernel): void {
  if (k.in_softirq !== 0) return;
  k.in_softirq = 1;
  k.bh_depth++;
  k.rec?.context("softirq", true);
  // What is left after MAX_SOFTIRQ_RESTART rounds is ksoftirqd's, which runs before the task goes on. Where it gets
  // nowhere either (netdev_budget lets no packet through), packets wait, and so does the softirq.
  for (let idle = 0; k.softirq_pending !== 0 && idle < MAX_SOFTIRQ_RESTART; ) {
    const pending = k.softirq_pending;
    const { processed } = k.softnet;
    k.softirq_pending = 0;
    for (let vec = 0; pending >> vec !== 0; vec++) {
      if ((pending & (1 << vec)) !== 0) k.softirq_vec[vec]?.(k);
    }
    idle = pending === 1 << NET_RX_SOFTIRQ && processed === k.softnet.processed ? idle + 1 : 0;
  }
  k.rec?.context("softirq", false);
  k.bh_depth--;
  k.in_softirq = 0;
}

/** Do what is nobody's system call: nothing of it is recorded but the counters that it moves, under a context's name. */
export function untold<T>(k: Kernel, context: string, work: () => T): T {
  const { rec, tally } = k;
  const told = rec ?? tally;
  const opened = told?.contextOn(context) ?? 0;
  k.rec = null;
  k.tally = told;
  try {
    return work();
  } finally {
    told?.contextOff(context, opened);
    k.rec = rec;
    k.tally = tally;
  }
}

/** A softirq raised with bottom halves enabled wakes the thread ksoftirqd, which runs when the task gives up the CPU. */
export function ksoftirqd(k: Kernel): void {
  if (k.softirq_pending !== 0) untold(k, "ksoftirqd", () => do_softirq(k));
}

export function raise_softirq(k: Kernel, vec: number): void {
  k.softirq_pending |= 1 << vec;
}

/** call_rcu: run when nobody can be in the midst of a read any more. */
export function call_rcu(k: Kernel, fn: () => void): void {
  if (k.random.grace === undefined) k.deferred.push(fn);
  else k.rcu_held.push(fn);
}

/** schedule_work: run when the task has left the kernel, not in its system call. */
export function defer(k: Kernel, fn: () => void): void {
  k.deferred.push(fn);
}

/** Run what {@link defer} and {@link call_rcu} put off. */
export function run_deferred(k: Kernel): void {
  if (k.rcu_held.length > 0) k.deferred.push(...k.rcu_held.splice(0, k.random.grace?.(k.rcu_held.length)));
  if (k.deferred.length > 0) untold(k, "deferred work", () => run_all(k));
}

function run_all(k: Kernel): void {
  for (let i = 0; i < k.deferred.length; i++) (k.deferred[i] as () => void)();
  k.deferred.length = 0;
}

export function new_timer(fn: (k: Kernel) => void, context?: string): Timer {
  return { expires: 0, due: 0, pending: false, function: fn, ...(context === undefined ? {} : { context }) };
}
/** mod_timer: arm, or move. Returns whether it was pending. */
export function mod_timer(k: Kernel, timer: Timer, expires: number): boolean {
  const was = del_timer(k, timer);
  timer.expires = expires;
  // internal_add_timer: what is due already runs at the next tick, so a timer that arms itself runs once a tick.
  timer.due = Math.max(expires, k.jiffies + 1);
  timer.pending = true;
  // Kept in order of expiry; equals in order of arming, as the timer wheel runs them.
  let i = k.timers.length;
  while (i > 0 && (k.timers[i - 1] as Timer).due > timer.due) i--;
  k.timers.splice(i, 0, timer);
  return was;
}
/** Something that is no timer happens in this tick, after what is due in it: as soon as the clock's turn comes. */
export function within_tick(k: Kernel, event: Timer): void {
  mod_timer(k, event, k.jiffies);
  event.due = k.jiffies;
  k.timers.splice(k.timers.indexOf(event), 1);
  const at = k.timers.findIndex(({ due }) => due > event.due);
  k.timers.splice(at < 0 ? k.timers.length : at, 0, event);
}
export function del_timer(k: Kernel, timer: Timer): boolean {
  if (!timer.pending) return false;
  timer.pending = false;
  k.timers.splice(k.timers.indexOf(timer), 1);
  return true;
}

/** ktime_get_real, in microseconds: so many nanoseconds would not fit a number. */
export function ktime_get_real(k: Kernel): number {
  return Number(k.now / 1000n);
}

/** The timer interrupt in the midst of some work: the clock moves on, and timers wait for the next softirq. */
export function tick(k: Kernel): void {
  k.jiffies++;
  k.now += k.tick_ns;
  raise_softirq(k, TIMER_SOFTIRQ);
}

/** run_timer_softirq: every timer that has expired. */
export function run_timers(k: Kernel): void {
  while (k.timers.length > 0 && (k.timers[0] as Timer).due <= k.jiffies) {
    const timer = k.timers[0] as Timer;
    del_timer(k, timer);
    const context = timer.context ?? "timer";
    k.rec?.context(context, true);
    k.bh_depth++;
    timer.function(k);
    k.bh_depth--;
    k.rec?.context(context, false);
  }
}

/** Let time pass: the clock moves tick by tick and timers run in softirq context as they expire. */
export function advance(k: Kernel, ticks: number): void {
  ksoftirqd(k);
  run_deferred(k);
  const until = k.jiffies + ticks;
  for (let rounds = 0; k.timers.length > 0 && (k.timers[0] as Timer).due <= until; rounds++) {
    if (rounds >= MANY) {
      too_long(k);
      break;
    }
    const timer = k.timers[0] as Timer;
    pass(k, timer.due - k.jiffies);
    run_timers(k);
    if (k.softirq_pending !== 0 && k.bh_depth === 0) do_softirq(k);
    run_deferred(k);
  }
  pass(k, until - k.jiffies);
}

/** So many timers run in one sleep (six days of an idle machine's): what is longer passes without them. */
const MANY = 50_000;
function too_long(k: Kernel): void {
  note(k, "not modelled: timers during the rest of so long a sleep");
}

/** A trace tells no longer time at once, in ms. */
const LONGEST_PASS = 0x7fffffff;

/** So many ticks in which nothing runs. */
function pass(k: Kernel, ticks: number): void {
  if (ticks <= 0) return;
  k.now += k.tick_ns * BigInt(ticks);
  k.jiffies += ticks;
  const most = (LONGEST_PASS * k.HZ) / 1000;
  for (let left = ticks; left > 0; left -= most) k.rec?.clock((Math.min(left, most) * 1000) / k.HZ);
}

/** A sleep without end is given up after so many seconds: nothing that could wake it is left to happen. */
const PATIENCE = 3600;
/** …or of timers that ran and woke nobody. */
const ROUNDS = 10_000;
/** A sleep of more seconds (thirty years) has no end for anybody. */
const FOR_EVER = 1e9 + 1;

/** Let time pass until `woken`, or until `timeo` jiffies are over: those left, or -1 for a sleep without end. */
export function sleep(k: Kernel, woken: () => boolean, timeo: number): number {
  let left = timeo > FOR_EVER * k.HZ ? Number.POSITIVE_INFINITY : timeo;
  let slept = 0;
  for (let rounds = 0; !woken() && left > 0; rounds++) {
    const timer = k.timers[0];
    const hopeless = timer === undefined || slept > PATIENCE * k.HZ || rounds > ROUNDS;
    if (left === Number.POSITIVE_INFINITY && hopeless) return -1;
    const step = Math.max(1, Math.min(left, timer === undefined ? left : timer.due - k.jiffies));
    if (rounds >= MANY) {
      too_long(k);
      pass(k, left);
      return 0;
    }
    advance(k, step);
    left -= step;
    slept += step;
  }
  return left;
}

export function capable(k: Kernel): boolean {
  return k.current.capable;
}

/** printk: a line for dmesg. */
export function printk(k: Kernel, line: string): void {
  k.log.push(line);
}

/** IN_DEV_CONF_GET through the device's own table. */
export function in_dev_conf(idev: InDevice, name: keyof Ipv4Devconf): number {
  return idev.cnf[name];
}
