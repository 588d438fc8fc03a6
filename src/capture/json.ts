// SPDX-License-Identifier: GPL-2.0-only
/** A trace that was saved with --format json, read back event by event. */
import type { TraceEvent } from "../trace/event.ts";
import { JsonProblem, locate } from "../trace/json-position.ts";
import { LineError, lines } from "./lines.ts";
import { Order } from "./order.ts";
import { type Problem, shapeProblem } from "./shape.ts";

/** What is wrong with a saved trace, and where. */
export class TraceError extends Error {
  override name = "TraceError";
  readonly line: number;
  /** In characters, from 1. */
  readonly column: number;
  /** What was written and what is known there, for the nearest match. */
  readonly problem: Problem | null;

  constructor(line: number, column: number, message: string, problem: Problem | null = null) {
    super(message);
    this.line = line;
    this.column = column;
    this.problem = problem;
  }
}

/** The events of a saved trace; memory is one line. Throws TraceError. */
export function* readTrace(chunks: Iterable<Uint8Array>): Generator<TraceEvent> {
  const order = new Order();
  let line = 0;
  try {
    for (const some of lines(chunks)) {
      for (const text of some) {
        line++;
        if (text.trim() !== "") yield readEvent(text, line, order);
      }
    }
  } catch (error) {
    if (error instanceof LineError) throw new TraceError(error.line, error.column, error.message);
    throw error;
  }
  const missing = order.missing();
  if (missing !== null) throw new TraceError(line + 1, 1, missing);
}

function readEvent(text: string, line: number, order: Order): TraceEvent {
  const value = parse(text, line);
  const problem = shapeProblem(value) ?? order.check(value as TraceEvent);
  if (problem === null) return value as TraceEvent;
  throw new TraceError(line, column(text, place(text, problem.path)), problem.message, problem);
}

function parse(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(text, line);
  }
}

/** Where a value begins; how deep its neighbours nest is no matter here. */
function place(text: string, path: Problem["path"]): number {
  try {
    return locate(text, path);
  } catch (error) {
    if (error instanceof JsonProblem) return error.at;
    throw error;
  }
}

/** JSON.parse says in words of its own what it dislikes, but not always where: look again. */
function unreadable(text: string, line: number): TraceError {
  try {
    locate(text, []);
  } catch (error) {
    if (error instanceof JsonProblem) {
      return new TraceError(line, column(text, error.at), `not JSON: ${error.message}`);
    }
    throw error;
  }
  return new TraceError(line, 1, "not JSON");
}

/** Column in characters of an index in a line. */
function column(text: string, index: number): number {
  return [...text.slice(0, index)].length + 1;
}
