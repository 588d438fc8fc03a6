// SPDX-License-Identifier: GPL-2.0-only
/** The README shows real output: its excerpt is the golden main job, stretches of it left out. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("the excerpt is what the main job prints", () => {
  const excerpt =
    /```\n\$ nettrace sendto 127\.0\.0\.1 9999 aaaaa\n(.*?)```/s.exec(read("README.md"))?.[1] ?? "";
  const shown = excerpt.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "⋮");
  const printed = read("test/golden/seed/expected")
    .split("\n")
    .map((line) => line.trimEnd());
  let at = 0;
  const missing = shown.filter((line) => {
    const found = printed.indexOf(line, at);
    if (found >= 0) at = found + 1;
    return found < 0;
  });
  expect(missing).toEqual([]);
  expect(shown.length).toBeGreaterThan(30);
});
