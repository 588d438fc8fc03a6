// SPDX-License-Identifier: GPL-2.0-only
/** `ip route`, `ip route get`, `ip rule`, `ip neigh`: the machine's dumps in iproute2 6.1's words. */
import { protocolName, scopeName, tableName } from "./names.ts";

/** Words of a dump that have a value. */
const VALUED = new Set([
  "table",
  "scope",
  "proto",
  "tos",
  "metric",
  "from",
  "via",
  "dev",
  "src",
  "flags",
  "weight",
  "realm",
  "expires",
  "error",
  "ipid",
  "iif",
]);
const METRICS = [
  "lock",
  "mtu",
  "window",
  "rtt",
  "rttvar",
  "ssthresh",
  "cwnd",
  "advmss",
  "reordering",
  "hoplimit",
];
/** RTAX_* of each, for the bits of RTAX_LOCK. */
const RTAX: Readonly<Record<string, number>> = Object.fromEntries(METRICS.map((name, i) => [name, i + 1]));
const RTNH_F_DEAD = 1;
const RTNH_F_ONLINK = 4;
const RT_SCOPE_UNIVERSE = 0;
const RTPROT_BOOT = 3;
const RT_TABLE_MAIN = 254;
const RTM_F_CLONED = 0x200;

/** A line of a dump. */
interface Route {
  readonly type: string;
  readonly dst: string;
  readonly words: ReadonlyMap<string, string>;
  readonly metrics: ReadonlyMap<string, number>;
  /** Each next hop's own words. */
  readonly hops: readonly ReadonlyMap<string, string>[];
}

/** `table 254 unicast 10.0.0.0/8 scope 253 proto 2 dev d0 … nexthop via … weight 1 flags 0`. */
function parse(line: string): Route {
  const [main = "", ...hops] = line.split(" nexthop ");
  const words = new Map<string, string>();
  const metrics = new Map<string, number>();
  const list = main.split(" ");
  const [, table = "", type = "", dst = ""] = list;
  words.set("table", table);
  for (let i = 4; i + 1 < list.length; i += 2) take(list[i] as string, list[i + 1] as string, words, metrics);
  const parts = hops.map((hop) => {
    const own = new Map<string, string>();
    const w = hop.split(" ");
    for (let i = 0; i + 1 < w.length; i += 2) {
      // What follows the last hop's flags is the route's own again.
      if (own.has("flags")) take(w[i] as string, w[i + 1] as string, words, metrics);
      else own.set(w[i] as string, w[i + 1] as string);
    }
    return own;
  });
  return { type, dst, words, metrics, hops: parts };
}

function take(word: string, value: string, words: Map<string, string>, metrics: Map<string, number>): void {
  if (VALUED.has(word)) words.set(word, value);
  else metrics.set(word, Number(value));
}

const destination = (dst: string): string =>
  dst === "0.0.0.0/0" ? "default" : dst.endsWith("/32") ? dst.slice(0, -3) : dst;

/** One route: with its table, and with its device where not all have the same. */
function show(r: Route, withTable: boolean, withDev = true): string {
  const get = (word: string): string | undefined => r.words.get(word);
  const cloned = (Number(get("flags") ?? 0) & RTM_F_CLONED) !== 0;
  const parts = [r.type === "unicast" ? "" : r.type, destination(r.dst)];
  for (const word of ["from", "tos", "via"]) parts.push(pair(word, get(word)));
  if (withDev) parts.push(pair("dev", get("dev")));
  const table = Number(get("table"));
  if (withTable && table !== RT_TABLE_MAIN) parts.push(`table ${tableName(table)}`);
  const proto = Number(get("proto"));
  const scope = Number(get("scope"));
  if (!cloned && proto !== RTPROT_BOOT) parts.push(`proto ${protocolName(proto)}`);
  if (!cloned && scope !== RT_SCOPE_UNIVERSE) parts.push(`scope ${scopeName(scope)}`);
  parts.push(pair("src", get("src")), pair("metric", get("metric")));
  const realm = realms(Number(get("realm") ?? 0));
  const flags = Number(get("flags") ?? 0);
  if (!cloned) parts.push(...hopFlags(flags));
  parts.push(realm);
  const text = `${parts.filter((part) => part !== "").join(" ")} `;
  const known = cloned ? `\n${cache(flags)}${cacheinfo(r.words)}` : "";
  const iif = get("iif") === undefined ? "" : `iif ${get("iif")} `;
  return `${text}${known}${metrics(r.metrics)}${iif}\n${r.hops.map(nexthop).join("")}`;
}

/** `realm TO`, `realms FROM/TO`; of a rule always `realms`. */
function realms(realm: number, rule = false): string {
  if (realm === 0) return "";
  const from = realm >>> 16;
  return from === 0 ? `realm${rule ? "s" : ""} ${realm}` : `realms ${from}/${realm & 0xffff}`;
}

/** struct rta_cacheinfo, without statistics. */
function cacheinfo(words: ReadonlyMap<string, string>): string {
  const [expires, error, ipid] = ["expires", "error", "ipid"].map((word) => words.get(word));
  return (
    (expires === undefined ? "" : `expires ${expires}sec `) +
    (error === undefined ? "" : `error ${error} `) +
    (ipid === undefined ? "" : `ipid 0x${Number(ipid).toString(16).padStart(4, "0")} `)
  );
}

const pair = (word: string, value: string | undefined): string =>
  value === undefined ? "" : `${word} ${value}`;

function hopFlags(flags: number): string[] {
  return [(flags & RTNH_F_DEAD) !== 0 ? "dead" : "", (flags & RTNH_F_ONLINK) !== 0 ? "onlink" : ""].filter(
    (word) => word !== "",
  );
}

function nexthop(hop: ReadonlyMap<string, string>): string {
  const realm = realms(Number(hop.get("realm") ?? 0));
  const parts = [
    pair("via", hop.get("via")),
    realm,
    pair("dev", hop.get("dev")),
    pair("weight", hop.get("weight")),
  ];
  parts.push(...hopFlags(Number(hop.get("flags") ?? 0)));
  return `\tnexthop ${parts.filter((part) => part !== "").join(" ")} \n`;
}

/** `mtu lock 1400 `: a metric whose bit stands in RTAX_LOCK is marked. */
function metrics(all: ReadonlyMap<string, number>): string {
  const locked = all.get("lock") ?? 0;
  let text = "";
  for (const [name, value] of all) {
    if (name === "lock") continue;
    text += `${name} ${(locked & (1 << (RTAX[name] ?? 0))) !== 0 ? "lock " : ""}${value} `;
  }
  return text;
}

/** RTCF_*, as the line of the cache names them. */
const CACHE: readonly (readonly [string, number])[] = [
  ["local", 0x80000000],
  ["reject", 0x40000000],
  ["mc", 0x20000000],
  ["brd", 0x10000000],
  ["dst-nat", 0x08000000],
  ["src-nat", 0x00800000],
  ["masq", 0x00400000],
  ["dst-direct", 0x00020000],
  ["src-direct", 0x04000000],
  ["redirected", 0x00040000],
  ["redirect", 0x01000000],
  ["fastroute", 0x00200000],
  ["notify", 0x00010000],
  ["proxy", 0x00080000],
];

function cache(flags: number): string {
  const names = CACHE.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
  return `    cache ${names.length > 0 ? `<${names.join(",")}> ` : ""}`;
}

/** `ip route show [table T] [dev D]`. */
export function showRoutes(
  dump: readonly string[],
  table: number | "all" | undefined,
  dev: string | undefined,
): string {
  return dump
    .map(parse)
    .filter((r) => table === "all" || Number(r.words.get("table")) === (table ?? RT_TABLE_MAIN))
    .filter((r) => dev === undefined || [r.words, ...r.hops].some((w) => w.get("dev") === dev))
    .map((r) => show(r, table === "all", dev === undefined))
    .join("");
}

/** `ip route get`: what the machine said of one destination. */
export function showRoute(text: string): string {
  return show(parse(text), false);
}

/** `ip rule`. */
export function showRules(dump: readonly string[]): string {
  return dump.map((line) => `${rule(line)}\n`).join("");
}

/** `100: not from 10.0.0.0/8 fwmark 0x1/0xff iif lo lookup 100 flags 0x10000` → with tabs, names and marks. */
function rule(line: string): string {
  const m = /^(\d+:) ?(not )?(.*)$/.exec(line);
  if (m === null) return line;
  let words = m[3] as string;
  const flags = Number(/ flags (0x[0-9a-f]+)$/.exec(words)?.[1] ?? 0);
  words = words.replace(/ flags 0x[0-9a-f]+$/, "");
  if (!words.startsWith("from ")) words = `from all ${words}`;
  words = words
    .replace(/(\d+\.\d+\.\d+\.\d+)\/32\b/g, "$1")
    .replace(/\/0xffffffff\b/, "")
    .replace(/lookup (\d+)(?= realm|$)/, (_w, table: string) => `lookup ${tableName(Number(table))}`)
    .replace(/((?:(?:lookup|goto) )?\S+) realm (\d+)$/, (_w, action: string, realm: string) => {
      const of = realms(Number(realm), true);
      return action.startsWith("lookup ") ? `${action} ${of}` : `${of} ${action}`;
    })
    .replace(/(iif \S+)/, (flags & IIF_DETACHED) !== 0 ? "$1 [detached]" : "$1");
  return `${m[1]}\t${m[2] ?? ""}${words}${(flags & UNRESOLVED) !== 0 ? " [unresolved]" : ""}`;
}
const UNRESOLVED = 0x4;
const IIF_DETACHED = 0x8;

/** `ip neigh [show dev D]`; entries that need no address are left out. */
export function showNeighbours(dump: readonly string[], dev: string | undefined): string {
  return dump
    .map((line) => line.split(" "))
    .filter(([d, , state]) => (dev === undefined || d === dev) && state !== "noarp" && state !== "none")
    .map(([d, addr, state, lladdr]) => {
      const device = dev === undefined ? ` dev ${d}` : "";
      return `${addr}${device}${lladdr === undefined ? "" : ` lladdr ${lladdr}`} ${state?.toUpperCase()} \n`;
    })
    .join("");
}
