// SPDX-License-Identifier: GPL-2.0-only
/** JSON Lines: one event, one line; what it writes reads back as the same trace. */
import type { TraceEvent } from "../trace/event.ts";

/** An event as its line, with the newline. */
export function jsonLine(event: TraceEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** The event of one line. Throws SyntaxError on what is no event; the message says what was expected. */
export function parseLine(line: string): TraceEvent {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null || !("ev" in value)) {
    throw new SyntaxError('expected an event: an object with "ev"');
  }
  return value as TraceEvent;
}
