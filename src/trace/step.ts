// SPDX-License-Identifier: GPL-2.0-only
/** A session in pieces: its head, one step a system call, its end. What renderers are fed with. */
import type { MachineEvent, StateEvent, TraceEvent, VerdictEvent } from "./event.ts";
import { type Syscall, syscalls } from "./tree.ts";

/** One system call as it went (or what happened between two): its events in order, the same as a tree. */
export interface Step {
  readonly events: readonly TraceEvent[];
  readonly tree: Syscall;
  /** What became of the datagram, where the call was a send. */
  readonly verdict: VerdictEvent | null;
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

/** Cut a trace into pieces; memory is one call's events. */
export function* pieces(trace: Iterable<TraceEvent>): Generator<Piece> {
  let held: TraceEvent[] = [];
  const flush = function* (verdict: VerdictEvent | null): Generator<Step> {
    if (held.length > 0) yield stepOf(held, verdict);
    held = [];
  };
  for (const ev of trace) {
    if (ev.ev === "verdict") yield* flush(ev);
    else if (ev.ev === "machine" || ev.ev === "state") {
      yield* flush(null);
      yield ev;
    } else {
      // A verdict may follow a sysret: the step stays open until something else begins.
      if (held.at(-1)?.ev === "sysret" || (ev.ev === "syscall" && held.length > 0)) yield* flush(null);
      held.push(ev);
    }
  }
  yield* flush(null);
}
