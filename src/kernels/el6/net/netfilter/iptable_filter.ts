// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/ipv4/netfilter/iptable_filter.c: iptables' filter table, as far as scenarios use it: three chains, each with a
 * policy and rules that look at addresses, protocol, ports and devices, and accept or drop.
 */
import { note } from "../../../../trace/traced.ts";
import { ENOENT } from "../../../../uapi/errno.ts";
import { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE } from "../../../../uapi/in.ts";
import { get16, get32 } from "../../../../wire/bytes.ts";
import {
  IP_DADDR,
  IP_FRAG_OFF,
  IP_HLEN,
  IP_OFFSET,
  IP_PROTOCOL,
  IP_SADDR,
  IP_VIHL,
} from "../../../../wire/ipv4.ts";
import type { Filter, FilterMatch, Netfilter } from "../../../config.ts";
import type { NetDevice } from "../../include/linux/netdevice.ts";
import { NF_INET_FORWARD, NF_INET_LOCAL_IN, NF_INET_LOCAL_OUT } from "../../include/linux/netfilter.ts";
import { type SkBuff, skb_headlen } from "../../include/linux/skbuff.ts";
import { type Kernel, NF_ACCEPT, NF_DROP, type NfHook } from "../../kernel.ts";
import { skb_copy_bits } from "../core/skbuff.ts";

/** A rule: what it looks at, and NF_ACCEPT or NF_DROP. */
interface FilterRule {
  readonly match: FilterMatch;
  readonly verdict: number;
}

export interface FilterChain {
  policy: number;
  readonly rules: FilterRule[];
}

/** The points at which the table has a chain. */
const CHAINS: readonly (readonly [Netfilter["chain"], number])[] = [
  ["input", NF_INET_LOCAL_IN],
  ["forward", NF_INET_FORWARD],
  ["output", NF_INET_LOCAL_OUT],
];

const verdict_of = (word: "accept" | "drop" | undefined): number => (word === "drop" ? NF_DROP : NF_ACCEPT);

function in_prefix(addr: number, prefix: FilterMatch["src"]): boolean {
  if (prefix === undefined || prefix.len === 0) return true;
  const mask = (0xffffffff << (32 - prefix.len)) >>> 0;
  return ((addr ^ prefix.addr) & mask) === 0;
}

/** Bytes of a protocol's header that the match for its ports wants to see. */
const PORT_HEADERS: ReadonlyMap<number, number> = new Map([
  [IPPROTO_UDP, 8],
  [IPPROTO_UDPLITE, 8],
  [IPPROTO_TCP, 20],
]);

/** What a rule says of a packet. `hotdrop`: it cannot be looked at, so it is dropped, whatever the rule. */
type Answer = "yes" | "no" | "hotdrop";

/** udp_mt, tcp_mt (net/netfilter/xt_tcpudp.c): do the ports match? */
function ports_match(k: Kernel, m: FilterMatch, skb: SkBuff): Answer {
  const b = skb.head.bytes;
  const iph = skb.network_header;
  const protocol = b[iph + IP_PROTOCOL] as number;
  const hlen = PORT_HEADERS.get(protocol);
  if (hlen === undefined) return "no";
  const fragoff = get16(b, iph + IP_FRAG_OFF) & IP_OFFSET;
  if (fragoff !== 0) return fragoff === 1 && protocol === IPPROTO_TCP ? "hotdrop" : "no";
  const thoff = ((b[iph + IP_VIHL] as number) & 15) * 4;
  let header = b;
  let at = skb.data + thoff;
  if (thoff + hlen > skb_headlen(skb)) {
    header = new Uint8Array(hlen);
    at = 0;
    if (skb_copy_bits(k, skb, thoff, header, 0, hlen) < 0) return "hotdrop";
  }
  const sport = m.sport === undefined || get16(header, at) === m.sport;
  return sport && (m.dport === undefined || get16(header, at + 2) === m.dport) ? "yes" : "no";
}

/** ip_packet_match, then the match for ports. */
function matches(
  k: Kernel,
  m: FilterMatch,
  skb: SkBuff,
  indev: NetDevice | null,
  outdev: NetDevice | null,
): Answer {
  const b = skb.head.bytes;
  const iph = skb.network_header;
  const header =
    in_prefix(get32(b, iph + IP_SADDR), m.src) &&
    in_prefix(get32(b, iph + IP_DADDR), m.dst) &&
    (m.iif === undefined || indev?.name === m.iif) &&
    (m.oif === undefined || outdev?.name === m.oif) &&
    (m.protocol === undefined || b[iph + IP_PROTOCOL] === m.protocol);
  if (!header) return "no";
  return m.sport === undefined && m.dport === undefined ? "yes" : ports_match(k, m, skb);
}

/** ipt_do_table: the first rule that matches decides, else the policy. */
function do_table(
  k: Kernel,
  skb: SkBuff,
  chain: FilterChain,
  indev: NetDevice | null,
  outdev: NetDevice | null,
): number {
  let answer: Answer = "no";
  const at = chain.rules.findIndex((rule) => {
    answer = matches(k, rule.match, skb, indev, outdev);
    return answer !== "no";
  });
  const rule = chain.rules[at];
  if ((answer as Answer) === "hotdrop") {
    note(k, "a rule wants to see ports, and the packet is too short to have any: dropped", { rule: at + 1 });
    return NF_DROP;
  }
  if (rule === undefined) {
    if (chain.policy === NF_DROP) note(k, "no rule matches, and the chain's policy is to drop");
    return chain.policy;
  }
  if (rule.verdict !== NF_DROP) {
    note(k, "a rule accepts this packet", { rule: at + 1 });
  } else {
    const daddr = get32(skb.head.bytes, skb.network_header + IP_DADDR);
    const { dst } = rule.match;
    const by_destination = dst?.len === 32 && Object.keys(rule.match).length === 1;
    if (by_destination) note(k, "a rule drops this destination", { daddr });
    else note(k, "a rule drops this packet", { rule: at + 1 });
  }
  return rule.verdict;
}

/** The module's initialisation: an empty table, and a hook for each of its chains. */
function load(k: Kernel): NonNullable<Kernel["filter_table"]> {
  const empty = (): FilterChain => ({ policy: NF_ACCEPT, rules: [] });
  const table = { input: empty(), forward: empty(), output: empty() };
  for (const [chain, hooknum] of CHAINS) {
    const hook: NfHook = {
      name: "iptable_filter",
      hook: (m, _hooknum, skb, indev, outdev) => {
        // A raw socket may send a header too short to look at: let it pass.
        const ihl = ((skb.head.bytes[skb.network_header + IP_VIHL] as number) & 15) * 4;
        if (hooknum === NF_INET_LOCAL_OUT && (skb.len < IP_HLEN || ihl < IP_HLEN)) return NF_ACCEPT;
        return do_table(m, skb, table[chain], indev, outdev);
      },
    };
    const hooks = k.nf_hooks[hooknum] as NfHook[];
    const at = hooks.findIndex((h) => h.name === hook.name);
    if (at >= 0) hooks.splice(at, 1, hook);
    else hooks.push(hook);
  }
  k.filter_table = table;
  return table;
}

/** `nf CHAIN accept|drop`, `nf output drop-dst A`: the whole table anew, as the recordings have it. */
export function nf_configure(k: Kernel, change: Netfilter): number {
  const chain = load(k)[change.chain];
  if (change.dst === undefined) chain.policy = verdict_of(change.verdict);
  else if (change.chain === "output" && change.verdict === "drop") {
    chain.rules.push({ match: { dst: { addr: change.dst, len: 32 } }, verdict: NF_DROP });
  }
  return 0;
}

/** iptables: one change to the table; -ENOENT for a rule to delete that is not there. */
export function iptables(k: Kernel, change: Filter): number {
  const table = k.filter_table ?? load(k);
  if (change.op === "flush") {
    for (const [name] of CHAINS) if ((change.chain ?? name) === name) table[name].rules.length = 0;
    return 0;
  }
  if (change.chain === undefined) return -ENOENT;
  const chain = table[change.chain];
  const rule: FilterRule = { match: change.match ?? {}, verdict: verdict_of(change.verdict) };
  switch (change.op) {
    case "policy":
      chain.policy = rule.verdict;
      return 0;
    case "append":
      chain.rules.push(rule);
      return 0;
    case "insert":
      chain.rules.unshift(rule);
      return 0;
    case "delete": {
      const same = JSON.stringify(rule);
      const at = chain.rules.findIndex((other) => JSON.stringify(other) === same);
      if (at < 0) return -ENOENT;
      chain.rules.splice(at, 1);
      return 0;
    }
  }
}
