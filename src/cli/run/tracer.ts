// SPDX-License-Identifier: GPL-2.0-only
/** Has the machine do things, records what happens, and hands it on to the renderers as steps. */
import { describeCall, describeResult } from "../../kernels/describe.ts";
import type { KernelPanic, Machine, Syscall, SysResult } from "../../kernels/release.ts";
import type { SyscallEvent, SysretEvent, TraceEvent } from "../../trace/event.ts";
import type { Recorder } from "../../trace/record.ts";
import { type Step, stepOf } from "../../trace/step.ts";
import { lastStep, Recording, recordedStep } from "../recording.ts";

/** A call that was made, as events; without `ret` the machine panicked in it. */
export interface Made {
  readonly call: SyscallEvent;
  readonly ret: SysretEvent | undefined;
  readonly result: SysResult;
}

export class Tracer {
  private readonly machine: Machine;
  private readonly recording: Recording;
  private readonly hand: (step: Step) => void;
  /** Somebody wants to know what happened inside of the calls. */
  private readonly graphs: boolean;

  /** `hand` takes the steps. */
  constructor(machine: Machine, graphs: boolean, hand: (step: Step) => void, recorder?: Recorder) {
    this.machine = machine;
    this.recording = new Recording(machine, recorder);
    this.graphs = graphs;
    this.hand = hand;
  }

  /** What has been recorded last: lazily, it is read only by those who ask. */
  get events(): Iterable<TraceEvent> {
    return this.recording;
  }

  get panic(): KernelPanic | undefined {
    return this.recording.panic;
  }

  /** Do something between two calls: what it sets off is part of the trace, if that is `shown`. Undefined: a panic. */
  between<T>(shown: boolean, work: () => T): T | undefined {
    this.settle();
    const done = this.recording.of(work);
    if (shown || this.panic !== undefined) {
      const step = recordedStep(this.recording);
      if (step !== undefined) this.hand(step);
    } else if (this.graphs) this.handCounts();
    this.settle();
    return done;
  }

  /** Hand on what nobody's call has done: counters moved. */
  settle(): void {
    const rest = this.recording.rest();
    if (this.graphs && rest !== undefined) this.hand(rest);
  }

  /** Of what is not shown, the counters that it moved. */
  private handCounts(): void {
    const counts = this.recording.events().filter((event) => event.ev === "count");
    if (counts.length > 0) this.hand(stepOf(counts.map((count) => ({ ...count, fn: "", depth: 0 }))));
  }

  /** Make a call. */
  call(call: Syscall, pid: number): Made {
    this.settle();
    const result = this.recording.of(() => this.machine.syscall(call));
    return asMade(call.name, pid, describeCall(call), result);
  }

  /** Something that is no call of the network code, shown as one: nothing is recorded. */
  other(name: string, pid: number, args: SyscallEvent["args"]): Made {
    this.recording.clear();
    return asMade(name, pid, args, { ret: 0 });
  }

  /** A call with everything that happened in it. */
  step({ call, ret }: Made): Step {
    const step = stepOf([call, ...this.inner(), ...(ret === undefined ? [] : [ret])]);
    return this.panic === undefined ? step : lastStep(step, this.panic);
  }

  /** A call alone. */
  line({ call, ret }: Made): Step {
    return stepOf(ret === undefined ? [call] : [call, ret]);
  }

  /** What was recorded within a call: the call's own events are those that have a process and whole arguments. */
  private inner(): TraceEvent[] {
    return this.recording.events().filter(({ ev }) => ev !== "syscall" && ev !== "sysret");
  }
}

function asMade(name: string, pid: number, args: SyscallEvent["args"], result: SysResult | undefined): Made {
  const call: SyscallEvent = { ev: "syscall", name, ...(pid === 0 ? {} : { pid }), args };
  if (result === undefined) return { call, ret: undefined, result: { ret: 0 } };
  const out = describeResult(result);
  const ret: SysretEvent = { ev: "sysret", name, ret: result.ret, ...(out === undefined ? {} : { out }) };
  return { call, ret, result };
}
