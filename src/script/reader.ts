// SPDX-License-Identifier: GPL-2.0-only
/** Reading a command word by word: the values that iproute2's words take. */
import { parseMac } from "../wire/ethernet.ts";
import { ScriptError, unknownWord } from "./error.ts";
import { bare, type Word } from "./words.ts";

export interface Prefix {
  readonly addr: number;
  readonly len: number;
  /** A length was written: `/24`, or `default`. */
  readonly sized: boolean;
}

/** Names of routing tables (rt_tables). */
export const TABLES: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 };
/** Names of scopes (rt_scopes). */
export const SCOPES: Readonly<Record<string, number>> = {
  global: 0,
  universe: 0,
  site: 200,
  link: 253,
  host: 254,
  nowhere: 255,
};

export class Reader {
  private readonly words: readonly Word[];
  private readonly end: number;
  private i = 0;

  constructor(words: readonly Word[], end: number) {
    this.words = words;
    this.end = end;
  }

  get done(): boolean {
    return this.i >= this.words.length;
  }

  /** Column of the word just read, or of the next one's place. */
  get column(): number {
    return this.words[this.i - 1]?.column ?? this.words[this.i]?.column ?? this.end;
  }

  /** The next word's text without taking it. */
  peek(): string | undefined {
    const word = this.words[this.i];
    return word && bare(word);
  }

  /** Take the next word; if there is none, say what was expected. */
  next(expected: string): string {
    const word = this.words[this.i];
    if (word === undefined) throw this.missing(expected);
    this.i++;
    return bare(word);
  }

  /** Take the next word if it is one of these. */
  take(...texts: string[]): boolean {
    const text = this.peek();
    if (text === undefined || !texts.includes(text)) return false;
    this.i++;
    return true;
  }

  /** The word just taken is not what it should be. */
  wrong(expected: string): ScriptError {
    const word = this.words[this.i - 1];
    return new ScriptError(this.column, `cannot read ${JSON.stringify(word ? bare(word) : "")}`, expected);
  }

  /** The word just taken is not known here. */
  unknown(what: string, known: readonly string[]): ScriptError {
    const word = this.words[this.i - 1];
    return unknownWord(this.column, word ? bare(word) : "", what, known);
  }

  /** Something that the line should have said. */
  missing(expected: string): ScriptError {
    return new ScriptError(this.end, "the line ends", expected);
  }

  number(expected: string, max = 0xffffffff): number {
    const v = parseNumber(this.next(expected));
    if (v === undefined || v > max) throw this.wrong(`${expected} (0 to ${max})`);
    return v;
  }

  /** A realm, or two as FROM/TO: the first is the upper half. */
  realms(): number {
    const text = this.next("a realm, or two as FROM/TO");
    const pair = /^(\d+)\/(\d+)$/.exec(text);
    if (pair === null) {
      const v = parseNumber(text);
      if (v === undefined || v > 0xffffffff) throw this.wrong("a realm (0 to 4294967295), or two as FROM/TO");
      return v;
    }
    const [from, to] = [Number(pair[1]), Number(pair[2])];
    if (from > 0xffff || to > 0xffff) throw this.wrong("realms up to 65535");
    return ((from << 16) | to) >>> 0;
  }

  mac(): Uint8Array {
    const v = parseMac(this.next("a hardware address"));
    if (v === undefined) throw this.wrong("a hardware address like 02:00:00:00:00:01");
    return v;
  }

  address(expected = "an IPv4 address"): number {
    const p = this.prefix(expected);
    if (p.len !== 32) throw this.wrong(`${expected} without a length`);
    return p.addr;
  }

  prefix(expected = "an IPv4 prefix"): Prefix {
    const p = parsePrefix(this.next(expected));
    if (p === undefined) throw this.wrong(`${expected} like 192.0.2.0/24`);
    return p;
  }

  device(): string {
    const name = this.next("a device");
    if (!isDeviceName(name)) throw this.wrong("a device name of at most 15 characters");
    return name;
  }

  /** The word just taken, read as a prefix. */
  again(expected: string, known: readonly string[]): Prefix {
    const word = this.words[this.i - 1];
    const p = word && parsePrefix(bare(word));
    if (p === undefined) throw this.unknown(expected, known);
    return p;
  }

  /** A number, or a name of this table. */
  named(what: string, names: Readonly<Record<string, number>>, max: number): number {
    const text = this.next(what);
    const v = Object.hasOwn(names, text) ? names[text] : parseNumber(text);
    if (v === undefined || v > max) throw this.unknown(`${what}: a number or a name`, Object.keys(names));
    return v;
  }

  onOff(): boolean {
    const text = this.next("on or off");
    if (text !== "on" && text !== "off") throw this.unknown("on or off", ["on", "off"]);
    return text === "on";
  }
}

/** What the kernel's dev_valid_name lets through. */
export function isDeviceName(name: string): boolean {
  return /^[^\s/\0]{1,15}$/.test(name) && name !== "." && name !== "..";
}

/** strtoul with base 0: decimal, 0x… or 0…; undefined beyond 32 bits. */
export function parseNumber(text: string): number | undefined {
  if (/^0[0-7]+$/.test(text)) return inRange(Number.parseInt(text, 8));
  return /^(?:\d+|0[xX][0-9a-fA-F]+)$/.test(text) ? inRange(Number(text)) : undefined;
}

function inRange(v: number): number | undefined {
  return v <= 0xffffffff ? v : undefined;
}

/** `192.0.2.0/24`; parts left out are 0 as in iproute2; `default`, `all` and `any` are 0.0.0.0/0. */
export function parsePrefix(text: string): Prefix | undefined {
  if (text === "default" || text === "all" || text === "any") return { addr: 0, len: 0, sized: true };
  const m = /^(\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?(?:\/(\d{1,2}))?$/.exec(text);
  if (m === null) return undefined;
  let addr = 0;
  for (let i = 1; i <= 4; i++) {
    const part = Number(m[i] ?? 0);
    if (part > 255) return undefined;
    addr = addr * 256 + part;
  }
  const len = m[5] === undefined ? 32 : Number(m[5]);
  return len > 32 ? undefined : { addr, len, sized: m[5] !== undefined };
}
