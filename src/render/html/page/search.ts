// SPDX-License-Identifier: GPL-2.0-only
/** Finding rows by what they say. */
import type { Row, Section } from "../model.ts";
import { pathTo } from "./lines.ts";

/** All that a row says, to be searched. */
export function textOf(section: Section, row: Row): string {
  const fn = section.fns[row.fn];
  const why = (row.why ?? []).map(
    ([text, facts]) => `${text} ${facts.map(([k, v]) => `${k}=${v}`).join(" ")}`,
  );
  const args = (row.args ?? []).map(([k, v]) => `${k}=${v}`);
  const counts = (row.counts ?? []).map(([i]) => section.counters[i]?.[0] ?? "");
  const parts = (row.parts ?? []).map((p) => p.name);
  const frames = (row.frames ?? []).map((f) => f.text);
  return [fn?.[0], fn?.[1], row.text, row.ret, ...why, ...args, ...counts, ...parts, ...frames]
    .join("\n")
    .toLowerCase();
}

/** Rows that say all the words of the query. */
export function find(section: Section, query: string): number[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((w) => w !== "");
  if (words.length === 0) return [];
  return section.rows.flatMap((row, i) => {
    const text = textOf(section, row);
    return words.every((word) => text.includes(word)) ? [i] : [];
  });
}

/** Rows with all the rows around them: what must be shown for them to be seen in their place. */
export function withPaths(section: Section, rows: readonly number[]): Set<number> {
  return new Set(rows.flatMap((row) => [...pathTo(section.rows, row), row]));
}
