// SPDX-License-Identifier: GPL-2.0-only
/** What rows say in short: to be read in the tree, in the status line, and aloud. */
import type { Reason, Row, Section } from "../model.ts";
import type { Line } from "./lines.ts";

/** Title of a row: its function, or its context. */
export function titleOf(section: Section, row: Row): string {
  return section.fns[row.fn]?.[0] ?? row.text ?? section.name;
}

/** The layer of a row as a word; empty for a context. */
export function layerOf(section: Section, row: Row, layers: readonly string[]): string {
  return layers[section.fns[row.fn]?.[2] ?? -1] ?? "";
}

/** A reason as one text. */
export function reasonText([text, facts]: Reason): string {
  return facts.length === 0 ? text : `${text} (${facts.map(([k, v]) => `${k} ${v}`).join(", ")})`;
}

/** `1 byte`, `5 bytes`. */
export function bytes(n: number): string {
  return `${n} ${n === 1 ? "byte" : "bytes"}`;
}

/** What the rows of a line do, besides giving reasons. */
export interface Marks {
  /** Bytes written. */
  readonly wrote: number;
  /** Headers and data that came to be. */
  readonly parts: readonly string[];
  readonly frames: readonly string[];
  readonly counters: readonly string[];
}

/** Marks of all rows that a line stands for. */
export function marksOf(section: Section, line: Line): Marks {
  const rows = section.rows.slice(line.row, line.last + 1);
  const moved = new Map<string, number>();
  for (const row of rows)
    for (const [index, by] of row.counts ?? []) {
      const name = section.counters[index]?.[0] ?? "";
      moved.set(name, (moved.get(name) ?? 0) + by);
    }
  return {
    wrote: rows.flatMap((r) => r.writes ?? []).reduce((sum, w) => sum + (w.hex === "" ? 0 : w.len), 0),
    parts: [...new Set(rows.flatMap((r) => r.parts ?? []).map((part) => part.name))],
    frames: rows.flatMap((r) => r.frames ?? []).map((f) => f.text),
    counters: [...moved].map(([name, by]) => (by === 1 ? name : `${name} +${by}`)),
  };
}

/** `wrote 8 bytes: udp header`. */
export function wroteText(wrote: number, parts: readonly string[]): string {
  return `wrote ${bytes(wrote)}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
}

/** A step as a sentence or two, for those who listen. */
export function aloud(section: Section, line: Line, layers: readonly string[]): string {
  const row = section.rows[line.row];
  if (row === undefined) return "";
  const marks = marksOf(section, line);
  const layer = layerOf(section, row, layers);
  return [
    `${titleOf(section, row)}${layer === "" ? "" : `, ${layer}`}${row.failed ? ", failed" : ""}`,
    ...(row.why ?? []).map(reasonText),
    marks.wrote > 0 ? wroteText(marks.wrote, marks.parts) : "",
    ...marks.frames,
    marks.counters.length > 0 ? `counters: ${marks.counters.join(", ")}` : "",
  ]
    .filter((text) => text !== "")
    .join(". ");
}
