// SPDX-License-Identifier: GPL-2.0-only
/** docs/not-modelled.md lists what traces announce, all of it and nothing else, with the files that say it. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const KERNELS = fileURLToPath(new URL("../../src/kernels/el6/", import.meta.url));
const PAGE = readFileSync(new URL("../../docs/not-modelled.md", import.meta.url), "utf8");

/** A note or a refusal that begins so. */
const ANNOUNCED =
  /(?:note\(\s*k|refuse\(\s*k,\s*[\w-]+(?:\([\w.]*\))?|drop\(\s*k,\s*\w+,\s*"\w+"),\s*"(not modelled[^"]*)"/g;

/** `not modelled…` → the files that say it, as the page calls them. */
function announced(): Map<string, string[]> {
  const said = new Map<string, string[]>();
  for (const file of readdirSync(KERNELS, { recursive: true, encoding: "utf8" }).sort()) {
    if (!file.endsWith(".ts")) continue;
    const source = readFileSync(`${KERNELS}${file}`, "utf8");
    for (const [, text = ""] of source.matchAll(ANNOUNCED)) {
      const files = new Set(said.get(text)).add(nameOf(file, source));
      said.set(text, [...files]);
    }
  }
  return said;
}

/** A file of the kernel by its C name, one of ours by its own. */
function nameOf(file: string, source: string): string {
  return source.includes(`const FILE = "${file.replace(/ts$/, "c")}"`) ? file.replace(/ts$/, "c") : file;
}

/** The page's rows: what the trace says, and where. */
function listed(): Map<string, string[]> {
  const rows = new Map<string, string[]>();
  for (const line of PAGE.split("\n").filter((l) => l.startsWith("| "))) {
    const [, , says = "", where = ""] = line
      .split(" | ")
      .flatMap((cell, i) => (i === 0 ? ["", cell] : [cell]));
    const files = [...where.matchAll(/`([^`]+)`/g)].map((m) => m[1] as string);
    for (const [, text = ""] of says.matchAll(/`(not modelled[^`]*)`/g)) rows.set(text, files);
  }
  return rows;
}

test("every announcement is on the page, and every one on the page is made", () => {
  expect([...listed().keys()].sort()).toEqual([...announced().keys()].sort());
});

test("in the files that the page names", () => {
  const rows = listed();
  for (const [text, files] of announced()) {
    for (const file of files) expect([text, rows.get(text)]).toEqual([text, expect.arrayContaining([file])]);
  }
});

test("no announcement hides in another form", () => {
  for (const file of readdirSync(KERNELS, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    const source = readFileSync(`${KERNELS}${file}`, "utf8");
    const strings = [...source.matchAll(/["'`]not modelled/g)].length;
    const notes = [...source.matchAll(ANNOUNCED)].length;
    expect([file, strings]).toEqual([file, notes]);
  }
});
