// SPDX-License-Identifier: GPL-2.0-only
/** The arguments of one call, read one after the other as what the manual page says they are. */
import { numberOf, type Xlat } from "../../uapi/xlat.ts";
import { ScriptError, unknownWord } from "../error.ts";
import type { NumberValue, Value } from "./value.ts";

/** A call, or a way to make it, that is understood but not simulated: it is skipped, and counted under `what`. */
export class Unsimulated extends Error {
  readonly what: string;
  constructor(what: string) {
    super(`not simulated: ${what}`);
    this.name = "Unsimulated";
    this.what = what;
  }
}

/** `… expected …` at a value. */
export function wrongValue(v: Value, problem: string, expected: string): ScriptError {
  return new ScriptError(v.at + 1, problem, expected);
}

function wrongCount(
  name: string,
  params: readonly string[],
  values: readonly Value[],
  end: number,
): ScriptError {
  const got = values.length === 1 ? "1 argument" : `${values.length} arguments`;
  return new ScriptError(end + 1, `${name} with ${got}`, `${params.length}: ${params.join(", ")}`);
}

export class Args {
  readonly name: string;
  private readonly values: readonly Value[];
  private readonly params: readonly string[];
  private readonly end: number;

  /** `end` is where the closing bracket stands, in characters from 0. */
  constructor(name: string, params: readonly string[], values: readonly Value[], end: number) {
    // fcntl's third argument is there for some commands only.
    const optional = params.at(-1) === "arg" ? 1 : 0;
    if (values.length > params.length || values.length < params.length - optional) {
      throw wrongCount(name, params, values, end);
    }
    this.end = end;
    this.name = name;
    this.params = params;
    this.values = values;
  }

  get last(): number {
    return this.params.length - 1;
  }

  get(i: number): Value {
    const v = this.values[i];
    if (v === undefined) throw wrongCount(this.name, this.params, this.values, this.end);
    return v;
  }

  /** A whole number within 32 bits. */
  int(i: number): number {
    return intOf(this.get(i), this.params[i] as string);
  }

  /** size_t, socklen_t: 0 and up; one that an address or a C -1 fills is as long as can be. */
  size(i: number): number {
    return sizeOf(this.get(i), this.params[i] as string);
  }

  fd(i = 0): number {
    return this.int(i);
  }

  flags(i: number, table: Xlat, what: string): number {
    return flagsOf(this.get(i), table, what);
  }
}

function numberValue(v: Value, what: string): NumberValue {
  if (v.kind === "number") return v;
  throw wrongValue(v, `${what} is not a number`, "a number");
}

/** An int. */
export function intOf(v: Value, what: string): number {
  const { value, text } = numberValue(v, what);
  if (value < -0x80000000 || value > 0xffffffff) throw wrongValue(v, `${text} is not an int`, "32 bits");
  return value > 0x7fffffff && !/^0x/i.test(text) ? value - 0x100000000 : value | 0;
}

/** A length: what it was before the call, where the log has both. Refused beyond 2**53, where numbers are not exact. */
export function sizeOf(v: Value, what: string): number {
  const before = v.kind === "change" ? v.before : v;
  // `???`: a call that failed had not filled it in.
  if (before.kind === "unknown") return 0;
  const { value, text } = numberValue(before, what);
  if (value > Number.MAX_SAFE_INTEGER) {
    throw wrongValue(before, `${text} is too large`, `${what} below 2^53`);
  }
  return value < 0 ? 2 ** 32 + Math.max(value, -0x80000000) : value;
}

export function isNull(v: Value): boolean {
  return v.kind === "names" && v.parts.length === 1 && v.parts[0]?.text === "NULL";
}

/** Names of a table and numbers, joined by `|`, as an unsigned 32-bit number. */
export function flagsOf(v: Value, table: Xlat, what: string): number {
  if (v.kind === "number") return bits(v.value, v.text, v.at);
  if (v.kind === "unknown") return 0;
  if (v.kind !== "names") throw wrongValue(v, `cannot read ${what}`, `${what}, such as ${sample(table)}`);
  let all = 0;
  for (const { text, at } of v.parts) all |= one(text, at, table, what);
  return all >>> 0;
}

function one(text: string, at: number, table: Xlat, what: string): number {
  if (/^[0-9]/.test(text))
    return bits(Number(/^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text), text, at);
  const known = numberOf(table, text);
  if (known !== undefined) return known;
  throw unknownWord(
    at + 1,
    text,
    what,
    table.map(([name]) => name),
  );
}

/** Flags are 32 bits; strace before 4.10 writes the sign of the highest into all that are above. */
function bits(value: number, text: string, at: number): number {
  const extended = value >= 2 ** 63 && /^0xffffffff[89a-f][0-9a-f]{7}$/i.test(text);
  if (extended) return Number(`0x${text.slice(-8)}`);
  if (value <= 0xffffffff && value >= -0x80000000) return value >>> 0;
  throw new ScriptError(at + 1, `${text} exceeds 32 bits`, "flags of 32 bits");
}

const sample = (table: Xlat): string => table[0]?.[0] ?? "0";
