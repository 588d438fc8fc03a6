// SPDX-License-Identifier: GPL-2.0-only
/** C string literals: bytes as latin-1 text, with the escapes that strace writes and those that people do. */
import type { Scanner } from "./scanner.ts";

const SIMPLE: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  v: "\v",
  f: "\f",
  r: "\r",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  '"': '"',
  "'": "'",
  "\\": "\\",
  "?": "?",
};

const ESCAPE = /\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([\s\S]))/g;

/** Read `"…"`, which stands at the scanner's place. */
export function parseString(s: Scanner): string {
  if (s.char !== '"') throw s.wrong('a string `"…"`');
  const open = s.pos;
  const { text } = s;
  let i = open + 1;
  let escaped = false;
  for (; i < text.length && text[i] !== '"'; i++) {
    if (text[i] !== "\\") continue;
    escaped = true;
    i++;
  }
  if (i >= text.length) throw s.wrong('a closing `"`', open);
  s.pos = i + 1;
  const raw = text.slice(open + 1, i);
  return escaped ? unescaped(s, raw, open + 1) : raw;
}

function unescaped(s: Scanner, raw: string, at: number): string {
  return raw.replace(ESCAPE, (_whole, hex: string, octal: string, other: string, offset: number) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
    const known = Object.hasOwn(SIMPLE, other) ? SIMPLE[other] : undefined;
    if (known === undefined) {
      throw s.wrong(`a C escape: \\n, \\t, \\", \\\\, \\0 to \\377, \\x00 to \\xff`, at + offset);
    }
    return known;
  });
}
