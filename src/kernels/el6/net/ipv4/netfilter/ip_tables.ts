// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/ipv4/netfilter/ip_tables.c: a packet's way through a table's chains, and changes to them.
 * The table is kept as its user sees it, chain by chain; not traced as functions, since the recordings have hooks of their own.
 */

import type { Facts } from "../../../../../trace/plain.ts";
import { drop, note, refuse } from "../../../../../trace/traced.ts";
import { E2BIG, EEXIST, EINVAL, ELOOP, EMLINK, ENOENT, ENOTEMPTY } from "../../../../../uapi/errno.ts";
import { get16, get32 } from "../../../../../wire/bytes.ts";
import { IP_DADDR, IP_FRAG_OFF, IP_OFFSET, IP_PROTOCOL, IP_SADDR } from "../../../../../wire/ipv4.ts";
import type { Filter, FilterMatch, FilterTarget } from "../../../../config.ts";
import type { NetDevice } from "../../../include/linux/netdevice.ts";
import type { SkBuff } from "../../../include/linux/skbuff.ts";
import { type Kernel, NF_ACCEPT, NF_DROP, printk } from "../../../kernel.ts";
import { type Answer, modules_match } from "../../netfilter/x_tables.ts";
import { reject_tg } from "./ipt_REJECT.ts";

/** struct ipt_entry: what a rule looks at, and what it does. */
export interface FilterRule {
  readonly match: FilterMatch;
  readonly target: FilterTarget;
  /** As it was written: `-p udp --dport 8125 -j DROP`. Empty for the recordings' own. */
  readonly text: string;
}

/** A chain; without a policy it is one that somebody made. */
export interface FilterChain {
  name: string;
  policy: number | null;
  readonly rules: FilterRule[];
  /** Rules that lead here. */
  references: number;
}

export type FilterTable = Map<string, FilterChain>;

export function new_chain(name: string, policy: number | null): FilterChain {
  return { name, policy, rules: [], references: 0 };
}

/** ifname_compare: a `+` at its end stands for any rest. A packet without a device has one without a name. */
function ifname_match(dev: NetDevice | null, name: string): boolean {
  const own = dev?.name ?? "";
  return name.endsWith("+") ? own.startsWith(name.slice(0, -1)) : own === name;
}

/** ip_packet_match: addresses, devices, protocol, fragment. */
function ip_packet_match(
  m: FilterMatch,
  skb: SkBuff,
  indev: NetDevice | null,
  outdev: NetDevice | null,
): boolean {
  const b = skb.head.bytes;
  const iph = skb.network_header;
  const as_asked = (field: Exclude<keyof FilterMatch, "not">, fits: boolean): boolean =>
    fits !== (m.not?.includes(field) ?? false);
  const { src, dst, iif, oif, protocol } = m;
  return (
    (src === undefined || as_asked("src", ((get32(b, iph + IP_SADDR) ^ src.addr) & src.mask) === 0)) &&
    (dst === undefined || as_asked("dst", ((get32(b, iph + IP_DADDR) ^ dst.addr) & dst.mask) === 0)) &&
    (iif === undefined || as_asked("iif", ifname_match(indev, iif))) &&
    (oif === undefined || as_asked("oif", ifname_match(outdev, oif))) &&
    (protocol === undefined || as_asked("protocol", b[iph + IP_PROTOCOL] === protocol)) &&
    (m.fragment === undefined || as_asked("fragment", (get16(b, iph + IP_FRAG_OFF) & IP_OFFSET) !== 0))
  );
}

function matches(
  k: Kernel,
  m: FilterMatch,
  skb: SkBuff,
  indev: NetDevice | null,
  outdev: NetDevice | null,
): Answer {
  return ip_packet_match(m, skb, indev, outdev) ? modules_match(k, m, skb) : "no";
}

/** Where a walk is: a chain, and the rule that comes next, from 0. */
interface Place {
  readonly chain: FilterChain;
  at: number;
}

/** The first rule that decides, or the policy of the chain that was begun with: NF_ACCEPT or NF_DROP. */
export function ipt_do_table(
  k: Kernel,
  skb: SkBuff,
  table: FilterTable,
  first: FilterChain,
  indev: NetDevice | null,
  outdev: NetDevice | null,
): number {
  /** Where chains that end go back to. */
  const back: Place[] = [];
  let here: Place = { chain: first, at: 0 };
  for (;;) {
    const rule = here.chain.rules[here.at++];
    if (rule === undefined) {
      const caller = back.pop();
      if (caller === undefined) return policy(k, skb, first);
      here = caller;
      continue;
    }
    const answer = matches(k, rule.match, skb, indev, outdev);
    if (answer === "no") continue;
    const facts = { chain: here.chain.name, rule: here.at, text: rule.text };
    if (answer === "hotdrop") {
      drop(
        k,
        skb,
        "NETFILTER_DROP",
        "rule matches on ports, but the packet is too short to hold them (hotdrop)",
        facts,
      );
      return NF_DROP;
    }
    const { target } = rule;
    switch (target.kind) {
      case "accept":
        note(k, "rule matches: ACCEPT", facts);
        return NF_ACCEPT;
      case "drop":
        if (rule.text !== "") drop(k, skb, "NETFILTER_DROP", "rule matches: DROP", facts);
        else {
          drop(k, skb, "NETFILTER_DROP", "rule drops this destination", {
            chain: here.chain.name,
            rule: here.at,
            daddr: get32(skb.head.bytes, skb.network_header + IP_DADDR),
          });
        }
        return NF_DROP;
      case "reject":
        return rejected(k, skb, target.code, facts);
      case "log":
        note(k, "rule matches: LOG, continue with the next rule", facts);
        printk(k, `${target.prefix}IN=${indev?.name ?? ""} OUT=${outdev?.name ?? ""}`);
        break;
      case "return":
        here = back.pop() ?? { chain: first, at: first.rules.length };
        break;
      case "jump":
        note(k, "rule matches: jump to another chain", facts);
        if (!target.goto) back.push(here);
        here = { chain: table.get(target.chain) as FilterChain, at: 0 };
        break;
      case "next":
        break;
    }
  }
}

/** -j REJECT: the packet ends, and its sender gets an ICMP error where one may be sent. */
function rejected(k: Kernel, skb: SkBuff, code: number, facts: Facts): number {
  const verdict = reject_tg(k, skb, code);
  drop(k, skb, "NETFILTER_DROP", "rule matches: REJECT, send an ICMP error", {
    ...facts,
    code,
  });
  return verdict;
}

function policy(k: Kernel, skb: SkBuff, chain: FilterChain): number {
  if (chain.policy === NF_DROP) {
    drop(k, skb, "NETFILTER_DROP", "no rule matches: chain policy DROP", { chain: chain.name });
  }
  return chain.policy as number;
}

/** What iptables(8) and the kernel between them make of one command: 0 or -errno. */
export function do_ipt_set_ctl(k: Kernel, table: FilterTable, change: Filter): number {
  if (change.op === "new-chain") {
    if (table.has(change.chain))
      return refuse(k, -EEXIST, "a chain with this name exists", { chain: change.chain });
    table.set(change.chain, new_chain(change.chain, null));
    return 0;
  }
  if (change.op === "flush" && change.chain === undefined) {
    for (const chain of table.values()) flush(table, chain);
    return 0;
  }
  if (change.op === "delete-chain" && change.chain === undefined) return delete_chains(k, table);
  const chain = table.get(change.chain ?? "");
  if (chain === undefined)
    return refuse(k, -ENOENT, "no chain with this name", { chain: change.chain ?? "" });
  switch (change.op) {
    case "flush":
      flush(table, chain);
      return 0;
    case "policy":
      if (chain.policy === null)
        return refuse(k, -ENOENT, "only built-in chains have a policy", { chain: chain.name });
      chain.policy = change.verdict === "drop" ? NF_DROP : NF_ACCEPT;
      return 0;
    case "delete-chain":
      return delete_chain(k, table, chain);
    case "rename-chain":
      return rename_chain(k, table, chain, change.name);
    case "delete-number":
      return remove(k, table, chain, change.at - 1);
    default:
      return change_rules(k, table, chain, change);
  }
}

type RuleChange = Extract<Filter, { op: "append" | "insert" | "replace" | "delete" | "check" }>;

function change_rules(k: Kernel, table: FilterTable, chain: FilterChain, change: RuleChange): number {
  const { match, target, text } = change;
  const rule: FilterRule = { match, target, text };
  if (change.op === "delete" || change.op === "check") {
    const same = key_of(rule);
    const at = chain.rules.findIndex((other) => key_of(other) === same);
    if (at < 0)
      return refuse(k, -ENOENT, "no rule of the chain is equal to this one", { chain: chain.name, text });
    return change.op === "check" ? 0 : remove(k, table, chain, at);
  }
  const at = change.op === "append" ? chain.rules.length : (change.at ?? 1) - 1;
  if (at < 0 || at > chain.rules.length || (change.op === "replace" && at === chain.rules.length))
    return no_rule(k, chain, at);
  if (target.kind === "jump") {
    const to = table.get(target.chain);
    if (to === undefined)
      return refuse(k, -ENOENT, "no chain with this name to jump to", { chain: target.chain });
    if (to.policy !== null)
      return refuse(k, -ENOENT, "built-in chains cannot be jumped to", { chain: target.chain });
    // mark_source_chains: the kernel refuses a table in which a packet could walk for ever.
    if (leads_to(table, to, chain)) {
      return refuse(k, -ELOOP, "the chains would form a loop", {
        chain: chain.name,
        jump: to.name,
      });
    }
    to.references++;
  }
  if (change.op === "replace") forget(table, chain.rules[at] as FilterRule);
  if (change.op === "append") chain.rules.push(rule);
  else chain.rules.splice(at, change.op === "replace" ? 1 : 0, rule);
  return 0;
}

function no_rule(k: Kernel, chain: FilterChain, at: number): number {
  return refuse(k, -E2BIG, "no rule with this number", {
    chain: chain.name,
    rule: at + 1,
    rules: chain.rules.length,
  });
}

function key_of({ match, target }: FilterRule): string {
  return JSON.stringify([match, target]);
}

/** Is there a way from one chain to another? */
function leads_to(table: FilterTable, from: FilterChain, to: FilterChain): boolean {
  if (from === to) return true;
  // Nobody jumps there, so nobody can come by.
  if (to.references === 0) return false;
  const seen = new Set([from]);
  for (const chain of seen) {
    for (const { target } of chain.rules) {
      if (target.kind !== "jump") continue;
      const next = table.get(target.chain) as FilterChain;
      if (next === to) return true;
      seen.add(next);
    }
  }
  return false;
}

function forget(table: FilterTable, { target }: FilterRule): void {
  if (target.kind === "jump") (table.get(target.chain) as FilterChain).references--;
}

function remove(k: Kernel, table: FilterTable, chain: FilterChain, at: number): number {
  const rule = chain.rules[at];
  if (rule === undefined) return no_rule(k, chain, at);
  forget(table, rule);
  chain.rules.splice(at, 1);
  return 0;
}

function flush(table: FilterTable, chain: FilterChain): void {
  for (const rule of chain.rules) forget(table, rule);
  chain.rules.length = 0;
}

function delete_chain(k: Kernel, table: FilterTable, chain: FilterChain): number {
  const { name, references, rules } = chain;
  if (chain.policy !== null) return refuse(k, -EINVAL, "built-in chains stay", { chain: name });
  if (references > 0)
    return refuse(k, -EMLINK, "rules of other chains still jump to it", { chain: name, references });
  if (rules.length > 0) {
    return refuse(k, -ENOTEMPTY, "the chain still has rules: flush it first", {
      chain: name,
      rules: rules.length,
    });
  }
  table.delete(chain.name);
  return 0;
}

/** All that somebody made; the first that is still in use ends it. */
function delete_chains(k: Kernel, table: FilterTable): number {
  for (const chain of [...table.values()]) {
    if (chain.policy !== null) continue;
    const err = delete_chain(k, table, chain);
    if (err < 0) return err;
  }
  return 0;
}

function rename_chain(k: Kernel, table: FilterTable, chain: FilterChain, name: string): number {
  if (chain.policy !== null)
    return refuse(k, -ENOENT, "built-in chains keep their names", { chain: chain.name });
  if (table.has(name)) return refuse(k, -EEXIST, "a chain with this name exists", { chain: name });
  for (const { rules } of table.values()) {
    for (const [i, rule] of rules.entries()) {
      const { target } = rule;
      if (target.kind !== "jump" || target.chain !== chain.name) continue;
      rules[i] = { ...rule, target: { ...target, chain: name } };
    }
  }
  table.delete(chain.name);
  chain.name = name;
  table.set(name, chain);
  return 0;
}
