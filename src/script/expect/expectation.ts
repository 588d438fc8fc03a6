// SPDX-License-Identifier: GPL-2.0-only
/** `expect …`: what must be so after a step. */
import { errnoNames, errnoNumber } from "../../uapi/errno.ts";
import { nearest } from "../nearest.ts";
import { Reader } from "../reader.ts";
import { shellWords } from "../words.ts";
import { type PacketPattern, parsePattern } from "./pattern.ts";

export type Expectation =
  /** A counter moved by so much. */
  | { readonly what: "counter"; readonly name: string; readonly by: number; readonly column: number }
  /** So many frames like this were seen; without a number at least one. */
  | { readonly what: "packet"; readonly count: number | undefined; readonly pattern: PacketPattern }
  /** A function was called, or was not. `glob`: with `*` and `?`. */
  | { readonly what: "call"; readonly glob: string; readonly not: boolean; readonly column: number }
  /** A note with these words was made, or was not. */
  | { readonly what: "note"; readonly text: string; readonly not: boolean }
  /** The step failed with this error; 0: it did not fail. */
  | { readonly what: "errno"; readonly errno: number }
  | { readonly what: "return"; readonly value: number }
  /** What a view shows of the step is what this file has, beside the scenario. */
  | Kept;

/** A step as it is kept in a file beside the scenario. */
export interface Kept {
  /** All of its trace, the way of its datagrams, or the functions that it called. */
  readonly what: "trace" | "path" | "calls";
  readonly file: string;
  readonly column: number;
  /** Options of the view, as a command line has them. */
  readonly options: readonly { readonly text: string; readonly column: number }[];
}

const WORDS = ["packet", "call", "note", "errno", "return", "trace", "path", "calls", "no"];
const COUNTER = /^[A-Za-z](?:[A-Za-z0-9]*|[\w@-]*[.:][\w.:@-]+)$/;

/** Is this line an expectation? */
export function isExpect(line: string): boolean {
  return /^\s*expect(?:\s|$)/.test(line);
}

/** Parse one line; counters may come several in one. Throws nothing but ScriptError. */
export function parseExpect(line: string): Expectation[] {
  const r = new Reader(shellWords(line), line.length + 1);
  r.next("expect");
  const made = expectations(r);
  if (!r.done) {
    r.next("nothing");
    throw r.wrong("the end of the line");
  }
  return made;
}

function expectations(r: Reader): Expectation[] {
  const word = r.next("packet, call, note, errno, return, trace, path, calls, no or a counter");
  switch (word) {
    case "no":
      return [negated(r)];
    case "call":
      return [called(r, false)];
    case "note":
      return [{ what: "note", text: r.next("text of a note"), not: false }];
    case "errno":
      return [{ what: "errno", errno: errno(r) }];
    case "return":
      return [{ what: "return", value: signed(r) }];
    case "trace":
    case "path":
    case "calls":
      return [kept(r, word)];
    default:
      return packets(r, word) ?? counters(r, word);
  }
}

function negated(r: Reader): Expectation {
  switch (r.next("packet, call, note or errno")) {
    case "packet":
    case "packets":
      return { what: "packet", count: 0, pattern: parsePattern(r) };
    case "call":
      return called(r, true);
    case "note":
      return { what: "note", text: r.next("text of a note"), not: true };
    case "errno":
      return { what: "errno", errno: 0 };
    default:
      throw r.unknown("a kind of expectation", ["packet", "call", "note", "errno"]);
  }
}

/** `packet …`, `2 packets …`. */
function packets(r: Reader, word: string): Expectation[] | undefined {
  const count = /^[0-9]{1,6}$/.test(word) ? Number(word) : undefined;
  if (count === undefined && word !== "packet" && word !== "packets") return undefined;
  if (count !== undefined && !r.take("packet", "packets")) throw r.missing("packets");
  return [{ what: "packet", count, pattern: parsePattern(r) }];
}

function called(r: Reader, not: boolean): Expectation {
  const glob = r.next("a function name");
  if (!/^[\w*?]+$/.test(glob)) throw r.wrong("a function name, may contain * and ?");
  return { what: "call", glob, not, column: r.column };
}

/** `trace FILE [OPTIONS]`. A scenario may come from anywhere: it names no files but those beside it. */
function kept(r: Reader, what: Kept["what"]): Kept {
  const file = r.next("a file");
  if (/^$|^\/|(?:^|\/)\.\.?(?:\/|$)|\0|\/$/.test(file)) throw r.wrong("a file in the scenario's directory");
  const column = r.column;
  const options: { text: string; column: number }[] = [];
  while (what === "trace" && !r.done) options.push({ text: r.next("a view option"), column: r.column });
  return { what, file, column, options };
}

function errno(r: Reader): number {
  const name = r.next("an errno name");
  const found = errnoNumber(name);
  if (found !== undefined) return found;
  throw r.unknown("an errno name", errnoNames());
}

function signed(r: Reader): number {
  const word = r.next("a number");
  if (!/^-?[0-9]{1,10}$/.test(word)) throw r.wrong("a number");
  return Number(word);
}

/** `Udp.NoPorts +1 Icmp.OutMsgs +1`. */
function counters(r: Reader, first: string): Expectation[] {
  const list: Expectation[] = [];
  let name = first;
  for (;;) {
    const meant = /[.:]/.test(name) ? undefined : nearest(name, WORDS);
    if (!COUNTER.test(name) || meant !== undefined)
      throw r.unknown("an expectation: a counter, or one of these", WORDS);
    const column = r.column;
    if (r.done) throw r.unknown("an expectation: a counter followed by +1, or one of these", WORDS);
    list.push({ what: "counter", name, by: movement(r), column });
    if (r.done) return list;
    name = r.next("a counter");
  }
}

function movement(r: Reader): number {
  const word = r.next("+1, -1 or unchanged");
  if (word === "unchanged") return 0;
  if (!/^[+-][0-9]{1,15}$/.test(word)) throw r.wrong("+1, -1 or unchanged");
  return Number(word);
}
