// SPDX-License-Identifier: GPL-2.0-only
/** Runs the steps of a scenario on a fresh machine, one after the other, and compares what comes with what is written. */
import { RELEASES } from "../../kernels/index.ts";
import type { Machine, Syscall, SysResult } from "../../kernels/release.ts";
import { formatCall } from "../../render/strace.ts";
import type {
  CallStep,
  CommandStep,
  ExpectStep,
  FinishStep,
  ScenarioStep,
  SkipStep,
} from "../../script/step.ts";
import type { Devices } from "../../script/strace/message.ts";
import type { MachineEvent, StateEvent } from "../../trace/event.ts";
import { type Step, stepOf } from "../../trace/step.ts";
import { strerror } from "../../uapi/errno.ts";
import { stateOf } from "../state.ts";
import type { Ahead } from "./ahead.ts";
import { LogClock } from "./clock.ts";
import { Commands } from "./commands.ts";
import { type Happened, unmet } from "./expectations.ts";
import type { Between } from "./hosts.ts";
import { Judge } from "./judge.ts";
import { Pace } from "./pace.ts";
import { Ports } from "./ports.ts";
import type { RecordedTraces } from "./recorded.ts";
import type { Place, Report } from "./report.ts";
import type { Rewriter } from "./rewrite.ts";
import { Sockets } from "./sockets.ts";
import { Strangers } from "./strangers.ts";
import type { Survey } from "./survey.ts";
import { type Made, Tracer } from "./tracer.ts";
import { World } from "./world.ts";

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

/** Before anything has run, and where nothing of it can be looked at. */
const NOTHING: Happened = { text: "", ret: 0, events: [], step: () => stepOf([]) };

/** A call as a line with its strings whole, and whoever made it. */
function whole({ call, ret }: Made): string {
  return formatCall({ ...call, pid: 0 }, ret ?? null, 0);
}

export class Runner implements Devices {
  readonly head: MachineEvent;
  calls = 0;
  private readonly machine: Machine;
  private readonly tracer: Tracer;
  private readonly ports: Ports;
  private readonly sockets: Sockets;
  private readonly strangers: Strangers;
  private readonly commands: Commands;
  private readonly clock: LogClock;
  private readonly report: Report;
  private readonly sinks: Sinks;
  private readonly world: World;
  private readonly judge: Judge;
  private readonly traces: RecordedTraces;
  private readonly options: RunOptions;
  /** Calls that were made before the log says how they ended, by process. */
  private readonly begun = new Map<number, SysResult>();
  private happened: Happened = NOTHING;
  private pending: Pending | undefined;

  constructor(
    options: RunOptions,
    survey: Survey,
    sinks: Sinks,
    { report, rewriter, traces, ahead }: Judges,
  ) {
    const release = RELEASES[options.kernel];
    this.ports = new Ports(survey.ports);
    this.machine = release.boot({ seed: options.seed, choose: (what) => this.ports.choose(what) });
    this.ports.machine = this.machine;
    const network = options.network(this.machine);
    this.head = { ev: "machine", uname: release.uname, network, seed: options.seed };
    this.tracer = new Tracer(this.machine, (step) => sinks.step(step));
    this.report = report;
    this.clock = new LogClock(this.machine);
    const pace = new Pace(this.clock, ahead);
    this.sockets = new Sockets(this.machine, report, pace);
    this.strangers = new Strangers(this.machine, survey.strangers);
    this.commands = new Commands(this.machine);
    this.sinks = sinks;
    const { machine, sockets, strangers } = this;
    const between: Between = (work) => this.between(work);
    this.world = new World({ machine, strangers, sockets, report, pace, ahead, between });
    this.judge = new Judge(report, rewriter);
    this.traces = traces;
    this.options = options;
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
        this.call(step);
        return;
      case "finish":
        this.finish(step);
        return;
      case "skip":
        this.skip(step);
        return;
      case "exit":
        this.sockets.exit(step.pid);
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
  }

  /** Nobody expected that failure. */
  private settle(): void {
    if (this.pending !== undefined) this.report.fail(this.pending.place, this.pending.text);
    this.pending = undefined;
  }

  // --- calls -------------------------------------------------------------------------------------------------

  private call(step: CallStep): void {
    this.pass(step);
    const { call } = step;
    if (call.name === "fork") {
      this.sockets.fork(step.pid, call.shared, step.written?.ret);
      return;
    }
    if (call.name === "setuid") {
      this.machine.setuid(call.uid);
      this.show(this.tracer.other("setuid", step.pid, { uid: call.uid }));
      return;
    }
    const ready = this.sockets.prepare(step, call);
    const missing = "skip" in ready ? ready.skip : this.world.prepare(step, ready.call);
    if (this.mourn(step)) return;
    if (missing !== undefined || "skip" in ready) {
      this.left(step, missing ?? "");
      return;
    }
    if (step.padded > 0) {
      const text = "strings that the log cuts short are filled up with zero bytes to their length";
      this.report.remark(step, "padded", `${text} (strace -s 65535 keeps them whole)`);
    }
    this.make(step, ready.call);
  }

  /** Time passes as the log says. */
  private pass({ time, line, column }: Pick<CallStep, "time" | "line" | "column">): void {
    const ms = time === undefined ? 0 : this.clock.behind(time);
    if (ms <= 0) return;
    this.tracer.between(this.options.graphs, () => this.machine.advance(ms));
    this.mourn({ line, column });
  }

  private make(step: CallStep, call: Syscall): void {
    this.ports.current = this.sockets.lineOf(step.pid, call);
    const made = this.tracer.call(call, step.pid);
    const { result } = made;
    this.calls++;
    if (this.tracer.panic === undefined) this.sockets.made(step, call, result);
    this.show(made);
    if (this.mourn(step)) return;
    if (step.begun) this.begun.set(step.pid, result);
    else {
      const lost = this.world.made(step, call, result);
      if (lost !== undefined) this.report.skip(step, lost);
      else this.judge.compare(step, { result, events: this.tracer.events, text: () => whole(made) });
    }
  }

  /** Something comes in between two calls. */
  private between(work: () => void): ReturnType<Between> {
    this.tracer.between(this.options.graphs, work);
    return this.tracer.panic === undefined ? this.tracer.events : undefined;
  }

  /** Hand a call on to the renderers. */
  private show(made: Made): void {
    const step = (): Step => this.tracer.step(made, this.isConnected(made));
    const { result } = made;
    const text = formatCall(made.call, made.ret ?? null);
    this.happened = { text, ret: result.ret, events: this.tracer.events, step };
    this.sinks.step(this.options.graphs ? step() : this.tracer.line(made));
  }

  /** Has the socket of a call a peer? */
  private isConnected({ call }: Made): boolean {
    const { fd } = call.args;
    if (typeof fd !== "number" || this.tracer.panic !== undefined) return false;
    return this.sockets.ask.peer(fd) !== undefined;
  }

  /** A machine that panicked is the last failure of its scenario. */
  private mourn(place: Place): boolean {
    const { panic } = this.tracer;
    if (panic === undefined) return false;
    this.report.fail(place, `the simulated kernel panicked, as the real one would: ${panic.message}`);
    return true;
  }

  /** The end of a call that was made when it began. */
  private finish(step: FinishStep): void {
    if (/fork|clone/.test(step.name)) {
      if (step.written?.ret !== undefined) this.sockets.forked(step.written.ret);
      return;
    }
    const result = this.begun.get(step.pid);
    this.begun.delete(step.pid);
    if (result !== undefined) this.judge.finish(step, result);
  }

  private skip(step: SkipStep): void {
    this.pass(step);
    this.left(step, this.sockets.skipped(step));
  }

  /** A call is not made: what is expected of it cannot be looked at. */
  private left(step: CallStep | SkipStep, what: string): void {
    this.report.skip(step, what);
    this.happened = { ...NOTHING, text: `${step.name}, which is not simulated`, ret: step.written?.ret ?? 0 };
  }

  // --- commands and expectations ----------------------------------------------------------------------------------

  private command(step: CommandStep): void {
    const { command, text } = step;
    this.sinks.say(`$ ${text}\n`);
    if (command.kind === "listen") {
      const ret = this.strangers.listen(command.addr, command.port, 0);
      this.happened = { ...NOTHING, text, ret: Math.min(ret, 0) };
      if (ret < 0) this.refused(step, `nc: ${strerror(-ret)}`);
      return;
    }
    this.machine.task(0);
    const { graphs, changes } = this.options;
    const shown = command.kind === "config" ? changes : graphs;
    const answer = this.tracer.between(shown, () => this.commands.run(command));
    if (this.mourn(step) || answer === undefined) return;
    this.happened = {
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
      expectation.what === "trace"
        ? this.traces.unmet(expectation.file, this.happened.step())
        : unmet(expectation, this.happened);
    if (problem === undefined) return;
    const after = this.happened.text === "" ? "nothing has run yet" : `after ${this.happened.text}`;
    this.report.fail(step, `${step.text}: ${problem.text}`, [...problem.details, after]);
  }
}
