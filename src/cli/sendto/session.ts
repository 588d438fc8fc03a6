// SPDX-License-Identifier: GPL-2.0-only
/** Runs the calls of a request on a fresh machine and hands on what happened, one call at a time. */
import { RELEASES } from "../../kernels/index.ts";
import type { Syscall as Call, Machine } from "../../kernels/release.ts";
import { answer } from "../../render/answer.ts";
import { type MachineEvent, type StateEvent, TRACE_VERSION } from "../../trace/event.ts";
import type { Recorder } from "../../trace/record.ts";
import { type Step, stepOf } from "../../trace/step.ts";
import { StoryBook } from "../../trace/story.ts";
import { lastStep, Recording, recordedStep } from "../recording.ts";
import { stateOf } from "../state.ts";
import { type Devices, devicesOf } from "./devices.ts";
import { type Request, receive, send, setup } from "./plan.ts";

export type Kernel = keyof typeof RELEASES;

/** The network of a machine that has just booted. */
function loopback(machine: Machine): string {
  machine.configure({ kind: "link-set", dev: "lo", up: true });
  return "lo 127.0.0.1/8";
}

/** A step, and whether it is one of the sends that were asked for. */
export interface Chapter {
  readonly step: Step;
  readonly isSend: boolean;
}

/** A machine with its network, and the request that runs on it. */
export class Session {
  readonly machine: Machine;
  readonly head: MachineEvent;
  /** A call returned an errno, or never returned. */
  failed = false;
  private readonly recording: Recording;
  private readonly book = new StoryBook();
  /** Nobody reads the words. */
  private readonly silent: boolean;

  /** `network` sets the machine's network up, and says how it is to be called; `recorder`: of what is not shown, another. */
  constructor(
    kernel: Kernel,
    seed: number,
    network: (machine: Machine) => string = loopback,
    recorder?: Recorder,
  ) {
    this.silent = recorder !== undefined;
    const release = RELEASES[kernel];
    this.machine = release.boot({ seed });
    this.head = {
      ev: "machine",
      version: TRACE_VERSION,
      uname: release.uname,
      network: network(this.machine),
      seed,
    };
    this.recording = new Recording(this.machine, recorder);
  }

  /** What devices it has. */
  get devices(): Devices {
    return devicesOf(this.machine);
  }

  /** The counters and /proc/net files as they are now. */
  state(when: "before" | "after", files = true): StateEvent {
    return stateOf(this.machine, when, files);
  }

  /** The steps, run as they are asked for. */
  *steps(request: Request): Generator<Step> {
    for (const { step } of this.chapters(request)) yield step;
  }

  /** The same, with which of them are sends. A set-up call that fails ends the program, as `perror` would. */
  *chapters(request: Request): Generator<Chapter> {
    for (const step of this.rest()) yield { step: this.told(step), isSend: false };
    for (const call of setup(request)) {
      yield* this.setUp(call);
      if (this.failed) return;
    }
    for (let i = 0; i < request.count; i++) {
      yield* this.send(request);
      if (this.panicked) return;
    }
    if (request.listen && !this.failed) yield* this.setUp(receive());
  }

  /** A call, and what nobody's call did after it. */
  private *setUp(call: Call): Generator<Chapter> {
    yield { step: this.told(this.run(call)), isSend: false };
    for (const step of this.rest()) yield { step: this.told(step), isSend: false };
  }

  /** A send, and the time after it: its story goes on while the clock runs, and is told at its end. */
  private *send(request: Request): Generator<Chapter> {
    const sent = this.read(this.run(send(request)));
    const after = [...this.rest()];
    if (request.wait !== undefined && !this.panicked) after.push(...this.wait(request.wait));
    const events = after.flatMap((step) => step.events);
    const rest = this.panicked ? after.at(-1) : events.length === 0 ? undefined : stepOf(events);
    const later = rest && this.read(rest);
    yield { step: this.told(sent), isSend: true };
    if (later !== undefined) yield { step: later, isSend: false };
  }

  /** Let the clock run: timers, and what they set off. */
  private *wait(ms: number): Generator<Step> {
    this.recording.of(() => this.machine.advance(ms));
    if (this.panicked) this.failed = true;
    const step = recordedStep(this.recording);
    if (step !== undefined) yield step;
    yield* this.rest();
  }

  private get panicked(): boolean {
    return this.recording.panic !== undefined;
  }

  private *rest(): Generator<Step> {
    const rest = this.recording.rest();
    if (rest !== undefined) yield rest;
  }

  private run(call: Call): Step {
    const ret = this.recording.of(() => this.machine.syscall(call).ret) ?? -1;
    if (ret < 0) this.failed = true;
    const step = stepOf(this.recording.events());
    return this.recording.panic === undefined ? step : lastStep(step, this.recording.panic);
  }

  /** The next chapter: every step has to be read, in order. */
  private read(step: Step): Step {
    return step.story === undefined ? { ...step, story: this.book.read(step.tree) } : step;
  }

  private told(step: Step): Step {
    if (this.silent) return this.read(step);
    const { story, ...rest } = this.read(step);
    return { ...rest, ...(story && { story }), verdict: step.verdict ?? (story ? answer(story) : null) };
  }
}
