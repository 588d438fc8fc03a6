// SPDX-License-Identifier: GPL-2.0-only
/** The recordings agree with themselves, and with copies whose random numbers are others. */
import { describe, expect, test } from "vitest";
import type { SimulatedStep } from "./case.ts";
import { Comparison } from "./compare.ts";
import { Names } from "./normalise.ts";
import { loadCases, ownData, type RecordedCase } from "./recording.ts";
import { Cutter, loadSymbols } from "./symbols.ts";
import { compareCache, compareTables, listsOf } from "./tables.ts";

const kinds = loadSymbols();
const cutter = new Cutter(kinds);
const cases = loadCases(`${ownData()}/cases`);

const EMPTY = { ne: [], rtc: [] };

/** What a simulator that did exactly this would have said. */
function asSimulated(rec: RecordedCase): SimulatedStep[] {
  const lists = listsOf(rec);
  return rec.steps.map((s, i) => ({
    ...s,
    ...EMPTY,
    ...lists[i],
    counters: [s.d],
    calls: [],
    packets: s.pk.map((p) => ({
      dev: p.if,
      type: p.t,
      protocol: Number.parseInt(p.proto, 16),
      status: p.st ?? 0,
      bytes: Uint8Array.from(Buffer.from((p.same === undefined ? p : s.pk[p.same])?.hex ?? "", "hex")),
    })),
  }));
}

const namesOf = (rec: RecordedCase): Names =>
  new Names(
    [rec.text],
    rec.steps.map((s) => s.sk),
  );

describe("a recording agrees with itself", () => {
  test.each([...new Set(cases.map((c) => c.topic))])("%s", (topic) => {
    for (const rec of cases.filter((c) => c.topic === topic)) {
      const sim = asSimulated(rec);
      const lists = listsOf(rec);
      const comparison = new Comparison(cutter, namesOf(rec), namesOf(rec));
      rec.steps.forEach((step, i) => {
        const s = sim[i] as SimulatedStep;
        expect([comparison.returns(step, s), rec.case]).toEqual([null, rec.case]);
        expect([comparison.packets(step, s) ?? null, rec.case]).toEqual([null, rec.case]);
        expect([comparison.counters(step, s) ?? null, rec.case]).toEqual([null, rec.case]);
        expect([compareTables(lists[i] ?? {}, s) ?? null, rec.case]).toEqual([null, rec.case]);
        expect([compareCache(lists[i] ?? {}, s) ?? null, rec.case]).toEqual([null, rec.case]);
      });
    }
  });
});

test("every function of the recorded trees is in the table of symbols or outside the network", () => {
  const outside = new Set<string>();
  for (const rec of cases) {
    for (const step of rec.steps) {
      for (const name of (step.calls ?? "").split("\n"))
        if (name && !kinds.has(name.trim())) outside.add(name.trim());
    }
  }
  expect([...outside].sort()).toEqual([]);
});

describe("trees", () => {
  const names = (text: string): string[] =>
    new Cutter(
      new Map([
        ["a", "c"],
        ["b", "h"],
        ["c", "s"],
        ["d", "c"],
      ]),
    )
      .recorded(text)
      .map((c) => `${" ".repeat(c.depth)}${c.name}`);
  test("lose what does not count; what it called moves up", () => {
    expect(names("a\n b\n  c\n x\n  d\n   c\nd")).toEqual(["a", " c", " d", "  c", "d"]);
  });
});
