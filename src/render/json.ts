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

/** Controls that JSON lets stand as they are, and that a terminal would obey: DEL and C1. */
const CONTROLS = /[\x7f-\x9f]/g;

/** An event as its line, with the newline. */
export function jsonLine(event: TraceEvent): string {
  return `${JSON.stringify(event).replace(CONTROLS, escaped)}\n`;
}

function escaped(control: string): string {
  return `\\u00${control.charCodeAt(0).toString(16)}`;
}

/** The event of one line. Throws SyntaxError on what is no event; the message says what was expected. */
export function parseLine(line: string): TraceEvent {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null || !("ev" in value)) {
    throw new SyntaxError('expected an event: an object with "ev"');
  }
  return value as TraceEvent;
}
