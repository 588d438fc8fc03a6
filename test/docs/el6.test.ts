// SPDX-License-Identifier: GPL-2.0-only
/** docs/el6 has one page for each kernel file, one heading for each function that a trace can show, and no others. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import "../../src/kernels/index.ts";
import { SYMBOLS } from "../../src/trace/symbol.ts";

const DOCS = fileURLToPath(new URL("../../docs/el6", import.meta.url));

/** `net/ipv4/udp.c` is explained in `net/ipv4/udp.md`. */
function pageOf(file: string): string {
  return file.replace(/\.[ch]$/, ".md");
}

const FILES = [...new Set(SYMBOLS.map((sym) => sym.file))].sort();
const PAGES = readdirSync(DOCS, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".md") && name !== "README.md")
  .sort();

function read(page: string): string {
  return readFileSync(join(DOCS, page), "utf8");
}

/** The level-two headings of a page, and whether there is text below each. */
function headings(text: string): { name: string; explained: boolean }[] {
  const sections = text.split(/^## /m).slice(1);
  return sections.map((section) => {
    const [name = "", ...rest] = section.split("\n");
    return { name, explained: rest.join("").trim() !== "" };
  });
}

test("a page for each file, and no others", () => {
  expect(PAGES).toEqual(FILES.map(pageOf).sort());
});

describe("headings are functions", () => {
  test.each(FILES)("%s", (file) => {
    const text = read(pageOf(file));
    const found = headings(text);
    const functions = SYMBOLS.filter((sym) => sym.file === file).map((sym) => sym.name);
    expect(text.startsWith(`# ${file}\n\n`)).toBe(true);
    expect(found.map((h) => h.name).sort()).toEqual(functions.sort());
    expect(found.filter((h) => !h.explained)).toEqual([]);
  });
});

test("the map names every page, and only pages that exist", () => {
  const linked = [...read("README.md").matchAll(/\]\(((?:\w+\/)+\w+\.md)\)/g)].map(([, page]) => page ?? "");
  expect([...new Set(linked)].sort()).toEqual(PAGES);
});
