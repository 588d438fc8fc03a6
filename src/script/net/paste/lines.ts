// SPDX-License-Identifier: GPL-2.0-only
/** Lines of a pasted text, bare: without a mail's `> ` and what programs made of them; a backslash at its end continues one. */
import { LineError, ScriptError } from "../../error.ts";
import type { Place } from "../network.ts";
import { plainLine } from "./plain.ts";

export interface LogicalLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Where it begins in the bare text, in characters from 0. */
  readonly from: number;
  /** Of a column, from 1. */
  placeOf(column: number): () => Place;
  failure(error: ScriptError): LineError;
}

/** A text of which every line is bare, and how many characters were taken off before each. */
export interface BareText {
  readonly text: string;
  readonly cuts: readonly number[];
}

export function bareText(text: string): BareText {
  const cuts: number[] = [];
  const lines = text.split("\n").map((raw) => {
    const line = plainLine(raw);
    const quote = line.startsWith(">") ? (/^(?:> ?)+/.exec(line)?.[0].length ?? 0) : 0;
    const bare = quote === 0 ? line : line.slice(quote);
    const at = bare === raw ? 0 : raw.indexOf(bare);
    cuts.push(Math.max(at, 0));
    return bare;
  });
  return { text: lines.join("\n"), cuts };
}

export function* logicalLines({ text, cuts }: BareText): Generator<LogicalLine> {
  let parts: string[] = [];
  let first = 1;
  let from = 0;
  let start = 0;
  for (const [i, line] of text.split("\n").entries()) {
    const goesOn = line.endsWith("\\") && !line.startsWith("#");
    parts.push(goesOn ? line.slice(0, -1) : line);
    from += line.length + 1;
    if (goesOn) continue;
    yield logical(parts, first, start, cuts);
    parts = [];
    first = i + 2;
    start = from;
  }
  if (parts.length > 0) yield logical(parts, first, start, cuts);
}

function logical(
  parts: readonly string[],
  number: number,
  from: number,
  cuts: readonly number[],
): LogicalLine {
  return lineOf(parts.join(""), number, from, (at) => {
    let [line, left] = [number, at];
    for (const part of parts.slice(0, -1)) {
      if (left <= part.length) break;
      left -= part.length;
      line++;
    }
    return { line, column: left + (cuts[line - 1] ?? 0) };
  });
}

function lineOf(text: string, number: number, from: number, place: (column: number) => Place): LogicalLine {
  return {
    text,
    number,
    from,
    placeOf: (column) => () => place(column),
    failure: (error) => {
      const { line, column } = place(error.column);
      return new LineError(line, new ScriptError(column, error.problem, error.expected, error.nearest));
    },
  };
}

/** The line without its first characters. */
export function without(n: number, line: LogicalLine): LogicalLine {
  if (n === 0) return line;
  return lineOf(line.text.slice(n), line.number, line.from + n, (column) => line.placeOf(column + n)());
}

/** The line with another text; places are the old one's. */
export function withText(text: string, line: LogicalLine): LogicalLine {
  return lineOf(text, line.number, line.from, (column) => line.placeOf(column)());
}
