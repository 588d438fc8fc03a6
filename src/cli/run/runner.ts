// SPDX-License-Identifier: GPL-2.0-only
/** Runs the steps of a scenario on a fresh machine, one after the other, and compares what comes with what is written. */
import { ERRORS } from "../../kernels/errors.ts";
import { RELEASES } from "../../kernels/index.ts";
import type { Machine } from "../../kernels/release.ts";
import type { CommandStep, ExpectStep, ScenarioStep } from "../../script/step.ts";
import type { Devices } from "../../script/strace/message.ts";
import { type MachineEvent, type StateEvent, TRACE_VERSION } from "../../trace/event.ts";
import type { Recorder } from "../../trace/record.ts";
import { type Step, stepOf } from "../../trace/step.ts";
import { strerror } from "../../uapi/errno.ts";
import { stateOf } from "../state.ts";
import { Calls, NOTHING } from "./calls.ts";
import { Commands } from "./commands.ts";
import { unmet } from "./judge/expectations.ts";
import { Judge } from "./judge/judge.ts";
import type { RecordedTraces } from "./judge/recorded.ts";
import type { Place, Report } from "./judge/report.ts";
import type { Rewriter } from "./judge/rewrite.ts";
import type { Ahead } from "./log/ahead.ts";
import { Ports } from "./log/ports.ts";
import { Strangers } from "./outside/strangers.ts";
import type { Survey } from "./survey.ts";
import { Tracer } from "./tracer.ts";

/** Where a run goes: its trace, and what its commands print. */
export interface Sinks {
  step(step: Step): void;
  /** Text between the calls, for people. */
  say(text: string): void;
}

export interface RunOptions {
  readonly kernel: keyof typeof RELEASES;
  readonly seed: number;
  /** Sets the network of a machine that has just booted, and says how it is called. */
  readonly network: (machine: Machine) => string;
  /** A renderer wants to know what happened inside of the calls. */
  readonly graphs: boolean;
  /** …and inside of the commands that change the network. */
  readonly changes: boolean;
  /** Of what is not shown, another recorder. */
  readonly recorder?: Recorder;
}

/** Who says whether things are as they are written. */
export interface Judges {
  readonly report: Report;
  readonly rewriter: Rewriter | undefined;
  readonly traces: RecordedTraces;
  readonly ahead: Ahead;
}

/** What a step before an expectation has failed with, unless the expectation wants just that. */
interface Pending {
  readonly place: Place;
  readonly text: string;
}

export class Runner implements Devices {
  readonly head: MachineEvent;
  private readonly machine: Machine;
  private readonly tracer: Tracer;
  private readonly log: Calls;
  private readonly strangers: Strangers;
  private readonly commands: Commands;
  private readonly report: Report;
  private readonly sinks: Sinks;
  private readonly traces: RecordedTraces;
  private readonly options: RunOptions;
  private pending: Pending | undefined;

  constructor(
    options: RunOptions,
    survey: Survey,
    sinks: Sinks,
    { report, rewriter, traces, ahead }: Judges,
  ) {
    const { kernel, seed, network, graphs } = options;
    const release = RELEASES[kernel];
    const ports = new Ports(survey.ports);
    const machine = release.boot({ seed, choose: (what) => ports.choose(what) });
    ports.machine = machine;
    this.machine = machine;
    this.head = {
      ev: "machine",
      version: TRACE_VERSION,
      uname: release.uname,
      network: network(machine),
      seed,
    };
    const show = (step: Step): void => sinks.step(step);
    this.tracer = new Tracer(machine, graphs, show, options.recorder);
    this.strangers = new Strangers(machine, survey.strangers);
    const judge = new Judge(report, rewriter, ERRORS[kernel]);
    const { tracer, strangers } = this;
    const { expects, family } = survey;
    const tools = { machine, tracer, ports, strangers, report, judge, ahead, family };
    this.log = new Calls({ ...tools, expects, graphs, show });
    this.commands = new Commands(machine);
    this.report = report;
    this.sinks = sinks;
    this.traces = traces;
    this.options = options;
  }

  /** How many calls have been made. */
  get calls(): number {
    return this.log.made;
  }

  ifindex(name: string): number | undefined {
    return this.machine.ifindex(name);
  }

  state(when: "before" | "after"): StateEvent {
    return stateOf(this.machine, when);
  }

  /** One step; none that comes after a panic. */
  run(step: ScenarioStep): void {
    if (this.tracer.panic !== undefined) return;
    if (step.kind !== "expect") this.settle();
    switch (step.kind) {
      case "call":
        this.log.call(step);
        return;
      case "finish":
        this.log.finish(step);
        return;
      case "skip":
        this.log.skip(step);
        return;
      case "exit":
        this.log.sockets.processes.exit(step.pid);
        return;
      case "command":
        this.command(step);
        return;
      case "expect":
        this.expect(step);
        return;
    }
  }

  /** After the last step. */
  end(): void {
    this.settle();
    this.tracer.settle();
  }

  /** Nobody expected that failure. */
  private settle(): void {
    if (this.pending !== undefined) this.report.fail(this.pending.place, this.pending.text);
    this.pending = undefined;
  }

  private command(step: CommandStep): void {
    const { command, text } = step;
    this.sinks.say(`$ ${text}\n`);
    if (command.kind === "listen") {
      const ret = this.strangers.listen(command.addr, command.port, 0);
      this.log.happened = { ...NOTHING, text, ret: Math.min(ret, 0) };
      if (ret < 0) this.refused(step, `nc: ${strerror(-ret)}`);
      return;
    }
    this.machine.task(0);
    const { graphs, changes } = this.options;
    const shown = command.kind === "config" ? changes : graphs;
    const answer = this.tracer.between(shown, () => this.commands.run(command));
    if (this.log.mourn(step) || answer === undefined) return;
    this.log.happened = {
      text,
      ret: answer.ret,
      events: this.tracer.events,
      step: () => stepOf([...this.tracer.events]),
    };
    this.sinks.say(answer.text);
    if (answer.ret < 0) this.refused(step, answer.text.trimEnd().split("\n").at(-1) ?? "");
  }

  /** A command was refused: a failure, unless the next line expects it. */
  private refused({ line, column }: CommandStep, text: string): void {
    this.pending = { place: { line, column }, text: `refused: ${text}` };
  }

  private expect(step: ExpectStep): void {
    const { expectation } = step;
    if (expectation.what === "errno") this.pending = undefined;
    const problem =
      "file" in expectation
        ? this.traces.unmet(expectation, this.log.happened.step())
        : unmet(expectation, this.log.happened);
    if (problem === undefined) return;
    const after = this.log.happened.text === "" ? "nothing has run yet" : `after ${this.log.happened.text}`;
    this.report.fail(step, `${step.text}: ${problem.text}`, [...problem.details, after]);
  }
}
