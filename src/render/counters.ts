// SPDX-License-Identifier: GPL-2.0-only
/** The counters that moved, and who moved each. */

import { eachLeaf, type Syscall } from "../trace/tree.ts";

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

const GROUPS = ["rt", "Udp", "UdpLite", "Icmp", "IcmpMsg", "Ip", "IpExt", "TcpExt", "dev", "softnet"];

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

const HEAD = ["counters", "", "before", "after", "moved by"];
const NUMERIC: ReadonlySet<number> = new Set([2, 3]);

/**
 * The table of what moved, with a newline at its end. Columns are padded here and not by cli-table3, which would
 * cost the main job a fifth of its start-up (docs/performance.md).
 */
export function counterTable(list: readonly Moved[]): string {
  const rows = [HEAD, ...counterRows(list)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const cell = (text: string, column: number): string =>
    NUMERIC.has(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => `${row.map(cell).join("  ").trimEnd()}\n`).join("");
}
