// SPDX-License-Identifier: GPL-2.0-only
/** Why something that came in got no further: of the reasons that a trace gives, the one that counts. */
import { isReason, type Reason, type TraceEvent } from "../../../trace/event.ts";

/** Why the last packet was dropped; else the last reason, or the one before it where that was given in a function that failed, and the last only passes it on. */
export function reasonOf(events: Iterable<TraceEvent>): string | undefined {
  const notes: Reason[] = [];
  /** How many notes there were when each function was entered. */
  const entered: number[] = [];
  let failed: Reason | undefined;
  let dropped: string | undefined;
  for (const ev of events) {
    if (ev.ev === "fate" && ev.fate === "dropped" && ev.text !== "") dropped = ev.text;
    if (isReason(ev)) notes.push(ev);
    if (ev.ev === "enter") entered.push(notes.length);
    if (ev.ev !== "exit") continue;
    const before = entered.pop() ?? 0;
    if (typeof ev.ret === "number" && ev.ret < 0 && notes.length > before) failed = notes.at(-1);
  }
  return dropped ?? (failed === notes.at(-2) ? failed : notes.at(-1))?.text;
}
