// SPDX-License-Identifier: GPL-2.0-only
/** Beside the kernel as it is usually built: trees without what gcc inlines. */
import type { Release } from "../../src/kernels/release.ts";
import { trees } from "./compare.ts";
import { bestRun, type Compare, runCalls } from "./passes.ts";
import type { RecordedCase, RecordedStep } from "./recording.ts";
import { type CaseResult, Tally } from "./run.ts";
import type { Cutter } from "./symbols.ts";
import { callsWorlds } from "./worlds.ts";

/** A case of both kernels: nothing inlined, and as usual. */
interface Both {
  readonly plain: RecordedCase;
  readonly stock: RecordedCase;
}

/** Below this share of its calls a function counts as inlined, above the rest as called; between, as neither. */
const RARE = 0.02;

export function stockResults(
  cases: readonly RecordedCase[],
  stock: readonly RecordedCase[],
  release: Release,
  cutter: Cutter,
): CaseResult[] {
  const byName = new Map(stock.map((c) => [c.case, c]));
  const both = cases.flatMap((plain): Both[] => {
    const found = byName.get(plain.case);
    return found ? [{ plain, stock: withCalls(plain, found) }] : [];
  });
  const skip = undecided(both);
  return both.map((b) => compareStock(b.stock, release, cutter, skip));
}

/** The case with the trees of the other kernel. */
function withCalls(plain: RecordedCase, stock: RecordedCase): RecordedCase {
  const key = (s: RecordedStep): string => `${s.i}.${s.rep ?? ""}`;
  const found = new Map(stock.steps.map((s) => [key(s), s]));
  const steps = plain.steps.map((step): RecordedStep => {
    const { calls: _calls, unstable: _unstable, ...rest } = step;
    const { calls, unstable } = found.get(key(step)) ?? {};
    return {
      ...rest,
      ...(calls === undefined ? {} : { calls }),
      ...(unstable === undefined ? {} : { unstable }),
    };
  });
  return { ...plain, steps };
}

/** Functions that gcc inlines at some calls and not at others: the trees of both kernels tell. */
function undecided(both: readonly Both[]): ReadonlySet<string> {
  const counts = new Map<string, [number, number]>();
  const count = (calls: string, which: 0 | 1): void => {
    for (const line of calls.split("\n")) {
      const name = line.trimStart();
      const pair = counts.get(name) ?? [0, 0];
      pair[which]++;
      counts.set(name, pair);
    }
  };
  for (const { plain, stock } of both) {
    plain.steps.forEach((step, i) => {
      const other = stock.steps[i]?.calls;
      if (step.calls === undefined || other === undefined) return;
      count(step.calls, 0);
      count(other, 1);
    });
  }
  const some = [...counts].filter(([, [all, called]]) => called > all * RARE && called < all * (1 - RARE));
  return new Set(some.map(([name]) => name));
}

function compareStock(
  rec: RecordedCase,
  release: Release,
  cutter: Cutter,
  skip: ReadonlySet<string>,
): CaseResult {
  const compare: Compare = (step, sim) => {
    if (step.calls === undefined || step.unstable?.includes("calls")) return undefined;
    return trees(cutter.recorded(step.calls, skip), cutter.simulated(sim.calls, { stock: true, skip }));
  };
  const calls = bestRun({
    rec,
    run: (world) => runCalls(release, rec, world, "stock"),
    compare: () => compare,
    others: (world, at) => callsWorlds(world, rec.steps, at),
  });
  const tally = new Tally();
  rec.steps.forEach((step, i) => {
    tally.step("calls", step, calls, i, (s) => compare(step, s, i));
  });
  return tally.result(rec, [calls.world]);
}
