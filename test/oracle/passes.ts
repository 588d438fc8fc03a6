// SPDX-License-Identifier: GPL-2.0-only
/** A case run through a machine: as the recordings' first run, with taps, and as their second, for the calls. */
import type { Build, Machine, Release } from "../../src/kernels/release.ts";
import { Session, type SimulatedStep } from "./case.ts";
import { TICK } from "./clock.ts";
import type { Verdict } from "./compare.ts";
import { Ports } from "./ports.ts";
import type { RecordedCase, RecordedStep } from "./recording.ts";
import type { Tables } from "./tables.ts";
import { bootOptions, QUIET, ticksOf, type World } from "./worlds.ts";

const A_SECOND = 1000;

export interface Run {
  /** Set-up lines that were refused. */
  readonly refused: readonly (readonly [string, string])[];
  readonly tables: Partial<Tables>;
  readonly steps: readonly SimulatedStep[];
  /** Why it ended early. */
  readonly error?: unknown;
  /** What the machine was taken to be like. */
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

/** Packets, counters and what calls gave back. */
export function runState(release: Release, rec: RecordedCase, world: World): Run {
  const ports = new Ports();
  for (const line of setupLines(rec.text)) ports.configured(line);
  const [from, to, freed] = world.held;
  let [isHeld, free] = [false, freed];
  /** RCU frees in the order in which it was asked to. */
  const grace = (waiting: number): number => {
    if (!isHeld) return waiting;
    const now = Math.min(free, waiting);
    free -= now;
    return now;
  };
  const machine = release.boot({
    ...bootOptions(world),
    choose: (what) => ports.choose(what),
    ...(from < to ? { grace } : {}),
  });
  return run(rec, world, new Session(machine, "state"), (step, i) => {
    isHeld = i >= from && i < to;
    if (i === to && from < to) machine.advance(0);
    if (world.late.includes(i)) untilFlush(machine);
    ports.step(step);
  });
}

/** A second goes by, or as much of it as it takes for cached routes to go. */
function untilFlush(machine: Machine): void {
  const cached = machine.dump("rtcache").length;
  for (let ms = 0; ms < A_SECOND && machine.dump("rtcache").length >= cached; ms += TICK)
    machine.advance(TICK);
}

/** The calls. */
export function runCalls(release: Release, rec: RecordedCase, world: World, build?: Build): Run {
  let ticks: boolean[] = [];
  const machine = release.boot({ ...bootOptions(world, build), tick: () => ticks.shift() ?? false });
  return run(rec, world, new Session(machine, "calls"), (step, i) => {
    if (world.late.includes(i)) machine.advance(A_SECOND);
    ticks = ticksOf(step.calls ?? "");
  });
}

function run(
  rec: RecordedCase,
  world: World,
  session: Session,
  before: (step: RecordedStep, i: number) => void,
): Run {
  const steps: SimulatedStep[] = [];
  let refused: [string, string][] = [];
  let tables: Partial<Tables> = {};
  try {
    refused = session.setup(setupLines(rec.text));
    session.settle(rec.ne ?? []);
    tables = session.tables();
    rec.steps.forEach((step, i) => {
      before(step, i);
      steps.push(session.step(step.op, step.pk));
    });
    return { refused, tables, steps, world };
  } catch (error) {
    return { refused, tables, steps, error, world };
  }
}

export type Compare = (step: RecordedStep, sim: SimulatedStep, i: number) => Verdict;

/** Tries worlds until all steps agree, or none is better. */
export interface Search {
  readonly rec: RecordedCase;
  readonly run: (world: World) => Run;
  /** How to compare a run's steps, which may have to be looked at in order. */
  readonly compare: (run: Run) => Compare;
  /** Other worlds to try where step `at` is the first that differs. */
  readonly others: (world: World, at: number) => World[];
}

export function bestRun(search: Search, from: World = QUIET): Run {
  let best = search.run(from);
  for (let at = firstDifferent(search, best); at < search.rec.steps.length; ) {
    const found = betterRun(search, best.world, at);
    if (found === undefined) return best;
    best = found;
    at = firstDifferent(search, best);
  }
  return best;
}

/** A run that agrees in more, if there is one, and no later than `known` differs by what that one was found. */
export function refinedRun(search: Search, known: Search, best: Run): Run {
  if (firstDifferent(search, best) === search.rec.steps.length) return best;
  const found = bestRun(search, best.world);
  return firstDifferent(known, found) < firstDifferent(known, best) ? best : found;
}

/** A run in the first other world that agrees beyond step `at`. */
function betterRun(search: Search, world: World, at: number): Run | undefined {
  for (const other of search.others(world, at)) {
    const found = search.run(other);
    if (firstDifferent(search, found) > at) return found;
  }
  return undefined;
}

/** The first step that differs or was not reached; the number of steps if there is none. */
function firstDifferent({ rec, compare }: Search, sim: Run): number {
  const differs = compare(sim);
  const at = rec.steps.findIndex((step, i) => {
    const s = sim.steps[i];
    return s === undefined || (differs(step, s, i) ?? null) !== null;
  });
  return at < 0 ? rec.steps.length : at;
}
