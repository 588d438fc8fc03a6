// SPDX-License-Identifier: GPL-2.0-only
/** One scenario from its file to its end: read it through, then run it as it streams by. */
import { RELEASES } from "../../kernels/index.ts";
import type { Machine } from "../../kernels/release.ts";
import { LineError } from "../../script/error.ts";
import { type Dress, dressOf, PLAIN } from "../../script/paste/dress.ts";
import { refuseOthers } from "../../script/paste/tracers.ts";
import { type Entry, emptyReceipt, isLog, type Receipt, tally } from "../../script/receipt.ts";
import { scenario } from "../../script/scenario.ts";
import type { Scenario, ScenarioStep } from "../../script/step.ts";
import type { MachineEvent, StateEvent } from "../../trace/event.ts";
import { FateRecorder } from "../../trace/fate-record.ts";
import type { Step } from "../../trace/step.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { Adviser, type Trial } from "./advice.ts";
import { checker } from "./judge/check.ts";
import { type ReceiptWish, tellReceipt } from "./judge/receipt.ts";
import { RecordedTraces } from "./judge/recorded.ts";
import { type Failure, plural, Report } from "./judge/report.ts";
import { Rewriter } from "./judge/rewrite.ts";
import { Ahead } from "./log/ahead.ts";
import { type Judges, Runner, type RunOptions, type Sinks } from "./runner.ts";
import { Source } from "./source.ts";
import { type Survey, survey } from "./survey.ts";

/** Where a scenario's trace goes: the sinks, and the beginning and end of each session. */
export interface Stage extends Sinks {
  head(machine: MachineEvent, before: StateEvent, adviser?: (told: Step) => Step): void;
  end(after: StateEvent): void;
  /** A step of the scenario is done. */
  done(): void;
  /** What would have led elsewhere is shown. */
  readonly advises: boolean;
}

export interface Job extends RunOptions {
  /** A path, or `-`. */
  readonly file: string;
  /** Write the results that come into the file. */
  readonly update: boolean;
  /** Whether a line that cannot be read is an error; undefined: unless the file is a log. */
  readonly strict: boolean | undefined;
  /** Which receipt is wanted at the end. */
  readonly receipt: ReceiptWish;
  /** Nothing but failures is told. */
  readonly quiet: boolean;
  /** Makes the network of a machine lan, where none was asked for. */
  readonly lan?: (machine: Machine) => string;
}

/** What became of a file. */
export interface FileResult {
  /** As messages name it. */
  readonly name: string;
  /** How many things were not as written. */
  readonly failures: number;
  /** The first of them. */
  readonly list: readonly Failure[];
}

/** A scenario that was read through and found right. */
export interface Prepared {
  readonly job: Job;
  readonly source: Source;
  readonly survey: Survey;
}

/** Devices that a scenario makes are not there before it runs; any number will do for now. */
const ANY_DEVICE = { ifindex: () => 1 };

/** Read a scenario: nothing runs, nothing is written. Throws UsageError for the first line that is wrong. */
export function prepare(job: Job, io: Io): Prepared {
  const source = new Source(job.file, io);
  const machine = RELEASES[job.kernel].boot({ seed: job.seed });
  job.network(machine);
  const traces = new RecordedTraces(job.file, job.update, io);
  const check = checker(machine, (kept) => traces.check(kept));
  const read = (dress: Dress | undefined): Survey => placed(source, () => readThrough(source, dress, check));
  // Scenarios have a name of their own; what comes under another is looked at.
  if (job.strict ?? job.file.endsWith(".nt")) return { job, source, survey: read(undefined) };
  placed(source, () => refuseOthers(source.lines()));
  const dress = { ...PLAIN, ...dressOf(source.lines()) };
  const known = read(dress);
  if (job.strict === false || isLog(known.receipt)) return { job, source, survey: known };
  return { job, source, survey: read(undefined) };
}

/** The first reading. Throws LineError. */
function readThrough(source: Source, dress: Dress | undefined, check: (step: ScenarioStep) => void): Survey {
  const receipt = emptyReceipt();
  const manner = { ...(dress === undefined ? {} : { dress }), entry: (e: Entry) => tally(receipt, e) };
  const known = survey(scenario(source.lines(), ANY_DEVICE, manner), (step) => {
    check(step);
    sort(step, receipt);
  });
  return { ...known, dress, receipt };
}

/** Calls with results, which a log always has, and what it never has. */
function sort(step: ScenarioStep, receipt: Receipt): void {
  if (step.kind === "expect") receipt.expects++;
  else if (step.kind === "command") receipt.commands++;
  else if (step.kind === "call" || step.kind === "skip") {
    if (step.written !== undefined) receipt.results++;
    else if (step.kind === "call" && !step.begun) receipt.open++;
  }
}

/** What is wrong with a line is a UsageError that names the place. */
function placed<T>(source: Source, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof LineError ? new UsageError(error.at(source.name)) : error;
  }
}

/** Run it. */
export function runPrepared({ job, source, survey: known }: Prepared, stage: Stage, io: Io): FileResult {
  const report = new Report(source.name, io, job.quiet);
  const rewriter = job.update ? new Rewriter(io.replaceFile(job.file)) : undefined;
  try {
    const traces = new RecordedTraces(job.file, job.update, io);
    const manner = known.dress === undefined ? {} : { dress: known.dress };
    const ahead = new Ahead(() => scenario(source.lines(), ANY_DEVICE, manner));
    const trial = trialOf(job, known, { report: new Report(source.name, SILENT, true), traces, ahead });
    const adviser = stage.advises ? new Adviser(trial, job.lan !== undefined) : undefined;
    const runner = new Runner(job, known, stage, { report, rewriter, traces, ahead });
    const lines = rewriter === undefined ? source.lines() : rewriter.through(source.lines());
    placed(source, () => runAll(runner, scenario(lines, runner, manner), stage, adviser));
    report.summary(runner.calls);
    if (rewriter === undefined)
      tellReceipt({ source, survey: known, wish: job.receipt, calls: runner.calls }, io);
    rewriter?.commit(source.ended);
    if (rewriter !== undefined) said(source.name, rewriter.changed, traces.commit(), io);
    return { name: source.name, failures: report.failures, list: report.list };
  } catch (error) {
    rewriter?.abandon();
    throw error;
  }
}

/** Nobody hears it. */
const SILENT = { stderr: () => {} };

/** Runs other steps on another machine, in silence. */
function trialOf(job: Job, known: Survey, judges: Omit<Judges, "rewriter">): Trial {
  const survey = { ...known, expects: false };
  return (steps, lan, sink) => {
    const network = lan && job.lan !== undefined ? job.lan : job.network;
    const options = { ...job, network, graphs: true, changes: false, recorder: new FateRecorder() };
    const stage = { step: sink, say: () => {} };
    const runner = new Runner(options, survey, stage, { ...judges, rewriter: undefined });
    for (const step of steps) runner.run(step);
    runner.end();
  };
}

function runAll(runner: Runner, steps: Scenario, stage: Stage, adviser: Adviser | undefined): void {
  stage.head(runner.head, runner.state("before"), adviser?.advise);
  for (const step of steps) {
    adviser?.next(step);
    runner.run(step);
    stage.done();
  }
  runner.end();
  stage.end(runner.state("after"));
}

function said(name: string, changed: number, traces: number, io: Io): void {
  if (changed > 0) io.stderr(`${name}: ${plural(changed, "line")} updated\n`);
  if (traces > 0) io.stderr(`${name}: ${plural(traces, "trace")} written\n`);
}
