// SPDX-License-Identifier: GPL-2.0-only
/** Every output format has a page that people find: the entry of src/render/index.ts names it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Format } from "../../src/render/format.ts";
import { FORMATS } from "../../src/render/index.ts";
import { ROOT } from "./blocks.ts";

const INDEX = readFileSync(join(ROOT, "docs/README.md"), "utf8");

describe.each(Object.entries(FORMATS) as [string, Format][])("%s", (name, { page, title, summary }) => {
  test("has a page, which names it, and which the map of the documentation names", () => {
    expect(existsSync(join(ROOT, "docs", page)), `docs/${page} is missing`).toBe(true);
    const text = readFileSync(join(ROOT, "docs", page), "utf8");
    expect(text).toMatch(new RegExp(`(?:--format|--as) ${name}\\b(?!-)|nettrace sendto .* aaaaa$`, "m"));
    expect(INDEX).toContain(`](${page})`);
  });

  test("says what it is in a line", () => {
    expect(title).toMatch(/^\S.{2,30}$/);
    expect(summary).toMatch(/^[^\n]{10,110}$/);
  });
});
