// SPDX-License-Identifier: GPL-2.0-only
/** net/core/fib_rules.c: policy rules, the part that all protocols share. */
import { inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EAGAIN, EINVAL, ENOENT, EPERM, ESRCH } from "../../../../uapi/errno.ts";
import { formatIpv4 } from "../../../../wire/ipv4.ts";
import type { Rule } from "../../../config.ts";
import type { NetDevice } from "../../include/linux/netdevice.ts";
import { NETDEV_REGISTER, NETDEV_UNREGISTER } from "../../include/linux/notifier.ts";
import type { Flowi } from "../../include/net/flow.ts";
import { fib_rule_get, fib_rule_put } from "../../include/net/ip_fib.ts";
import {
  FIB_RULE_IIF_DETACHED,
  FIB_RULE_INVERT,
  FIB_RULE_PERMANENT,
  FIB_RULE_UNRESOLVED,
  type FibResult,
  type FibRule,
  FR_ACT_BLACKHOLE,
  FR_ACT_GOTO,
  FR_ACT_NOP,
  FR_ACT_PROHIBIT,
  FR_ACT_TO_TBL,
  FR_ACT_UNREACHABLE,
  FR_ACT_UNSPEC,
  RT_TABLE_MAIN,
} from "../../include/net/struct_fib.ts";
import type { Kernel } from "../../kernel.ts";
import { fib4_rules_ops } from "../ipv4/fib_rules.ts";
import type { MrTable } from "../ipv4/ipmr.ts";
import { __dev_get_by_name } from "./dev.ts";

const FILE = "net/core/fib_rules.c";

/** struct fib_lookup_arg: where the answer goes. */
export interface FibLookupArg {
  readonly result: FibResult;
  rule: FibRule | null;
  /** Multicast routing's answer, a table, instead. */
  mrt?: MrTable;
  /** The tables that were asked, for who is told that none has a route. */
  tables?: number[];
}

/** RTM_NEWRULE, RTM_DELRULE: struct fib_rule_hdr and its attributes; undefined is an attribute not sent. */
export interface FibRuleMsg {
  readonly src_len: number;
  readonly dst_len: number;
  readonly tos: number;
  /** The header's one byte; `tableAttr` is FRA_TABLE. */
  readonly table: number;
  readonly tableAttr: number | undefined;
  readonly action: number;
  readonly flags: number;
  readonly src: number | undefined;
  readonly dst: number | undefined;
  readonly ifname: string | undefined;
  readonly goto: number | undefined;
  readonly priority: number | undefined;
  readonly fwmark: number | undefined;
  readonly fwmask: number | undefined;
  readonly flow: number | undefined;
}

/** struct fib_rules_ops: a protocol's part. The list of rules itself is `net.rules`, unless `rules` gives another. */
export interface FibRulesOps {
  readonly addr_size: number;
  readonly action: (k: Kernel, rule: FibRule, flp: Flowi, flags: number, arg: FibLookupArg) => number;
  readonly match: (k: Kernel, rule: FibRule, fl: Flowi, flags: number) => number;
  readonly configure: (k: Kernel, rule: FibRule, msg: FibRuleMsg) => number;
  readonly compare: (k: Kernel, rule: FibRule, msg: FibRuleMsg) => boolean;
  readonly flush_cache: (k: Kernel) => void;
  readonly rules?: (k: Kernel) => readonly FibRule[];
}

/** A zeroed rule. */
export function new_rule(k: Kernel): FibRule {
  return {
    oid: k.oid("rule"),
    refcnt: 0,
    pref: 0,
    flags: 0,
    table: 0,
    action: FR_ACT_UNSPEC,
    target: 0,
    ctarget: null,
    iifname: "",
    iifindex: 0,
    mark: 0,
    mark_mask: 0,
    fr_net: k.init_net,
    dst_len: 0,
    src_len: 0,
    src: 0,
    srcmask: 0,
    dst: 0,
    dstmask: 0,
    tos: 0,
    tclassid: 0,
  };
}

/** A rule of the boot: look in a table, whatever the packet. */
export function fib_default_rule_add(k: Kernel, pref: number, table: number, flags: number): void {
  const r = new_rule(k);
  r.refcnt = 1;
  r.action = FR_ACT_TO_TBL;
  r.pref = pref;
  r.table = table;
  r.flags = flags;
  k.init_net.rules.push(r);
}

/** The preference of a rule that names none: just before the second one of the list. */
function fib_default_rule_pref(k: Kernel): number {
  const second = k.init_net.rules[1];
  return second !== undefined && second.pref !== 0 ? second.pref - 1 : 0;
}

/** Do the rule's selectors fit? `not` turns the answer round. */
export const fib_rule_match = inlined(
  FILE,
  "fib_rule_match(rule, ops, fl, flags)",
  (k: Kernel, rule: FibRule, ops: FibRulesOps, fl: Flowi, flags: number): number => {
    let ret = 0;
    if (rule.iifindex !== 0 && rule.iifindex !== fl.iif)
      note(k, "input device does not match the rule", {
        pref: rule.pref,
        iif: fl.iif,
        rule_iif: rule.iifname,
      });
    else if (((rule.mark ^ fl.mark) & rule.mark_mask) !== 0)
      note(k, "fwmark does not match the rule", { pref: rule.pref, mark: fl.mark, rule_mark: rule.mark });
    else ret = ops.match(k, rule, fl, flags);
    if ((rule.flags & FIB_RULE_INVERT) === 0) return ret;
    note(k, "inverted rule (FIB_RULE_INVERT): the result is negated", { pref: rule.pref });
    return ret === 0 ? 1 : 0;
  },
);

/** Walk the rules by preference until one gives an answer. */
export const fib_rules_lookup = traced(
  FILE,
  "fib_rules_lookup(ops, fl, flags, arg)",
  (k: Kernel, ops: FibRulesOps, fl: Flowi, flags: number, arg: FibLookupArg): number => {
    const rules = ops.rules === undefined ? k.init_net.rules : ops.rules(k);
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i] as FibRule;
      if (fib_rule_match(k, rule, ops, fl, flags) === 0) continue;
      if (rule.action === FR_ACT_GOTO) {
        if (rule.ctarget === null) {
          note(k, "goto: the target rule does not exist, rule ignored", {
            pref: rule.pref,
            target: rule.target,
          });
          continue;
        }
        note(k, "goto: continue at the target rule", { pref: rule.pref, target: rule.target });
        i = rules.indexOf(rule.ctarget) - 1;
        continue;
      }
      if (rule.action === FR_ACT_NOP) {
        note(k, "rule matches: nop, try the next rule", { pref: rule.pref });
        continue;
      }
      const err = ops.action(k, rule, fl, flags, arg);
      if (err !== -EAGAIN) {
        fib_rule_get(rule);
        arg.rule = rule;
        return err;
      }
    }
    return -ESRCH;
  },
);

/** An address that a selector needs is there, and not longer than an address. */
function validate_rulemsg(k: Kernel, msg: FibRuleMsg, ops: FibRulesOps): number {
  const bits = ops.addr_size * 8;
  if (msg.src_len !== 0 && (msg.src === undefined || msg.src_len > bits)) {
    return refuse(k, -EINVAL, "bad source prefix: no address, or longer than 32 bits", {
      src_len: msg.src_len,
    });
  }
  if (msg.dst_len !== 0 && (msg.dst === undefined || msg.dst_len > bits)) {
    return refuse(k, -EINVAL, "bad destination prefix: no address, or longer than 32 bits", {
      dst_len: msg.dst_len,
    });
  }
  return 0;
}

/** The general part of a new rule. */
function fill_rule(k: Kernel, rule: FibRule, msg: FibRuleMsg): number {
  rule.pref = msg.priority ?? fib_default_rule_pref(k);
  if (msg.ifname !== undefined) {
    rule.iifname = msg.ifname;
    rule.iifindex = __dev_get_by_name(k, k.init_net, rule.iifname)?.ifindex ?? -1;
  }
  if (msg.fwmark !== undefined) {
    rule.mark = msg.fwmark;
    if (rule.mark !== 0) rule.mark_mask = 0xffffffff;
  }
  if (msg.fwmask !== undefined) rule.mark_mask = msg.fwmask;
  rule.action = msg.action;
  rule.flags = msg.flags;
  rule.table = msg.tableAttr ?? msg.table;
  if (msg.goto === undefined) {
    return rule.action === FR_ACT_GOTO ? refuse(k, -EINVAL, "goto without a target rule") : 0;
  }
  if (rule.action !== FR_ACT_GOTO) {
    return refuse(k, -EINVAL, "target rule given, but the action is not goto", {
      action: rule.action,
    });
  }
  rule.target = msg.goto;
  // Only forwards, so that no walk is endless.
  if (rule.target <= rule.pref) {
    return refuse(k, -EINVAL, "goto to an earlier rule: only forward jumps are allowed", {
      pref: rule.pref,
      target: rule.target,
    });
  }
  const first = k.init_net.rules[place_of(k.init_net.rules, rule.target - 1)];
  rule.ctarget = first?.pref === rule.target ? first : null;
  return 0;
}

const is_unresolved = (r: FibRule): boolean => r.action === FR_ACT_GOTO && r.ctarget === null;

/** Where a rule of this preference goes: after those that have it already. The list is sorted. */
function place_of(rules: readonly FibRule[], pref: number): number {
  let [low, high] = [0, rules.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rules[middle] as FibRule).pref > pref) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** RTM_NEWRULE. */
function fib_nl_newrule(k: Kernel, ops: FibRulesOps, msg: FibRuleMsg): number {
  const rules = k.init_net.rules;
  let err = validate_rulemsg(k, msg, ops);
  if (err < 0) return err;
  const rule = new_rule(k);
  err = fill_rule(k, rule, msg);
  if (err < 0) return err;
  err = ops.configure(k, rule, msg);
  if (err < 0) return err;
  fib_rule_get(rule);
  rules.splice(place_of(rules, rule.pref), 0, rule);
  const { init_net } = k;
  if (init_net.unresolved_rules > 0) {
    // Rules that waited for this one to go to.
    for (const r of rules) {
      if (!is_unresolved(r) || r.target !== rule.pref) continue;
      r.ctarget = rule;
      init_net.unresolved_rules--;
    }
  }
  if (is_unresolved(rule)) init_net.unresolved_rules++;
  ops.flush_cache(k);
  return 0;
}

/** Is this the rule that a request to delete means? */
function is_meant(k: Kernel, ops: FibRulesOps, rule: FibRule, msg: FibRuleMsg): boolean {
  return (
    (msg.action === FR_ACT_UNSPEC || msg.action === rule.action) &&
    // A table above 255 is not in the header: then the table is not asked at all.
    (msg.table === 0 || (msg.tableAttr ?? msg.table) === rule.table) &&
    (msg.priority === undefined || msg.priority === rule.pref) &&
    (msg.ifname === undefined || msg.ifname === rule.iifname) &&
    (msg.fwmark === undefined || msg.fwmark === rule.mark) &&
    (msg.fwmask === undefined || msg.fwmask === rule.mark_mask) &&
    ops.compare(k, rule, msg)
  );
}

/** Rules that are gone are nobody's to go to. */
function forget(k: Kernel, gone: ReadonlySet<FibRule>): void {
  const { init_net } = k;
  for (const rule of gone) if (is_unresolved(rule)) init_net.unresolved_rules--;
  for (const rule of init_net.rules) {
    if (rule.ctarget === null || !gone.has(rule.ctarget)) continue;
    rule.ctarget = null;
    init_net.unresolved_rules++;
  }
}

/** RTM_DELRULE: the first rule that fits goes. */
function fib_nl_delrule(k: Kernel, ops: FibRulesOps, msg: FibRuleMsg): number {
  const rules = k.init_net.rules;
  const err = validate_rulemsg(k, msg, ops);
  if (err < 0) return err;
  const rule = rules.find((r) => is_meant(k, ops, r, msg));
  if (rule === undefined) {
    return refuse(k, -ENOENT, "no rule with these selectors");
  }
  if ((rule.flags & FIB_RULE_PERMANENT) !== 0) {
    return refuse(k, -EPERM, "permanent rule: cannot be deleted", { pref: rule.pref });
  }
  rules.splice(rules.indexOf(rule), 1);
  forget(k, new Set([rule]));
  fib_rule_put(rule);
  ops.flush_cache(k);
  return 0;
}

/** `ip rule flush`: every rule but those of preference 0, which it does not see. */
export function flush_rules(k: Kernel, table: number | undefined): void {
  const rules = k.init_net.rules;
  const kept = rules.filter((r) => r.pref === 0 || (table !== undefined && r.table !== table));
  const gone = new Set(rules);
  for (const rule of kept) gone.delete(rule);
  for (const rule of gone) fib_rule_put(rule);
  rules.splice(0, rules.length, ...kept);
  forget(k, gone);
  fib4_rules_ops.flush_cache(k);
}

const ACTIONS: Readonly<Record<Rule["action"], number>> = {
  none: FR_ACT_UNSPEC,
  lookup: FR_ACT_TO_TBL,
  goto: FR_ACT_GOTO,
  nop: FR_ACT_NOP,
  blackhole: FR_ACT_BLACKHOLE,
  unreachable: FR_ACT_UNREACHABLE,
  prohibit: FR_ACT_PROHIBIT,
};

/** `ip rule add|del`: 0 or -errno. */
export function rtnl_rule(k: Kernel, change: Rule): number {
  // el6's rtnetlink doesn't know FRA_OIFNAME, and refuses a message with an attribute it doesn't know.
  if (change.oif !== undefined) {
    return refuse(k, -EINVAL, "el6 has no FRA_OIFNAME: rules cannot match oif");
  }
  const add = change.kind === "rule-add";
  const action = add && change.action === "none" ? FR_ACT_TO_TBL : ACTIONS[change.action];
  let table = action === FR_ACT_TO_TBL && change.action === "lookup" ? change.target : undefined;
  if (table === undefined && add && action === FR_ACT_TO_TBL) table = RT_TABLE_MAIN;
  const wide = table !== undefined && table >= 256;
  const msg: FibRuleMsg = {
    src_len: change.from?.len ?? 0,
    dst_len: change.to?.len ?? 0,
    tos: change.tos ?? 0,
    table: wide ? 0 : (table ?? 0),
    tableAttr: wide ? table : undefined,
    action,
    flags: change.not === true ? FIB_RULE_INVERT : 0,
    src: change.from !== undefined && change.from.len !== 0 ? change.from.addr : undefined,
    dst: change.to !== undefined && change.to.len !== 0 ? change.to.addr : undefined,
    ifname: change.iif,
    goto: change.action === "goto" ? change.target : undefined,
    priority: change.pref,
    fwmark: change.fwmark,
    fwmask: change.fwmask,
    flow: change.realm,
  };
  return add ? fib_nl_newrule(k, fib4_rules_ops, msg) : fib_nl_delrule(k, fib4_rules_ops, msg);
}

const ACTION_WORDS = [
  "unspec",
  "lookup",
  "goto",
  "nop",
  "res3",
  "res4",
  "blackhole",
  "unreachable",
  "prohibit",
];

/** fib_nl_fill_rule, in the recordings' words. */
function rule_words(r: FibRule, realms: boolean): string {
  const hex = (value: number): string => (value === 0 ? "0" : `0x${(value >>> 0).toString(16)}`);
  const s = [`${r.pref}:`];
  if ((r.flags & FIB_RULE_INVERT) !== 0) s.push("not");
  if (r.src_len !== 0) s.push(`from ${formatIpv4(r.src)}/${r.src_len}`);
  if (r.dst_len !== 0) s.push(`to ${formatIpv4(r.dst)}/${r.dst_len}`);
  if (r.tos !== 0) s.push(`tos ${hex(r.tos)}`);
  const mask = r.mark_mask !== 0 || r.mark !== 0 ? `/${hex(r.mark_mask)}` : "";
  if (r.mark !== 0) s.push(`fwmark ${hex(r.mark)}${mask}`);
  else if (mask !== "") s[s.length - 1] += mask;
  if (r.iifname !== "") s.push(`iif ${r.iifname}`);
  s.push(ACTION_WORDS[r.action] ?? "?");
  if (r.action === FR_ACT_TO_TBL) s.push(`${r.table}`);
  if (r.target !== 0) s.push(`${r.target}`);
  if (realms && r.tclassid !== 0) s.push(`realm ${r.tclassid}`);
  let flags = r.flags & ~FIB_RULE_INVERT;
  if (r.action === FR_ACT_GOTO && r.ctarget === null) flags |= FIB_RULE_UNRESOLVED;
  if (r.iifname !== "" && r.iifindex === -1) flags |= FIB_RULE_IIF_DETACHED;
  if (flags !== 0) s.push(`flags ${hex(flags)}`);
  return s.join(" ");
}

/** The rules by preference, in the recordings' words, which leave out realms. */
export function rules_dump(k: Kernel, realms?: true): string[] {
  return k.init_net.rules.map((rule) => rule_words(rule, realms === true));
}

/** A device comes or goes: rules that name it find or lose it. */
export function fib_rules_event(k: Kernel, event: number, dev: NetDevice): void {
  for (const rule of k.init_net.rules) {
    if (event === NETDEV_REGISTER && rule.iifindex === -1 && rule.iifname === dev.name)
      rule.iifindex = dev.ifindex;
    if (event === NETDEV_UNREGISTER && rule.iifindex === dev.ifindex) rule.iifindex = -1;
  }
}
