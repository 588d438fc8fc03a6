// SPDX-License-Identifier: GPL-2.0-only
/** Has a machine do things and records what happens, up to a panic. */
import { KernelPanic, type Machine } from "../kernels/release.ts";
import { panicked } from "../render/answer.ts";
import type { TraceEvent } from "../trace/event.ts";
import type { Recorder } from "../trace/record.ts";
import { type Step, stepOf } from "../trace/step.ts";

/** What was done last is in it. */
export class Recording implements Iterable<TraceEvent> {
  /** The machine's last words: from then on it can only be looked at. */
  panic: KernelPanic | undefined;
  private readonly machine: Machine;
  private readonly rec: Recorder;
  /** Hears of the counters that move while nothing is recorded. */
  private readonly tally: Recorder;

  constructor(machine: Machine, rec: Recorder = machine.newRecorder()) {
    this.machine = machine;
    this.rec = rec;
    this.tally = machine.newRecorder();
    machine.record(null, this.tally);
  }

  /** Have it do something; undefined where it panicked. */
  of<T>(work: () => T): T | undefined {
    this.rec.clear();
    this.machine.record(this.rec);
    try {
      return work();
    } catch (error) {
      if (!(error instanceof KernelPanic)) throw error;
      this.panic = error;
      return undefined;
    } finally {
      this.machine.record(null, this.tally);
    }
  }

  clear(): void {
    this.rec.clear();
  }

  /** What happened up to the return of a system call, if it was one. */
  events(): TraceEvent[] {
    return this.rec.call();
  }

  /** What no call and nobody else whom the trace knows did since it was asked: counters moved. Undefined: none did. */
  rest(): Step | undefined {
    const events = [...this.rec.after(), ...this.tally.events()];
    this.rec.forgetAfter();
    this.tally.clear();
    return events.length > 0 ? stepOf(events) : undefined;
  }

  [Symbol.iterator](): Iterator<TraceEvent> {
    return this.events()[Symbol.iterator]();
  }
}

/** A step that ended in a panic, with the verdict that says so. */
export function lastStep(step: Step, { message }: KernelPanic): Step {
  return { ...step, verdict: panicked(step.tree, message) };
}

/** What was recorded as a step, if anything happened. */
export function recordedStep(recording: Recording): Step | undefined {
  const events = recording.events();
  if (recording.panic !== undefined) return lastStep(stepOf(events), recording.panic);
  return events.length > 0 ? stepOf(events) : undefined;
}
