// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/tracepoint.h: a place where somebody may listen. Each is a test of a flag that is off. */
import { note, type Tracee } from "../../../../trace/traced.ts";

/** `event` happens: nobody has attached a probe. */
export function tracepoint(k: Tracee, event: string): void {
  note(k, "tracepoint is off: no probe is called", { event });
}
