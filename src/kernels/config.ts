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
  /** Of a tun or a tap: no program has it open (`ip tuntap add` leaves it so). */
  readonly unattended?: boolean;
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
  readonly promisc?: boolean;
  readonly allmulti?: boolean;
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
  /** An address, or "+" for all ones in the host part, "-" for all zeros. */
  readonly broadcast?: number | "+" | "-";
  readonly scope?: number;
  readonly label?: string;
  readonly dev: string;
  /** Without a route to the address' subnet. */
  readonly noprefixroute?: true;
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
  readonly op: "add" | "append" | "prepend" | "replace" | "change" | "del";
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
  /** -e: one that is not there is no mistake. */
  readonly ignore?: true;
}
/** The small part of iptables' filter table that is modelled: a chain's policy, or one rule that drops a destination. */
export interface Netfilter {
  readonly kind: "nf";
  readonly chain: "input" | "forward" | "output";
  readonly verdict: "accept" | "drop";
  /** Only packets to this address. */
  readonly dst?: number;
}
/** Ports or the like, both ends included. */
export interface FilterRange {
  readonly from: number;
  readonly to: number;
}
/** What a rule of the filter table looks at; what is absent matches everything, what is in `not` is turned round. */
export interface FilterMatch {
  readonly src?: { readonly addr: number; readonly mask: number };
  readonly dst?: { readonly addr: number; readonly mask: number };
  readonly protocol?: number;
  readonly sport?: FilterRange;
  readonly dport?: FilterRange;
  /** Devices; a name that ends in `+` stands for all that begin so. */
  readonly iif?: string;
  readonly oif?: string;
  /** Second and further fragments. */
  readonly fragment?: true;
  /** ICMP's type, and from which code to which. */
  readonly icmp?: { readonly type: number; readonly code: FilterRange };
  /** -m multiport. */
  readonly sports?: readonly FilterRange[];
  readonly dports?: readonly FilterRange[];
  readonly ports?: readonly FilterRange[];
  /** -m mark. */
  readonly mark?: { readonly value: number; readonly mask: number };
  /** -m length: of the packet with its header. */
  readonly length?: FilterRange;
  /** -m ttl. */
  readonly ttl?: FilterRange;
  /** -m iprange. */
  readonly srcRange?: FilterRange;
  readonly dstRange?: FilterRange;
  readonly not?: readonly Exclude<keyof FilterMatch, "not">[];
}
/** What becomes of a packet that a rule matches; `next`: nothing, as of a rule without -j. */
export type FilterTarget =
  | { readonly kind: "accept" | "drop" | "return" | "next" }
  | { readonly kind: "log"; readonly prefix: string }
  /** With an ICMP error of type 3 and this code. */
  | { readonly kind: "reject"; readonly code: number }
  /** A chain of one's own; `goto`: its end is the end of this chain, too. */
  | { readonly kind: "jump"; readonly chain: string; readonly goto: boolean };
/** iptables, the filter table: chains by name (INPUT, FORWARD, OUTPUT and one's own). */
export type Filter = { readonly kind: "filter" } & (
  | {
      readonly op: "append" | "insert" | "replace" | "delete" | "check";
      readonly chain: string;
      readonly match: FilterMatch;
      readonly target: FilterTarget;
      /** As it was written, without the chain: `-p udp --dport 53 -j DROP`. */
      readonly text: string;
      /** From 1; insert: 1 if absent. */
      readonly at?: number;
    }
  | { readonly op: "delete-number"; readonly chain: string; readonly at: number }
  | { readonly op: "policy"; readonly chain: string; readonly verdict: "accept" | "drop" }
  /** Absent: all chains. */
  | { readonly op: "flush" | "delete-chain"; readonly chain?: string }
  | { readonly op: "new-chain"; readonly chain: string }
  | { readonly op: "rename-chain"; readonly chain: string; readonly name: string }
);
/** `ip addr|route|rule|neigh flush`: takes away what fits. */
export interface Flush {
  readonly kind: "flush";
  readonly object: "addr" | "route" | "rule" | "neigh";
  readonly dev?: string | undefined;
  readonly to?: { readonly addr: number; readonly len: number } | undefined;
  /** Routes: to this very prefix, or to any within it. */
  readonly within?: "exact" | "root" | undefined;
  readonly scope?: number | undefined;
  /** A pattern with `*` and `?`. */
  readonly label?: string | undefined;
  readonly table?: number | "all" | undefined;
  readonly proto?: number | undefined;
  readonly type?: number | undefined;
  readonly via?: number | undefined;
  readonly src?: number | undefined;
  /** States of neighbours, NUD_* ored. */
  readonly nud?: number | undefined;
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
  | Flush
  | XfrmPolicy;
