// SPDX-License-Identifier: GPL-2.0-only
/** How values print: by the kernel's naming convention for parameters, one table. */
import { errnoName } from "../uapi/errno.ts";
import { IPPROTO_NAMES } from "../uapi/in.ts";
import { MSG_FLAGS, SOL_SOCKET } from "../uapi/socket.ts";
import { optionName, SOL_NAMES } from "../uapi/sockopt.ts";
import { flagNames, nameOf, type Xlat } from "../uapi/xlat.ts";
import { formatIpv4 } from "../wire/ipv4.ts";
import type { Value } from "./event.ts";

const ADDRESSES: ReadonlySet<string> = new Set([
  "daddr",
  "saddr",
  "addr",
  "dst",
  "src",
  "gw",
  "faddr",
  "gateway",
  "rt_dst",
  "rt_src",
  "rt_gateway",
  "rt_spec_dst",
  "spec_dst",
  "loc_addr",
  "rmt_addr",
  "prefsrc",
  "local",
  "peer",
  "via",
  "source",
  "ifa_local",
  "key",
  "pkey",
  "mc_addr",
  "multiaddr",
  "group",
  "tip",
  "sip",
  "rcv_saddr",
  "bound",
  "nexthop",
  "old_gw",
  "new_gw",
  "fl4_dst",
  "fl4_src",
  "sin_addr",
  "dest_ip",
  "src_ip",
  "imr_multiaddr",
  "imr_address",
  "ifaddr",
  "broadcast",
  "address",
  "fib_prefsrc",
  "mask",
  "opt_faddr",
  "src_addr",
]);
const HEX16: ReadonlySet<string> = new Set([
  "protocol",
  "check",
  "csum",
  "eth_type",
  "ethertype",
  "frag_off",
]);
const HEX32: ReadonlySet<string> = new Set(["rt_flags", "features", "mark", "handle"]);

const ETHERTYPED: ReadonlySet<string> = new Set(["dev_hard_header", "eth_header"]);

/** Named values that belong together: arguments of a call, facts of a note. */
type Values = Readonly<Record<string, Value>>;

/** A value of the parameter or fact called `name`; `fn` and `beside` where its meaning depends on the function, or on its other values. */
export function show(name: string, value: Value, fn = "", beside: Values = {}): string {
  if (typeof value === "number") {
    if (name === "optname") return showOption(value, beside["level"], fn);
    return showNumber(name, value, fn);
  }
  if (value === null) return "NULL";
  if (typeof value === "string") return showText(name, value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value))
    return `[${(value as readonly Value[]).map((v) => show(name, v, fn)).join(", ")}]`;
  return `{${showFacts(value as Values, fn)}}`;
}

/** `a=1 b=127.0.0.1` of named values. */
export function showFacts(facts: Values, fn = ""): string {
  let all = "";
  for (const name in facts)
    all += `${all === "" ? "" : " "}${name}=${show(name, facts[name] as Value, fn, facts)}`;
  return all;
}

function showText(_name: string, value: string): string {
  return value.startsWith("dst#") ? `rt${value.slice(3)}` : value;
}

const TABLES: Xlat = [
  ["local", 255],
  ["main", 254],
  ["default", 253],
];
const SCOPES: Xlat = [
  ["universe", 0],
  ["site", 200],
  ["link", 253],
  ["host", 254],
  ["nowhere", 255],
];
const CHECKSUMS: Xlat = [
  ["CHECKSUM_NONE", 0],
  ["CHECKSUM_UNNECESSARY", 1],
  ["CHECKSUM_COMPLETE", 2],
  ["CHECKSUM_PARTIAL", 3],
];
const HOOKS: Xlat = [
  ["NF_INET_PRE_ROUTING", 0],
  ["NF_INET_LOCAL_IN", 1],
  ["NF_INET_FORWARD", 2],
  ["NF_INET_LOCAL_OUT", 3],
  ["NF_INET_POST_ROUTING", 4],
];
const NUD: Xlat = [
  ["NUD_INCOMPLETE", 1],
  ["NUD_REACHABLE", 2],
  ["NUD_STALE", 4],
  ["NUD_DELAY", 8],
  ["NUD_PROBE", 16],
  ["NUD_FAILED", 32],
  ["NUD_NOARP", 64],
  ["NUD_PERMANENT", 128],
];
const RTCF: Xlat = [
  ["RTCF_BROADCAST", 0x10000000],
  ["RTCF_MULTICAST", 0x20000000],
  ["RTCF_LOCAL", 0x80000000],
];

/** Names of values that mean the same whichever function says them. */
const NAMED: ReadonlyMap<string, (v: number) => string | undefined> = new Map<
  string,
  (v: number) => string | undefined
>([
  ["table", (v) => nameOf(TABLES, v)],
  ["scope", (v) => nameOf(SCOPES, v)],
  ["ip_summed", (v) => nameOf(CHECKSUMS, v)],
  ["hook", (v) => nameOf(HOOKS, v)],
  ["nud_state", (v) => (v === 0 ? "NUD_NONE" : flagNames(NUD, v))],
  ["errno", (v) => errnoName(Math.abs(v))],
  ["level", (v) => nameOf(SOL_NAMES, v)],
]);

/** An option by the name that it has at its level: the one said beside it, or that of the function. */
function showOption(optname: number, level: Value | undefined, fn: string): string {
  const at = typeof level === "number" ? level : fn.startsWith("sock_") ? SOL_SOCKET : -1;
  return optionName(at, optname) ?? String(optname);
}

function showNumber(name: string, value: number, fn: string): string {
  const named = NAMED.get(name)?.(value);
  if (named !== undefined) return named;
  if (name === "flags" && fn.endsWith("mkroute_output")) return flagNames(RTCF, value);
  if (name === "type" && ETHERTYPED.has(fn)) return ETHERTYPE(value);
  if (ADDRESSES.has(name)) return formatIpv4(value >>> 0);
  if (name === "flags" || name === "msg_flags")
    return isMsgFlags(fn) ? flagNames(MSG_FLAGS, value) : hexIfFlags(value);
  if (name === "ret" || name === "err" || name === "errno") return showErrno(value);
  if (name === "proto" || name === "sk_protocol") return nameOf(IPPROTO_NAMES, value) ?? String(value);
  if (HEX16.has(name)) return `0x${(value & 0xffff).toString(16).padStart(4, "0")}`;
  if (HEX32.has(name)) return value === 0 ? "0" : `0x${(value >>> 0).toString(16)}`;
  return String(value);
}

function hexIfFlags(value: number): string {
  return value > 9 || value < 0 ? `0x${(value >>> 0).toString(16)}` : String(value);
}

/** How functions begin whose flags are a caller's MSG_ ones. */
const TAKES_MSG_FLAGS = [
  ...["sys_", "__sys_", "sock_", "__sock_", "udp_", "inet_sendmsg", "inet_recvmsg"],
  ...["ip_make_skb", "ip_append_data", "__ip_append_data"],
];

function isMsgFlags(fn: string): boolean {
  return fn === "" || TAKES_MSG_FLAGS.some((beginning) => fn.startsWith(beginning));
}

/** `-EINVAL` for -22, the number itself for anything that is no error. */
export function showErrno(value: number): string {
  const name = value < 0 ? errnoName(-value) : undefined;
  return name === undefined ? String(value) : `-${name}`;
}

const VERDICTS =
  (names: readonly string[]) =>
  (v: number): string | undefined =>
    names[v];
const NET_RX = VERDICTS(["NET_RX_SUCCESS", "NET_RX_DROP"]);
const NET_XMIT = VERDICTS(["NET_XMIT_SUCCESS", "NET_XMIT_DROP", "NET_XMIT_CN", "NET_XMIT_POLICED"]);
const RTN = VERDICTS([
  "RTN_UNSPEC",
  "RTN_UNICAST",
  "RTN_LOCAL",
  "RTN_BROADCAST",
  "RTN_ANYCAST",
  "RTN_MULTICAST",
  "RTN_BLACKHOLE",
  "RTN_UNREACHABLE",
  "RTN_PROHIBIT",
  "RTN_THROW",
]);
const PACKET = VERDICTS([
  "PACKET_HOST",
  "PACKET_BROADCAST",
  "PACKET_MULTICAST",
  "PACKET_OTHERHOST",
  "PACKET_OUTGOING",
]);
const TX = (v: number): string | undefined =>
  v === 0 ? "NETDEV_TX_OK" : v === 0x10 ? "NETDEV_TX_BUSY" : undefined;
const ADDRESS = (v: number): string => formatIpv4(v >>> 0);
const ETHERTYPE = (v: number): string => `0x${(v & 0xffff).toString(16).padStart(4, "0")}`;

/** Functions whose return value has a name of its own. */
const RETURNS: ReadonlyMap<string, (v: number) => string | undefined> = new Map<
  string,
  (v: number) => string | undefined
>([
  ["netif_rx", NET_RX],
  ["enqueue_to_backlog", NET_RX],
  ["netif_receive_skb", NET_RX],
  ["__netif_receive_skb", NET_RX],
  ["ip_rcv", NET_RX],
  ["dev_forward_skb", NET_RX],
  ["dev_queue_xmit", NET_XMIT],
  ["__dev_xmit_skb", NET_XMIT],
  ["pfifo_fast_enqueue", NET_XMIT],
  ["pfifo_enqueue", NET_XMIT],
  ["bfifo_enqueue", NET_XMIT],
  ["tbf_enqueue", NET_XMIT],
  ["noop_enqueue", NET_XMIT],
  ["blackhole_enqueue", NET_XMIT],
  ["qdisc_enqueue_root", NET_XMIT],
  ["dev_hard_start_xmit", TX],
  ["loopback_xmit", TX],
  ["dummy_xmit", TX],
  ["veth_xmit", TX],
  ["tun_net_xmit", TX],
  ["e1000_xmit_frame", TX],
  ["ifb_xmit", TX],
  ["inet_addr_type", RTN],
  ["__inet_dev_addr_type", RTN],
  ["inet_select_addr", ADDRESS],
  ["__fib_res_prefsrc", ADDRESS],
  ["fz_key", ADDRESS],
  ["eth_type_trans", ETHERTYPE],
  ["nf_hook_thresh", (v) => (v === 1 ? "1 (accept)" : undefined)],
  ["get_rps_cpu", String],
]);

/** Functions that answer yes or no. */
const PREDICATES: ReadonlySet<string> = new Set([
  "rt_caching",
  "rt_is_expired",
  "compare_keys",
  "fib4_rule_match",
  "fib_rule_match",
  "ip_dont_fragment",
  "netif_needs_gso",
  "skb_needs_linearize",
  "inet_is_reserved_local_port",
  "udp_lib_lport_inuse",
  "ipv4_rcv_saddr_equal",
  "icmpv4_xrlim_allow",
  "illegal_highdma",
  "proto_has_rhel_ext",
  "xfrm4_policy_check",
  "ip_check_mc",
  "ip_mc_sf_allow",
  "raw_local_deliver",
]);

/** What a function returned, as a kernel engineer would write it. */
export function showReturn(fn: string, value: Value): string {
  if (typeof value !== "number") return show("", value, fn);
  if (PREDICATES.has(fn)) return value === 0 ? "0" : String(value);
  return RETURNS.get(fn)?.(value) ?? showErrno(value);
}

/** The tap's word for a packet type. */
export function packetType(type: number): string {
  return PACKET(type) ?? String(type);
}
