// SPDX-License-Identifier: GPL-2.0-only
/** Runs the calls of a request on a fresh machine and hands on what happened, one call at a time. */
import { RELEASES } from "../../kernels/index.ts";
import { type Syscall as Call, KernelPanic, type Machine } from "../../kernels/release.ts";
import { panicked, verdict } from "../../render/verdict.ts";
import type { MachineEvent, StateEvent } from "../../trace/event.ts";
import type { Recorder } from "../../trace/record.ts";
import { type Step, stepOf } from "../../trace/step.ts";
import { SO_BROADCAST, SOL_SOCKET } from "../../uapi/socket.ts";
import { stateOf } from "../state.ts";
import { type Devices, devicesOf } from "./devices.ts";
import { type Request, receive, send, setup } from "./plan.ts";

export type Kernel = keyof typeof RELEASES;

/** The network of a machine that has just booted. */
function loopback(machine: Machine): string {
  machine.configure({ kind: "link-set", dev: "lo", up: true });
  return "lo 127.0.0.1/8";
}

/** A machine with its network, and the request that runs on it. */
export class Session {
  readonly machine: Machine;
  readonly head: MachineEvent;
  /** A call returned an errno, or never returned. */
  failed = false;
  private panic: KernelPanic | null = null;
  private readonly rec: Recorder;

  /** `network` sets the machine's network up, and says how it is to be called. */
  constructor(kernel: Kernel, seed: number, network: (machine: Machine) => string = loopback) {
    const release = RELEASES[kernel];
    this.machine = release.boot({ seed });
    this.head = { ev: "machine", uname: release.uname, network: network(this.machine), seed };
    this.rec = this.machine.newRecorder();
  }

  /** What devices it has. */
  get devices(): Devices {
    return devicesOf(this.machine);
  }

  /** The counters and /proc/net files as they are now. */
  state(when: "before" | "after"): StateEvent {
    return stateOf(this.machine, when);
  }

  /** The steps, run as they are asked for. A set-up call that fails ends the program, as `perror` would. */
  *steps(request: Request): Generator<Step> {
    for (const call of setup(request)) {
      yield this.run(call, request, false);
      if (this.failed) return;
    }
    for (let i = 0; i < request.count; i++) {
      yield this.run(send(request), request, true);
      if (request.wait !== undefined && this.panic === null) yield* this.wait(request.wait);
      if (this.panic !== null) return;
    }
    if (request.listen && !this.failed) yield this.run(receive(), request, false);
  }

  /** Let the clock run: timers, and what they set off. */
  private *wait(ms: number): Generator<Step> {
    this.record(() => this.machine.advance(ms));
    const events = this.rec.events();
    if (this.panic !== null) yield this.panicked(this.panic);
    else if (events.length > 0) yield stepOf(events);
  }

  private run(call: Call, request: Request, isSend: boolean): Step {
    const ret = this.record(() => this.machine.syscall(call).ret) ?? -1;
    if (ret < 0) this.failed = true;
    if (this.panic !== null) return this.panicked(this.panic);
    const step = stepOf(this.rec.events());
    if (!isSend && ret >= 0) return step;
    const { listen, connect, count, options } = request;
    const broadcast = options.some((o) => o.level === SOL_SOCKET && o.name === SO_BROADCAST);
    return { ...step, verdict: verdict(step.tree, { listen, connected: connect, broadcast, count }) };
  }

  /** Have the machine do something, and record it; undefined where it panicked. */
  private record<T>(work: () => T): T | undefined {
    this.rec.clear();
    this.machine.record(this.rec);
    try {
      return work();
    } catch (error) {
      if (!(error instanceof KernelPanic)) throw error;
      this.panic = error;
      this.failed = true;
      return undefined;
    } finally {
      this.machine.record(null);
    }
  }

  private panicked({ message }: KernelPanic): Step {
    const step = stepOf(this.rec.events());
    return { ...step, verdict: panicked(step.tree, message) };
  }
}
