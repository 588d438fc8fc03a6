// SPDX-License-Identifier: GPL-2.0-only
/** The kernel's tables: routes and rules after the set-up, neighbours and cached routes after every step. */
import { type Difference, differ, type Verdict } from "./compare.ts";
import type { RecordedCase } from "./recording.ts";

/** What a recording lists again wherever it changed. */
export interface Lists {
  /** Neighbours: device, address, state, link-layer address. */
  readonly ne: readonly string[];
  /** The lines of /proc/net/rt_cache. */
  readonly rtc: readonly string[];
}

/** What it lists once, too. */
export interface Tables extends Lists {
  readonly fib: readonly string[];
  readonly rules: readonly string[];
}

/** The tables after the set-up; those of which nothing is written were empty. */
export const tablesOf = ({ fib = [], rules = [], ne = [], rtc = [] }: RecordedCase): Tables => ({
  fib,
  rules,
  ne,
  rtc,
});

/**
 * What the recording says of its lists after each step: as they were last written down. Where two recordings did not
 * agree on one, nothing is known of it until it is written down again.
 */
export function listsOf(rec: RecordedCase): Partial<Lists>[] {
  let { ne, rtc }: Partial<Lists> = tablesOf(rec);
  return rec.steps.map((step) => {
    ne = step.unstable?.includes("ne") ? undefined : (step.ne ?? ne);
    rtc = step.unstable?.includes("rtc") ? undefined : (step.rtc ?? rtc);
    return { ...(ne === undefined ? {} : { ne }), ...(rtc === undefined ? {} : { rtc }) };
  });
}

/** Routes, rules and neighbours. */
export function compareTables(rec: Partial<Tables>, sim: Partial<Tables>): Verdict {
  if (rec.ne === undefined) return undefined;
  const text = ({ fib = [], rules = [], ne = [] }: Partial<Tables>): string[] => [
    ...fib.map((line) => `route ${line}`),
    ...rules.map((line) => `rule ${line}`),
    ...bag(ne, "neighbour"),
  ];
  return listed(text(rec), text(sim));
}

/** The route cache. */
export function compareCache(rec: Partial<Lists>, sim: Partial<Lists>): Verdict {
  if (rec.rtc === undefined) return undefined;
  return listed(bag(rec.rtc, "cached"), bag(sim.rtc ?? [], "cached"));
}

/** Lines in no order: the hash tables that they come from have random seeds. */
const bag = (lines: readonly string[], what: string): string[] =>
  lines.map((line) => `${what} ${line}`).sort();

function listed(expected: readonly string[], got: readonly string[]): Difference | null {
  return differ(expected, got, (a, b) => {
    const what = (a ?? b ?? "").split(" ", 1)[0];
    if (expected.length !== got.length) return `${what}: ${expected.length} lines, not ${got.length}`;
    const [x, y] = [a?.split(" ") ?? [], b?.split(" ") ?? []];
    const i = x.findIndex((word, n) => word !== y[n]);
    return `${what}: word ${i} is ${x[i] ?? "missing"}, not ${y[i] ?? "missing"}`;
  });
}
