// SPDX-License-Identifier: GPL-2.0-only
/** JSON as programs print it, several texts in one file; every value knows where it stands. */
import { JsonProblem, locate } from "../../trace/json-position.ts";
import { LineError, ScriptError } from "../error.ts";
import type { Place } from "./network.ts";

/** What ip prints has no more; a hostile file might. */
const MAX_LEVELS = 32;

const SPACE = /[ \t\r\n]*/y;
/** What lies between brackets and strings. */
const OTHER = /[^"[\]{}]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const STRING = /"(?:[^"\\\x00-\x1f]|\\.)*"?/y;

/** One JSON text of a file. */
export class Document {
  readonly value: unknown;
  private readonly file: string;
  private readonly from: number;
  private readonly text: string;

  constructor(file: string, from: number, to: number) {
    this.file = file;
    this.from = from;
    this.text = file.slice(from, to);
    this.value = this.parse();
  }

  /** Where the value under a path stands. */
  place(path: readonly (string | number)[]): Place {
    return placeOf(this.file, this.from + locate(this.text, path));
  }

  private parse(): unknown {
    try {
      return JSON.parse(this.text);
    } catch {
      throw this.unreadable();
    }
  }

  /** JSON.parse does not always say where: look again. */
  private unreadable(): LineError {
    try {
      locate(this.text, []);
    } catch (error) {
      if (!(error instanceof JsonProblem)) throw error;
      const [problem = "", expected = "JSON"] = error.message.split(", expected ");
      return failure(this.file, this.from + error.at, problem, expected);
    }
    return failure(this.file, this.from, "not JSON", "output of ip -j");
  }
}

/** The text that begins at `from`, and where it ends. Throws `LineError`. */
export function documentAt(
  file: string,
  from: number,
): { readonly document: Document; readonly end: number } {
  const end = endOf(file, from);
  return { document: new Document(file, from, end), end };
}

/** The texts of a file, in order. Throws `LineError`. */
export function* documents(file: string): Generator<Document> {
  for (let at = skip(file, 0, SPACE); at < file.length; ) {
    const end = endOf(file, at);
    yield new Document(file, at, end);
    at = skip(file, end, SPACE);
  }
}

/** The end of the list or object that begins here; of anything else, its end as far as that can be told. */
function endOf(file: string, from: number): number {
  const first = file[from];
  if (first !== "[" && first !== "{") {
    const found = `found ${JSON.stringify(String.fromCodePoint(file.codePointAt(from) as number))}`;
    throw failure(file, from, found, "a list as printed by ip -j, [{…}]");
  }
  let level = 0;
  for (let at = from; at < file.length; at = skip(file, at, OTHER)) {
    const c = file[at];
    if (c === '"') {
      at = skip(file, at, STRING);
      continue;
    }
    level += c === "[" || c === "{" ? 1 : -1;
    if (level > MAX_LEVELS) throw failure(file, at, "nested too deeply", `at most ${MAX_LEVELS} levels`);
    at++;
    if (level === 0) return at;
  }
  return file.length;
}

function skip(text: string, at: number, pattern: RegExp): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

function failure(file: string, at: number, problem: string, expected: string): LineError {
  const { line, column } = placeOf(file, at);
  return new LineError(line, new ScriptError(column, problem, expected));
}

function placeOf(file: string, at: number): Place {
  const before = file.slice(0, at);
  const start = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let i = before.indexOf("\n"); i >= 0; i = before.indexOf("\n", i + 1)) line++;
  return { line, column: [...before.slice(start)].length + 1 };
}
