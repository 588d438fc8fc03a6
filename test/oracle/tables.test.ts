// SPDX-License-Identifier: GPL-2.0-only
/** The kernel's tables, recorded against simulated. */
import { describe, expect, test } from "vitest";
import type { RecordedCase, RecordedStep } from "./recording.ts";
import { compareCache, compareTables, listsOf, tablesOf } from "./tables.ts";

const step = (more: Partial<RecordedStep>): RecordedStep => ({
  i: 0,
  op: "send a",
  ret: 0,
  pk: [],
  d: {},
  sk: {},
  ...more,
});
const recorded = (...steps: RecordedStep[]): RecordedCase => ({
  case: "c",
  topic: "t",
  text: "",
  setup: [],
  ifs: {},
  ne: ["n0"],
  steps,
});

describe("what a recording says of its lists", () => {
  test("holds until they are written down again", () => {
    const rec = recorded(step({}), step({ ne: [], rtc: ["r1"] }), step({}));
    expect(listsOf(rec)).toEqual([
      { ne: ["n0"], rtc: [] },
      { ne: [], rtc: ["r1"] },
      { ne: [], rtc: ["r1"] },
    ]);
  });
  test("is nothing from where two recordings differed", () => {
    const rec = recorded(step({ ne: ["n1"], unstable: ["ne"] }), step({}), step({ ne: ["n2"] }));
    expect(listsOf(rec)).toEqual([{ rtc: [] }, { rtc: [] }, { ne: ["n2"], rtc: [] }]);
    expect(compareTables({ rtc: [] }, { ne: ["other"] })).toBeUndefined();
  });
});

describe("tables are compared", () => {
  const tables = tablesOf({
    ...recorded(),
    fib: ["f1", "f2"],
    rules: ["r1"],
    ne: ["n1", "n2"],
    rtc: ["c 1"],
  });
  test("routes and rules in their order, neighbours and cached routes in none", () => {
    expect(compareTables(tables, { ...tables, ne: ["n2", "n1"] })).toBeNull();
    expect(compareTables(tables, { ...tables, fib: ["f2", "f1"] })).toMatchObject({ at: 0 });
    expect(compareTables(tables, { ...tables, rules: [] })).toMatchObject({
      at: 2,
      kind: "rule: 5 lines, not 4",
    });
    expect(compareCache({ rtc: ["a", "b"] }, { rtc: ["b", "a"] })).toBeNull();
  });
  test("word by word", () => {
    expect(compareCache(tables, { rtc: ["c 2"] })).toMatchObject({
      at: 0,
      kind: "cached: word 2 is 1, not 2",
      expected: ["cached c 1"],
      got: ["cached c 2"],
    });
  });
});
