// SPDX-License-Identifier: GPL-2.0-only
/** Routes, as `ip -j route show table all` prints them. */
import { formatIpv4 } from "../../wire/ipv4.ts";
import { ROUTE_TYPES } from "../iproute2/names.ts";
import { parseNumber, parsePrefix, SCOPES, TABLES } from "../reader.ts";
import type { Fields } from "./fields.ts";
import { scopeOf } from "./links.ts";

/** A route as far as it was printed. */
export interface RouteRecord {
  readonly entry: Fields;
  /** RTN_*. */
  readonly type: number;
  /** As printed: a number or a name. */
  readonly table: string;
  readonly addr: number;
  readonly len: number;
  readonly dev: string | undefined;
  readonly src: string | undefined;
  readonly metric: number;
  readonly scope: number;
  /** The kernel made it beside an address. */
  readonly byKernel: boolean;
}

const { unicast, local, broadcast } = ROUTE_TYPES as Readonly<Record<string, number>>;
const MAIN = "main";

/** Read one; undefined for a route of IPv6. */
export function routeOf(entry: Fields): RouteRecord | undefined {
  if (isIpv6(entry)) return undefined;
  const dst = parsePrefix(entry.word("dst") ?? "");
  if (dst === undefined) throw entry.wrong("dst", "an IPv4 prefix, or default");
  return {
    entry,
    type: typeOf(entry),
    table: entry.word("table") ?? MAIN,
    addr: dst.addr,
    len: dst.len,
    dev: entry.device("dev"),
    src: entry.address("prefsrc"),
    metric: entry.number("metric") ?? 0,
    scope: scopeOf(entry),
    byKernel: ["kernel", "2"].includes(entry.word("protocol") ?? ""),
  };
}

/** Only for IPv6 ip prints a preference; `default` alone does not tell. */
function isIpv6(entry: Fields): boolean {
  return entry.has("pref") || ["dst", "gateway", "prefsrc"].some((name) => entry.word(name)?.includes(":"));
}

function typeOf(entry: Fields): number {
  const name = entry.word("type") ?? "unicast";
  const type = Object.hasOwn(ROUTE_TYPES, name) ? ROUTE_TYPES[name] : parseNumber(name);
  if (type === undefined || type > 11)
    throw entry.wrong("type", `a type of route (${Object.keys(ROUTE_TYPES).join(", ")})`);
  return type;
}

/** `192.0.2.0/24`. */
export function prefixText({ addr, len }: { readonly addr: number; readonly len: number }): string {
  return `${formatIpv4(addr)}/${len}`;
}

/** One of those that the kernel keeps beside each address in its local table. */
export function isOwnAddress(r: RouteRecord): boolean {
  return r.byKernel && isTable(r, "local") && (r.type === local || r.type === broadcast);
}

/** Is a gateway's address in it? */
export function covers(
  { addr, len }: { readonly addr: number; readonly len: number },
  gateway: number,
): boolean {
  return len === 0 || (addr ^ gateway) >>> (32 - len) === 0;
}

/** The one that the kernel makes in its main table for the subnet of an address. */
export function isOwnSubnet(r: RouteRecord): boolean {
  return isSubnetOfOwn(r) && r.metric === 0;
}

/** …or that a later kernel makes, with the address' metric. */
export function isSubnetOfOwn(r: RouteRecord): boolean {
  const plain = r.byKernel && r.type === unicast && r.scope === SCOPES["link"];
  return plain && isMain(r) && !r.entry.has("gateway") && !r.entry.has("nexthops");
}

/** By way of a gateway, or of several. */
export function isFarEntry(entry: Fields): boolean {
  return entry.has("gateway") || entry.has("nexthops");
}

/** Of the table where the kernel keeps subnets. */
export function isMain(r: RouteRecord): boolean {
  return isTable(r, MAIN);
}

/** `ip -N` prints numbers. */
function isTable({ table }: RouteRecord, name: string): boolean {
  return table === name || table === String(TABLES[name]);
}
