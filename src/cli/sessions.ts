// SPDX-License-Identifier: GPL-2.0-only
/** Saved traces with several sessions, which only some formats can show. */
import type { TraceEvent } from "../trace/event.ts";
import { UsageError } from "./errors.ts";
import { HOLD_SEVERAL, type Target } from "./output.ts";

/** The same events; throws UsageError at a second session that one of the formats has no place for. */
export function* fitting(
  trace: Iterable<TraceEvent>,
  name: string,
  targets: readonly Target[],
): Generator<TraceEvent> {
  const single = targets.find((t) => !HOLD_SEVERAL.includes(t.format));
  let count = 0;
  for (const event of trace) {
    if (event.ev === "machine" && ++count > 1 && single !== undefined) {
      throw new UsageError(`${name} holds several sessions: expected one for --format ${single.format}`);
    }
    yield event;
  }
}
