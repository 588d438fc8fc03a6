// SPDX-License-Identifier: GPL-2.0-only
/** Words, quotes, columns, and the nearest word. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distance, nearest } from "../../src/script/nearest.ts";
import { splitWords, unquote } from "../../src/script/words.ts";

const text = (line: string): string[] => splitWords(line).map((w) => w.text);
const latin1 = (quoted: string): string => Buffer.from(unquote(quoted)).toString("latin1");

describe("splitWords", () => {
  test("splits at blanks and remembers columns", () => {
    expect(splitWords("  a\tbc  d ")).toEqual([
      { text: "a", column: 3 },
      { text: "bc", column: 5 },
      { text: "d", column: 9 },
    ]);
  });
  test("keeps what is quoted together", () => {
    expect(text('sendto a "x y" "a\\"b" "p"+"q r"')).toEqual([
      "sendto",
      "a",
      '"x y"',
      '"a\\"b"',
      '"p"+"q r"',
    ]);
  });
  test("a quote that stays open is an error at its column", () => {
    expect(() => splitWords('a "b c')).toThrow("column 3");
    expect(() => splitWords('a "b\\"')).toThrow("column 3");
  });
  test("words without blanks and quotes come back", () => {
    const word = fc.string({ minLength: 1 }).filter((w) => !/[\s"]/.test(w));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(text(words.join(" "))).toEqual(words);
      }),
    );
  });
});

test("unquote knows its escapes", () => {
  expect(latin1('"a\\n\\t\\0\\x41\\xff\\"\\\\"')).toBe('a\n\t\0A\xff"\\');
  expect([...unquote('"é😀"')]).toEqual([...new TextEncoder().encode("é😀")]);
  expect(unquote('""')).toHaveLength(0);
});

describe("nearest", () => {
  test("counts what was mistyped", () => {
    expect(distance("kitten", "sitting")).toBe(3);
    expect(distance("vai", "via")).toBe(1);
  });
  test("finds what was meant, or nothing", () => {
    expect(nearest("MSG_DONTWIAT", ["MSG_OOB", "MSG_DONTWAIT"])).toBe("MSG_DONTWAIT");
    expect(nearest("zzzzzz", ["MSG_OOB", "MSG_DONTWAIT"])).toBeUndefined();
  });
  test("distance is a distance", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b) === 0).toBe(a === b);
        expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
