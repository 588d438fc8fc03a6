// SPDX-License-Identifier: GPL-2.0-only
/** JSON Lines: one event, one line; what it writes reads back as the same trace. */
import type { TraceEvent } from "../trace/event.ts";
import type { Out, Renderer } from "./format.ts";

/** The format: all events of all pieces, in order. */
export function json(out: Out): Renderer {
  return {
    head: (machine, before) => out.write(jsonLine(machine) + jsonLine(before)),
    step({ events, verdict }) {
      let text = "";
      for (const event of events) text += jsonLine(event);
      if (verdict !== null) text += jsonLine(verdict);
      out.write(text);
    },
    end: (after) => out.write(jsonLine(after)),
  };
}

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
