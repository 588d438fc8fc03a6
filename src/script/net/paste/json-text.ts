// SPDX-License-Identifier: GPL-2.0-only
/** What `ip -j` printed, in the midst of other text. */
import { documentAt } from "../json.ts";
import { entriesOf } from "../recorded.ts";
import type { Collected } from "./collected.ts";
import { isPython, jsonOfPython } from "./plain.ts";

/** Does a line begin with a list of objects? */
export function isJson(line: string): boolean {
  return /^\s*\[\s*(?:\{|\]|$)/.test(line);
}

/** Read the list that begins at `from`: where it ends. Throws `LineError`. */
export function takeJson(text: string, from: number, collected: Collected): number {
  const plain = isPython(text.slice(from, from + 80))
    ? text.slice(0, from) + jsonOfPython(text.slice(from))
    : text;
  const { document, end } = documentAt(plain, from);
  collected.printed(entriesOf(document));
  return end;
}
