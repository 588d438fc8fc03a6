// SPDX-License-Identifier: GPL-2.0-only
/** The matches and the target of a rule. */
import type { FilterMatch, FilterRange, FilterTarget } from "../../kernels/config.ts";
import { ScriptError } from "../error.ts";
import type { Reader } from "../reader.ts";
import { LeftOut, option } from "./common.ts";
import { targetOf } from "./target.ts";
import { addresses, icmpType, type Masked, marked, PROTOCOLS, ports, ranged, ranges } from "./values.ts";

export interface RuleParts {
  readonly match: FilterMatch;
  readonly target: FilterTarget;
}

type Field = Exclude<keyof FilterMatch, "not">;
type Match = { -readonly [K in keyof FilterMatch]?: FilterMatch[K] };

interface Draft {
  readonly chain: string;
  /** Matches that were loaded, by -m or by -p. */
  readonly modules: Set<string>;
  match: Match;
  readonly not: Set<Field>;
  sources: readonly Masked[];
  destinations: readonly Masked[];
  target: FilterTarget | undefined;
  /** It was given counters. */
  counted: boolean;
}

/** Matches of other modules; the reason, where it is worth one. */
const OTHERS: Readonly<Record<string, string>> = {
  state: "no connection tracking",
  conntrack: "no connection tracking",
  ...Object.fromEntries(
    [
      ..."addrtype ah bpf cgroup cluster connbytes connlabel connlimit connmark cpu dccp devgroup dscp ecn".split(
        " ",
      ),
      ..."esp hashlimit helper ipvs limit mac nfacct osf owner physdev pkttype policy quota rateest realm".split(
        " ",
      ),
      ..."recent rpfilter sctp set socket statistic string tcpmss time tos u32 unclean fuzzy hl".split(" "),
    ].map((name) => [name, ""]),
  ),
};
const MODULES = ["udp", "udplite", "tcp", "icmp", "multiport", "comment", "mark", "length", "ttl", "iprange"];
const WORDS = [
  "-s",
  "-d",
  "-p",
  "-i",
  "-o",
  "-j",
  "-g",
  "-f",
  "-m",
  "--sport",
  "--dport",
  "--icmp-type",
  "!",
];

/** One rule, or one for each pair of a list of sources and destinations. */
export function rules(r: Reader, chain: string): RuleParts[] {
  const draft: Draft = {
    chain,
    modules: new Set(),
    match: {},
    not: new Set(),
    sources: [],
    destinations: [],
    target: undefined,
    counted: false,
  };
  while (!r.done) {
    const word = r.next("an iptables option");
    if (isJump(word) && draft.target !== undefined) throw r.wrong("one -j or -g, not two");
    if (word === "-j" || word === "--jump") draft.target = targetOf(r, false, draft.match.protocol);
    else if (word === "-g" || word === "--goto") draft.target = targetOf(r, true, draft.match.protocol);
    else matches(r, word, draft);
  }
  if (draft.target === undefined) {
    // iptables takes such a rule, which counts and decides nothing; who typed it has forgotten something.
    if (!draft.counted) throw r.missing("-j ACCEPT or -j DROP");
    draft.target = { kind: "next" };
  }
  return [...spread(draft)];
}

function* spread({ match, not, sources, destinations, target }: Draft): Generator<RuleParts> {
  for (const src of listed(sources, not.has("src"))) {
    for (const dst of listed(destinations, not.has("dst"))) {
      const all = { ...(src === undefined ? {} : { src }), ...(dst === undefined ? {} : { dst }), ...match };
      yield {
        match: not.size === 0 ? all : { ...all, not: [...not].sort() },
        target: target as FilterTarget,
      };
    }
  }
}

/** 0.0.0.0/0 is any address, which a rule need not say; `! 0.0.0.0/0` is none. */
function listed(list: readonly Masked[], not: boolean): readonly (Masked | undefined)[] {
  if (list.length === 0) return [undefined];
  return list.map((one) => (one.mask === 0 && !not ? undefined : one));
}

/** Where each word's value goes, and how it is read. */
const FIELDS: {
  readonly [F in Field]?: (r: Reader, word: string) => NonNullable<FilterMatch[F]> | undefined;
} = {
  protocol: (r) => r.named("a protocol", PROTOCOLS, 255) || undefined,
  iif: (r) => r.device(),
  oif: (r) => r.device(),
  fragment: () => true,
  sport: ports,
  dport: ports,
  sports: ranges,
  dports: ranges,
  ports: ranges,
  icmp: icmpType,
  mark: marked,
  length: (r) => ranged(r, "a length", 65535),
  srcRange: addressRange,
  dstRange: addressRange,
  ttl,
};
const NAMES: readonly (readonly [Field, string])[] = [
  ["src", "-s --source --src"],
  ["dst", "-d --destination --dst"],
  ["protocol", "-p --protocol --proto"],
  ["iif", "-i --in-interface"],
  ["oif", "-o --out-interface"],
  ["fragment", "-f --fragment"],
  ["sport", "--sport --source-port"],
  ["dport", "--dport --destination-port"],
  ["sports", "--sports --source-ports"],
  ["dports", "--dports --destination-ports"],
  ["ports", "--ports"],
  ["icmp", "--icmp-type"],
  ["mark", "--mark"],
  ["length", "--length"],
  ["srcRange", "--src-range"],
  ["dstRange", "--dst-range"],
  ["ttl", "--ttl --ttl-eq --ttl-lt --ttl-gt"],
];
const FIELD_OF: ReadonlyMap<string, Field> = new Map(
  NAMES.flatMap(([field, words]) => words.split(" ").map((word) => [word, field] as const)),
);

function matches(r: Reader, first: string, draft: Draft): void {
  const word = first === "!" ? r.next("an iptables option") : first;
  const field = FIELD_OF.get(word);
  if (field === undefined) {
    if (word === "-m" || word === "--match") module(r, draft);
    else if (first === "!" || !aside(r, word, draft)) throw r.unknown("an iptables option", WORDS);
    return;
  }
  if ((field === "sport" || field === "dport") && !hasPorts(draft.match.protocol)) {
    throw new ScriptError(r.column, `${word} without -p udp`, "-p udp before it");
  }
  checkPlace(r, word, field, draft);
  // As iptables had it before 1.4: `-s ! 192.0.2.1`.
  const not = first === "!" || r.take("!");
  if (not) draft.not.add(field);
  if (field === "src" || field === "dst") addressed(r, draft, field, not);
  else set(r, draft, field, word);
}

const isJump = (word: string): boolean => ["-j", "--jump", "-g", "--goto"].includes(word);

/** The match that has such words, where one must be named first. */
const MODULE_OF: { readonly [F in Field]?: string } = {
  sports: "multiport",
  dports: "multiport",
  ports: "multiport",
  mark: "mark",
  length: "length",
  ttl: "ttl",
  srcRange: "iprange",
  dstRange: "iprange",
};

/** What iptables refuses: a device on the wrong side of a chain, a word whose match is not loaded. */
function checkPlace(r: Reader, word: string, field: Field, { chain, modules, match }: Draft): void {
  if ((field === "iif" && chain === "OUTPUT") || (field === "oif" && chain === "INPUT")) {
    throw new ScriptError(r.column, `${word} in ${chain}`, field === "iif" ? "-o" : "-i");
  }
  const needed = MODULE_OF[field];
  if (needed !== undefined && !modules.has(needed))
    throw new ScriptError(r.column, `${word} without -m ${needed}`, `-m ${needed} before it`);
  if (field === "icmp" && match.protocol !== 1 && !modules.has("icmp"))
    throw new ScriptError(r.column, `${word} without -p icmp`, "-p icmp before it");
}

function hasPorts(protocol: number | undefined): boolean {
  return protocol !== undefined && [6, 17, 33, 132, 136].includes(protocol);
}

/** A list that is turned round is none of them, which one rule cannot say. */
function addressed(r: Reader, draft: Draft, field: "src" | "dst", not: boolean): void {
  const list = addresses(r);
  if (not && list.length > 1) throw r.wrong("a single address with !");
  if (field === "src") draft.sources = list;
  else draft.destinations = list;
}

function set<F extends Field>(r: Reader, { match, not }: Draft, field: F, word: string): void {
  const value = FIELDS[field]?.(r, word);
  if (match[field] !== undefined) throw r.wrong(`one ${word}, not two`);
  if (value !== undefined) match[field] = value;
  else if (not.has(field)) throw r.wrong("a condition that a packet can meet");
}

function ttl(r: Reader, word: string): FilterRange {
  const v = r.number("a TTL", 255);
  if (word === "--ttl-lt") return { from: 0, to: v - 1 };
  return word === "--ttl-gt" ? { from: v + 1, to: 255 } : { from: v, to: v };
}

/** Words that match everything, and options. */
function aside(r: Reader, word: string, draft: Draft): boolean {
  if (word === "--comment") {
    r.next("a comment");
    return true;
  }
  if (word === "--tcp-flags" || word === "--syn" || word === "--tcp-option") {
    r.note("TCP is not simulated: rule left out");
    throw new LeftOut();
  }
  draft.counted ||= word === "-c" || word === "--set-counters";
  if (option(r.back())) return true;
  r.next("an iptables option");
  return false;
}

function module(r: Reader, draft: Draft): void {
  const name = r.next("a match");
  draft.modules.add(name);
  if (MODULES.includes(name)) return;
  if (!Object.hasOwn(OTHERS, name)) throw r.unknown("a match", [...MODULES, ...Object.keys(OTHERS)]);
  const why = OTHERS[name] === "" ? "" : ` (${OTHERS[name]})`;
  r.note(`-m ${name} is not modelled${why}: rule left out`);
  throw new LeftOut();
}

function addressRange(r: Reader): { from: number; to: number } {
  const [from, to, ...more] = r.next("FROM-TO").split("-");
  const read = (text: string | undefined): number => {
    const p = text === undefined ? undefined : addressOf(text);
    if (p === undefined || more.length > 0) throw r.wrong("two addresses as FROM-TO");
    return p;
  };
  return { from: read(from), to: read(to ?? from) };
}

function addressOf(text: string): number | undefined {
  const parts = text.split(".").map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  return parts.length === 4 && parts.every((p) => p < 256)
    ? parts.reduce((sum, p) => sum * 256 + p, 0)
    : undefined;
}
