// SPDX-License-Identifier: GPL-2.0-only
/** Reading a command word by word: the values that iproute2's words take. */
import { parseMac } from "../wire/ethernet.ts";
import { cut, ScriptError, unknownWord } from "./error.ts";
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

/** Something that a command says and that makes no difference here; where it stands, from 1. */
export interface ReaderNote {
  readonly text: string;
  readonly column: number;
  /** One of several that the same is said of. */
  readonly item?: string;
}

export class Reader {
  /** Chains of iptables that somebody has made so far. */
  readonly chains: Set<string>;
  /** What the readers of the words had to say about them. */
  readonly notes: ReaderNote[] = [];
  private words: readonly Word[];
  private readonly end: number;
  private i = 0;

  constructor(words: readonly Word[], end: number, chains = new Set<string>()) {
    this.words = words;
    this.end = end;
    this.chains = chains;
  }

  get done(): boolean {
    return this.i >= this.words.length;
  }

  /** Column of the word just read, or of the next one's place. */
  get column(): number {
    return this.words[this.i - 1]?.column ?? this.words[this.i]?.column ?? this.end;
  }

  /** The word just taken. */
  get last(): string {
    const word = this.words[this.i - 1];
    return word === undefined ? "" : bare(word);
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

  /** Take the next word if one of these begins with it, as iproute2's matches() has it. */
  match(...texts: string[]): boolean {
    const text = this.peek();
    if (text === undefined || text === "" || !texts.some((t) => t.startsWith(text))) return false;
    this.i++;
    return true;
  }

  /** Say something of the word just taken; `item`: one of several that the same is said of. */
  note(text: string, item?: string): void {
    this.notes.push({ text, column: this.column, ...(item === undefined ? {} : { item }) });
  }

  /** How many words have been taken. */
  get position(): number {
    return this.i;
  }

  /** The words that were taken since. */
  since(position: number): string[] {
    return this.words.slice(position, this.i).map(bare);
  }

  /** Put the word just taken back. */
  back(): this {
    this.i--;
    return this;
  }

  /** Put the words that are left into another order. */
  rearrange(order: (words: readonly Word[]) => readonly Word[]): void {
    this.words = [...this.words.slice(0, this.i), ...order(this.words.slice(this.i))];
  }

  /** Take all words that are left. */
  rest(): void {
    this.i = this.words.length;
  }

  /** The word just taken is not what it should be. */
  wrong(expected: string): ScriptError {
    return new ScriptError(this.column, `cannot read ${JSON.stringify(cut(this.last))}`, expected);
  }

  /** The word just taken is not known here. */
  unknown(what: string, known: readonly string[]): ScriptError {
    return unknownWord(this.column, this.last, what, known);
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
    if (v === undefined) throw this.wrong("a hardware address such as 02:00:00:00:00:01");
    return v;
  }

  address(expected = "an IPv4 address"): number {
    const p = this.prefix(expected);
    if (p.sized) throw this.wrong(`${expected} without a prefix length`);
    return p.addr;
  }

  prefix(expected = "an IPv4 prefix"): Prefix {
    const p = parsePrefix(this.next(expected));
    if (p === undefined) throw this.wrong(`${expected} such as 192.0.2.0/24`);
    return p;
  }

  device(): string {
    const name = this.next("a device");
    if (!isDeviceName(name)) throw this.wrong("a device name of at most 15 characters");
    return name;
  }

  /** The next word, read as a prefix where there may be one; `late`: what else would have been known. */
  again(late: string | undefined, expected: string, known: readonly string[]): Prefix {
    const text = this.next(expected);
    const p = late === undefined ? parsePrefix(text) : undefined;
    if (p !== undefined) return p;
    if (late !== undefined || /^[a-z_-]+$/i.test(text)) throw this.unknown(late ?? expected, known);
    throw this.wrong(`${expected} such as 192.0.2.0/24`);
  }

  /** A number, or a name of this table. */
  named(what: string, names: Readonly<Record<string, number>>, max: number): number {
    const text = this.next(what);
    const v = Object.hasOwn(names, text) ? names[text] : parseNumber(text);
    if (v === undefined || v > max) throw this.unknown(`${what}: a number or a name`, Object.keys(names));
    return v;
  }

  /** A type of service, in hexadecimal with or without 0x, or a name of rt_dsfield. */
  tos(): number {
    const text = this.next("a TOS");
    const v = tosOf(text);
    if (v === undefined) throw this.unknown("a TOS: hexadecimal or a name", Object.keys(DSFIELDS));
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
  if (/^0[0-7]*$/.test(text)) return inRange(Number.parseInt(text, 8));
  return /^(?:[1-9]\d*|0[xX][0-9a-fA-F]+)$/.test(text) ? inRange(Number(text)) : undefined;
}

function inRange(v: number): number | undefined {
  return v <= 0xffffffff ? v : undefined;
}

/** Names of types of service (rt_dsfield), those of iproute2 before 5.0 too. */
export const DSFIELDS: Readonly<Record<string, number>> = {
  default: 0,
  lowdelay: 0x10,
  throughput: 0x08,
  reliability: 0x04,
  mincost: 0x02,
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((c) => [1, 2, 3].map((drop) => [`AF${c}${drop}`, (c << 5) | (drop << 3)])),
  ),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((c) => [`CS${c}`, c << 5])),
  EF: 0xb8,
};

/** A type of service as iproute2 reads it, base 16. */
export function tosOf(text: string): number | undefined {
  if (Object.hasOwn(DSFIELDS, text)) return DSFIELDS[text];
  return /^(?:0[xX])?0*[0-9a-fA-F]{1,2}$/.test(text) ? Number.parseInt(text, 16) : undefined;
}

/** Parts by strtoul with base 0 (`010.0.0.1` is 8.0.0.1); those left out are 0 as in iproute2. */
function parseParts(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length > 4) return undefined;
  let addr = 0;
  for (let i = 0; i < 4; i++) {
    const part = parseNumber(parts[i] ?? "0");
    if (part === undefined || part > 255) return undefined;
    addr = addr * 256 + part;
  }
  return addr;
}

/** A length of 0 to 32, or a netmask (`255.255.0.0`) as one. */
export function parseLength(text: string): number | undefined {
  const len = parseNumber(text);
  if (len !== undefined) return len > 32 ? undefined : len;
  const mask = parseParts(text);
  if (mask === undefined) return undefined;
  const host = ~mask >>> 0;
  return (host & (host + 1)) === 0 ? Math.clz32(host) : undefined;
}

/** `192.0.2.0/24`, `192.0.2.0/255.255.255.0`; `default`, `all` and `any` are 0.0.0.0/0. */
export function parsePrefix(text: string): Prefix | undefined {
  if (text === "default" || text === "all" || text === "any") return { addr: 0, len: 0, sized: true };
  const slash = text.indexOf("/");
  const addr = parseParts(slash < 0 ? text : text.slice(0, slash));
  if (addr === undefined) return undefined;
  if (slash < 0) return { addr, len: 32, sized: false };
  const len = parseLength(text.slice(slash + 1));
  return len === undefined ? undefined : { addr, len, sized: true };
}
