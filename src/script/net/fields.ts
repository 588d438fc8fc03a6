// SPDX-License-Identifier: GPL-2.0-only
/** An object that `ip -j` printed, or the same in text: its fields by name, each checked when it is read. */
import { parseMac } from "../../wire/ethernet.ts";
import { parseDottedQuad } from "../../wire/ipv4.ts";
import { LineError, ScriptError } from "../error.ts";
import { isDeviceName } from "../reader.ts";
import type { Place } from "./network.ts";

export type Path = readonly (string | number)[];

/** Tells where the value under a path stands. */
export interface Located {
  place(path: Path): Place;
  /** It was printed for people, who may have cut it: what cannot be read of it is left out and said. */
  readonly pasted?: true;
}

export class Fields {
  private readonly document: Located;
  private readonly path: Path;
  private readonly value: Readonly<Record<string, unknown>>;

  constructor(document: Located, path: Path, value: unknown) {
    this.document = document;
    this.path = path;
    this.value = value as Record<string, unknown>;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.error(path, `cannot read ${shown(value)}`, "an object");
    }
  }

  /** The same with what another text says of the same thing, where this one says nothing. */
  over(other: Fields): Fields {
    return new Fields(this.document, this.path, { ...other.value, ...this.value });
  }

  get pasted(): boolean {
    return this.document.pasted === true;
  }

  get names(): string[] {
    return Object.keys(this.value);
  }

  /** Where the object begins. */
  place(): Place {
    return this.document.place(this.path);
  }

  /** Flags are printed as null. */
  has(name: string): boolean {
    return Object.hasOwn(this.value, name);
  }

  /** What is wrong with a field. */
  wrong(name: string, expected: string): LineError {
    if (!this.has(name)) return this.error(this.path, `${JSON.stringify(name)} is missing`, expected);
    const problem = `cannot read ${JSON.stringify(name)}: ${shown(this.value[name])}`;
    return this.error([...this.path, name], problem, expected);
  }

  /** What is wrong with the object. */
  unknown(expected: string): LineError {
    return this.error(this.path, `cannot read ${shown(this.value)}`, expected);
  }

  private error(path: Path, problem: string, expected: string): LineError {
    const { line, column } = this.document.place(path);
    return new LineError(line, new ScriptError(column, problem, expected));
  }

  /** A text, or a number as one (`ip -N` prints numbers as texts). */
  word(name: string, expected = "a word"): string | undefined {
    if (!this.has(name)) return undefined;
    const v = this.value[name];
    const text = typeof v === "number" ? String(v) : v;
    if (typeof text !== "string" || !/^[!-~]{1,64}$/.test(text)) throw this.wrong(name, expected);
    return text;
  }

  number(name: string, max = 0xffffffff): number | undefined {
    const text = this.word(name, `a number from 0 to ${max}`);
    if (text === undefined) return undefined;
    const v = /^(?:\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
    if (!(v <= max)) throw this.wrong(name, `a number from 0 to ${max}`);
    return v;
  }

  device(name: string): string | undefined {
    if (!this.has(name)) return undefined;
    const v = this.value[name];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no terminal should see them
    if (typeof v === "string" && isDeviceName(v) && !/[\x00-\x1f\x7f-\x9f]/.test(v)) return v;
    throw this.wrong(name, "a device name of at most 15 characters");
  }

  /** A dotted quad. */
  address(name: string): string | undefined {
    const text = this.word(name, "an IPv4 address");
    if (text !== undefined && parseDottedQuad(text) === undefined) throw this.wrong(name, "an IPv4 address");
    return text;
  }

  mac(name: string): string | undefined {
    const text = this.word(name, "a hardware address");
    return text === undefined || parseMac(text) === undefined ? undefined : text;
  }

  /** The text under a name, or where it is none of ours, undefined. */
  text(name: string): string | undefined {
    const v = this.has(name) ? this.value[name] : undefined;
    return typeof v === "string" ? v : undefined;
  }

  /** Words of a list, such as flags; none where there is no list. */
  words(name: string): string[] {
    if (!this.has(name)) return [];
    const v = this.value[name];
    if (Array.isArray(v) && v.every((item): item is string => typeof item === "string")) return v;
    throw this.wrong(name, "a list of words");
  }

  object(name: string): Fields | undefined {
    return this.has(name) ? new Fields(this.document, [...this.path, name], this.value[name]) : undefined;
  }

  /** The objects of a list; none where there is no list. */
  objects(name: string): Fields[] {
    if (!this.has(name)) return [];
    const v = this.value[name];
    if (!Array.isArray(v)) throw this.wrong(name, "a list");
    return v.map((item, i) => new Fields(this.document, [...this.path, name, i], item));
  }
}

/** A value as it was written, cut where it is long. */
function shown(value: unknown): string {
  const written = JSON.stringify(value) ?? "";
  return written.length > 40 ? `${written.slice(0, 37)}…` : written;
}
