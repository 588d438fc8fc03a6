// SPDX-License-Identifier: GPL-2.0-only
/** `ip rule` and `ip neigh` in text. */
import { NUD } from "../../iproute2/names.ts";
import { parseNumber } from "../../reader.ts";
import { type Entry, IPV6, type Line, QUAD, splitPrefix, takeValue, takeWord, wordsOf } from "./entry.ts";
import type { Found, Section } from "./section.ts";

const RULE = /^(\d+):\s+(?=(?:not\s+)?from\s|l3mdev)/;
/** Selectors of later kernels: that they are there is enough. */
const LATER: readonly (readonly [string, string])[] = [
  ["uidrange", "uid_start"],
  ["ipproto", "ipproto"],
  ["sport", "sport"],
  ["dport", "dport"],
  ["suppress_prefixlength", "suppress_prefixlen"],
  ["suppress_ifgroup", "suppress_ifgroup"],
  ["tun_id", "tun_id"],
  ["map-to", "nat_gateway"],
];

export class RuleText implements Section {
  readonly what = "output of ip rule";

  begins({ text }: Line): boolean {
    return RULE.test(text);
  }

  reset(): void {}

  take(line: Line, found: Found): boolean {
    const m = RULE.exec(line.text);
    if (m === null) return false;
    const words = wordsOf(line.text.slice(m[0].length));
    if (words.some((word) => IPV6.test(word))) found.ipv6(line);
    else {
      const entry = rule(Number(m[1]), words);
      const does = ["table", "action", "goto", "nop", "l3mdev"].some(
        (name) => entry[name] !== undefined || name in entry,
      );
      if (does) found.rule(entry, line);
      else found.note(line, "the action of this rule is not printed: left out");
    }
    return true;
  }
}

function rule(priority: number, words: string[]): Entry {
  const entry: Entry = { priority };
  if (takeWord(words, "not")) entry["not"] = null;
  side(entry, "src", takeValue(words, "from"));
  side(entry, "dst", takeValue(words, "to"));
  const [mark, mask] = takeValue(words, "fwmark")?.split("/") ?? [];
  if (mark !== undefined) entry["fwmark"] = mark;
  if (mask !== undefined) entry["fwmask"] = mask;
  const tos = takeValue(words, "tos");
  // busybox prints a number without 0x, and that is decimal.
  if (tos !== undefined) entry["tos"] = /^\d+$/.test(tos) ? `0x${Number(tos).toString(16)}` : tos;
  for (const name of ["iif", "oif", "goto"]) {
    const value = takeValue(words, name);
    if (value !== undefined) entry[name] = value;
  }
  const realms = takeValue(words, "realms") ?? takeValue(words, "realm");
  if (realms !== undefined) {
    const [to = "", from] = realms.split("/").reverse();
    Object.assign(entry, { flow_to: to, ...(from === undefined ? {} : { flow_from: from }) });
  }
  for (const [word, name] of LATER) {
    const value = takeValue(words, word);
    if (value !== undefined) entry[name] = value;
  }
  const table = takeValue(words, "lookup") ?? takeValue(words, "table");
  if (table === "[l3mdev-table]" || takeWord(words, "l3mdev")) entry["l3mdev"] = null;
  else if (table !== undefined && table !== "unspec") entry["table"] = table;
  if (takeWord(words, "nop")) entry["nop"] = null;
  // `ip -N` prints an action as a number.
  const action = ["blackhole", "unreachable", "prohibit", "6", "7", "8"].find((name) =>
    takeWord(words, name),
  );
  if (action !== undefined) entry["action"] = action;
  return entry;
}

function side(entry: Entry, name: "src" | "dst", text: string | undefined): void {
  if (text === undefined) return;
  const [addr, len] = splitPrefix(text);
  entry[name] = addr;
  if (len !== undefined) entry[`${name}len`] = len;
}

const STATES: ReadonlySet<string> = new Set(Object.keys(NUD).map((name) => name.toUpperCase()));

export class NeighbourText implements Section {
  readonly what = "output of ip neigh";

  begins({ text }: Line): boolean {
    const [addr = "", dev, ...rest] = wordsOf(text);
    if (dev !== "dev" || !(QUAD.test(addr) || IPV6.test(addr))) return false;
    return STATES.has(rest.at(-1) ?? "") || rest.includes("lladdr") || rest.includes("FAILED");
  }

  reset(): void {}

  take(line: Line, found: Found): boolean {
    if (!this.begins(line)) return false;
    const words = wordsOf(line.text);
    const dst = words.shift() ?? "";
    if (dst.includes(":")) {
      found.ipv6(line);
      return true;
    }
    const dev = takeValue(words, "dev");
    const lladdr = takeValue(words, "lladdr");
    const state = words.filter((word) => STATES.has(word));
    if (!words.includes("proxy")) {
      found.neighbour({ dst, dev, ...(lladdr === undefined ? {} : { lladdr }), state }, line);
    }
    return true;
  }
}

/** `route -n`, `netstat -rn`: Destination Gateway Genmask Flags … Iface. */
export class RouteTable implements Section {
  readonly what = "output of route -n";
  /** Columns, by the header's words. */
  private columns: string[] = [];
  private ipv6 = false;

  begins({ text }: Line): boolean {
    return /^Kernel IP(?:v6)? routing table/.test(text) || /^Destination\s+(?:Gateway|Next Hop)\s/.test(text);
  }

  reset(): void {
    this.columns = [];
    this.ipv6 = false;
  }

  take(line: Line, found: Found): boolean {
    if (/^Kernel IP(?:v6)? routing table/.test(line.text)) return true;
    const words = wordsOf(line.text);
    if (words[0] === "Destination") {
      this.ipv6 = /Next Hop/.test(line.text);
      if (!this.ipv6) found.bare(line);
      this.columns = words;
      return true;
    }
    if (this.ipv6) {
      const row = words.length >= 5 && /^\S+\/\d+$|^default$|:/.test(words[0] ?? "");
      if (row) found.ipv6(line);
      return row;
    }
    const entry = this.columns.length === words.length ? this.row(words) : undefined;
    if (entry === undefined) return false;
    const name = [entry["dst"], entry["gateway"]].find(
      (text) => typeof text === "string" && !isAddress(text),
    );
    if (name === undefined) found.route(entry, line);
    else found.note(line, `${name} is a host name of unknown address: route left out (use route -n)`);
    return true;
  }

  private row(words: readonly string[]): Entry | undefined {
    const value = (name: string): string => words[this.columns.indexOf(name)] ?? "";
    const [dst, mask, gateway, flags] = [
      NETWORKS[value("Destination")] ?? value("Destination"),
      value("Genmask"),
      value("Gateway"),
      value("Flags"),
    ];
    const len = lengthOf(mask);
    if (!/^[A-Z!$]+$/.test(flags) || len === undefined) return undefined;
    const dev = value("Iface");
    const none = dev === "*" || dev === "-";
    const near = gateway === "0.0.0.0" || gateway === "*" || gateway === "-" || !flags.includes("G");
    const metric = parseNumber(value("Metric")) ?? 0;
    return {
      dst: dst === "default" ? "default" : `${dst}/${len}`,
      ...(none ? {} : { dev }),
      ...(none || near ? { scope: "link" } : { gateway }),
      ...(metric === 0 ? {} : { metric }),
      ...(none ? { type: flags.includes("!") ? "unreachable" : "blackhole" } : {}),
      ...(!none && isOwn(dst, len, near, flags) ? { protocol: "kernel" } : {}),
      flags: [],
    };
  }
}

/** /etc/networks. */
const NETWORKS: Readonly<Record<string, string>> = { "link-local": "169.254.0.0", loopback: "127.0.0.0" };

const isAddress = (text: string): boolean => text === "default" || QUAD.test(text);

/** Whose the routes to subnets are, such a table does not say: the kernel's, as good as always. */
function isOwn(dst: string, len: number, near: boolean, flags: string): boolean {
  return near && len > 0 && !flags.includes("D") && !dst.startsWith("169.254.0.0");
}

function lengthOf(mask: string): number | undefined {
  if (mask === "default" || mask === "*") return 0;
  const parts = mask.split(".").map(Number);
  if (!QUAD.test(mask) || parts.some((part) => part > 255)) return undefined;
  const host = ~parts.reduce((sum, part) => sum * 256 + part, 0) >>> 0;
  return (host & (host + 1)) === 0 ? Math.clz32(host) : undefined;
}
