// SPDX-License-Identifier: GPL-2.0-only
/** The table of functions that gcc inlines here and there is what the recordings of both builds show. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { PARTLY_INLINED } from "../../src/capture/partly-inlined.ts";
import { loadCases, ownData, type RecordedCase } from "../oracle/recording.ts";

/** Enough calls to say something, and a share of them that is neither none nor all. */
const LEAST = 10;
const [RARELY, MOSTLY] = [0.02, 0.9];

const key = (c: RecordedCase, i: number): string => `${c.case} ${c.steps[i]?.i}.${c.steps[i]?.rep}`;

test("recordings of the two builds", () => {
  const stock = new Map<string, string>();
  for (const c of loadCases(join(ownData(), "stock"))) {
    for (const [i, { calls }] of c.steps.entries()) if (calls !== undefined) stock.set(key(c, i), calls);
  }
  const counts = new Map<string, [number, number]>();
  const count = (calls: string, which: 0 | 1): void => {
    for (const line of calls.split("\n")) {
      const name = line.trimStart();
      const pair = counts.get(name) ?? [0, 0];
      pair[which]++;
      counts.set(name, pair);
    }
  };
  for (const c of loadCases(join(ownData(), "cases"))) {
    for (const [i, { calls }] of c.steps.entries()) {
      const other = stock.get(key(c, i));
      if (calls === undefined || other === undefined) continue;
      count(calls, 0);
      count(other, 1);
    }
  }
  const partly = [...counts].filter(
    ([, [all, seen]]) => all >= LEAST && seen > all * RARELY && seen < all * MOSTLY,
  );
  expect(partly.map(([name]) => name).sort()).toEqual([...PARTLY_INLINED].sort());
});
