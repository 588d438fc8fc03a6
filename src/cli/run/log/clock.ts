// SPDX-License-Identifier: GPL-2.0-only
/** The time stamps of a log move the machine's clock: a pause in the log is a pause in the machine. */
import type { Machine } from "../../../kernels/release.ts";
import type { LogTime } from "../../../script/strace/line.ts";

/** The machine's clock ticks no finer than this, in ms: shorter pauses add up. */
const TICK = 1;
const DAY = 86_400;
/** A log that was left alone for longer, in seconds. */
const LONGEST = 7 * DAY;

export class LogClock {
  private readonly machine: Machine;
  private last: number | undefined;
  /** Seconds of the log so far, and where the machine stood at its beginning. */
  private elapsed = 0;
  private start: number | undefined;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** A line was written at this time: milliseconds that the machine is behind, in whole ticks. */
  behind(time: LogTime): number {
    this.start ??= this.machine.uptime();
    this.elapsed += this.since(time);
    const behind = this.start + this.elapsed * 1000 - this.machine.uptime();
    return behind >= TICK ? Math.floor(behind / TICK) * TICK : 0;
  }

  /** How long it is, in ms and in whole ticks, until a call of that line has taken `took` seconds. */
  until(time: LogTime | undefined, took: number): number {
    // Lines that end calls of an earlier time come later.
    const back = time === undefined || time.relative ? 0 : Math.max(0, (this.last ?? 0) - time.seconds);
    const behind = this.start === undefined ? 0 : this.start + this.elapsed * 1000 - this.machine.uptime();
    const left = behind + (Math.min(took, LONGEST) - back) * 1000;
    return left >= TICK ? Math.floor(left / TICK) * TICK : 0;
  }

  private since({ seconds, relative }: LogTime): number {
    if (relative) return Math.min(seconds, LONGEST);
    const before = this.last ?? seconds;
    this.last = seconds;
    // Clocks of the day begin anew at midnight; lines of several processes may be out of order.
    const passed = seconds < DAY && seconds - before < -DAY / 2 ? seconds - before + DAY : seconds - before;
    return Math.max(0, Math.min(passed, LONGEST));
  }
}
