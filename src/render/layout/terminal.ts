// SPDX-License-Identifier: GPL-2.0-only
/** The layout of a terminal: no line is wider than it, and what is said is what a pipe gets. */
import { blanks } from "../blanks.ts";
import type { Paint } from "../style.ts";
import { fill } from "./fill.ts";
import type { Layout, Span } from "./layout.ts";
import { Outline } from "./outline.ts";
import { Sheet } from "./sheet.ts";
import { columnsOf } from "./width.ts";

/** Nobody reads text in fewer columns. */
export const NARROWEST = 40;

export function terminal(paint: Paint, columns: number): Layout {
  const width = Math.max(columns, NARROWEST);
  return {
    graph: (style, out) => new Outline((body) => new Sheet(style, { paint, width, out }).print(body)),
    text: (spans, hang, indent = 0) =>
      fill(spans.map(withoutTabs), { width, first: indent, rest: indent + hang }, paint),
    table(rows, numeric) {
      const [head = [], ...others] = table(rows, numeric, width, paint);
      return [...head.map((line) => paint("head", line)), ...others.flat()];
    },
  };
}

/** Files of /proc have tabs, a piece of text each. */
function withoutTabs(span: Span): Span {
  if (typeof span !== "string" || !span.includes("\t")) return span;
  let text = "";
  for (const part of span.split(/(?<=\t)/))
    text += part.endsWith("\t")
      ? part.slice(0, -1) + blanks(TAB - ((text.length + part.length - 1) % TAB))
      : part;
  return text;
}

const TAB = 8;

/** The last column takes the room that the others leave, or a line of its own where that is too little. */
function table(
  rows: readonly (readonly string[])[],
  numeric: ReadonlySet<number>,
  width: number,
  paint: Paint,
): string[][] {
  const last = (rows[0]?.length ?? 1) - 1;
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => columnsOf(row[i] ?? ""))));
  const before = widths.slice(0, last).reduce((sum, w) => sum + w + 2, 0);
  const rest = width - before < LEAST ? 4 : before;
  return rows.map((row) => {
    const cells = row.slice(0, last).map((text, i) => padded(text, widths[i] ?? 0, numeric.has(i)));
    const start = cells.join("  ");
    if (before + columnsOf(row[last] ?? "") <= width) return [`${start}  ${row[last]}`.trimEnd()];
    if (rest === before) {
      const [first = "", ...others] = fill([row[last] ?? ""], { width, first: before, rest }, paint);
      return [`${start}  ${first.trimStart()}`, ...others];
    }
    return [start.trimEnd(), ...fill([row[last] ?? ""], { width, first: rest, rest }, paint)];
  });
}

/** A last column narrower than this is no column. */
const LEAST = 24;

function padded(text: string, width: number, right: boolean): string {
  const pad = blanks(Math.max(0, width - columnsOf(text)));
  return right ? pad + text : text + pad;
}
