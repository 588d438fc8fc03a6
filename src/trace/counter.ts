// SPDX-License-Identifier: GPL-2.0-only
/** How people call counters, whichever view they look at. Events and traces keep their own names. */
import type { CountEvent } from "./event.ts";

/** `rt_cache.out_hit`, `Udp.NoPorts`, `lo.tx_bytes`: the file or protocol or device, and its column. */
export function counterName(name: string): string {
  if (name.startsWith("dev:")) return name.slice(4);
  return name.startsWith("rt.") ? `rt_cache.${name.slice(3)}` : name;
}

/** A movement: `Udp.NoPorts`, `IpExt.InOctets +33`. */
export function countText({ name, by }: CountEvent): string {
  if (by === 1) return counterName(name);
  return `${counterName(name)} ${by < 0 ? by : `+${by}`}`;
}

const OF_DEVICE = /^(?!dev:)(.+)\.((?:rx|tx)_(?:bytes|packets|errs|drop)|rx_multicast|tx_colls)$/;

/** The other way: an event's name for what {@link counterName} gave, and for itself. */
export function counterEvent(name: string): string {
  const device = OF_DEVICE.exec(name);
  if (device !== null) return `dev:${device[1]}.${device[2]}`;
  return name.startsWith("rt_cache.") ? `rt.${name.slice("rt_cache.".length)}` : name;
}

/** Who moved a counter `times` times, by `by` in all: `fn`, `fn ×2` (by one each time), `fn +66`. */
export function moverText(who: string, times: number, by: number): string {
  if (by === 1) return who;
  return `${who} ${by === times ? `×${by}` : by < 0 ? by : `+${by}`}`;
}

/** Messages that /proc/net/snmp counts twice: by type as IcmpMsg, and by a name of its own (icmpmibmap, net/ipv4/proc.c). */
const ICMP_TYPES: ReadonlyMap<string, string> = new Map([
  ["3", "DestUnreachs"],
  ["11", "TimeExcds"],
  ["12", "ParmProbs"],
  ["4", "SrcQuenchs"],
  ["5", "Redirects"],
  ["8", "Echos"],
  ["0", "EchoReps"],
  ["13", "Timestamps"],
  ["14", "TimestampReps"],
  ["17", "AddrMasks"],
  ["18", "AddrMaskReps"],
]);

/** The second counter of /proc that moves with this one; undefined: none does. */
export function counterTwin(name: string): string | undefined {
  if (!name.startsWith("IcmpMsg.")) return undefined;
  const [, way = "", type = ""] = /^IcmpMsg\.(In|Out)Type(\d+)$/.exec(name) ?? [];
  const called = ICMP_TYPES.get(type);
  return called === undefined ? undefined : `Icmp.${way}${called}`;
}

/** Among the counters of a state, but none: how many entries the cache has, and settings. */
const NO_COUNTERS: ReadonlySet<string> = new Set(["rt.entries", "Ip.Forwarding", "Ip.DefaultTTL"]);

export function isCounter(name: string): boolean {
  return !NO_COUNTERS.has(name);
}
