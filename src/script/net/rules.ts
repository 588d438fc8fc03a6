// SPDX-License-Identifier: GPL-2.0-only
/** Policy rules, as `ip -j rule` prints them, as commands: those that the kernel begins with are there already. */
import { parsePrefix } from "../reader.ts";
import type { Fields } from "./fields.ts";
import { tosWord } from "./tos.ts";
import type { Writer } from "./writer.ts";

/** The rules of a machine that has just booted: preference, table by name and number. */
const FIRST: readonly (readonly [number, string, string])[] = [
  [0, "local", "255"],
  [32766, "main", "254"],
  [32767, "default", "253"],
];
/** Selectors and actions of later kernels. */
const LATER = [
  "l3mdev",
  "uid_start",
  "ipproto",
  "sport",
  "sport_start",
  "dport",
  "dport_start",
  "suppress_prefixlen",
  "suppress_ifgroup",
  "tun_id",
  "dscp",
  "flowlabel",
  "masquerade",
  "nat_gateway",
];
/** FR_ACT_* as `ip -N` prints them (linux/fib_rules.h). */
const ACTIONS: Readonly<Record<string, string>> = { 6: "blackhole", 7: "unreachable", 8: "prohibit" };

/** Add what is not there from the beginning, delete what is. */
export function ruleCommands(entries: readonly Fields[], writer: Writer): void {
  const [first] = entries;
  if (first === undefined) return;
  const kept = new Set<number>();
  for (const entry of entries) {
    const preference = writer.attempt(entry, "this rule is", () => preferenceOf(entry));
    if (preference === undefined) continue;
    const initial = FIRST.find((rule) => rule[0] === preference && isInitial(entry, rule));
    if (initial === undefined || kept.has(preference))
      writer.attempt(entry, `rule ${preference} is`, () => addRule(entry, preference, writer));
    else kept.add(preference);
  }
  for (const [preference, table] of FIRST) {
    if (kept.has(preference)) continue;
    const words = ["pref", `${preference}`, "from", "all", "lookup", table];
    if (preference === 0) writer.note(first, "el6 cannot delete its first rule, 0: from all lookup local");
    else writer.add(first, ["ip", "rule", "del", ...words]);
  }
}

function preferenceOf(entry: Fields): number {
  const preference = entry.number("priority");
  if (preference === undefined) throw entry.wrong("priority", "a number");
  return preference;
}

/** No selector, and the table it has had from the beginning. */
function isInitial(entry: Fields, [, name, number]: readonly [number, string, string]): boolean {
  const table = entry.word("table");
  const others = entry.names.filter((n) => !["priority", "src", "table", "protocol"].includes(n));
  return (table === name || table === number) && entry.word("src") === "all" && others.length === 0;
}

function addRule(entry: Fields, preference: number, writer: Writer): void {
  const later = LATER.find((name) => entry.has(name));
  if (later !== undefined) {
    writer.note(entry, `rule ${preference} left out: el6 has no ${later} in rules`);
    return;
  }
  const words = ["ip", "rule", "add", "pref", `${preference}`];
  if (entry.has("not")) words.push("not");
  words.push("from", side(entry, "src") ?? "all");
  const put = (word: string, value: string | undefined): void => {
    if (value !== undefined) words.push(word, value);
  };
  put("to", side(entry, "dst"));
  put("tos", tosWord(entry));
  put("fwmark", mark(entry));
  put("iif", entry.device("iif"));
  put("oif", entry.device("oif"));
  put("realms", realm(entry));
  writer.add(entry, [...words, ...action(entry, writer)]);
}

function side(entry: Fields, name: "src" | "dst"): string | undefined {
  const addr = entry.word(name, "an IPv4 address, or all");
  if (addr === undefined || addr === "all") return undefined;
  const len = entry.number(`${name}len`, 32);
  const text = len === undefined ? addr : `${addr}/${len}`;
  if (parsePrefix(text) === undefined) throw entry.wrong(name, "an IPv4 address, or all");
  return text;
}

function mark(entry: Fields): string | undefined {
  const fwmark = entry.number("fwmark");
  const mask = entry.number("fwmask");
  if (fwmark === undefined) return undefined;
  return mask === undefined ? `${fwmark}` : `${fwmark}/${mask}`;
}

function realm(entry: Fields): string | undefined {
  const to = entry.word("flow_to");
  const from = entry.word("flow_from");
  if (to === undefined || !/^\d+$/.test(to)) return undefined;
  return from !== undefined && /^\d+$/.test(from) ? `${from}/${to}` : to;
}

function action(entry: Fields, writer: Writer): string[] {
  const target = entry.number("goto");
  if (target !== undefined) return ["goto", `${target}`];
  if (entry.has("nop")) return ["nop"];
  const word = entry.word("action");
  const named = ACTIONS[word ?? ""] ?? word;
  if (named !== undefined && Object.values(ACTIONS).includes(named)) return [named];
  const table = entry.word("table");
  if (named !== undefined || table === undefined)
    throw entry.wrong("action", Object.values(ACTIONS).join(", "));
  return ["lookup", writer.table(table, entry)];
}
