// SPDX-License-Identifier: GPL-2.0-only
/** Traces that a caller hands over: looked at as those in files are, since nobody knows where they have been. */
import { Order } from "../capture/order.ts";
import { shapeProblem } from "../capture/shape.ts";
import type { TraceEvent } from "../trace/event.ts";
import { NettraceError } from "./error.ts";

/** The same events. Throws NettraceError, with the number of the event as the line. */
export function* events(trace: Iterable<TraceEvent>): Generator<TraceEvent> {
  const order = new Order();
  let line = 0;
  for (const event of trace) {
    line++;
    const problem = shapeProblem(event) ?? order.check(event);
    if (problem !== null) {
      const where = ["trace", String(line - 1), ...problem.path.map(String)].join(".");
      throw new NettraceError(`${where}: ${problem.message}`, { line, column: 1 });
    }
    yield event;
  }
  const missing = order.missing();
  if (missing !== null) throw new NettraceError(missing, { line: line + 1, column: 1 });
}
