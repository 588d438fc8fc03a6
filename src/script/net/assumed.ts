// SPDX-License-Identifier: GPL-2.0-only
/** What a recording of routes and neighbours alone still says of devices and addresses. */
import { formatIpv4 } from "../../wire/ipv4.ts";
import { ROUTE_TYPES } from "../iproute2/names.ts";
import type { Fields } from "./fields.ts";
import type { AddressRecord, LinkRecord } from "./links.ts";
import { isOwnAddress, isSubnetOfOwn, type RouteRecord } from "./routes.ts";
import type { Writer } from "./writer.ts";

const UP: ReadonlySet<string> = new Set(["UP", "MULTICAST"]);

/**
 * The devices as they were described, then those that routes and neighbours name and nobody described. A device whose
 * addresses were not printed has those that show in the routes that the kernel made for them.
 */
export function withAssumed(
  described: readonly LinkRecord[],
  routes: readonly RouteRecord[],
  neighbours: readonly Fields[],
  writer: Writer,
): LinkRecord[] {
  const guessed = guess(routes);
  const all = new Map(described.map((link) => [link.name, link]));
  for (const entry of [...routes.map((r) => r.entry), ...neighbours]) {
    for (const name of writer.attempt(entry, "what is beyond this device is", () => devicesOf(entry)) ?? []) {
      if (all.has(name)) continue;
      all.set(name, { entry, name, flags: UP, addresses: [] });
      const bare = guessed.has(name) ? "" : ", without an address (ip addr prints them)";
      if (name !== "lo")
        writer.note(entry, `${name} is not described: assumed to be a dummy device that is up${bare}`);
    }
  }
  return [...all.values()].map((link) =>
    link.entry.has("addr_info") ? link : { ...link, addresses: guessed.get(link.name) ?? [] },
  );
}

function devicesOf(entry: Fields): string[] {
  return [entry, ...entry.objects("nexthops")].flatMap((e) => e.device("dev") ?? []);
}

/** By device: an address for each subnet, and each own address that is in none. */
function guess(routes: readonly RouteRecord[]): ReadonlyMap<string, AddressRecord[]> {
  const found = new Map<string, AddressRecord[]>();
  const known = new Set<string>();
  const add = (r: RouteRecord, local: string, prefixlen: number): void => {
    if (r.dev === undefined || known.has(`${r.dev} ${local}`)) return;
    known.add(`${r.dev} ${local}`);
    const address = { entry: r.entry, local, prefixlen, scope: 0, secondary: false, noprefixroute: false };
    const those = found.get(r.dev) ?? [];
    those.push(address);
    found.set(r.dev, those);
  };
  for (const r of routes) if (isSubnetOfOwn(r) && r.src !== undefined) add(r, r.src, r.len);
  for (const r of routes) {
    const isSelf = isOwnAddress(r) && r.len === 32 && r.type === ROUTE_TYPES["local"];
    if (isSelf && r.addr >>> 24 !== 127) add(r, formatIpv4(r.addr), 32);
  }
  return found;
}
