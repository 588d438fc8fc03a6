// SPDX-License-Identifier: GPL-2.0-only
/** `= 5`, `= -1 EAGAIN (Resource temporarily unavailable)`, `= ?`: what a call returned, and what may follow it. */
import { errnoNames, errnoNumber } from "../../uapi/errno.ts";
import { ScriptError, unknownWord } from "../error.ts";
import { parseDecoration } from "./decoration.ts";
import type { Scanner } from "./scanner.ts";

/** A written result. */
export interface Written {
  /** From where to where it stands in its line, from `=` on, in characters from 0. */
  readonly at: number;
  readonly end: number;
  /** The value, or -errno. Absent: `= ?`, or -1 without an error's name. */
  readonly ret?: number;
  /** `= ?`: it never returned, or the log does not say. */
  readonly unknown: boolean;
  /** What -y says of a returned descriptor. */
  readonly decoration?: string;
  /** What strace adds in brackets: `(Timeout)`, `(flags O_RDWR)`, `([{fd=3, revents=POLLIN}])`. */
  readonly detail: string;
  /** Seconds that the call took (-T). */
  readonly took?: number;
}

const VALUE = /-?(?:0x[0-9a-fA-F]+|[0-9]+)/y;
const ERROR = /E[A-Z0-9_]+/y;
const TIME = /<[0-9]+\.[0-9]+>/y;

/**
 * Read the result that follows a call's closing bracket, and the rest of the line. Undefined where there is none.
 * `remarks`: what somebody wrote behind it is left, from the scanner's place on.
 */
export function parseResult(s: Scanner, remarks = false): Written | undefined {
  s.blanks();
  const at = s.pos;
  if (!s.take("=")) {
    parseEnd(s, "`=` and a result, or the end of the line");
    return undefined;
  }
  s.blanks();
  const made = s.take("?") ? unknown(s) : known(s);
  const detail = details(s);
  const end = at + s.text.slice(at, s.pos).trimEnd().length;
  const took = parseEnd(s, "the end of the line", remarks && /\s|[A-Z)<0-9?]/.test(s.text[s.pos - 1] ?? ""));
  return { at, end, detail, ...made, ...(took === undefined ? {} : { took }) };
}

type Made = Pick<Written, "unknown" | "ret" | "decoration">;

/** `= ?`, perhaps with the error that restarts a call. */
function unknown(s: Scanner): Made {
  s.blanks();
  s.match(ERROR);
  return { unknown: true };
}

function known(s: Scanner): Made {
  const text = s.match(VALUE);
  if (text === undefined) throw s.wrong("a result: a number, -1 and an errno name, or ?");
  const value = Number(text);
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new ScriptError(s.pos - text.length + 1, `${text} is too large`, "a result below 2^53");
  }
  const decoration = parseDecoration(s);
  s.blanks();
  const at = s.pos;
  const name = s.match(ERROR);
  if (name === undefined) {
    return value === -1
      ? { unknown: false }
      : { unknown: false, ret: value, ...(decoration === undefined ? {} : { decoration }) };
  }
  const errno = errnoNumber(name) ?? unnamed(name);
  if (errno === undefined) {
    throw unknownWord(at + 1, name, "an errno name", errnoNames());
  }
  if (value !== -1) throw new ScriptError(at + 1, `${name} beside ${text}`, `-1 ${name}`);
  return { unknown: false, ret: -errno };
}

/** `ERRNO_524`: what strace has no name for. */
function unnamed(name: string): number | undefined {
  const digits = /^ERRNO_([0-9]{1,4})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** `(…)`, as often as it comes, and <unavailable>. */
function details(s: Scanner): string {
  const start = s.pos;
  let end = s.pos;
  for (;;) {
    s.blanks();
    if (s.char === "(") closeBracket(s);
    else if (s.sees("<unavailable>")) s.pos += "<unavailable>".length;
    else break;
    end = s.pos;
  }
  s.pos = end;
  return s.text.slice(start, end).trim();
}

/** Skip a bracketed text; brackets in strings do not count. */
function closeBracket(s: Scanner): void {
  const start = s.pos;
  let open = 0;
  let quoted = false;
  for (; s.pos < s.text.length; s.pos++) {
    const c = s.char;
    if (quoted) {
      if (c === "\\") s.pos++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "(") open++;
    else if (c === ")" && --open === 0) {
      s.pos++;
      return;
    }
  }
  throw s.wrong("a closing `)`", start);
}

/** After a result: the time of -T, which is given back, a comment, nothing. */
function parseEnd(s: Scanner, expected: string, remarks = false): number | undefined {
  s.blanks();
  const took = s.match(TIME);
  s.blanks();
  if (!s.done && s.char !== "#" && !remarks) throw s.wrong(expected);
  return took === undefined ? undefined : Number(took.slice(1, -1));
}
