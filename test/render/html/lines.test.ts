// SPDX-License-Identifier: GPL-2.0-only
/** The page's tree: what is shown, what stands for what, what a search brings up. */
import { describe, expect, test } from "vitest";
import type { Row, Section } from "../../../src/render/html/model.ts";
import { endsOf, lineOf, linesOf, pathTo, type View } from "../../../src/render/html/page/lines.ts";
import { find, withPaths } from "../../../src/render/html/page/search.ts";

const row = (depth: number, fn: number, more: Partial<Row> = {}): Row => ({
  kind: "call",
  depth,
  fn,
  ...more,
});

/** a { b(quiet) { c } d(closed) { a } (after d) } */
const ROWS: readonly Row[] = [
  row(0, 0),
  row(1, 1, { quiet: true }),
  row(2, 2, { why: [["a reason", [["port", "9"]]]] }),
  row(1, 3, { folded: 1 }),
  row(2, 0),
  row(1, 0, { kind: "after" }),
];
const SECTION: Section = {
  first: 1,
  name: "sendto",
  fns: [
    ["a", "net/a.c", 0],
    ["b", "net/b.c", 1],
    ["c", "net/c.c", 2],
    ["d", "net/d.c", 3],
  ],
  counters: [],
  buffers: [],
  before: { writes: [], parts: [], facts: [] },
  rows: ROWS,
  decided: -1,
};
const STORY: View = { all: false, layers: new Set(), toggled: new Set(), wanted: new Set() };
const shown = (view: Partial<View> = {}) => linesOf(SECTION, endsOf(ROWS), { ...STORY, ...view });

describe("lines", () => {
  test("where the inside of a row ends", () => {
    expect(endsOf(ROWS)).toEqual([6, 3, 3, 5, 5, 6]);
  });

  test("the story hides bookkeeping and closes what goes as before; a line stands for what it hides", () => {
    expect(shown().map((l) => [l.row, l.last, l.level, l.open])).toEqual([
      [0, 2, 1, true],
      [3, 4, 2, false],
      [5, 5, 2, null],
    ]);
  });

  test("places among siblings, for those who listen", () => {
    expect(shown().map((l) => [l.place, l.size, l.parent])).toEqual([
      [1, 1, -1],
      [1, 2, 0],
      [2, 2, 0],
    ]);
  });

  test("opened by hand, and closed", () => {
    expect(shown({ toggled: new Set([3]) }).map((l) => l.row)).toEqual([0, 3, 4, 5]);
    expect(shown({ toggled: new Set([0]) }).map((l) => [l.row, l.last, l.open])).toEqual([[0, 5, false]]);
  });

  test("all: everything open", () => {
    expect(shown({ all: true }).map((l) => l.row)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("a call of another layer hands what it calls to its parent", () => {
    const lines = shown({ all: true, layers: new Set([0, 2]) });
    expect(lines.map((l) => [l.row, l.level])).toEqual([
      [0, 1],
      [2, 2],
      [4, 2],
      [5, 2],
    ]);
  });

  test("what is wanted is shown in its place", () => {
    const lines = shown({ wanted: withPaths(SECTION, [2]) });
    expect(lines.map((l) => l.row)).toEqual([0, 1, 2, 3, 5]);
    expect(lines.find((l) => l.row === 1)?.open).toBe(true);
  });

  test("the line that stands for a row, and the rows around one", () => {
    expect(lineOf(shown(), 2)).toBe(0);
    expect(lineOf(shown(), 4)).toBe(1);
    expect(pathTo(ROWS, 2)).toEqual([0, 1]);
    expect(pathTo(ROWS, 5)).toEqual([0]);
  });
});

describe("search", () => {
  test("names, files, reasons, facts; every word must be there", () => {
    expect(find(SECTION, "net/b")).toEqual([1]);
    expect(find(SECTION, "REASON port=9")).toEqual([2]);
    expect(find(SECTION, "reason b.c")).toEqual([]);
    expect(find(SECTION, "  ")).toEqual([]);
  });
});
