// SPDX-License-Identifier: GPL-2.0-only
/** A recorder that keeps nothing but which function was called at which depth. */
import { Recorder } from "../../src/trace/record.ts";

/** No recorded system call comes near: what calls more than this does not end. */
const ENDLESS = 2_000_000;

export class CallRecorder extends Recorder {
  /** Pairs: depth, symbol id. */
  calls: number[] = [];
  private depth = 0;
  /** Contexts that a recording of the caller's own calls does not show: timers, and all that runs while it sleeps. */
  private others = 0;

  take(): number[] {
    const { calls } = this;
    this.calls = [];
    this.depth = 0;
    this.others = 0;
    return calls;
  }

  override enter(id: number): void {
    if (this.others > 0) return;
    if (this.calls.length > ENDLESS) throw new Error("the simulator calls and calls and does not come back");
    this.calls.push(this.depth++, id);
  }
  override exit(): void {
    if (this.others === 0) this.depth--;
  }
  override arg(): void {}
  override note(): void {}
  override dump(): void {}
  override count(): void {}
  override context(name: string, on: boolean): void {
    if (name === "sleep" || name === "timer") this.others += on ? 1 : -1;
  }
  override syscall(): void {}
  override sysret(): void {}
  override packet(): void {}
}
