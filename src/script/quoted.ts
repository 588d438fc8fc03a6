// SPDX-License-Identifier: GPL-2.0-only
/** A word as a shell would have it written. */
import { isPrintable, printable } from "../trace/printable.ts";

/** As it is, or in quotes where a shell (and `shellWords`) would take it apart; `$'\u202e'` for what cannot be seen. */
export function quoted(word: string): string {
  if (/^[\w./:+=@%,~^-]+$|^!$/.test(word)) return word;
  if (isPrintable(word)) return `"${word.replace(/["\\]/g, "\\$&")}"`;
  return `$'${printable(word.replace(/['\\]/g, "\\$&")).replace(/\\u\{(\w+)\}/g, wide)}'`;
}

function wide(_all: string, digits: string): string {
  return `\\U${digits.padStart(8, "0")}`;
}
