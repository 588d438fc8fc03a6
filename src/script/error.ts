// SPDX-License-Identifier: GPL-2.0-only
/** What is wrong with a line that somebody wrote: where, what was expected, what was perhaps meant. */
import { nearest } from "./nearest.ts";

export class ScriptError extends Error {
  /** Position of the offending word in the line, from 1. */
  readonly column: number;
  /** What is wrong there. */
  readonly problem: string;
  /** What could have stood there. */
  readonly expected: string;
  /** The likeliest word meant, if one is near. */
  readonly nearest: string | undefined;

  constructor(column: number, problem: string, expected: string, meant?: string) {
    super(`column ${column}: ${sentence(problem, expected, meant)}`);
    this.name = "ScriptError";
    this.column = column;
    this.problem = problem;
    this.expected = expected;
    this.nearest = meant;
  }

  /** Without the place. */
  get sentence(): string {
    return sentence(this.problem, this.expected, this.nearest);
  }
}

/** A {@link ScriptError} of a line of a file; lines count from 1. */
export class LineError extends ScriptError {
  readonly line: number;

  constructor(line: number, cause: ScriptError) {
    super(cause.column, cause.problem, cause.expected, cause.nearest);
    this.name = "LineError";
    this.line = line;
    this.message = `line ${line}, ${this.message}`;
  }

  /** As compilers say it, so that editors find the place. */
  at(file: string): string {
    return `${file}:${this.line}:${this.column}: ${sentence(this.problem, this.expected, this.nearest)}`;
  }
}

function sentence(problem: string, expected: string, meant: string | undefined): string {
  return `${problem}, expected ${expected}${meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`}`;
}

/** A text as far as one wants to read it again. */
export function cut(text: string, most = 60): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** For a word that is not among those that may stand there. */
export function unknownWord(
  column: number,
  word: string,
  what: string,
  known: readonly string[],
): ScriptError {
  const list = known.length > 8 ? what : `${what} (${known.join(", ")})`;
  return new ScriptError(column, `unknown word ${JSON.stringify(cut(word))}`, list, nearest(word, known));
}
