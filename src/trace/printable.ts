// SPDX-License-Identifier: GPL-2.0-only
/** Text that may be anything, as it can stand in a line: nothing in it moves a cursor, turns a line round or is unseen. */
import { once } from "../uapi/once.ts";

/** Most text is plain, with an arrow at most, and this is quicker. */
const PLAIN = /^[ -~\u2192]*$/;
/** C0, DEL, C1, what is written without being seen (zero-width, bidirectional, fillers), lone surrogates. */
const hidden = once(
  () => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u2800\u3164\uffa0]|\u034f|\u17b4|\u17b5/u,
);
const eachHidden = once(() => new RegExp(hidden(), "gu"));

/** Would `printable` change it? */
export function isPrintable(text: string): boolean {
  return PLAIN.test(text) || !hidden().test(text);
}

/** The text with what cannot be seen escaped: `\x1b`, `\u202e`, `\u{e0001}`. */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(eachHidden(), escaped);
}

/** `printable` for text of several lines, with its tabs. */
export function printableLines(text: string): string {
  return text.replace(/[^\n\t]+/g, printable);
}

function escaped(c: string): string {
  const code = c.codePointAt(0) as number;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}
