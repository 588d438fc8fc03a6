// SPDX-License-Identifier: GPL-2.0-only
/** Neighbours, as `ip -j neigh` prints them, as commands. */
import type { Fields } from "./fields.ts";
import type { Writer } from "./writer.ts";

/** Which state an entry gets; one that is being looked for is looked for again, when somebody sends. */
const STATES: Readonly<Record<string, string>> = {
  PERMANENT: "permanent",
  NOARP: "noarp",
  REACHABLE: "reachable",
  STALE: "stale",
  DELAY: "stale",
  PROBE: "stale",
};

/** Those of IPv4 whose hardware address is known. */
export function neighbourCommands(entries: readonly Fields[], writer: Writer): void {
  for (const entry of entries) addNeighbour(entry, writer);
}

/** True; throws where an address or a device is none. */
export function checkNeighbour(entry: Fields): true {
  if (entry.address("dst") === undefined) throw entry.wrong("dst", "an IPv4 address");
  if (entry.device("dev") === undefined) throw entry.wrong("dev", "a device");
  return true;
}

/** Of IPv6: its devices say nothing about this machine. */
export function isIpv6Neighbour(entry: Fields): boolean {
  return entry.word("dst", "an IPv4 address")?.includes(":") === true;
}

function addNeighbour(entry: Fields, writer: Writer): void {
  const [dst, dev] = [entry.address("dst") ?? "", entry.device("dev") ?? ""];
  const lladdr = entry.mac("lladdr");
  const state = entry.words("state").map((word) => STATES[word]);
  const known = state.find((word) => word !== undefined);
  if (lladdr === undefined || known === undefined) return;
  writer.add(entry, ["ip", "neigh", "replace", dst, "lladdr", lladdr, "nud", known, "dev", dev]);
}
