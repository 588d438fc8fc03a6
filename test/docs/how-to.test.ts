// SPDX-License-Identifier: GPL-2.0-only
/** The how-to pages that quote what commands print. */
import { describe, expect, test } from "vitest";
import { excerpts, expectPrinted } from "./excerpts.ts";

describe.each(["how-to/networks.md"])("%s", (page) => {
  const quoted = excerpts(page);

  test("quotes something", () => {
    expect(quoted.length).toBeGreaterThan(0);
  });

  test.each(quoted.map((excerpt) => [excerpt.command, excerpt] as const))("%s", async (_, excerpt) => {
    await expectPrinted(excerpt);
  });
});
