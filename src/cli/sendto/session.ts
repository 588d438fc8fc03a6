// SPDX-License-Identifier: GPL-2.0-only
/** Runs the calls of a request on a fresh machine and hands on what happened, one call at a time. */
import { RELEASES } from "../../kernels/index.ts";
import type { Syscall as Call, Machine } from "../../kernels/release.ts";
import { verdict } from "../../render/verdict.ts";
import type { MachineEvent, TraceEvent, VerdictEvent } from "../../trace/event.ts";
import type { Recorder } from "../../trace/record.ts";
import { type Syscall, syscalls } from "../../trace/tree.ts";
import { SO_BROADCAST, SOL_SOCKET } from "../../uapi/socket.ts";
import { type Request, receive, send, setup } from "./plan.ts";

/** One system call as it went: its events, and the verdict where it was a send. */
export interface Step {
  readonly events: readonly TraceEvent[];
  readonly tree: Syscall;
  readonly isSend: boolean;
  readonly verdict: VerdictEvent | null;
}

export type Kernel = keyof typeof RELEASES;

/** A machine with lo up, and the request that runs on it. */
export class Session {
  readonly machine: Machine;
  readonly head: MachineEvent;
  readonly before: ReadonlyMap<string, number>;
  /** A call returned an errno. */
  failed = false;
  private readonly request: Request;
  private readonly rec: Recorder;

  constructor(kernel: Kernel, seed: number, request: Request) {
    const release = RELEASES[kernel];
    this.request = request;
    this.machine = release.boot({ seed });
    this.machine.configure({ kind: "link-set", dev: "lo", up: true });
    this.head = { ev: "machine", uname: release.uname, network: "lo 127.0.0.1/8", seed };
    this.before = this.machine.counters();
    this.rec = this.machine.newRecorder();
  }

  /** The steps, run as they are asked for. A set-up call that fails ends the program, as `perror` would. */
  *steps(): Generator<Step> {
    for (const call of setup(this.request)) {
      const step = this.run(call, false);
      yield step;
      if (this.failed) return;
    }
    for (let i = 0; i < this.request.count; i++) yield this.run(send(this.request), true);
    if (this.request.listen && !this.failed) yield this.run(receive(), false);
  }

  private run(call: Call, isSend: boolean): Step {
    this.rec.clear();
    this.machine.record(this.rec);
    const { ret } = this.machine.syscall(call);
    this.machine.record(null);
    if (ret < 0) this.failed = true;
    const events = [...this.rec];
    const tree = [...syscalls(events)][0] as Syscall;
    const { listen, connect, count, options } = this.request;
    const broadcast = options.some((o) => o.level === SOL_SOCKET && o.name === SO_BROADCAST);
    const said = isSend ? verdict(tree, { listen, connected: connect, broadcast, count }) : null;
    return { events, tree, isSend, verdict: said };
  }
}
