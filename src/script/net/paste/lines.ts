// SPDX-License-Identifier: GPL-2.0-only
/** Lines of a pasted text: a backslash at its end continues one, a mail's `> ` is taken off. */
import { LineError, ScriptError } from "../../error.ts";
import type { Place } from "../network.ts";

export interface LogicalLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Where it begins in the whole text, in characters from 0. */
  readonly from: number;
  /** Of a column, from 1. */
  placeOf(column: number): () => Place;
  failure(error: ScriptError): LineError;
}

export function* logicalLines(text: string): Generator<LogicalLine> {
  let parts: string[] = [];
  let first = 1;
  let from = 0;
  let start = 0;
  for (const [i, raw] of text.split("\n").entries()) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const goesOn = line.endsWith("\\") && !line.startsWith("#");
    parts.push(goesOn ? line.slice(0, -1) : line);
    from += raw.length + 1;
    if (goesOn) continue;
    yield logical(parts, first, start);
    parts = [];
    first = i + 2;
    start = from;
  }
  if (parts.length > 0) yield logical(parts, first, start);
}

function logical(parts: readonly string[], number: number, from: number): LogicalLine {
  const [quote = ""] = /^(?:> ?)+/.exec(parts[0] ?? "") ?? [];
  const place = (at: number): Place => {
    let [line, left] = [number, at + quote.length];
    for (const part of parts.slice(0, -1)) {
      if (left <= part.length) break;
      left -= part.length;
      line++;
    }
    return { line, column: left };
  };
  return {
    text: parts.join("").slice(quote.length),
    number,
    from: from + quote.length,
    placeOf: (column) => () => place(column),
    failure: (error) => {
      const { line, column } = place(error.column);
      return new LineError(line, new ScriptError(column, error.problem, error.expected, error.nearest));
    },
  };
}
