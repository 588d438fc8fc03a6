// SPDX-License-Identifier: GPL-2.0-only
/** The README shows real output: its excerpt is the golden main job, stretches of it left out. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };

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

/** Links of a page to files of the repository, from its top. */
function linksOf(page: string): string[] {
  const folder = page.includes("/") ? page.slice(0, page.lastIndexOf("/") + 1) : "";
  const links = [...read(page).matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)[^)]*\)/g)];
  return links.map(([, link]) => new URL(folder + link, "file:///").pathname.slice(1));
}

test("what the README and the documentation link to is there, and in the package", () => {
  const packed = [...manifest.files, "LICENSE", "README.md", "package.json"];
  const isPacked = (path: string): boolean =>
    packed.some((one) => path === one || path.startsWith(`${one}/`));
  const seen = new Set(["README.md"]);
  for (const page of seen) {
    for (const link of linksOf(page)) {
      expect(existsSync(new URL(`../../${link}`, import.meta.url)), `${page} links to ${link}`).toBe(true);
      if (page === "README.md")
        expect(isPacked(link), `${page} links to ${link}, which is not packed`).toBe(true);
      if (link.endsWith(".md")) seen.add(link);
    }
  }
  expect(seen.size).toBeGreaterThan(30);
});
