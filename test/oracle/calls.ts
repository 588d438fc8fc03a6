// SPDX-License-Identifier: GPL-2.0-only
/** A recorder that keeps nothing but which function was called at which depth. */
import { Recorder } from "../../src/trace/record.ts";

/** No recorded system call comes near: what calls more than this does not end. */
const ENDLESS = 2_000_000;

export class CallRecorder extends Recorder {
  /** Pairs: depth, symbol id. */
  calls: number[] = [];
  private depth = 0;
  /** While the caller sleeps other contexts run, which a recording of its own calls does not show. */
  private asleep = false;

  take(): number[] {
    const { calls } = this;
    this.calls = [];
    this.depth = 0;
    return calls;
  }

  override enter(id: number): void {
    if (this.asleep) return;
    if (this.calls.length > ENDLESS) throw new Error("the simulator calls and calls and does not come back");
    this.calls.push(this.depth++, id);
  }
  override exit(): void {
    if (!this.asleep) this.depth--;
  }
  override arg(): void {}
  override note(): void {}
  override dump(): void {}
  override count(): void {}
  override context(name: string, on: boolean): void {
    if (name === "sleep") this.asleep = on;
  }
  override syscall(): void {}
  override sysret(): void {}
  override packet(): void {}
}
