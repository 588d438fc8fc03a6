// SPDX-License-Identifier: GPL-2.0-only
/** Lines of text as the objects that `ip -j` would have printed: what reads those, reads both. */
import { Fields, type Located } from "../fields.ts";
import type { Place } from "../network.ts";

/** An object under construction. */
export type Entry = Record<string, unknown>;

/** A line of a file, with its number from 1. */
export interface Line {
  readonly text: string;
  readonly number: number;
  /** Column of the first character, from 1. */
  readonly column: number;
}

/** Everything in a line is where the line begins. */
export function fieldsOf(value: Entry, { number, text, column }: Line): Fields {
  const at = column + Math.max(text.search(/\S/), 0);
  const located: Located = { place: (): Place => ({ line: number, column: at }), pasted: true };
  return new Fields(located, [], value);
}

/** The words of a line. */
export function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** The word behind another, taken out with it. */
export function takeValue(words: string[], name: string): string | undefined {
  const at = words.indexOf(name);
  if (at < 0 || at + 1 >= words.length) return undefined;
  return words.splice(at, 2)[1];
}

/** Was the word there? It is taken out. */
export function takeWord(words: string[], name: string): boolean {
  const at = words.indexOf(name);
  if (at >= 0) words.splice(at, 1);
  return at >= 0;
}

/** `192.0.2.0/24` in two. */
export function splitPrefix(text: string): readonly [string, string | undefined] {
  const slash = text.indexOf("/");
  return slash < 0 ? [text, undefined] : [text.slice(0, slash), text.slice(slash + 1)];
}

/** Looks like a dotted quad, perhaps with a length. */
export const QUAD = /^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?$/;
/** Looks like an address of IPv6, perhaps with a length. */
export const IPV6 = /^[0-9a-f]*:[0-9a-f:.]*(?:\/\d{1,3})?$/i;
