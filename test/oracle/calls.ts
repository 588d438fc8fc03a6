// SPDX-License-Identifier: GPL-2.0-only
/** A recorder that keeps which function was called at which depth, and who said why a call is turned down. */
import type { Fate, FateDetails } from "../../src/trace/fate.ts";
import type { Facts } from "../../src/trace/plain.ts";
import { Recorder } from "../../src/trace/record.ts";

/** No recorded system call comes near: what calls more than this does not end. */
const ENDLESS = 2_000_000;

/** A refusal or a loss in the caller's own context: its words, and the symbols of who said it, the innermost last. */
export interface Said {
  readonly text: string;
  readonly stack: readonly number[];
}

export class CallRecorder extends Recorder {
  /** Pairs: depth, symbol id. */
  calls: number[] = [];
  reasons: Said[] = [];
  private stack: number[] = [];
  /** Contexts that a recording of the caller's own calls does not show: timers, and all that runs while it sleeps. */
  private others = 0;
  /** Contexts on top of the caller's that its recording shows: softirqs. */
  private above = 0;

  take(): { calls: number[]; reasons: Said[] } {
    const { calls, reasons } = this;
    this.calls = [];
    this.reasons = [];
    this.stack = [];
    this.others = 0;
    this.above = 0;
    return { calls, reasons };
  }

  override enter(id: number): void {
    if (this.others > 0) return;
    if (this.calls.length > ENDLESS) throw new Error("the simulator calls and calls and does not come back");
    this.calls.push(this.stack.length, id);
    this.stack.push(id);
  }
  override exit(): void {
    if (this.others === 0) this.stack.pop();
  }
  override fate(what: Fate, _packet: number, text: string, _facts?: Facts, details?: FateDetails): void {
    if (this.others > 0 || this.above > 0 || (what !== "refused" && what !== "dropped")) return;
    const by = details?.by;
    this.reasons.push({ text, stack: by === undefined ? [...this.stack] : [...this.stack, by.sym.id] });
  }
  override arg(): void {}
  override note(): void {}
  override dump(): void {}
  override count(): void {}
  override context(name: string, on: boolean): void {
    if (name === "sleep" || name === "timer") this.others += on ? 1 : -1;
    else this.above += on ? 1 : -1;
  }
  override syscall(): void {}
  override sysret(): void {}
  override packet(): void {}
}
