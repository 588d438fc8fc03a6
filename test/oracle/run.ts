// SPDX-License-Identifier: GPL-2.0-only
/** A recorded case through the simulator, twice as it was recorded, and compared. */
import type { Release } from "../../src/kernels/release.ts";
import type { SimulatedStep } from "./case.ts";
import { ASPECTS, type Aspect, Comparison, type Difference, type Verdict } from "./compare.ts";
import { Names } from "./normalise.ts";
import { bestRun, type Run, refinedRun, runCalls, runState, type Search } from "./passes.ts";
import { compareReason } from "./reasons.ts";
import { type RecordedCase, type RecordedStep, stepName } from "./recording.ts";
import type { Cutter } from "./symbols.ts";
import { compareCache, compareTables, listsOf, tablesOf } from "./tables.ts";
import { callsWorlds, stateWorlds, type World } from "./worlds.ts";

/** Something that did not agree. */
export interface Failure {
  readonly aspect: Aspect;
  /** `set-up`, `step 3`. */
  readonly where: string;
  readonly op: string;
  readonly difference?: Difference;
  /** An exception of the simulator's, with its stack. */
  readonly error?: string;
}

/** Per aspect [steps that agree, steps compared]. */
export type Score = Record<Aspect, [number, number]>;

export interface CaseResult {
  readonly name: string;
  readonly topic: string;
  readonly score: Score;
  readonly failures: readonly Failure[];
  /** What the machines of the two recorded runs were taken to be like. */
  readonly worlds: readonly World[];
}

export const noScore = (): Score => Object.fromEntries(ASPECTS.map((aspect) => [aspect, [0, 0]])) as Score;

export function runCase(rec: RecordedCase, release: Release, cutter: Cutter): CaseResult {
  const comparison = (run: Run): Comparison =>
    new Comparison(cutter, namesOf(rec, rec.steps), namesOf(rec, run.steps));
  const lists = listsOf(rec);
  const first: Search = {
    rec,
    run: (world) => runState(release, rec, world),
    compare: (run) => {
      const c = comparison(run);
      return (step, sim) => c.packets(step, sim) ?? c.returns(step, sim) ?? c.counters(step, sim);
    },
    others: (world, at) => stateWorlds(world, rec.steps, at),
  };
  const second: Search = {
    ...first,
    compare: (run) => {
      const compare = first.compare(run);
      return (step, sim, i) =>
        compare(step, sim, i) ?? compareTables(lists[i] ?? {}, sim) ?? compareCache(lists[i] ?? {}, sim);
    },
  };
  const state = refinedRun(second, first, bestRun(first));
  const compare = comparison(state);
  const calls = bestRun({
    rec,
    run: (world) => runCalls(release, rec, world),
    compare: () => (step, sim) => compare.calls(step, sim),
    others: (world, at) => callsWorlds(world, rec.steps, at),
  });
  const tally = new Tally();
  tally.setup(rec, state);
  rec.steps.forEach((step, i) => {
    tally.step("calls", step, calls, i, (s) => compare.calls(step, s));
    tally.step("reasons", step, calls, i, (s) => compareReason(cutter.kinds, step, s));
    tally.step("returns", step, state, i, (s) => compare.returns(step, s));
    tally.step("packets", step, state, i, (s) => compare.packets(step, s));
    tally.step("counters", step, state, i, (s) => compare.counters(step, s));
    tally.step("tables", step, state, i, (s) => compareTables(lists[i] ?? {}, s));
    tally.step("cache", step, state, i, (s) => compareCache(lists[i] ?? {}, s));
  });
  return tally.result(rec, [state.world, calls.world]);
}

type Sockets = { readonly sk: RecordedStep["sk"] };

/** The names of one side's random numbers. */
function namesOf(rec: RecordedCase, steps: readonly Sockets[]): Names {
  const written = [...rec.steps.map((s) => s.op), ...rec.text.split("\n")];
  return new Names(
    written,
    steps.map((s) => s.sk),
  );
}

/** Counts as it compares. */
export class Tally {
  readonly score: Score = noScore();
  readonly failures: Failure[] = [];

  /** What came of the set-up counts as a step. */
  setup(rec: RecordedCase, sim: Run): void {
    this.refused(rec, sim);
    this.setupTables("tables", compareTables(tablesOf(rec), sim.tables));
    this.setupTables("cache", compareCache(tablesOf(rec), sim.tables));
  }

  private setupTables(aspect: Aspect, verdict: Verdict): void {
    this.score[aspect][1]++;
    if (verdict) this.failures.push({ aspect, where: "set-up", op: "", difference: verdict });
    else this.score[aspect][0]++;
  }

  /** What was refused counts where either side refused something. */
  private refused(rec: RecordedCase, sim: Run): void {
    const text = (list: Run["refused"]): string[] => list.map(([line, error]) => `${line} = ${error}`);
    const [expected, got] = [text(rec.setup), text(sim.refused)];
    if (expected.length === 0 && got.length === 0) return;
    const at = [...expected, ...got].findIndex((_, i) => expected[i] !== got[i]);
    this.score.returns[1]++;
    if (at < 0) this.score.returns[0]++;
    else if (sim.error !== undefined && sim.steps.length === 0) {
      this.failures.push({ aspect: "returns", where: "set-up", op: "", error: stackOf(sim.error) });
    } else {
      const one = (line: string | undefined): string =>
        line?.replace(/\d+(\.\d+){3}(\/\d+)?/g, "A") ?? "nothing refused";
      const kind = `set-up: ${one(expected[at])}, not ${one(got[at])}`;
      this.failures.push({
        aspect: "returns",
        where: "set-up",
        op: "",
        difference: { kind, expected, got, at },
      });
    }
  }

  step(
    aspect: Aspect,
    step: RecordedStep,
    run: Run,
    i: number,
    compare: (sim: SimulatedStep) => Verdict,
  ): void {
    const sim = run.steps[i];
    // Where the simulator gave up, whatever would have been compared disagrees.
    const verdict = compare(sim ?? NOTHING);
    if (verdict === undefined) return;
    this.score[aspect][1]++;
    const failure = { aspect, where: stepName(step), op: step.op };
    if (sim === undefined) this.failures.push({ ...failure, error: stackOf(run.error) });
    else if (verdict === null) this.score[aspect][0]++;
    else this.failures.push({ ...failure, difference: verdict });
  }

  result(rec: RecordedCase, worlds: readonly World[]): CaseResult {
    return { name: rec.case, topic: rec.topic, score: this.score, failures: this.failures, worlds };
  }
}

const NOTHING: SimulatedStep = { ret: 0, packets: [], counters: [], sk: {}, ne: [], rtc: [], calls: [] };

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
