// SPDX-License-Identifier: GPL-2.0-only
/** A recorded case through the simulator, twice as it was recorded, and compared. */
import type { Release } from "../../src/kernels/release.ts";
import { Session, type SimulatedStep } from "./case.ts";
import { type Aspect, Comparison, type Difference, type Verdict } from "./compare.ts";
import { Names } from "./normalise.ts";
import { Ports } from "./ports.ts";
import { type RecordedCase, type RecordedStep, stepName } from "./recording.ts";
import type { Cutter } from "./symbols.ts";
import { bootOptions, others, QUIET, ticksOf, type World } from "./worlds.ts";

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
  /** What the machine of the recorded calls was like. */
  readonly world: World;
}

export const noScore = (): Score => ({ calls: [0, 0], returns: [0, 0], packets: [0, 0], counters: [0, 0] });

const A_SECOND = 1000;

interface Pass {
  readonly refused: readonly (readonly [string, string])[];
  readonly steps: readonly SimulatedStep[];
  /** Why it ended early. */
  readonly error?: unknown;
}

/** A run of the calls, and the machine that it was taken to have been on. */
interface Calls extends Pass {
  readonly world: World;
}

/** Lines before the first step that set the network up, as probe.c finds them. */
function setupLines(text: string): string[] {
  const lines = text.split("\n").map((l) => l.trim());
  const set: string[] = [];
  for (const line of lines) {
    if (line === "" || line.startsWith("#") || /^(?:desc|topic|case)(?:\s|$)/.test(line)) continue;
    if (!/^(?:ip|tc|sysctl|sysctl0|nf)(?:\s|$)/.test(line)) break;
    set.push(line);
  }
  return set;
}

/** Packets, counters and what calls gave back, as in the recordings' first run. */
function statePass(release: Release, rec: RecordedCase): Pass {
  const ports = new Ports();
  for (const line of setupLines(rec.text)) ports.configured(line);
  const machine = release.boot({ seed: QUIET.seed, choose: (what) => ports.choose(what) });
  return pass(rec, new Session(machine, "state"), (i) => ports.step(rec.steps[i] as RecordedStep));
}

/** The calls, as in their second run, in a world that may have been so. */
function callsPass(release: Release, rec: RecordedCase, world: World): Pass {
  let ticks: boolean[] = [];
  const machine = release.boot(bootOptions(world, () => ticks.shift() ?? false));
  return pass(rec, new Session(machine, "calls"), (i) => {
    if (world.late.includes(i)) machine.advance(A_SECOND);
    ticks = ticksOf(rec.steps[i]?.calls ?? "");
  });
}

function pass(rec: RecordedCase, session: Session, before: (i: number) => void): Pass {
  const steps: SimulatedStep[] = [];
  let refused: [string, string][] = [];
  try {
    refused = session.setup(setupLines(rec.text));
    rec.steps.forEach((step, i) => {
      before(i);
      steps.push(session.step(step.op, step.pk));
    });
    return { refused, steps };
  } catch (error) {
    return { refused, steps, error };
  }
}

export type Compare = (step: RecordedStep, sim: SimulatedStep) => Verdict;

/** The first step that differs or was not reached; the number of steps if there is none. */
function firstDifferent(rec: RecordedCase, sim: Pass, compare: Compare): number {
  const at = rec.steps.findIndex((step, i) => {
    const s = sim.steps[i];
    return s === undefined || (compare(step, s) ?? null) !== null;
  });
  return at < 0 ? rec.steps.length : at;
}

/** The calls in the world in which they agree, or agree the longest. */
export function bestCalls(release: Release, rec: RecordedCase, compare: Compare): Calls {
  let best: Calls = { ...callsPass(release, rec, QUIET), world: QUIET };
  for (let at = firstDifferent(rec, best, compare); at < rec.steps.length; ) {
    const found = betterCalls(release, rec, compare, best.world, at);
    if (found === undefined) return best;
    best = found;
    at = firstDifferent(rec, best, compare);
  }
  return best;
}

/** The first other world in which the calls agree beyond step `at`. */
function betterCalls(
  release: Release,
  rec: RecordedCase,
  compare: Compare,
  world: World,
  at: number,
): Calls | undefined {
  for (const other of others(world, rec.steps[at] as RecordedStep, at)) {
    const found = callsPass(release, rec, other);
    if (firstDifferent(rec, found, compare) > at) return { ...found, world: other };
  }
  return undefined;
}

export function runCase(rec: RecordedCase, release: Release, cutter: Cutter): CaseResult {
  const state = statePass(release, rec);
  const written = [...rec.steps.map((s) => s.op), ...rec.text.split("\n")];
  const names = (steps: readonly { readonly sk: RecordedStep["sk"] }[]): Names =>
    new Names(
      written,
      steps.map((s) => s.sk),
    );
  const comparison = new Comparison(cutter, names(rec.steps), names(state.steps));
  const calls = bestCalls(release, rec, (step, sim) => comparison.calls(step, sim));
  const tally = new Tally();
  tally.setup(rec, state);
  rec.steps.forEach((step, i) => {
    const [a, b] = [calls.steps[i], state.steps[i]];
    tally.step("calls", step, a, calls.error, (s) => comparison.calls(step, s));
    tally.step("returns", step, b, state.error, (s) => comparison.returns(step, s));
    tally.step("packets", step, b, state.error, (s) => comparison.packets(step, s));
    tally.step("counters", step, b, state.error, (s) => comparison.counters(step, s));
  });
  return {
    name: rec.case,
    topic: rec.topic,
    score: tally.score,
    failures: tally.failures,
    world: calls.world,
  };
}

/** Counts as it compares. */
export class Tally {
  readonly score: Score = noScore();
  readonly failures: Failure[] = [];

  /** What the set-up refused counts once, where either side refused something. */
  setup(rec: RecordedCase, sim: Pass): void {
    const text = (list: Pass["refused"]): string[] => list.map(([line, error]) => `${line} = ${error}`);
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
    sim: SimulatedStep | undefined,
    error: unknown,
    compare: (sim: SimulatedStep) => Verdict,
  ): void {
    const where = stepName(step);
    if (sim === undefined) {
      // The simulator gave up at or before this step: whatever would have been compared here disagrees.
      if (compare(NOTHING) === undefined) return;
      this.score[aspect][1]++;
      this.failures.push({ aspect, where, op: step.op, error: stackOf(error) });
      return;
    }
    const verdict = compare(sim);
    if (verdict === undefined) return;
    this.score[aspect][1]++;
    if (verdict === null) this.score[aspect][0]++;
    else this.failures.push({ aspect, where, op: step.op, difference: verdict });
  }
}

const NOTHING: SimulatedStep = { ret: 0, packets: [], counters: [], sk: {}, calls: [] };

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
