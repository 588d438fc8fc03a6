// SPDX-License-Identifier: GPL-2.0-only
/** Changes to a machine's network, as iproute2, tc, sysctl and iptables make them. Addresses in host order. */

export interface LinkAdd {
  readonly kind: "link-add";
  readonly name: string;
  readonly type: string;
  readonly address?: Uint8Array;
  readonly mtu?: number;
  readonly txqueuelen?: number;
  readonly peer?: { readonly name: string; readonly address?: Uint8Array };
  /** The device below (`link D`) and the VLAN's number (`type vlan id N`). */
  readonly link?: string;
  readonly id?: number;
}
export interface LinkSet {
  readonly kind: "link-set";
  readonly dev: string;
  readonly up?: boolean;
  readonly mtu?: number;
  readonly address?: Uint8Array;
  readonly arp?: boolean;
  readonly multicast?: boolean;
  readonly txqueuelen?: number;
  readonly name?: string;
}
export interface LinkDel {
  readonly kind: "link-del";
  readonly dev: string;
}
export interface Addr {
  readonly kind: "addr-add" | "addr-del";
  readonly local: number;
  readonly prefixlen: number;
  /** Deletion that names no length: IFA_ADDRESS is not sent, and any will do. */
  readonly anyLength?: true;
  /** `peer B/L`: IFA_ADDRESS; its length replaces prefixlen. */
  readonly peer?: number;
  /** An address, or "+" for all ones in the host part. */
  readonly broadcast?: number | "+";
  readonly scope?: number;
  readonly label?: string;
  readonly dev: string;
}
export interface Nexthop {
  readonly via?: number;
  readonly dev?: string;
  readonly weight?: number;
  readonly onlink?: boolean;
  readonly realm?: number;
}
export interface Route {
  readonly kind: "route";
  readonly op: "add" | "append" | "replace" | "change" | "del";
  /** RTN_*; undefined where the command names none (iproute2: unicast, or any for del). */
  readonly type?: number;
  readonly dst: number;
  readonly prefixlen: number;
  readonly via?: number;
  readonly dev?: string;
  readonly src?: number;
  readonly scope?: number;
  readonly table?: number;
  readonly metric?: number;
  readonly tos?: number;
  readonly proto?: number;
  readonly onlink?: boolean;
  readonly realm?: number;
  /** RTAX_* → value; `lock` sets the bit in RTAX_LOCK. */
  readonly metrics?: readonly { readonly rtax: number; readonly value: number; readonly lock: boolean }[];
  readonly nexthops?: readonly Nexthop[];
}
export interface Rule {
  readonly kind: "rule-add" | "rule-del";
  readonly not?: boolean;
  readonly pref?: number;
  readonly from?: { readonly addr: number; readonly len: number };
  readonly to?: { readonly addr: number; readonly len: number };
  readonly tos?: number;
  readonly fwmark?: number;
  readonly fwmask?: number;
  readonly iif?: string;
  readonly oif?: string;
  readonly action: "lookup" | "goto" | "nop" | "blackhole" | "unreachable" | "prohibit" | "none";
  /** Table of lookup, or preference goto jumps to. */
  readonly target?: number;
  readonly realm?: number;
}
export interface Neigh {
  readonly kind: "neigh";
  readonly op: "add" | "replace" | "change" | "del";
  readonly addr: number;
  readonly lladdr?: Uint8Array;
  /** NUD_*. */
  readonly nud?: number;
  readonly dev: string;
}
export interface QdiscChange {
  readonly kind: "qdisc";
  readonly op: "add" | "replace" | "change" | "del";
  readonly dev: string;
  /** `pfifo`, `bfifo`, `tbf`, `pfifo_fast`, `blackhole`, `noqueue`. */
  readonly type: string;
  /** Packets or bytes, as the kind counts. */
  readonly limit?: number;
  /** Bytes a second. */
  readonly rate?: number;
  /** Bytes. */
  readonly burst?: number;
}
export interface Sysctl {
  readonly kind: "sysctl";
  /** `net.ipv4.ip_default_ttl`. */
  readonly key: string;
  readonly value: string;
}
/** The small part of iptables' filter table that is modelled: a chain's policy, or one rule that drops a destination. */
export interface Netfilter {
  readonly kind: "nf";
  readonly chain: "input" | "forward" | "output";
  readonly verdict: "accept" | "drop";
  /** Only packets to this address. */
  readonly dst?: number;
}
/** What a rule of the filter table looks at; what is absent matches everything. */
export interface FilterMatch {
  readonly src?: { readonly addr: number; readonly len: number };
  readonly dst?: { readonly addr: number; readonly len: number };
  readonly protocol?: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly iif?: string;
  readonly oif?: string;
}
/** `iptables -A|-I|-D CHAIN …`, `-P CHAIN TARGET`, `-F [CHAIN]`. */
export interface Filter {
  readonly kind: "filter";
  readonly op: "append" | "insert" | "delete" | "policy" | "flush";
  /** Absent: flush them all. */
  readonly chain?: "input" | "forward" | "output";
  readonly match?: FilterMatch;
  readonly verdict?: "accept" | "drop";
}
export interface XfrmPolicy {
  readonly kind: "xfrm-policy";
  readonly dst?: { readonly addr: number; readonly len: number };
  readonly src?: { readonly addr: number; readonly len: number };
  readonly action: "block" | "allow";
  /** A transform that would be needed: ESP to this address. */
  readonly tmplEsp?: number;
}

export type Config =
  | LinkAdd
  | LinkSet
  | LinkDel
  | Addr
  | Route
  | Rule
  | Neigh
  | QdiscChange
  | Sysctl
  | Netfilter
  | Filter
  | XfrmPolicy;
