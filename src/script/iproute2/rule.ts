// SPDX-License-Identifier: GPL-2.0-only
/** `ip rule add|del|flush`. */
import type { Config, Rule } from "../../kernels/config.ts";
import type { Prefix, Reader } from "../reader.ts";
import { parseNumber, TABLES } from "../reader.ts";
import { parseRuleFlush } from "./flush.ts";
import { takeVerb } from "./verb.ts";

const WORDS = [
  ..."not from to pref tos fwmark iif oif lookup realms goto nop blackhole unreachable prohibit".split(" "),
];
/** Selectors and actions of later kernels, with a value or without. */
const LATER_WITH = ["suppress_prefixlength", "sup_pl", "suppress_ifgroup", "sup_group", "uidrange", "tun_id"];
const LATER_PORTS = ["ipproto", "sport", "dport", "nat", "map-to"];
const LATER_BARE = ["l3mdev"];
const ACTIONS = ["blackhole", "unreachable", "prohibit"] as const;

type Draft = { -readonly [K in keyof Rule]?: Rule[K] } & { later?: true };

export function parseRule(r: Reader): Config | Config[] {
  const verb = takeVerb(r, ["add", "del", "flush"]);
  if (verb === "flush") return parseRuleFlush(r);
  const kind = verb === "add" ? "rule-add" : "rule-del";
  const made: Draft = {};
  while (!r.done) word(r, made);
  const { later, ...rest } = made;
  if (later === true) return [];
  const action = rest.action ?? (kind === "rule-add" ? "lookup" : "none");
  const target = rest.target ?? (action === "lookup" ? (TABLES["main"] as number) : undefined);
  return { ...rest, kind, action, ...(target === undefined ? {} : { target }) };
}

const selector = ({ addr, len }: Prefix): { addr: number; len: number } => ({ addr, len });

function word(r: Reader, made: Draft): void {
  if (r.take("not")) made.not = true;
  else if (r.take("from")) made.from = selector(r.prefix());
  else if (r.take("to")) made.to = selector(r.prefix());
  else if (r.match("preference", "order", "priority")) made.pref = r.number("a preference");
  else if (r.take("tos") || r.match("dsfield")) made.tos = r.tos();
  else if (r.take("fwmark")) fwmark(r, made);
  else if (r.take("iif", "dev")) made.iif = r.device();
  else if (r.take("oif")) made.oif = r.device();
  else if (r.match("realms")) made.realm = r.realms();
  else if (r.match("protocol")) {
    r.next("a protocol");
    r.note("protocol of a rule is newer than el6: left out");
  } else if (!ofLaterKernels(r, made)) action(r, made);
}

/** The whole rule would mean something else without it. */
function ofLaterKernels(r: Reader, made: Draft): boolean {
  const text = r.peek() ?? "";
  const known = [...LATER_WITH, ...LATER_PORTS, ...LATER_BARE];
  if (!r.take(...known)) return false;
  r.note(`${text} is newer than el6's rules: rule left out`);
  made.later = true;
  if (!LATER_BARE.includes(text)) r.next(`a value for ${text}`);
  return true;
}

function action(r: Reader, made: Draft): void {
  if (r.match("table") || r.take("lookup")) {
    made.action = "lookup";
    made.target = r.named("a table", TABLES, 0xffffffff);
    return;
  }
  r.take("type");
  if (r.match("goto")) {
    made.action = "goto";
    made.target = r.number("the preference of a rule");
    return;
  }
  if (r.match("nop")) {
    made.action = "nop";
    return;
  }
  const text = r.next("an ip rule keyword");
  const found = ACTIONS.find((name) => name === text);
  if (found === undefined) throw r.unknown("an ip rule keyword", WORDS);
  made.action = found;
}

/** A mark, or a mark and its mask. */
function fwmark(r: Reader, made: Draft): void {
  const parts = r.next("a mark").split("/").map(parseNumber);
  const [mark, mask] = parts;
  if (mark === undefined || parts.length > 2 || (parts.length === 2 && mask === undefined)) {
    throw r.wrong("a mark such as 1 or 0x10/0xf0");
  }
  made.fwmark = mark;
  if (mask !== undefined) made.fwmask = mask;
}
