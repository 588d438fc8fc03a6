// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/fib_rules.c: IPv4's policy rules. A route lookup is a walk over them. */

import { note, refuse, traced } from "../../../../trace/traced.ts";
import { EACCES, EAGAIN, EINVAL, ENETUNREACH, ENOBUFS, ESRCH } from "../../../../uapi/errno.ts";
import { inet_make_mask } from "../../include/linux/inetdevice.ts";
import { IFF_UP, type NetDevice } from "../../include/linux/netdevice.ts";
import type { Flowi } from "../../include/net/flow.ts";
import {
  FIB_RULE_PERMANENT,
  type FibResult,
  type FibRule,
  type FibTable,
  FR_ACT_BLACKHOLE,
  FR_ACT_PROHIBIT,
  FR_ACT_TO_TBL,
  FR_ACT_UNREACHABLE,
  RT_SCOPE_LINK,
  RT_TABLE_DEFAULT,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  RT_TABLE_UNSPEC,
} from "../../include/net/struct_fib.ts";
import type { Kernel, Net } from "../../kernel.ts";
import {
  type FibLookupArg,
  type FibRuleMsg,
  type FibRulesOps,
  fib_default_rule_add,
  fib_rules_lookup,
} from "../core/fib_rules.ts";
import { fib_get_table, fib_new_table } from "./fib_frontend.ts";
import { prefix_words } from "./fib_semantics.ts";
import { rt_cache_flush } from "./route.ts";

const FILE = "net/ipv4/fib_rules.c";

/** iproute2's TOS bits: a rule may ask for these only. */
const IPTOS_TOS_MASK = 0x1e;

/** The tables that have names (rtnetlink.h). */
const TABLE_NAMES: { readonly [id: number]: string } = {
  [RT_TABLE_DEFAULT]: "default",
  [RT_TABLE_MAIN]: "main",
  [RT_TABLE_LOCAL]: "local",
};

/** The realm that the matching rule sets. */
export const fib_rules_tclass = traced(
  FILE,
  "fib_rules_tclass(res)",
  (_k: Kernel, res: FibResult): number => {
    return res.r !== null ? res.r.tclassid : 0;
  },
);

/** Has no device but lo an address? */
function only_lo(k: Kernel): boolean {
  return k.init_net.devices.every((dev) => dev === k.init_net.loopback_dev || !dev.ip_ptr?.ifa_list.length);
}

/** Devices that have an address and are down: their routes are gone. */
function addressed_down(k: Kernel): string {
  if (k.rec === null) return "";
  const isDown = (dev: NetDevice): boolean =>
    (dev.flags & IFF_UP) === 0 && (dev.ip_ptr?.ifa_list.length ?? 0) > 0;
  return k.init_net.devices
    .filter(isDown)
    .map(({ name }) => name)
    .join(" ");
}

/** Find the route to `flp`: ask the rules in order of preference. */
export const fib_lookup = traced(
  FILE,
  "fib_lookup(net, flp, res)",
  (k: Kernel, _net: Net, flp: Flowi, res: FibResult): number => {
    const arg: FibLookupArg = { result: res, rule: null };
    const err = fib_rules_lookup(k, fib4_rules_ops, flp, 0, arg);
    res.r = arg.rule;
    if (err === -ESRCH) {
      const down = addressed_down(k);
      const text =
        flp.fl4_scope === RT_SCOPE_LINK
          ? "no on-link route in any table that the rules look up"
          : "no route in any table that the rules look up";
      return refuse(k, -ENETUNREACH, text, {
        daddr: flp.fl4_dst,
        ...(flp.oif === 0 ? {} : { oif: flp.oif }),
        tables: (arg.tables ?? []).map((id) => TABLE_NAMES[id] ?? id).join(" ") || "none",
        ...(only_lo(k) ? { configured: "lo alone" } : {}),
        ...(down === "" ? {} : { down }),
      });
    }
    return err;
  },
);

/** Do what the rule says: look in its table, or refuse. -EAGAIN sends the lookup on to the next rule. */
export const fib4_rule_action = traced(
  FILE,
  "fib4_rule_action(rule, flp, flags, arg)",
  (k: Kernel, rule: FibRule, flp: Flowi, _flags: number, arg: FibLookupArg): number => {
    switch (rule.action) {
      case FR_ACT_TO_TBL:
        break;
      case FR_ACT_UNREACHABLE:
        return refuse(k, -ENETUNREACH, "rule of type unreachable matches", {
          pref: rule.pref,
          daddr: flp.fl4_dst,
        });
      case FR_ACT_PROHIBIT:
        return refuse(k, -EACCES, "rule of type prohibit matches", { pref: rule.pref, daddr: flp.fl4_dst });
      default:
        if (rule.action === FR_ACT_BLACKHOLE) {
          return refuse(k, -EINVAL, "rule of type blackhole matches", {
            pref: rule.pref,
            daddr: flp.fl4_dst,
          });
        }
        return refuse(k, -EINVAL, "rule with an unknown action matches", {
          pref: rule.pref,
          action: rule.action,
        });
    }
    if (arg.tables === undefined) arg.tables = [rule.table];
    else arg.tables.push(rule.table);
    const tbl = fib_get_table(k, rule.fr_net, rule.table);
    if (tbl === null) {
      note(k, "rule matches, but its table does not exist: try the next rule", {
        pref: rule.pref,
        table: rule.table,
      });
      return -EAGAIN;
    }
    note(k, "rule matches: look up its table", { pref: rule.pref, table: rule.table });
    arg.result.table = rule.table;
    const err = tbl.tb_lookup(k, tbl, flp, arg.result);
    return err > 0 ? -EAGAIN : err;
  },
);

/** Do IPv4's selectors fit: source, destination, TOS? */
export const fib4_rule_match = traced(
  FILE,
  "fib4_rule_match(rule, fl, flags)",
  (k: Kernel, rule: FibRule, fl: Flowi, _flags: number): number => {
    if (((fl.fl4_src ^ rule.src) & rule.srcmask) !== 0) {
      if (k.rec !== null)
        note(k, "source does not match the rule", {
          pref: rule.pref,
          src: fl.fl4_src,
          from: prefix_words(rule.src, rule.src_len),
        });
      return 0;
    }
    if (((fl.fl4_dst ^ rule.dst) & rule.dstmask) !== 0) {
      if (k.rec !== null)
        note(k, "destination does not match the rule", {
          pref: rule.pref,
          dst: fl.fl4_dst,
          to: prefix_words(rule.dst, rule.dst_len),
        });
      return 0;
    }
    if (rule.tos !== 0 && rule.tos !== fl.fl4_tos) {
      note(k, "TOS does not match the rule", { pref: rule.pref, tos: fl.fl4_tos, rule_tos: rule.tos });
      return 0;
    }
    return 1;
  },
);

/** The first table number that is free, made into a table. */
function fib_empty_table(k: Kernel, net: Net): FibTable | null {
  for (let id = 1; id <= 0xff; id++) {
    if (fib_get_table(k, net, id) === null) return fib_new_table(k, net, id);
  }
  return null;
}

/** IPv4's part of a new rule. */
function fib4_rule_configure(k: Kernel, rule: FibRule, msg: FibRuleMsg): number {
  if ((msg.tos & ~IPTOS_TOS_MASK) !== 0) {
    return refuse(k, -EINVAL, "TOS has bits outside of IPTOS_TOS_MASK", { tos: msg.tos });
  }
  if (rule.table === RT_TABLE_UNSPEC && rule.action === FR_ACT_TO_TBL) {
    const table = fib_empty_table(k, k.init_net);
    if (table === null) {
      return refuse(k, -ENOBUFS, "no free routing table id for the rule");
    }
    rule.table = table.tb_id;
  }
  if (msg.src_len !== 0) rule.src = msg.src as number;
  if (msg.dst_len !== 0) rule.dst = msg.dst as number;
  if (msg.flow !== undefined) rule.tclassid = msg.flow;
  rule.src_len = msg.src_len;
  rule.srcmask = inet_make_mask(rule.src_len);
  rule.dst_len = msg.dst_len;
  rule.dstmask = inet_make_mask(rule.dst_len);
  rule.tos = msg.tos;
  return 0;
}

/** Does a request to delete mean this rule, by IPv4's selectors? What it doesn't name, it doesn't ask. */
function fib4_rule_compare(_k: Kernel, rule: FibRule, msg: FibRuleMsg): boolean {
  if (msg.src_len !== 0 && rule.src_len !== msg.src_len) return false;
  if (msg.dst_len !== 0 && rule.dst_len !== msg.dst_len) return false;
  if (msg.tos !== 0 && rule.tos !== msg.tos) return false;
  if (msg.flow !== undefined && rule.tclassid !== msg.flow) return false;
  if (msg.src_len !== 0 && rule.src !== msg.src) return false;
  if (msg.dst_len !== 0 && rule.dst !== msg.dst) return false;
  return true;
}

/** fib4_rules_ops_template. */
export const fib4_rules_ops: FibRulesOps = {
  addr_size: 4,
  action: fib4_rule_action,
  match: fib4_rule_match,
  configure: fib4_rule_configure,
  compare: fib4_rule_compare,
  flush_cache: (k) => rt_cache_flush(k, k.init_net, -1),
};

/** The three rules every machine starts with: local, main, default. */
export function fib4_rules_init(k: Kernel): void {
  fib_default_rule_add(k, 0, RT_TABLE_LOCAL, FIB_RULE_PERMANENT);
  fib_default_rule_add(k, 0x7ffe, RT_TABLE_MAIN, 0);
  fib_default_rule_add(k, 0x7fff, RT_TABLE_DEFAULT, 0);
}
