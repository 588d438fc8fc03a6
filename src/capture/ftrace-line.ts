// SPDX-License-Identifier: GPL-2.0-only
/** A line of a recording as it was copied, as a row; and what the first lines tell of the others. */
import { parseRow, type Row, type Unreadable } from "./ftrace-row.ts";
import { isGap, plainLine, unwrapped } from "./paste.ts";

/** So many layers stand around a line at most: a quote of a quote, numbered. */
const LAYERS = 4;

/** A line's row, null where it says nothing of calls, or where it cannot be read as it came. */
export function readLine(line: string): Row | Unreadable | null {
  const text = plainLine(line);
  const first = parseRow(text);
  if (first?.is !== "unreadable") return first;
  let inner = text;
  for (let n = 0; n < LAYERS; n++) {
    if (isGap(inner))
      return { is: "gap", text: "the recording has a gap here: lines were removed", ...NOBODY };
    const next = unwrapped(inner);
    if (next === inner) break;
    inner = next;
    const row = parseRow(inner);
    if (row?.is !== "unreadable") return row;
  }
  return first;
}

const NOBODY = { cpu: undefined, pid: undefined } as const;

/** How a recording is to be read. */
export interface Manner {
  /** Bare names, a blank a level: any word is a call. */
  readonly names: boolean;
  /** Its blanks are gone: only the braces tell what is inside of what. */
  readonly flat: boolean;
  /** There is a call tree in it: what else stands there is left out and counted. */
  readonly lenient: boolean;
}

/** In a mail, a few lines of a tree stand among more that are none. */
const PROSE = 3;

/** What the first lines show. */
export function mannerOf(head: readonly string[]): Manner {
  const rows = head.map(readLine);
  const calls = rows.filter((row) => row?.is === "enter" && row.form !== "name").length;
  const braces = rows.filter((row) => row?.is === "exit").length;
  const words = rows.filter((row) => row?.is === "enter" && row.form === "name").length;
  const odd = rows.filter((row) => row?.is === "unreadable").length;
  if (calls === 0) return { names: true, flat: false, lenient: false };
  return { names: false, flat: isFlat(rows), lenient: odd + words <= PROSE * (calls + braces) };
}

/** A call inside of another that does not stand further to the right. */
function isFlat(rows: readonly (Row | Unreadable | null)[]): boolean {
  const indents = new Set<number>();
  let [open, deepest] = [0, 0];
  for (const row of rows) {
    if (row?.is === "enter") {
      deepest = Math.max(deepest, open);
      if (row.form === "nested") open++;
    } else if (row?.is === "exit") open = Math.max(0, open - 1);
    else continue;
    indents.add(row.indent);
  }
  return deepest > 0 && indents.size === 1;
}
