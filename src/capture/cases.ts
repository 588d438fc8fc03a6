// SPDX-License-Identifier: GPL-2.0-only
/** Recordings as JSON Lines: a case a line, its steps with their call trees (`calls`: a name a line, a blank a level). */
import type { TraceEvent } from "../trace/event.ts";
import { JsonProblem, locate } from "../trace/json-position.ts";
import { printable } from "../trace/printable.ts";
import { errnoNumber } from "../uapi/errno.ts";
import { CaptureError } from "./error.ts";
import { linesOf, readFtrace } from "./ftrace.ts";
import type { Lookup } from "./ftrace-stack.ts";
import { withSystemCalls } from "./system-calls.ts";

type Path = readonly (string | number)[];

/** One line of the file. */
interface Line {
  readonly text: string;
  readonly number: number;
}

/** The events of all cases, or of the one that is named. Throws CaptureError. */
export function* readCases(
  lines: Iterable<string>,
  lookup: Lookup,
  wanted: string | undefined,
): Generator<TraceEvent> {
  let number = 0;
  let found = false;
  for (const text of lines) {
    number++;
    if (text.trim() === "") continue;
    const line: Line = { text, number };
    const one = record(line, parse(line), []);
    if (wanted !== undefined && one["case"] !== wanted) continue;
    found = true;
    yield* readCase(line, one, lookup);
  }
  if (!found && wanted !== undefined) throw new CaptureError(number, 1, `no case '${wanted}'`);
}

function* readCase(line: Line, one: Record<string, unknown>, lookup: Lookup): Generator<TraceEvent> {
  if (Object.hasOwn(one, "calls")) yield* readStep(line, one, [], lookup);
  else {
    const steps = one["steps"];
    if (!Array.isArray(steps))
      throw problem(line, ["steps"], 'expected "steps", a list, or "calls", a string');
    for (const [i, step] of steps.entries()) {
      yield* readStep(line, record(line, step, ["steps", i]), ["steps", i], lookup);
    }
  }
}

/** A step without a tree was not traced. */
function* readStep(
  line: Line,
  step: Record<string, unknown>,
  path: Path,
  lookup: Lookup,
): Generator<TraceEvent> {
  const { calls, op, err, ret } = step;
  if (calls === undefined) return;
  if (typeof calls !== "string") throw problem(line, [...path, "calls"], "expected a string");
  if (op !== undefined && typeof op !== "string") throw problem(line, [...path, "op"], "expected a string");
  const errno = typeof err === "string" ? errnoNumber(err) : undefined;
  const value = errno === undefined ? ret : -errno;
  const told = {
    ...(op === undefined ? {} : { text: printable(op) }),
    ...(typeof value === "number" && Number.isSafeInteger(value) ? { ret: value } : {}),
  };
  try {
    yield* withSystemCalls(readFtrace(linesOf(calls), lookup), told);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    throw problem(line, [...path, "calls"], `in this string, ${error.message}`);
  }
}

function record(line: Line, value: unknown, path: Path): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw problem(line, path, "expected an object");
}

function parse(line: Line): unknown {
  try {
    return JSON.parse(line.text);
  } catch {
    throw problem(line, [], "not JSON");
  }
}

function problem({ text, number }: Line, path: Path, message: string): CaptureError {
  try {
    return new CaptureError(number, column(text, locate(text, path)), message);
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    return new CaptureError(number, column(text, error.at), `not JSON: ${error.message}`);
  }
}

function column(text: string, index: number): number {
  return [...text.slice(0, index)].length + 1;
}
