// SPDX-License-Identifier: GPL-2.0-only
/** The arguments of a call as strace writes them: numbers, strings, names, structures, arrays. What they mean comes later. */

import { comments, parseDecoration } from "./decoration.ts";
import type { Scanner } from "./scanner.ts";
import { parseString } from "./string.ts";

interface Located {
  /** From where to where in the line, in characters from 0. */
  readonly at: number;
  readonly end: number;
}

/** A number; beyond 2**53 only `text` is exact. */
export interface NumberValue extends Located {
  readonly kind: "number";
  readonly value: number;
  readonly text: string;
  /** What -y and -yy say of a descriptor: `UDP:[127.0.0.1:53]`. */
  readonly decoration?: string;
}
/** Bytes as latin-1 text; `cut` where strace wrote `"…"...`. */
export interface StringValue extends Located {
  readonly kind: "string";
  readonly bytes: string;
  readonly cut: boolean;
}
/** Names joined by `|`, numbers among them. */
export interface NamesValue extends Located {
  readonly kind: "names";
  readonly parts: readonly { readonly text: string; readonly at: number }[];
  /** What strace before 4.13 put right behind a name: `SCM_CREDENTIALS{pid=1, …}`. */
  readonly body?: StructValue;
}
export interface StructValue extends Located {
  readonly kind: "struct";
  readonly fields: ReadonlyMap<string, Value>;
}
export interface ArrayValue extends Located {
  readonly kind: "array";
  readonly items: readonly Value[];
  /** `~[…]`: all but these. */
  readonly not?: true;
}
/** `~(1<<ICMP_ECHOREPLY|1<<ICMP_DEST_UNREACH)`: an expression of C, as text. */
export interface ExpressionValue extends Located {
  readonly kind: "expression";
  readonly text: string;
}
/** `???`, or nothing where a value should be: strace could not tell. */
export interface UnknownValue extends Located {
  readonly kind: "unknown";
}
/** `htons(53)`, `inet_addr("127.0.0.1")`. */
export interface CallValue extends Located {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Value[];
}
/** `16 => 8`, before strace 5.10 `16->8`: before and after. */
export interface ChangeValue extends Located {
  readonly kind: "change";
  readonly before: Value;
  readonly after: Value;
}

export type Value =
  | NumberValue
  | StringValue
  | NamesValue
  | StructValue
  | ArrayValue
  | CallValue
  | ChangeValue
  | ExpressionValue
  | UnknownValue;

const NUMBER = /-?(?:0[xX][0-9a-fA-F]+|[0-9]+)(?![A-Za-z0-9_:.])/y;
const NAME = /&?[A-Za-z_][A-Za-z0-9_]*/y;
/** Structures deeper than this are no log. */
const DEEPEST = 32;

/** One argument. Throws ScriptError. */
export function parseValue(s: Scanner, depth = 0): Value {
  if (depth > DEEPEST) throw s.wrong("fewer nested brackets");
  const before = parseSimple(s, depth);
  s.blanks();
  if (!s.sees("=>") && !s.sees("->")) return before;
  s.pos += 2;
  const after = parseSimple(s, depth);
  return { kind: "change", before, after, at: before.at, end: after.end };
}

function parseSimple(s: Scanner, depth: number): Value {
  s.blanks();
  comments(s);
  switch (s.char) {
    case '"':
      return parseText(s);
    case "{":
      return parseStruct(s, depth);
    case "[":
      return parseArray(s, depth);
    case "~":
      return parseNot(s, depth);
    case "(":
      return parseExpression(s);
    case "?":
    case ",":
    case "}":
      return parseUnknown(s);
    case "@":
      // An abstract name of a local socket.
      if (s.text[s.pos + 1] === '"') s.pos++;
      return parseText(s);
    default:
      return parseWord(s, depth);
  }
}

/** `~[A B]`, `~(A|B)`. */
function parseNot(s: Scanner, depth: number): Value {
  const at = s.pos++;
  if (s.char === "[") return { ...parseArray(s, depth), not: true, at };
  if (s.char === "(") return parseExpression(s, at);
  throw s.wrong("~[…] or ~(…)", at);
}

const EXPRESSION = /\([A-Za-z0-9_|<~ ]{0,4000}\)/y;

function parseExpression(s: Scanner, at: number = s.pos): ExpressionValue {
  if (s.match(EXPRESSION) === undefined) throw s.wrong('a value: a number, a name, "…", {…} or […]');
  return { kind: "expression", text: s.text.slice(at, s.pos), at, end: s.pos };
}

/** In a structure only, where a name and `=` stand before it, may there be nothing. */
function parseUnknown(s: Scanner): UnknownValue {
  const at = s.pos;
  if (s.match(/\?+/y) === undefined && s.text[at - 1] !== "=") {
    throw s.wrong('a value: a number, a name, "…", {…} or […]');
  }
  return { kind: "unknown", at, end: s.pos };
}

function parseText(s: Scanner): StringValue {
  const at = s.pos;
  const bytes = parseString(s);
  const cut = s.sees("...");
  if (cut) s.pos += 3;
  const end = s.pos;
  comments(s);
  return { kind: "string", bytes, cut, at, end };
}

function parseWord(s: Scanner, depth: number): Value {
  const at = s.pos;
  const text = s.match(NUMBER);
  if (text !== undefined) {
    const end = s.pos;
    const decoration = parseDecoration(s);
    comments(s);
    const value = numberOfText(text);
    if (!joined(s)) {
      return { kind: "number", value, text, at, end, ...(decoration === undefined ? {} : { decoration }) };
    }
    return parseNames(s, { text, at });
  }
  const name = s.match(NAME);
  if (name === undefined) throw s.wrong('a value: a number, a name, "…", {…} or […]');
  if (s.char === "(") return parseCall(s, name, at, depth);
  if (s.char === "{") {
    const body = parseStruct(s, depth + 1);
    return { kind: "names", parts: [{ text: name, at }], body, at, end: s.pos };
  }
  parseDecoration(s);
  comments(s);
  return parseNames(s, { text: name, at });
}

const joined = (s: Scanner): boolean => {
  s.blanks();
  return s.char === "|" && s.text[s.pos + 1] !== "|";
};

function parseNames(s: Scanner, first: { text: string; at: number }): NamesValue {
  const parts = [first];
  while (joined(s)) {
    s.pos++;
    s.blanks();
    const at = s.pos;
    const text = s.match(NUMBER) ?? s.match(NAME);
    if (text === undefined) throw s.wrong("a flag");
    parts.push({ text, at });
    comments(s);
  }
  return { kind: "names", parts, at: first.at, end: s.pos };
}

const WORDS = /^(?:inet_addr|inet_aton|htons)$/;
/** What people put where a number or an address was: `xxx.xxx.xxx.xxx`, `<port>`. */
const BLACKED =
  /(?![ \t]*(?:-?[0-9]+|0[xX][0-9a-fA-F]+|[A-Za-z_][A-Za-z0-9_]*)[ \t]*\))[^()"{}[\],]{1,64}(?=\))/y;

const PLAIN = /[0-9]+\)/y;
function isPlain({ text, pos }: Scanner): boolean {
  PLAIN.lastIndex = pos;
  return PLAIN.test(text);
}

function parseCall(s: Scanner, name: string, at: number, depth: number): CallValue {
  s.pos++;
  const from = s.pos;
  const plain = s.char === '"' || isPlain(s);
  const blacked = !plain && WORDS.test(name) ? s.match(BLACKED) : undefined;
  if (blacked !== undefined) {
    const bytes = blacked.trim();
    s.pos++;
    return {
      kind: "call",
      name,
      args: [{ kind: "string", bytes, cut: false, at: from, end: s.pos - 1 }],
      at,
      end: s.pos,
    };
  }
  const args = parseList(s, ")", depth);
  return { kind: "call", name, args, at, end: s.pos };
}

/** `[1, 2]`; sets of descriptors and of signals have blanks between them: `[3 4]`. */
function parseArray(s: Scanner, depth: number): ArrayValue {
  const at = s.pos++;
  const items = parseList(s, "]", depth, true);
  return { kind: "array", items, at, end: s.pos };
}

/** Values up to the closing bracket; `...` stands for those that strace left out. */
export function parseList(s: Scanner, close: string, depth: number, blanks = false): Value[] {
  const items: Value[] = [];
  if (s.take(close)) return items;
  for (;;) {
    const at = s.pos;
    if (!s.take("...")) items.push(parseNamed(s, depth + 1));
    // Somebody who shortened a call by hand left an argument out.
    else if (depth === 0 && close === ")" && s.char === ",") items.push({ kind: "unknown", at, end: s.pos });
    else comments(s);
    // strace before 4.5 closes addresses twice.
    if (depth === 0 && close === ")" && s.sees("},")) s.pos++;
    if (s.take(close)) return items;
    if (blanks && s.text[s.pos - 1] === " " && s.char !== ",") continue;
    s.expect(",", `\`,\` or \`${close}\``);
  }
}

/** strace -N (6.17) writes the names of arguments. */
function parseNamed(s: Scanner, depth: number): Value {
  s.blanks();
  if (s.match(FIELD) !== undefined) s.pos++;
  return parseValue(s, depth);
}

const FIELD = /[A-Za-z_][A-Za-z0-9_]*(?==(?!>))/y;
/** Before 4.13: `msg_name(16)=`, `msg_iov(2)=`, `addr(6)=`. */
const COUNTED = /([A-Za-z_][A-Za-z0-9_]*)\(([0-9]+)\)=/y;

/** `{name=value, …}`. A value without a name gets that of its call's last argument, or its number. */
function parseStruct(s: Scanner, depth: number): StructValue {
  const at = s.pos++;
  const fields = new Map<string, Value>();
  const end = (): StructValue => ({ kind: "struct", fields, at, end: s.pos });
  if (depth > DEEPEST) throw s.wrong("fewer nested brackets");
  if (s.take("}")) return end();
  for (;;) {
    s.blanks();
    if (s.take("...")) comments(s);
    else parseField(s, depth, fields);
    if (s.take("}")) return end();
    s.expect(",", "`,` or `}`");
    // Old straces leave a comma before what they have nothing to say about.
    if (s.take("}")) return end();
  }
}

function parseField(s: Scanner, depth: number, fields: Map<string, Value>): void {
  const name = s.match(FIELD);
  if (name !== undefined) s.pos++;
  const counted = name === undefined ? parseCount(s, fields) : undefined;
  const value = parseValue(s, depth + 1);
  fields.set(name ?? counted ?? unnamed(value, fields.size), value);
}

/** A field with its length in brackets: both, the length under the name that newer straces give it. */
function parseCount(s: Scanner, fields: Map<string, Value>): string | undefined {
  COUNTED.lastIndex = s.pos;
  const m = COUNTED.exec(s.text);
  if (m === null) return undefined;
  const [whole, name = "", count = ""] = m;
  const at = s.pos + name.length + 1;
  s.pos += whole.length;
  fields.set(`${name}len`, {
    kind: "number",
    value: Number(count),
    text: count,
    at,
    end: at + count.length,
  });
  return name;
}

/** `inet_pton(AF_INET6, "::1", &sin6_addr)` names its field itself. */
function unnamed(value: Value, index: number): string {
  if (value.kind === "call") {
    const last = value.args.at(-1);
    if (last?.kind === "names" && last.parts[0]?.text.startsWith("&")) return last.parts[0].text.slice(1);
  }
  return `#${index}`;
}

function numberOfText(text: string): number {
  const minus = text.startsWith("-");
  const digits = minus ? text.slice(1) : text;
  const v = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return minus ? -v : v;
}
