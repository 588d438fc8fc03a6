// SPDX-License-Identifier: GPL-2.0-only
/**
 * The answers to the seed note quote traces: every command is run, and every quoted line must be in its output, in
 * order. `node tools/quote.mjs PAGES` renews the quotes.
 */
import { describe, expect, test } from "vitest";
import { excerpts, expectPrinted } from "./excerpts.ts";

const ENGLISH = excerpts("seed-answers.md");
const JAPANESE = excerpts("ja/seed-answers.md");

test("both languages quote the same", () => {
  expect(ENGLISH.length).toBeGreaterThan(20);
  expect(JAPANESE).toEqual(ENGLISH);
});

describe("a command prints what is quoted of it", () => {
  test.each(ENGLISH.map((excerpt) => [excerpt.command, excerpt] as const))("%s", async (_, excerpt) => {
    await expectPrinted(excerpt);
  });
});
