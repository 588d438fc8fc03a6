// SPDX-License-Identifier: GPL-2.0-only
/** `ip [-d] route [show table all]` in text. */
import { LineError, ScriptError } from "../../error.ts";
import { ROUTE_TYPES } from "../../iproute2/names.ts";
import { type Entry, IPV6, type Line, QUAD, takeValue, takeWord, wordsOf } from "./entry.ts";
import type { Found, Section } from "./section.ts";

const NAMES: readonly (readonly [string, string])[] = [
  ["via", "gateway"],
  ["dev", "dev"],
  ["table", "table"],
  ["proto", "protocol"],
  ["protocol", "protocol"],
  ["scope", "scope"],
  ["src", "prefsrc"],
  ["metric", "metric"],
  ["tos", "tos"],
  ["pref", "pref"],
  ["weight", "weight"],
  ["nhid", "nhid"],
];
const FLAGS = [
  "onlink",
  "dead",
  "linkdown",
  "pervasive",
  "offload",
  "trap",
  "notify",
  "unresolved",
  "rt_trap",
];
const METRICS = ["mtu", "advmss", "hoplimit"];

export class RouteText implements Section {
  readonly what = "output of ip route";
  private current: Entry | undefined;
  /** The line before was a route that was taken. */
  private taken = false;

  begins({ text }: Line): boolean {
    const [first = "", second = ""] = wordsOf(text);
    if (/^\s/.test(text)) return false;
    // `ip -N` prints the type as a number.
    const typed = Object.hasOwn(ROUTE_TYPES, first) || /^\d{1,2}$/.test(first);
    const dst = typed ? second : first;
    if (!isDestination(dst)) return false;
    return (
      Object.hasOwn(ROUTE_TYPES, first) ||
      / (?:dev|via|nhid|proto|scope|table|metric) /.test(text) ||
      / nexthop /.test(text) ||
      // Its ways stand in the lines below.
      /^(?:default|\S+\/\d+)$/.test(text.trim())
    );
  }

  reset(): void {
    this.current = undefined;
    this.taken = false;
  }

  take(line: Line, found: Found): boolean {
    const { text } = line;
    const words = wordsOf(text.replaceAll("\\", " "));
    if (/^\s+cache\b/.test(text)) {
      if (this.taken) found.answer(line, true);
      this.taken = false;
      return true;
    }
    if (/^\s+nexthop\b/.test(text) && this.current !== undefined) return this.more(words);
    if (!this.begins(line)) return false;
    this.current = undefined;
    // `ip route get` prints an answer for one address, with who asked.
    const get = / uid \d+| cache(?: |$)/.test(text) || (isHost(words) && words.includes("from"));
    if (isIpv6(words)) found.ipv6(line);
    else if (isCut(words)) throw cut(line, words);
    else if (get) found.answer(line, false);
    else found.route(this.route(words, found), line);
    this.taken = !get && this.current !== undefined;
    return true;
  }

  private route(words: string[], found: Found): Entry {
    const entry: Entry = {};
    if (Object.hasOwn(ROUTE_TYPES, words[0] ?? "") || /^\d{1,2}$/.test(words[0] ?? ""))
      entry["type"] = words.shift();
    entry["dst"] = words.shift();
    const hops = words.indexOf("nexthop");
    const own = hops < 0 ? words : words.splice(0, hops);
    fill(entry, own);
    if (hops >= 0) entry["nexthops"] = nexthops(words);
    // Some cut the scope out of what they show; of a subnet's route it is known.
    const subnet = entry["protocol"] === "kernel" && entry["prefsrc"] !== undefined;
    if (subnet && entry["gateway"] === undefined && entry["type"] === undefined) entry["scope"] ??= "link";
    if (found.table !== undefined) entry["table"] ??= found.table;
    this.current = entry;
    return entry;
  }

  private more(words: string[]): boolean {
    const entry = this.current as Entry;
    if (words[0] === "nexthop") {
      entry["nexthops"] ??= [];
      (entry["nexthops"] as Entry[]).push(...nexthops(words));
    }
    return true;
  }
}

/** `nexthop via … dev … weight 1 nexthop …`. */
function nexthops(words: readonly string[]): Entry[] {
  const made: Entry[] = [];
  let begun: string[] = [];
  for (const word of [...words, "nexthop"]) {
    if (word !== "nexthop") {
      begun.push(word);
      continue;
    }
    if (begun.length > 0) made.push(fill({}, begun));
    begun = [];
  }
  return made;
}

function fill(entry: Entry, words: string[]): Entry {
  if (words.includes("via") && takeWord(words, "inet6")) {
    entry["via"] = { family: "inet6", host: takeValue(words, "via") ?? "" };
  }
  takeWord(words, "inet");
  if (takeWord(words, "encap")) entry["encap"] = "encap";
  const metrics = METRICS.flatMap((name) => {
    const lock = takeLock(words, name);
    const value = takeValue(words, name);
    return value === undefined ? [] : [{ [name]: value, ...(lock ? { lock: true } : {}) }];
  });
  if (metrics.length > 0) entry["metrics"] = metrics;
  for (const [word, name] of NAMES) {
    const value = takeValue(words, word);
    if (value !== undefined) entry[name] = value;
  }
  const realm = takeValue(words, "realm") ?? takeValue(words, "realms");
  if (realm !== undefined) {
    const [to = "", from] = realm.split("/").reverse();
    entry["flow"] = { to, ...(from === undefined ? {} : { from }) };
  }
  entry["flags"] = FLAGS.filter((flag) => takeWord(words, flag));
  return entry;
}

/** `mtu lock 1400`. */
function takeLock(words: string[], name: string): boolean {
  const at = words.indexOf(name);
  const lock = at >= 0 && words[at + 1] === "lock";
  if (lock) words.splice(at + 1, 1);
  return lock;
}

/** Its last word wants a value. */
function isCut(words: readonly string[]): boolean {
  const last = words.at(-1) ?? "";
  return METRICS.includes(last) || NAMES.some(([name]) => name === last);
}

function cut(line: Line, words: readonly string[]): LineError {
  return new LineError(line.number, new ScriptError(1, `the line ends behind ${words.at(-1)}`, "a value"));
}

/** An address without a length. */
function isHost([first = "", second = ""]: readonly string[]): boolean {
  return [first, second].some((word) => QUAD.test(word) && !word.includes("/"));
}

function isDestination(word: string): boolean {
  return (
    word === "default" ||
    QUAD.test(word) ||
    IPV6.test(word) ||
    /^\d{1,3}(?:\.\d{1,3}){0,2}\/\d{1,2}$/.test(word)
  );
}

/** Also the ones that only IPv6 has beside no address: a preference, an error. */
function isIpv6(words: readonly string[]): boolean {
  return (
    words.includes("pref") ||
    words.some((word) => IPV6.test(word)) ||
    / 4294967295 error /.test(words.join(" "))
  );
}
