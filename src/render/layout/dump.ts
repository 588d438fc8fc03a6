// SPDX-License-Identifier: GPL-2.0-only
/** Bytes in a box that fits: as many a row as there is room for. */

import { hexdump } from "../../wire/hexdump.ts";
import { blanks } from "../blanks.ts";
import type { Paint } from "../style.ts";
import { fill } from "./fill.ts";
import { type Box, GLUE, type Span } from "./layout.ts";

/** The frame before each row. */
const EDGE = 2;
/** Bytes a row, and digits of an offset: what fits first is taken. */
const ROWS = [
  { bytes: 16, digits: 8 },
  { bytes: 8, digits: 8 },
  { bytes: 8, digits: 5 },
  { bytes: 4, digits: 5 },
] as const;

/** The columns of a row of hexdump -C: offset, bytes, a gap between the halves, bars. */
function columnsOfRow({ bytes, digits }: (typeof ROWS)[number]): number {
  return digits + 1 + 3 * bytes + (bytes > 8 ? 1 : 0) + 2 + bytes + 2;
}

/** The lines of a box whose corner stands at `indent`, or further to the left where it would not fit. */
export function boxLines(box: Box, indent: number, width: number, paint: Paint): string[] {
  const room = width - EDGE;
  if (box.bytes.length === 0)
    return fill(
      [
        ["quiet", "─ "],
        ["head", box.title],
      ],
      { width: room, first: indent, rest: indent + 2 },
      paint,
    );
  const row = ROWS.find((one) => columnsOfRow(one) <= room) ?? ROWS[3];
  const left = Math.max(0, Math.min(indent, room - columnsOfRow(row)));
  const edge = blanks(left) + paint("quiet", "│ ");
  const inside = { width: room - left, first: 0 };
  const lines = fill([["head", box.title]], { ...inside, rest: 2 }, paint).map((line, i) =>
    i === 0 ? `${blanks(left)}${paint("quiet", "┌ ")}${line}` : edge + line,
  );
  for (const line of hexdump(box.bytes, box.at ?? 0, row.bytes, row.digits))
    lines.push(edge + paint("hex", line));
  for (const [name, fields] of box.headers) {
    if (fields.length === 0) continue;
    const spans: Span[] = name === "" ? [] : [["head", `${name}:`]];
    for (const { name: field, value } of fields) {
      if (spans.length > 0) spans.push(spans.length === 1 && name !== "" ? " " : "  ");
      spans.push(`${field}${GLUE}${value.replaceAll(" ", GLUE)}`);
    }
    for (const line of fill(spans, { ...inside, rest: 2 }, paint)) lines.push(edge + line);
  }
  return [...lines, blanks(left) + paint("quiet", "└")];
}
