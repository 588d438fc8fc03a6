// SPDX-License-Identifier: GPL-2.0-only
/** Has the machine do things, records what happens, and hands it on to the renderers as steps. */
import { describeCall, describeResult } from "../../kernels/describe.ts";
import { KernelPanic, type Machine, type Syscall, type SysResult } from "../../kernels/release.ts";
import { panicked, verdict } from "../../render/verdict.ts";
import type { SyscallEvent, SysretEvent, TraceEvent } from "../../trace/event.ts";
import type { Recorder } from "../../trace/record.ts";
import { type Step, stepOf } from "../../trace/step.ts";

/** A call that was made, as events; without `ret` the machine panicked in it. */
export interface Made {
  readonly call: SyscallEvent;
  readonly ret: SysretEvent | undefined;
  readonly result: SysResult;
}

/** Calls that send: they have a verdict. */
const SENDS: ReadonlySet<string> = new Set(["sendto", "sendmsg", "sendmmsg", "write", "writev", "splice"]);

export class Tracer {
  /** What has been recorded last: lazily, it is read only by those who ask. */
  readonly events: Iterable<TraceEvent>;
  /** The machine's last words: from then on it can only be looked at. */
  panic: KernelPanic | undefined;
  private readonly machine: Machine;
  private readonly rec: Recorder;
  private readonly hand: (step: Step) => void;

  /** `hand` takes the steps. */
  constructor(machine: Machine, hand: (step: Step) => void) {
    this.machine = machine;
    this.rec = machine.newRecorder();
    this.events = this.rec;
    this.hand = hand;
  }

  /** Do something between two calls: what it sets off is part of the trace, if that is `shown`. Undefined: a panic. */
  between<T>(shown: boolean, work: () => T): T | undefined {
    const done = this.record(work);
    const { panic } = this;
    if (!shown && panic === undefined) return done;
    const step = stepOf(this.rec.events());
    if (panic !== undefined) this.hand({ ...step, verdict: panicked(step.tree, panic.message) });
    else if (step.events.length > 0) this.hand(step);
    return done;
  }

  /** Make a call. */
  call(call: Syscall, pid: number): Made {
    const result = this.record(() => this.machine.syscall(call));
    return asMade(call.name, pid, describeCall(call), result);
  }

  /** Something that is no call of the network code, shown as one: nothing is recorded. */
  other(name: string, pid: number, args: SyscallEvent["args"]): Made {
    this.rec.clear();
    return asMade(name, pid, args, { ret: 0 });
  }

  /** A call with everything that happened in it. `connected`: its socket has a peer. */
  step({ call, ret }: Made, connected: boolean): Step {
    const step = stepOf([call, ...this.inner(), ...(ret === undefined ? [] : [ret])]);
    if (this.panic !== undefined) return { ...step, verdict: panicked(step.tree, this.panic.message) };
    if (!SENDS.has(call.name)) return step;
    // Hints at options of sendto would be out of place.
    const told = verdict(step.tree, { listen: false, connected, broadcast: false, count: 1 });
    return { ...step, verdict: { ...told, change: [] } };
  }

  /** A call alone. */
  line({ call, ret }: Made): Step {
    return stepOf(ret === undefined ? [call] : [call, ret]);
  }

  /** What was recorded within a call: the call's own events are those that have a process and whole arguments. */
  private *inner(): Generator<TraceEvent> {
    for (const ev of this.rec) if (ev.ev !== "syscall" && ev.ev !== "sysret") yield ev;
  }

  private record<T>(work: () => T): T | undefined {
    this.rec.clear();
    this.machine.record(this.rec);
    try {
      return work();
    } catch (error) {
      if (!(error instanceof KernelPanic)) throw error;
      this.panic = error;
      return undefined;
    } finally {
      this.machine.record(null);
    }
  }
}

function asMade(name: string, pid: number, args: SyscallEvent["args"], result: SysResult | undefined): Made {
  const call: SyscallEvent = { ev: "syscall", name, ...(pid === 0 ? {} : { pid }), args };
  if (result === undefined) return { call, ret: undefined, result: { ret: 0 } };
  const out = describeResult(result);
  const ret: SysretEvent = { ev: "sysret", name, ret: result.ret, ...(out === undefined ? {} : { out }) };
  return { call, ret, result };
}
