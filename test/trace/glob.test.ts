// SPDX-License-Identifier: GPL-2.0-only
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { glob } from "../../src/trace/select.ts";

describe("globs", () => {
  test("are what they are as regular expressions", () => {
    const letters = fc.constantFrom("a", "b", "_", ".", "*", "?");
    const text = fc.string({ unit: letters, maxLength: 12 });
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        const source = pattern.replaceAll(".", "\\.").replaceAll("?", ".").replace(/\*+/g, ".*");
        expect(glob(pattern)(name)).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 2000 },
    );
  });

  test("take no longer for their stars", () => {
    const name = "a".repeat(2000);
    expect(glob(`${"*".repeat(1000)}x`)(name)).toBe(false);
    expect(glob(`${"*a".repeat(500)}*x`)(name)).toBe(false);
    expect(glob(`${"*a?".repeat(300)}*`)(name)).toBe(true);
  });
});
