// SPDX-License-Identifier: GPL-2.0-only
/** A session in pieces: its head, one step a system call, its end. What renderers are fed with. */
import type { MachineEvent, StateEvent, TraceEvent, VerdictEvent } from "./event.ts";
import type { Story } from "./story.ts";
import { type Syscall, syscalls } from "./tree.ts";

/** One system call as it went (or what happened between two): its events in order, the same as a tree. */
export interface Step {
  readonly events: readonly TraceEvent[];
  readonly tree: Syscall;
  /** What became of the datagram, in words. */
  readonly verdict: VerdictEvent | null;
  /** The same as data, where a format tells it. */
  readonly story?: Story;
}

/** Make a step of one call's events. */
export function stepOf(events: readonly TraceEvent[], verdict: VerdictEvent | null = null): Step {
  const [tree] = syscalls(events);
  return { events, tree: tree ?? { call: null, ret: null, body: [] }, verdict };
}

/** The pieces of a saved trace, in order. */
export type Piece = MachineEvent | StateEvent | Step;

export function isStep(piece: Piece): piece is Step {
  return "tree" in piece;
}

/** What the kernel puts off until a call has returned is told right behind the call, and belongs to it. */
const PUT_OFF = "deferred work";

/** Cut a trace into pieces; memory is one call's events. */
export function* pieces(trace: Iterable<TraceEvent>): Generator<Piece> {
  let held: TraceEvent[] = [];
  let at: "call" | "returned" | "put off" = "call";
  const flush = function* (verdict: VerdictEvent | null): Generator<Step> {
    if (held.length > 0) yield stepOf(held, verdict);
    held = [];
    at = "call";
  };
  for (const ev of trace) {
    if (ev.ev === "verdict") yield* flush(ev);
    else if (ev.ev === "machine" || ev.ev === "state") {
      yield* flush(null);
      yield ev;
    } else {
      const putOff = ev.ev === "context" && ev.name === PUT_OFF;
      // A verdict may follow a sysret: the step stays open until something else begins.
      if (at === "returned" && putOff) at = "put off";
      else if (at === "put off" && putOff) at = "returned";
      else if (at === "returned" || (ev.ev === "syscall" && held.length > 0)) yield* flush(null);
      held.push(ev);
      if (ev.ev === "sysret" && at === "call") at = "returned";
    }
  }
  yield* flush(null);
}
