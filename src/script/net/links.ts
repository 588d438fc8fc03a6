// SPDX-License-Identifier: GPL-2.0-only
/** Devices and their addresses, as `ip -j -d addr` (or `link`) prints them. */
import { isDeviceName, parseNumber, SCOPES } from "../reader.ts";
import type { Fields } from "./fields.ts";
import type { Writer } from "./writer.ts";

/** A device as far as it was printed. */
export interface LinkRecord {
  readonly entry: Fields;
  readonly name: string;
  readonly flags: ReadonlySet<string>;
  readonly addresses: readonly AddressRecord[];
}

/** An IPv4 address of a device. */
export interface AddressRecord {
  readonly entry: Fields;
  readonly local: string;
  readonly prefixlen: number;
  readonly peer?: string;
  readonly broadcast?: string;
  readonly scope: number;
  readonly label?: string;
  readonly secondary: boolean;
  /** The kernel was told to make no route for it. */
  readonly noprefixroute: boolean;
}

/**
 * The devices by their numbers. One may be in several lists, of `ip link` and of `ip addr`: the one with addresses
 * counts.
 */
export function linksOf(entries: readonly Fields[], writer: Writer): LinkRecord[] {
  const links = new Map<string, LinkRecord>();
  for (const entry of entries) {
    const link = writer.attempt(entry, "this device is", () => linkOf(entry, writer));
    if (link === undefined) continue;
    const known = links.get(link.name);
    if (known === undefined) links.set(link.name, link);
    else if (entry.has("addr_info")) links.set(link.name, again(known, link, writer));
    else if (entry.pasted) links.set(link.name, { ...known, entry: known.entry.over(entry) });
  }
  const index = ({ entry }: LinkRecord): number => entry.number("ifindex") ?? 0;
  return [...links.values()].sort((a, b) => index(a) - index(b));
}

/** A device that is described a second time, with its addresses: `ip link` and `ip addr` say one thing each. */
function again(known: LinkRecord, link: LinkRecord, writer: Writer): LinkRecord {
  const { entry, name } = link;
  const addresses = ({ addresses: all }: LinkRecord): string =>
    all.map((a) => `${a.local}/${a.prefixlen}`).join();
  if (known.entry.has("addr_info") && addresses(known) !== addresses(link)) {
    writer.note(entry, `${name} is described twice, with different addresses: the last one is used`);
  }
  if (!entry.pasted || !known.entry.pasted) return link;
  return { ...link, entry: entry.over(known.entry), flags: entry.has("flags") ? link.flags : known.flags };
}

function linkOf(entry: Fields, writer: Writer): LinkRecord {
  const name = nameOf(entry);
  const addresses = entry
    .objects("addr_info")
    .flatMap((a) => writer.attempt(a, `this address of ${name} is`, () => addressOf(a, writer)) ?? []);
  return { entry, name, flags: flagsOf(entry, name, writer), addresses };
}

/** Some `ip -br` print the device below as part of the name. */
function nameOf(entry: Fields): string {
  const [brief, below] = entry.has("flags") ? [] : (entry.text("ifname")?.split("@") ?? []);
  const name =
    brief !== undefined && below !== undefined && isDeviceName(brief) ? brief : entry.device("ifname");
  if (name === undefined) throw entry.wrong("ifname", "a device name");
  return name;
}

/** `ip -br addr` prints no flags, but a state: one that is not down is up. */
function flagsOf(entry: Fields, name: string, writer: Writer): Set<string> {
  if (entry.has("flags")) return new Set(entry.words("flags"));
  const state = entry.word("operstate");
  if (state === undefined) return new Set();
  if (state === "DOWN" && name !== "lo") {
    writer.note(entry, `${name} is DOWN, perhaps without carrier: assumed to be administratively down`);
  }
  return new Set(state === "DOWN" || state === "NOTPRESENT" ? [] : ["UP", "MULTICAST"]);
}

function addressOf(entry: Fields, writer: Writer): AddressRecord[] {
  if (entry.names.length === 0) return [];
  const family = entry.word("family", "inet or inet6") ?? guessed(entry);
  if (family === "inet6") writer.skipIpv6(entry);
  if (family !== "inet") return [];
  const local = entry.address("local");
  if (local === undefined) throw entry.wrong("local", "an IPv4 address");
  const prefixlen = entry.number("prefixlen", 32);
  if (prefixlen === undefined) throw entry.wrong("prefixlen", "a number from 0 to 32");
  const peer = entry.address("address");
  const broadcast = entry.address("broadcast");
  const label = entry.device("label");
  return [
    {
      entry,
      local,
      prefixlen,
      scope: scopeOf(entry),
      secondary: entry.has("secondary"),
      noprefixroute: entry.has("noprefixroute"),
      ...(peer === undefined ? {} : { peer }),
      ...(broadcast === undefined ? {} : { broadcast }),
      ...(label === undefined ? {} : { label }),
    },
  ];
}

/** `ip -br` prints no family. */
function guessed(entry: Fields): string {
  return entry.text("local")?.includes(":") === true ? "inet6" : "inet";
}

/** A scope by name or number; one that only somebody's rt_scopes knows counts as global. */
export function scopeOf(entry: Fields): number {
  const word = entry.word("scope") ?? "global";
  return Object.hasOwn(SCOPES, word) ? (SCOPES[word] as number) : Math.min(parseNumber(word) ?? 0, 255);
}

/** A scope as ip names it. */
export function scopeName(scope: number): string {
  return Object.keys(SCOPES).find((name) => SCOPES[name] === scope) ?? String(scope);
}
