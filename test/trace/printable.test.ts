// SPDX-License-Identifier: GPL-2.0-only
import fc from "fast-check";
import { expect, test } from "vitest";
import { isPrintable, printable, printableLines } from "../../src/trace/printable.ts";

test.each([
  ["plain text, é, 日本語, → and 🙂", "plain text, é, 日本語, → and 🙂"],
  ["\x1b]0;pwn\x07", "\\x1b]0;pwn\\x07"],
  ["a\u009bb\x7f\0\n", "a\\x9bb\\x7f\\x00\\x0a"],
  ["\u202eabc\u2066\u200b\ufeff\u00ad", "\\u202eabc\\u2066\\u200b\\ufeff\\xad"],
  ["\u2028\u3164\u{e0001}", "\\u2028\\u3164\\u{e0001}"],
  ["\ud800x", "\\ud800x"],
])("%j", (text, shown) => {
  expect(printable(text)).toBe(shown);
  expect(isPrintable(text)).toBe(text === shown);
});

test("what is printable stays, twice is once", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const shown = printable(text);
      expect(isPrintable(shown)).toBe(true);
      expect(printable(shown)).toBe(shown);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test("lines stay lines", () => {
  expect(printableLines("a\tb\x1b\n\u202ec\n")).toBe("a\tb\\x1b\n\\u202ec\n");
});
