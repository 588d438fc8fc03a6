// SPDX-License-Identifier: GPL-2.0-only
/** The counters that moved, and who moved each. */
import { leaves, type Syscall } from "../trace/tree.ts";

/** One counter: its value before and after, and the functions that moved it with how often. */
export interface Moved {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly by: readonly (readonly [string, number])[];
}

/** What the calls moved, in the order of first movement; `before` gives the values at the start. */
export function moved(calls: readonly Syscall[], before: ReadonlyMap<string, number>): Moved[] {
  const sums = new Map<string, number>();
  const movers = new Map<string, Map<string, number>>();
  for (const call of calls) {
    for (const [item] of leaves(call.body)) {
      if (item.ev !== "count") continue;
      sums.set(item.name, (sums.get(item.name) ?? 0) + item.by);
      const m = movers.get(item.name) ?? new Map<string, number>();
      m.set(item.fn, (m.get(item.fn) ?? 0) + 1);
      movers.set(item.name, m);
    }
  }
  return [...sums].map(([name, sum]) => {
    const start = before.get(name) ?? 0;
    return { name, before: start, after: start + sum, by: [...(movers.get(name) ?? [])] };
  });
}

const GROUPS = ["rt", "Udp", "UdpLite", "Icmp", "IcmpMsg", "Ip", "IpExt", "dev", "softnet"];

/** Rows of the table: group, counter, before, after, who. Sorted by group, then by first movement. */
export function counterRows(list: readonly Moved[]): string[][] {
  const group = (name: string): string =>
    name.startsWith("dev:") ? name.slice(4, name.lastIndexOf(".")) : name.slice(0, name.indexOf("."));
  const rank = (name: string): number => GROUPS.indexOf(name.startsWith("dev:") ? "dev" : group(name));
  const sorted = list
    .map((m, i) => [m, i] as const)
    .sort(([a, i], [b, j]) => rank(a.name) - rank(b.name) || i - j);
  return sorted.map(([m]) => [
    group(m.name) === "rt" ? "rt_cache" : group(m.name),
    m.name.slice(m.name.lastIndexOf(".") + 1),
    String(m.before),
    String(m.after),
    m.by.map(([fn, n]) => (n > 1 ? `${fn} ×${n}` : fn)).join(", "),
  ]);
}
