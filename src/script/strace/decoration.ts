// SPDX-License-Identifier: GPL-2.0-only
/** What strace adds to a value: comments, and what -y and -yy say of a descriptor. */
import type { Scanner } from "./scanner.ts";

/** Take the comments that strace puts behind numbers. */
export function comments(s: Scanner): void {
  for (;;) {
    const back = s.pos;
    s.blanks();
    if (!s.sees("/*")) {
      s.pos = back;
      return;
    }
    const end = s.text.indexOf("*/", s.pos + 2);
    if (end < 0) throw s.wrong("a comment that ends with `*/`");
    s.pos = end + 2;
  }
}

/** `<UDP:[127.0.0.1:1->127.0.0.1:2]>`, `</dev/null<char 1:3>>`: what stands between the outer angles. */
export function parseDecoration(s: Scanner): string | undefined {
  if (s.char !== "<") return undefined;
  const start = s.pos + 1;
  const protocol = /[A-Za-z0-9_-]+:\[/y;
  protocol.lastIndex = start;
  const end = protocol.test(s.text) ? s.text.indexOf("]>", start) + 1 : closingAngle(s.text, start);
  if (end <= 0) throw s.wrong("a decoration that ends with `>`");
  s.pos = end + 1;
  if (s.sees("(deleted)")) s.pos += "(deleted)".length;
  return s.text.slice(start, end);
}

function closingAngle(text: string, start: number): number {
  let open = 1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === "<") open++;
    else if (text[i] === ">" && --open === 0) return i;
  }
  return -1;
}
