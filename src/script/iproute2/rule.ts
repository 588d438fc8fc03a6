// SPDX-License-Identifier: GPL-2.0-only
/** `ip rule add|del`. */
import type { Rule } from "../../kernels/config.ts";
import type { Prefix, Reader } from "../reader.ts";
import { parseNumber, TABLES } from "../reader.ts";
import { takeVerb } from "./verb.ts";

const WORDS = [
  "not",
  "from",
  "to",
  "pref",
  "tos",
  "fwmark",
  "iif",
  "oif",
  "lookup",
  "realms",
  "goto",
  "nop",
  "blackhole",
  "unreachable",
  "prohibit",
];

type Draft = { -readonly [K in keyof Rule]?: Rule[K] };

export function parseRule(r: Reader): Rule {
  const kind = takeVerb(r, ["add", "del"]) === "add" ? "rule-add" : "rule-del";
  const made: Draft = {};
  while (!r.done) word(r, made);
  const action = made.action ?? (kind === "rule-add" ? "lookup" : "none");
  const target = made.target ?? (action === "lookup" ? (TABLES["main"] as number) : undefined);
  return { ...made, kind, action, ...(target === undefined ? {} : { target }) };
}

const selector = ({ addr, len }: Prefix): { addr: number; len: number } => ({ addr, len });

function word(r: Reader, made: Draft): void {
  const text = r.next("a word of ip rule");
  switch (text) {
    case "not":
      made.not = true;
      return;
    case "from":
      made.from = selector(r.prefix());
      return;
    case "to":
      made.to = selector(r.prefix());
      return;
    case "pref":
    case "priority":
    case "preference":
    case "prio":
    case "order":
      made.pref = r.number("a preference");
      return;
    case "tos":
    case "dsfield":
      made.tos = r.number("a type of service", 255);
      return;
    case "fwmark":
      fwmark(r, made);
      return;
    case "iif":
    case "dev":
      made.iif = r.device();
      return;
    case "oif":
      made.oif = r.device();
      return;
    case "realms":
      made.realm = r.realms();
      return;
    default:
      action(r, text, made);
  }
}

function action(r: Reader, text: string, made: Draft): void {
  switch (text) {
    case "lookup":
    case "table":
      made.action = "lookup";
      made.target = r.named("a table", TABLES, 0xffffffff);
      return;
    case "goto":
      made.action = "goto";
      made.target = r.number("the preference of a rule");
      return;
    case "nop":
    case "blackhole":
    case "unreachable":
    case "prohibit":
      made.action = text;
      return;
    default:
      throw r.unknown("a word of ip rule", WORDS);
  }
}

/** A mark, or a mark and its mask. */
function fwmark(r: Reader, made: Draft): void {
  const [mark, mask, more] = r.next("a mark").split("/").map(parseNumber);
  if (mark === undefined || more !== undefined) throw r.wrong("a mark like 1 or 0x10/0xf0");
  made.fwmark = mark;
  if (mask !== undefined) made.fwmask = mask;
}
