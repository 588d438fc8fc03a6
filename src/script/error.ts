// SPDX-License-Identifier: GPL-2.0-only
/** What is wrong with a line that somebody wrote: where, what was expected, what was perhaps meant. */
import { nearest } from "./nearest.ts";

export class ScriptError extends Error {
  /** Position of the offending word in the line, from 1. */
  readonly column: number;
  /** What could have stood there. */
  readonly expected: string;
  /** The likeliest word meant, if one is near. */
  readonly nearest: string | undefined;

  constructor(column: number, problem: string, expected: string, meant?: string) {
    const hint = meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
    super(`column ${column}: ${problem}, expected ${expected}${hint}`);
    this.name = "ScriptError";
    this.column = column;
    this.expected = expected;
    this.nearest = meant;
  }
}

/** For a word that is not among those that may stand there. */
export function unknownWord(
  column: number,
  word: string,
  what: string,
  known: readonly string[],
): ScriptError {
  const list = known.length > 8 ? what : `${what} (${known.join(", ")})`;
  return new ScriptError(column, `unknown word ${JSON.stringify(word)}`, list, nearest(word, known));
}
