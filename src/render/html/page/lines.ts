// SPDX-License-Identifier: GPL-2.0-only
/** Which rows the tree shows, as lines; a line stands for the hidden rows behind it, too. */
import type { Row, Section } from "../model.ts";

/** What a reader has chosen to see. */
export interface View {
  /** Bookkeeping, too. */
  readonly all: boolean;
  /** Only these layers; empty = all. */
  readonly layers: ReadonlySet<number>;
  /** Rows that were opened or closed by hand. */
  readonly toggled: ReadonlySet<number>;
  /** Rows to show whatever else is chosen. */
  readonly wanted: ReadonlySet<number>;
}

/** One line of the tree. */
export interface Line {
  readonly row: number;
  /** The last row it stands for. */
  last: number;
  /** Place in the tree, from 1. */
  readonly level: number;
  place: number;
  size: number;
  /** Index of the line above it in the tree, -1 for none. */
  readonly parent: number;
  /** Null: nothing inside. */
  open: boolean | null;
}

interface Around {
  /** First row behind the call. */
  readonly end: number;
  readonly hidden: boolean;
  readonly line: number;
}

/** Index of the first row behind each row's inside. */
export function endsOf(rows: readonly Row[]): number[] {
  const ends: number[] = [];
  const open: number[] = [];
  for (let i = 0; i <= rows.length; i++) {
    const depth = rows[i]?.depth ?? -1;
    while (open.length > 0 && (rows[open.at(-1) as number]?.depth ?? 0) >= depth)
      ends[open.pop() as number] = i;
    open.push(i);
  }
  return ends;
}

/** Open unless it goes as before, and the other way round where a reader said so. */
function isOpen(row: Row, index: number, view: View): boolean {
  return (row.folded === undefined || view.all) !== view.toggled.has(index);
}

/** The lines to show, in order. */
export function linesOf(section: Section, ends: readonly number[], view: View): Line[] {
  const lines: Line[] = [];
  const around: Around[] = [{ end: section.rows.length, hidden: false, line: -1 }];
  section.rows.forEach((row, i) => {
    while ((around.at(-1) as Around).end <= i) around.pop();
    const outer = around.at(-1) as Around;
    const wanted = view.wanted.has(i);
    const gone = !wanted && (outer.hidden || (row.quiet === true && !view.all));
    const shown = !gone && (wanted || view.layers.size === 0 || row.fn < 0 || inLayers(section, row, view));
    const end = ends[i] as number;
    const open = end > i + 1 ? isOpen(row, i, view) : null;
    const level = outer.line < 0 ? 1 : (lines[outer.line]?.level ?? 0) + 1;
    if (shown) lines.push({ row: i, last: i, level, place: 0, size: 0, parent: outer.line, open });
    const line = shown ? lines.length - 1 : outer.line;
    if (open !== null) around.push({ end, hidden: gone || (shown && !open), line });
  });
  return numbered(lines, section.rows.length);
}

function inLayers(section: Section, row: Row, view: View): boolean {
  return view.layers.has(section.fns[row.fn]?.[2] ?? -1);
}

/** Say of each line how many siblings it has, and where its rows end. */
function numbered(lines: Line[], rows: number): Line[] {
  const sizes = new Map<number, number>();
  lines.forEach((line, i) => {
    const place = (sizes.get(line.parent) ?? 0) + 1;
    sizes.set(line.parent, place);
    line.place = place;
    line.last = (lines[i + 1]?.row ?? rows) - 1;
    // What is inside may be all bookkeeping, or shown because it is wanted.
    const child = lines[i + 1]?.parent === i;
    if (line.open !== null && (child || line.open)) line.open = child ? true : null;
  });
  for (const line of lines) line.size = sizes.get(line.parent) ?? 0;
  return lines;
}

/** The line that stands for a row: its own, or the last one before it. */
export function lineOf(lines: readonly Line[], row: number): number {
  let found = 0;
  lines.forEach((line, i) => {
    if (line.row <= row) found = i;
  });
  return found;
}

/** The rows around a row, outermost first. */
export function pathTo(rows: readonly Row[], row: number): number[] {
  const path: number[] = [];
  let depth = rows[row]?.depth ?? 0;
  for (let i = row - 1; i >= 0 && depth > 0; i--) {
    const above = rows[i] as Row;
    if (above.depth >= depth || above.kind === "after") continue;
    path.unshift(i);
    depth = above.depth;
  }
  return path;
}
