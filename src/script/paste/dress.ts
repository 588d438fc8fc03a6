// SPDX-License-Identifier: GPL-2.0-only
/** What stands before each line of a pasted log, of the mail or the tool that it went through: learned from its calls. */
import { SYSCALL_NAMES } from "../../uapi/unistd.ts";
import { parsePrefix } from "../strace/line.ts";
import { isPerf } from "../strace/perf.ts";
import { Scanner } from "../strace/scanner.ts";
import { type Clean, clean, webbed, without } from "./clean.ts";
import { type Literal, literals, SUFFIX, unwrapped } from "./wrapping.ts";

/** How the lines of a file are dressed. */
export interface Dress {
  /** What begins a line and is not strace's: line numbers, the name of a file, a bullet. A sticky expression's source. */
  readonly prefix?: string;
  /** Lines begin with marks of quotation. */
  readonly quoted?: true;
  /** Mail's quoted-printable: `=3D` for `=`, and lines that go on after a `=`. */
  readonly printable?: true;
  /** Each line is a string of another format. */
  readonly literal?: Literal;
  /** It comes out of a web page: `&quot;` is `"` wherever it stands. */
  readonly web?: true;
  /** Behind each line stands what belongs to a table or a page. */
  readonly suffix?: true;
  /** Every character was followed by a zero byte (UTF-16). */
  readonly wide: boolean;
  /** Lines were cut after so many characters, words or no words. */
  readonly hard?: number;
  /** Lines were wrapped at blanks: a line is, if it and the first word of the next would be at least so long. */
  readonly fold?: number;
}

export const PLAIN: Dress = { wide: false };

/** Lines that are looked at, of which at most so many characters. */
const LOOKED_AT = 2000;
const LONGEST = 4096;

const QUOTE = /^[ \t]*[>|](?!=) ?/;
/** Nobody quotes more often than that. */
const MOST_QUOTES = 16;
/** -k: ` > /lib/libc.so.6(__libc_sendto+0x1a) [0x10f1aa]`; -e read: ` | 00000  61 61 …`. */
const STACK = /^[ \t]*> .*\) \[0x[0-9a-f]+\]\s*$|^[ \t]*\| [0-9a-f]{5} {2}/;

/** Marks of quotation before a line, as many as there are; where others have none, only before a call. */
function unquoted(line: Clean, all: boolean): Clean {
  const { text } = line;
  if (!/^[ \t]*[>|]/.test(text)) return line;
  let at = 0;
  for (let i = 0; i < MOST_QUOTES && !STACK.test(text.slice(at)); i++) {
    const mark = QUOTE.exec(text.slice(at))?.[0].length ?? 0;
    if (mark === 0) break;
    at += mark;
  }
  return at > 0 && (all || headOf(text.slice(at)) !== undefined) ? without(at, line) : line;
}

/** Takes lines as they stand in the file, gives them bare: no quotation marks, no dress. */
export function undresser({ wide, prefix, quoted, literal, web, suffix }: Dress): (raw: string) => Clean {
  const dress = prefix === undefined ? undefined : new RegExp(prefix, "y");
  return (raw) => {
    const cleaned = clean(wide ? narrow(raw) : raw, web === true);
    const held = literal === undefined ? cleaned : unwrapped(cleaned, literal);
    const line = unquoted(ticked(suffix === true ? cropped(held) : held), quoted === true);
    if (dress === undefined) return line;
    dress.lastIndex = 0;
    const taken = dress.exec(line.text)?.[0].length ?? 0;
    return taken === 0 ? line : unquoted(without(taken, line), quoted === true);
  };
}

/** Without what stands behind it. */
function cropped({ text, ...place }: Clean): Clean {
  return { ...place, text: text.replace(SUFFIX, "") };
}

/** UTF-16 of which only ASCII is looked at. */
const narrow = (raw: string): string => raw.replaceAll("\0", "").replace(/^(?:\xff\xfe|\xfe\xff)/, "");

/** `a whole line in backticks`. */
function ticked(line: Clean): Clean {
  const { text } = line;
  if (!text.startsWith("`") || text.startsWith("``") || !text.endsWith("`")) return line;
  const { text: rest, ...place } = without(1, line);
  return { ...place, text: rest.slice(0, -1) };
}

/** What is counted while lines are looked at. */
interface Seen {
  readonly shapes: Map<string, Set<string>>;
  readonly counts: Map<string, number>;
  /** A number before the last call, and how often it was the one before it and one. */
  number: number;
  counted: number;
  calls: number;
  quoted: number;
  printable: number;
  /** Calls inside of strings, by what they are strings of; calls of a page; calls with something behind them. */
  readonly literals: Map<Literal, number>;
  web: number;
  suffixed: number;
  /** Lines that a patch begins a part with. */
  hunks: number;
  /** Lengths of lines that want more. */
  readonly open: number[];
  longest: number;
  fold: number;
  /** The line before, where it wants more or its result. */
  wanting: string | undefined;
}

/** Learn it from the beginning of a text. */
export function dressOf(lines: Iterable<string>): Dress {
  const looked: string[] = [];
  for (const line of lines) if (looked.push(line.slice(0, LONGEST)) >= LOOKED_AT) break;
  const outer = learn(looked);
  if (outer.prefix !== NUMBERS && outer.prefix !== HUNKS) return outer;
  // Numbers, and a patch's marks, stand before whatever else stands there.
  const bare = undresser(outer);
  const inner = learn(looked.map((line) => bare(line).text).filter((line) => !HUNK.test(line)));
  const { prefix, hard: _hard, fold: _fold, wide: _wide, ...others } = inner;
  return {
    ...outer,
    ...others,
    prefix: prefix === undefined ? outer.prefix : `${outer.prefix}(?:${prefix})?`,
  };
}

const NUMBERS = "[ \\t]*[0-9]+[ \\t]+(?:\\|[ \\t]*)?`?";
const HUNKS = "[-+ ]";
/** The head of a part of a patch. */
const HUNK = /^@@ -\d/;

function learn(lines: readonly string[]): Dress {
  const seen: Seen = {
    shapes: new Map(),
    counts: new Map(),
    number: -1,
    counted: 0,
    calls: 0,
    quoted: 0,
    printable: 0,
    literals: new Map(),
    web: 0,
    suffixed: 0,
    hunks: 0,
    open: [],
    longest: 0,
    fold: Number.POSITIVE_INFINITY,
    wanting: undefined,
  };
  let n = 0;
  let wide = false;
  for (const raw of lines) {
    n++;
    if (n === 1) wide = /^(?:\xff\xfe|\xfe\xff)/.test(raw) || /^(?:.\0){4}/.test(raw);
    look(wide ? narrow(raw) : raw, seen);
  }
  return {
    ...PLAIN,
    wide,
    ...(seen.web > 0 ? { web: true as const } : {}),
    ...suffixOf(seen),
    ...literalOf(seen),
    ...printableOf(seen),
    ...quotedOf(seen),
    ...prefixOf(seen),
    ...hardOf(seen),
    ...foldOf(seen),
  };
}

function look(raw: string, seen: Seen): void {
  if (/=3D(?:\s|$|=$)/.test(raw)) seen.printable++;
  if (HUNK.test(raw)) seen.hunks++;
  const line = stringIn(clean(raw), seen);
  const { text } = unquoted(line, true);
  const { length } = raw.replace(/\r+$/, "");
  seen.longest = Math.max(seen.longest, length);
  const perf = isPerf(text);
  const head = perf ? undefined : headOf(text);
  wrapping(text, length, head !== undefined, seen);
  if (head === undefined && !perf) return;
  seen.calls++;
  const { tagged, escaped } = webbed(raw);
  if (tagged || escaped) seen.web++;
  if (SUFFIX.test(text) || SUFFIX.test(raw)) seen.suffixed++;
  if (text.length < line.text.length) seen.quoted++;
  if (head !== undefined) dressing(text, head, seen);
}

/** A call that is a string of another format, taken out of it. */
function stringIn(line: Clean, seen: Seen): Clean {
  const found = literals(line.text).filter(([, text]) => headOf(text) !== undefined);
  for (const [kind] of found) seen.literals.set(kind, (seen.literals.get(kind) ?? 0) + 1);
  return found[0] === undefined ? line : { text: found[0][1], shift: 0 };
}

/** What stands before a call. */
function dressing(text: string, head: string, seen: Seen): void {
  const number = /^[ \t]*([0-9]+)[ \t]+/.exec(text);
  if (number !== null) {
    if (Number(number[1]) === seen.number + 1) seen.counted++;
    seen.number = Number(number[1]);
  }
  const foreign = foreignPart(head);
  if (foreign === "") return;
  const shape = shapeOf(foreign);
  const words = seen.shapes.get(shape) ?? new Set();
  if (words.size < 8) words.add(foreign.replace(/[^A-Za-z]/g, ""));
  seen.shapes.set(shape, words);
  seen.counts.set(shape, (seen.counts.get(shape) ?? 0) + 1);
}

/** A result of which there must be more. */
export const WANTS_ERROR = /\)\s*=\s*(?:-1\s*)?$/;

/** Was the line before wrapped? `fresh`: this one begins with a call. */
function wrapping(text: string, length: number, fresh: boolean, seen: Seen): void {
  const { wanting } = seen;
  const result = /^\s*=\s+(?:-?\d|\?)/.test(text);
  if (
    wanting !== undefined &&
    !fresh &&
    (result || isOpen(wanting) || WANTS_ERROR.test(wanting)) &&
    text.trim() !== ""
  ) {
    seen.open.push(wanting.length);
    seen.fold = Math.min(seen.fold, foldedLength(wanting, text));
    seen.wanting =
      isOpen(`${wanting} ${text}`) && wanting.length < LONGEST ? text.padStart(length) : undefined;
    return;
  }
  const wants =
    fresh &&
    !/<unfinished \.\.\.>/.test(text) &&
    (isOpen(text) || !/\)\s+=\s+\S/.test(text) || WANTS_ERROR.test(text));
  seen.wanting = wants ? text.padStart(length) : undefined;
}

/** How long a line would be with the first word of the next one. */
export function foldedLength(line: string, next: string): number {
  return line.trimEnd().length + 1 + (/\S+/.exec(next)?.[0].length ?? 0);
}

function foldOf({ fold, open }: Seen): Pick<Dress, "fold"> {
  return open.length === 0 ? {} : { fold: Math.min(fold, Math.max(...open) + 1) };
}

const printableOf = ({ printable, calls }: Seen): Pick<Dress, "printable"> =>
  printable > 0 && printable * 2 >= calls ? { printable: true } : {};

/** A line of quoted-printable as it was. */
export function unprintable(raw: string): string {
  return raw.replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

const suffixOf = ({ suffixed, calls }: Seen): Pick<Dress, "suffix"> =>
  suffixed * 10 >= calls * 9 && suffixed > 0 ? { suffix: true } : {};

function literalOf({ literals: all, calls }: Seen): Pick<Dress, "literal"> {
  const [most] = [...all].sort(([, a], [, b]) => b - a);
  return most !== undefined && most[1] * 10 >= calls * 9 ? { literal: most[0] } : {};
}

const quotedOf = ({ quoted, calls }: Seen): Pick<Dress, "quoted"> =>
  quoted * 2 > calls ? { quoted: true } : {};

const CORE = /(?<![\w.])([a-z_][a-z0-9_]*)\(|<\.\.\. [a-z0-9_]+ resumed>|\+\+\+ exited with|--- SIG[A-Z]+ /g;

/** What stands before strace's own words; undefined where there are none. */
function headOf(text: string): string | undefined {
  for (const m of text.matchAll(CORE)) {
    if (m[1] !== undefined && !SYSCALL_NAMES.has(m[1])) continue;
    return m.index > 200 ? undefined : text.slice(0, m.index);
  }
  return undefined;
}

/** The part of a head that strace cannot have written: all before the longest end that it can. */
function foreignPart(head: string): string {
  for (let i = 0; i <= head.length; i++) if (isOurs(head.slice(i))) return head.slice(0, i);
  return head;
}

function isOurs(head: string): boolean {
  if (/^[ \t]+\S/.test(head)) return false;
  const s = new Scanner(`${head}x`);
  parsePrefix(s);
  return s.pos === head.length;
}

function shapeOf(text: string): string {
  return text.replace(/[0-9]+|[A-Za-z]+|[ \t]+|[^0-9A-Za-z \t]/g, (part) => {
    if (/^[0-9]/.test(part)) return "[0-9]+";
    if (/^[A-Za-z]/.test(part)) return "[A-Za-z]+";
    return /^[ \t]/.test(part) ? "[ \\t]+" : `\\${part}`;
  });
}

function prefixOf({ shapes, counts, counted, calls, hunks }: Seen): Pick<Dress, "prefix"> {
  if (hunks > 0) return { prefix: HUNKS };
  // cat -n: numbers that go up by one, which those of processes do not.
  if (counted >= 2 && counted >= (calls - 1) * 0.6) return { prefix: NUMBERS };
  const [shape, count] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? ["", 0];
  if (shape === "" || count < calls * 0.6) return {};
  const words = shapes.get(shape) ?? new Set();
  // Words before one call are somebody's remark; before many they are a tool's.
  if (shape.includes("A-Za-z") && (count < 2 || words.size > 3)) return {};
  // Numbers are as wide as they must be.
  return { prefix: `[ \\t]*${shape.replace(/^\[ \\t\]\+/, "")}` };
}

function hardOf({ open, longest }: Seen): Pick<Dress, "hard"> {
  const [first] = open;
  const all = first !== undefined && first >= 40 && open.length >= 2 && open.every((n) => n === first);
  return all && first === longest ? { hard: first } : {};
}

/** Does a bracket or a string of the line want more? */
export function isOpen(text: string): boolean {
  const open = new Open();
  open.add(text);
  return open.quoted || open.brackets > 0;
}

const BACKSLASH = 0x5c;
const QUOTATION = 0x22;

/** Brackets and strings that want to be closed, over several lines. */
export class Open {
  /** A string is open. */
  quoted = false;
  brackets = 0;
  private escaped = false;

  add(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (this.quoted) {
        if (this.escaped) this.escaped = false;
        else if (c === BACKSLASH) this.escaped = true;
        else if (c === QUOTATION) this.quoted = false;
      } else if (c === QUOTATION) this.quoted = true;
      else if (c === 0x28 || c === 0x5b || c === 0x7b) this.brackets++;
      else if (c === 0x29 || c === 0x5d || c === 0x7d) this.brackets = Math.max(0, this.brackets - 1);
    }
  }
}
