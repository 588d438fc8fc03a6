// SPDX-License-Identifier: GPL-2.0-only
/** The counters that moved, and who moved each. */

import { eachLeaf, type Syscall } from "../trace/tree.ts";
import type { DrawTable } from "./format.ts";

/** One counter: its value before and after, and the functions that moved it with how often. */
export interface Moved {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly by: readonly (readonly [string, number])[];
}

/** Adds up movements call by call. */
export class Moves {
  private readonly sums = new Map<string, number>();
  private readonly movers = new Map<string, Map<string, number>>();

  get size(): number {
    return this.sums.size;
  }

  add(call: Syscall): void {
    eachLeaf(call.body, (item) => {
      if (item.ev !== "count") return;
      this.sums.set(item.name, (this.sums.get(item.name) ?? 0) + item.by);
      const movers = this.movers.get(item.name) ?? new Map<string, number>();
      movers.set(item.fn, (movers.get(item.fn) ?? 0) + 1);
      this.movers.set(item.name, movers);
    });
  }

  /** What moved, in the order of first movement; `before` gives the values at the start. */
  list(before: { readonly [name: string]: number }): Moved[] {
    return [...this.sums].map(([name, sum]) => {
      const start = before[name] ?? 0;
      return { name, before: start, after: start + sum, by: [...(this.movers.get(name) ?? [])] };
    });
  }
}

const GROUPS = ["rt", "Udp", "UdpLite", "Icmp", "IcmpMsg", "Ip", "IpExt", "dev", "softnet"];

function group(name: string): string {
  return name.startsWith("dev:") ? name.slice(4, name.lastIndexOf(".")) : name.slice(0, name.indexOf("."));
}

/** Rows: group, counter, before, after, who. Sorted by group, then by first movement. */
export function counterRows(list: readonly Moved[]): string[][] {
  const rank = (name: string): number => GROUPS.indexOf(name.startsWith("dev:") ? "dev" : group(name));
  const order = list
    .map((m, i) => [m, i] as const)
    .sort(([a, i], [b, j]) => rank(a.name) - rank(b.name) || i - j);
  return order.map(([m]) => [
    group(m.name) === "rt" ? "rt_cache" : group(m.name),
    m.name.slice(m.name.lastIndexOf(".") + 1),
    String(m.before),
    String(m.after),
    m.by.map(([fn, n]) => (n > 1 ? `${fn} ×${n}` : fn)).join(", "),
  ]);
}

/** The table of what moved, with a newline at its end. */
export function counterTable(list: readonly Moved[], draw: DrawTable): string {
  const head = ["counters", "", "before", "after", "moved by"];
  return draw(head, ["left", "left", "right", "right", "left"], counterRows(list));
}
