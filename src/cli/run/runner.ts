// SPDX-License-Identifier: GPL-2.0-only
/** Runs the steps of a scenario on a fresh machine, one after the other, and compares what comes with what is written. */
import { describeCall, describeResult } from "../../kernels/describe.ts";
import { RELEASES } from "../../kernels/index.ts";
import type { Machine, Syscall, SysResult } from "../../kernels/release.ts";
import { formatCall } from "../../render/strace.ts";
import { verdict } from "../../render/verdict.ts";
import type {
  CallStep,
  CommandStep,
  ExpectStep,
  FinishStep,
  ScenarioStep,
  SkipStep,
} from "../../script/step.ts";
import type { Devices } from "../../script/strace/message.ts";
import type { MachineEvent, StateEvent, SyscallEvent, SysretEvent, TraceEvent } from "../../trace/event.ts";
import type { Recorder } from "../../trace/record.ts";
import { type Step, stepOf } from "../../trace/step.ts";
import { strerror } from "../../uapi/errno.ts";
import { stateOf } from "../state.ts";
import { LogClock } from "./clock.ts";
import { Commands } from "./commands.ts";
import { type Happened, unmet } from "./expectations.ts";
import { Judge } from "./judge.ts";
import { Ports } from "./ports.ts";
import type { Place, Report } from "./report.ts";
import type { Rewriter } from "./rewrite.ts";
import { Sockets } from "./sockets.ts";
import { Strangers } from "./strangers.ts";
import type { Survey } from "./survey.ts";
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

/** Calls that send: they have a verdict. */
const SENDS: ReadonlySet<string> = new Set(["sendto", "sendmsg", "sendmmsg", "write", "writev", "splice"]);

/** What a step before an expectation has failed with, unless the expectation wants just that. */
interface Pending {
  readonly place: Place;
  readonly text: string;
}

export class Runner implements Devices {
  readonly head: MachineEvent;
  calls = 0;
  private readonly machine: Machine;
  private readonly rec: Recorder;
  private readonly ports: Ports;
  private readonly sockets: Sockets;
  private readonly strangers: Strangers;
  private readonly commands: Commands;
  private readonly clock: LogClock;
  private readonly report: Report;
  private readonly sinks: Sinks;
  private readonly world: World;
  private readonly judge: Judge;
  private readonly options: RunOptions;
  /** Calls that were made before the log says how they ended, by process. */
  private readonly begun = new Map<number, SysResult>();
  private happened: Happened = { text: "", ret: 0, events: [] };
  private pending: Pending | undefined;

  constructor(options: RunOptions, survey: Survey, report: Report, sinks: Sinks, rewriter?: Rewriter) {
    const release = RELEASES[options.kernel];
    this.ports = new Ports(survey.ports);
    this.machine = release.boot({ seed: options.seed, choose: (what) => this.ports.choose(what) });
    this.ports.machine = this.machine;
    const network = options.network(this.machine);
    this.head = { ev: "machine", uname: release.uname, network, seed: options.seed };
    this.rec = this.machine.newRecorder();
    this.report = report;
    this.sockets = new Sockets(this.machine, report);
    this.strangers = new Strangers(this.machine, survey.strangers);
    this.commands = new Commands(this.machine);
    this.clock = new LogClock(this.machine);
    this.sinks = sinks;
    this.world = new World(this.strangers, this.sockets, report);
    this.judge = new Judge(report, rewriter);
    this.options = options;
  }

  ifindex(name: string): number | undefined {
    return this.machine.ifindex(name);
  }

  state(when: "before" | "after"): StateEvent {
    return stateOf(this.machine, when);
  }

  /** One step. */
  run(step: ScenarioStep): void {
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
      this.show(step, { name: "setuid", args: { uid: call.uid } }, { ret: 0 });
      return;
    }
    const ready = this.sockets.prepare(step, call);
    const missing = "skip" in ready ? ready.skip : this.world.prepare(step, ready.call);
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
  private pass({ time }: Pick<CallStep, "time">): void {
    const ms = time === undefined ? 0 : this.clock.behind(time);
    if (ms > 0) this.during(this.options.graphs, () => this.machine.advance(ms));
  }

  /** Do something between two calls: what it sets off is part of the trace, if that is wanted. */
  private during<T>(shown: boolean, work: () => T): T {
    this.rec.clear();
    this.machine.record(this.rec);
    try {
      return work();
    } finally {
      this.machine.record(null);
      if (shown) {
        const events = [...this.rec];
        if (events.length > 0) this.sinks.step(stepOf(events));
      }
    }
  }

  private make(step: CallStep, call: Syscall): void {
    this.ports.current = this.sockets.lineOf(step.pid, call);
    this.rec.clear();
    this.machine.record(this.rec);
    let result: SysResult;
    try {
      result = this.machine.syscall(call);
    } finally {
      this.machine.record(null);
    }
    this.calls++;
    this.sockets.made(step, call, result);
    const text = this.show(step, { name: call.name, args: describeCall(call) }, result);
    if (step.begun) this.begun.set(step.pid, result);
    else this.judge.compare(step, { result, events: this.rec, text });
  }

  /** Hand a call on to the renderers; it as a line, with its strings whole, is given back. */
  private show(
    step: CallStep,
    made: { name: string; args: SyscallEvent["args"] },
    result: SysResult,
  ): () => string {
    const pid = step.pid === 0 ? {} : { pid: step.pid };
    const out = describeResult(result);
    const call: SyscallEvent = { ev: "syscall", name: made.name, ...pid, args: made.args };
    const ret: SysretEvent = {
      ev: "sysret",
      name: made.name,
      ret: result.ret,
      ...(out === undefined ? {} : { out }),
    };
    const recorded = made.name === "setuid" ? [] : this.rec;
    this.happened = { text: formatCall(call, ret), ret: result.ret, events: recorded };
    this.sinks.step(this.options.graphs ? this.graph(call, ret, recorded) : stepOf([call, ret]));
    return () => formatCall({ ...call, pid: 0 }, ret, 0);
  }

  private graph(call: SyscallEvent, ret: SysretEvent, recorded: Iterable<TraceEvent>): Step {
    const events = [...recorded];
    const step = stepOf(events.length === 0 ? [call, ret] : [call, ...events.slice(1)]);
    if (!SENDS.has(call.name)) return step;
    return { ...step, verdict: this.verdict(step) };
  }

  /** What became of a datagram; hints at options of sendto would be out of place. */
  private verdict(step: Step): NonNullable<Step["verdict"]> {
    const fd = step.tree.call?.args["fd"];
    const connected = typeof fd === "number" && this.sockets.peer(fd) !== undefined;
    const told = verdict(step.tree, { listen: false, connected, broadcast: false, count: 1 });
    return { ...told, change: [] };
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
    this.happened = { text: `${step.name}, which is not simulated`, ret: step.written?.ret ?? 0, events: [] };
  }

  // --- commands and expectations ----------------------------------------------------------------------------------

  private command(step: CommandStep): void {
    const { command, text } = step;
    this.sinks.say(`$ ${text}\n`);
    if (command.kind === "listen") {
      const ret = this.strangers.listen(command.addr, command.port, 0);
      this.happened = { text, ret: Math.min(ret, 0), events: [] };
      if (ret < 0) this.refused(step, `nc: ${strerror(-ret)}`);
      return;
    }
    this.machine.task(0);
    const { graphs, changes } = this.options;
    const shown = command.kind === "config" ? changes : graphs;
    const answer = this.during(shown, () => this.commands.run(command));
    this.happened = { text, ret: answer.ret, events: this.rec };
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
    const problem = unmet(expectation, this.happened);
    if (problem === undefined) return;
    const after = this.happened.text === "" ? "nothing has run yet" : `after ${this.happened.text}`;
    this.report.fail(step, `${step.text}: ${problem.text}`, [...problem.details, after]);
  }
}
