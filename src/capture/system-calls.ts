// SPDX-License-Identifier: GPL-2.0-only
/** Outermost functions of a recording that are system calls' own, as system calls. */
import type { TraceEvent, Value } from "../trace/event.ts";
import { entryName } from "../trace/names.ts";

/** What else is known of a call: what was asked, what came back. */
export interface Told {
  readonly text?: string;
  readonly ret?: number;
}

/** Put the events of system calls around the functions that are their entries. */
export function* withSystemCalls(events: Iterable<TraceEvent>, told: Told = {}): Generator<TraceEvent> {
  /** The system call that is open. */
  let open: string | undefined;
  for (const event of events) {
    if (event.ev === "enter" && event.depth === 0) {
      open = entryName(event.fn);
      if (open !== undefined) yield { ev: "syscall", name: open, args: {} };
      if (told.text !== undefined) yield { ev: "note", fn: "", depth: 0, text: told.text };
    }
    yield event;
    if (event.ev === "exit" && event.depth === 0 && open !== undefined) {
      yield result(open, told.ret ?? event.ret);
      open = undefined;
    }
  }
}

function result(name: string, ret: Value | undefined): TraceEvent {
  if (typeof ret === "number") return { ev: "sysret", name, ret };
  return { ev: "sysret", name, ret: 0, unknown: true };
}
