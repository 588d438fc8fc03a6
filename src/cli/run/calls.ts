// SPDX-License-Identifier: GPL-2.0-only
/** The calls of a log, made on the machine: when their time has come, on the sockets that they mean, with the world ready for them. */
import type { Machine, Syscall, SysResult } from "../../kernels/release.ts";
import { formatCall } from "../../render/strace.ts";
import {
  type CallStep,
  type FinishStep,
  isTaskCall,
  type SkipStep,
  type TaskCall,
} from "../../script/step.ts";
import { OTHER_CALLS } from "../../script/strace/call.ts";
import { UNREAD } from "../../script/strace/log.ts";
import { OTHER_NETWORK, SOME_NAMESPACE } from "../../script/strace/process.ts";
import type { TraceEvent } from "../../trace/event.ts";
import { type Step, stepOf } from "../../trace/step.ts";
import { SOCK_RAW } from "../../uapi/socket.ts";
import { NETWORK_HINT } from "./judge/consequences.ts";
import type { Happened } from "./judge/expectations.ts";
import type { Judge } from "./judge/judge.ts";
import type { Place, Report } from "./judge/report.ts";
import type { Ahead } from "./log/ahead.ts";
import { BlackedOut } from "./log/blacked.ts";
import { LogClock } from "./log/clock.ts";
import type { Family } from "./log/kin.ts";
import { Pace } from "./log/pace.ts";
import type { Ports } from "./log/ports.ts";
import { Sockets } from "./log/sockets.ts";
import { type Between, NO_WAY } from "./outside/hosts.ts";
import type { Strangers } from "./outside/strangers.ts";
import { World } from "./outside/world.ts";
import type { Made, Tracer } from "./tracer.ts";

/** Before anything has run, and where nothing of it can be looked at. */
export const NOTHING: Happened = { text: "", ret: 0, events: [], step: () => stepOf([]) };

/** A call as a line with its strings whole, and whoever made it. */
function whole({ call, ret }: Made): string {
  return formatCall({ ...call, pid: 0 }, ret ?? null, 0);
}

/** What calls are made with. */
export interface Tools {
  readonly machine: Machine;
  readonly tracer: Tracer;
  readonly ports: Ports;
  readonly strangers: Strangers;
  readonly report: Report;
  readonly judge: Judge;
  readonly ahead: Ahead;
  readonly family: Family;
  /** The scenario expects something of a step. */
  readonly expects: boolean;
  /** Somebody wants to know what happened inside of the calls. */
  readonly graphs: boolean;
  /** Takes each call as it was made. */
  readonly show: (step: Step) => void;
}

export class Calls {
  /** How many have been made. */
  made = 0;
  /** What the last step did, whether it was a call or a command. */
  happened: Happened = NOTHING;
  /** What came in for the call that is to be made: what is expected of the call may be about that. */
  private came: TraceEvent[] = [];
  readonly sockets: Sockets;
  private readonly blacked: BlackedOut;
  private readonly tools: Tools;
  private readonly world: World;
  private readonly clock: LogClock;
  /** Calls that were made before the log says how they ended, by process. */
  private readonly begun = new Map<number, SysResult>();

  constructor(tools: Tools) {
    const { machine, strangers, report, ahead } = tools;
    this.tools = tools;
    this.clock = new LogClock(machine);
    const pace = new Pace(this.clock, ahead);
    this.blacked = new BlackedOut(machine);
    this.sockets = new Sockets({ machine, report, pace, ahead, family: tools.family });
    const between: Between = (work) => this.between(work);
    this.world = new World({ machine, strangers, sockets: this.sockets, report, pace, ahead, between });
  }

  /** A call of the log. */
  call(step: CallStep): void {
    this.came = [];
    this.pass(step);
    const { call } = step;
    if (isTaskCall(call)) {
      this.task(step, call);
      return;
    }
    const ready = this.sockets.prepare(step, call);
    const missing =
      "skip" in ready
        ? ready.skip
        : (this.blacked.missing(step, ready.call) ?? this.world.prepare(step, ready.call));
    if (this.mourn(step)) return;
    if (missing !== undefined || "skip" in ready) {
      this.left(step, missing ?? "");
      return;
    }
    if (step.padded > 0) {
      const text = "strings truncated in the log are padded with zero bytes to their length";
      this.tools.report.remark(step, "padded", `${text} (strace -s 65535 logs them in full)`);
    }
    for (const guess of step.guesses) this.tools.report.remark(step, "guessed", `guessed: ${guess}`);
    this.make(step, ready.call);
  }

  /** What a process does to itself. */
  private task(step: CallStep, call: TaskCall): void {
    const { processes } = this.sockets;
    switch (call.name) {
      case "fork":
        processes.fork(step.pid, call.shared, step.written?.ret);
        if (call.network === true) this.elsewhere(step, OTHER_NETWORK);
        return;
      case "setuid":
        processes.enter(step.pid);
        this.tools.machine.setuid(call.uid);
        this.show(this.tools.tracer.other("setuid", step.pid, { uid: call.uid }));
        return;
      default:
        if (!processes.own(step.pid, call)) this.left(step, OTHER_CALLS);
    }
  }

  /** From here on a process is in another network, or perhaps, which is none of the machine's. */
  private elsewhere(step: CallStep | SkipStep, what: string): void {
    const file = `${this.tools.report.file} | nettrace run --net FILE -`;
    const more = "; the calls that follow are made in the same network";
    this.left(step, what, more, [
      `to run those after line ${step.line} in a separate network: tail -n +${step.line + 1} ${file}`,
    ]);
  }

  /** Time passes as the log says. */
  private pass({ time, line, column }: Pick<CallStep, "time" | "line" | "column">): void {
    const ms = time === undefined ? 0 : this.clock.behind(time);
    if (ms <= 0) return;
    this.tools.tracer.between(this.tools.graphs, () => this.tools.machine.advance(ms));
    this.mourn({ line, column });
  }

  private make(step: CallStep, call: Syscall): void {
    this.tools.ports.current = this.sockets.lineOf(step.pid, call);
    const held = "fd" in call ? this.sockets.get(step.pid, call.fd) : undefined;
    const made = this.tools.tracer.call(call, step.pid);
    const { result } = made;
    this.made++;
    if (this.tools.tracer.panic === undefined) this.sockets.made(step, call, result);
    this.show(made);
    if (this.mourn(step)) return;
    if (step.begun) this.begun.set(step.pid, result);
    else {
      const lost = this.world.made(step, call, result);
      if (lost !== undefined) this.tools.report.skip(step, lost);
      else
        this.tools.judge.compare(step, {
          result,
          events: this.tools.tracer.events,
          text: () => whole(made),
          held,
          raw: held?.sort?.type === SOCK_RAW,
          bare: () => this.isBare(),
        });
    }
  }

  /** Has the machine no address but lo's? */
  private isBare(): boolean {
    return this.tools.machine.links().every(({ name, addresses }) => name === "lo" || addresses.length === 0);
  }

  /** Something comes in between two calls. */
  private between(work: () => void): ReturnType<Between> {
    this.tools.tracer.between(this.tools.graphs, work);
    if (this.tools.expects) this.came = [...this.came, ...this.tools.tracer.events];
    return this.tools.tracer.panic === undefined ? this.tools.tracer.events : undefined;
  }

  /** Hand a call on to the renderers. */
  private show(made: Made): void {
    const step = (): Step => this.tools.tracer.step(made);
    const { result } = made;
    const text = formatCall(made.call, made.ret ?? null);
    const { events } = this.tools.tracer;
    const all = this.came.length === 0 ? events : [...this.came, ...events];
    this.happened = { text, ret: result.ret, events: all, step };
    this.tools.show(this.tools.graphs ? step() : this.tools.tracer.line(made));
    this.tools.tracer.settle();
  }

  /** A machine that panicked is the last failure of its scenario. */
  mourn(place: Place): boolean {
    const { panic } = this.tools.tracer;
    if (panic === undefined) return false;
    this.tools.report.fail(place, `the simulated kernel panicked, as the real one would: ${panic.message}`);
    return true;
  }

  /** The end of a call that was made when it began. */
  finish(step: FinishStep): void {
    if (/fork|clone/.test(step.name)) return;
    const result = this.begun.get(step.pid);
    this.begun.delete(step.pid);
    if (result !== undefined) this.tools.judge.finish(step, result);
  }

  /** A call that is read and not made. */
  skip(step: SkipStep): void {
    this.pass(step);
    const what = this.sockets.skipped(step);
    // What the socket is says more than what the call is; where it says nothing, the call does.
    const unread = what === OTHER_CALLS && step.unread !== undefined ? UNREAD : what;
    if (what === OTHER_NETWORK || what === SOME_NAMESPACE) this.elsewhere(step, what);
    else this.left(step, unread);
  }

  /** A call is not made: what is expected of it cannot be looked at. */
  private left(step: CallStep | SkipStep, what: string, more?: string, details?: readonly string[]): void {
    const unread = what === UNREAD && step.kind === "skip" ? step.unread : undefined;
    if (unread === undefined) this.tools.report.skip(step, what, more, details);
    if (what.includes(NO_WAY) && this.isBare()) this.tools.report.remark(step, "network", NETWORK_HINT);
    if (unread !== undefined) this.tools.report.unread(step, what, unread);
    this.happened = { ...NOTHING, text: `${step.name}, which is not simulated`, ret: step.written?.ret ?? 0 };
  }
}
