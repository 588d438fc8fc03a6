// SPDX-License-Identifier: GPL-2.0-only
/** How long a call of the log waited: -T says it, what was left of a time-out, or the time of the next line. */
import type { CallStep } from "../../../script/step.ts";
import type { Ahead } from "./ahead.ts";
import type { LogClock } from "./clock.ts";
import { limitOf, type WaitCall } from "./waits.ts";

export class Pace {
  private readonly clock: LogClock;
  private readonly ahead: Ahead;

  constructor(clock: LogClock, ahead: Ahead) {
    this.clock = clock;
    this.ahead = ahead;
  }

  /** Milliseconds from now to the end of a call's wait, in whole ticks of the machine's clock: 0 where the log does not tell. */
  until(step: CallStep, call: WaitCall): number {
    const limit = limitOf(call) ?? Number.POSITIVE_INFINITY;
    const { left } = step.shown;
    const took = step.written?.took ?? (left === undefined ? this.toNext(step) : limit - left);
    const within = Math.min(took, limit);
    return Number.isFinite(within) ? this.clock.until(step.time, within) : 0;
  }

  /** Milliseconds from now to the end of any call, in the same way. */
  length(step: CallStep): number {
    return this.clock.until(step.time, step.written?.took ?? this.toNext(step));
  }

  /** Seconds to the next line of the same process. */
  private toNext({ line, pid, time }: CallStep): number {
    if (time === undefined) return 0;
    for (const next of this.ahead.after(line)) {
      if (!("time" in next) || next.time === undefined || next.pid !== pid) continue;
      return Math.max(0, next.time.relative ? next.time.seconds : next.time.seconds - time.seconds);
    }
    return 0;
  }
}
