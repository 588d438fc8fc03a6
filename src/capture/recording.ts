// SPDX-License-Identifier: GPL-2.0-only
/** A trace from a file, whatever form it has: one that was saved, or a recording of a real kernel. */
import type { MachineEvent, StateEvent, TraceEvent } from "../trace/event.ts";
import { readCases } from "./cases.ts";
import { CaptureError } from "./error.ts";
import { readFtrace } from "./ftrace.ts";
import type { Lookup } from "./ftrace-stack.ts";
import { readTrace } from "./json.ts";
import { lines as linesOfChunks } from "./lines.ts";
import { withSystemCalls } from "./system-calls.ts";

export interface RecordingOptions {
  /** What it is called in a header. */
  readonly name: string;
  readonly lookup: Lookup;
  /** Of several cases in one file, the one wanted. */
  readonly wanted?: string | undefined;
}

/** The events. Throws CaptureError, or what `readTrace` and `lines` throw. */
export function* readAny(
  chunks: Iterable<Uint8Array>,
  { name, lookup, wanted }: RecordingOptions,
): Generator<TraceEvent> {
  const { head, all } = peek(chunks);
  const form = formOf(head);
  if (form === "saved") {
    yield* readTrace(all);
    return;
  }
  const machine: MachineEvent = { ev: "machine", uname: "", network: "", seed: 0, recorded: name };
  yield machine;
  yield NOTHING("before");
  const lines = flat(all);
  if (form === "cases") yield* readCases(lines, lookup, wanted);
  else yield* withSystemCalls(readFtrace(lines, lookup));
  yield NOTHING("after");
}

/** Nobody read the counters. */
const NOTHING = (when: "before" | "after"): StateEvent => ({ ev: "state", when, counters: {}, proc: {} });

/** Enough of the first line to see what it is. */
const HEAD = 65_536;

/** The beginning of a file, and all of it. */
function peek(chunks: Iterable<Uint8Array>): { head: string; all: Iterable<Uint8Array> } {
  const iterator = chunks[Symbol.iterator]();
  const held: Uint8Array[] = [];
  let length = 0;
  while (length < HEAD) {
    const { value, done } = iterator.next();
    if (done === true) break;
    held.push(value);
    length += value.length;
  }
  const decoder = new TextDecoder();
  const head = held.map((piece) => decoder.decode(piece, { stream: true })).join("");
  return {
    head,
    all: {
      *[Symbol.iterator]() {
        yield* held;
        for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value;
      },
    },
  };
}

type Form = "saved" | "cases" | "text";

function formOf(head: string): Form {
  if (head.startsWith("\x17\x08Dtracing")) {
    throw new CaptureError(1, 1, "this is a trace.dat: expected text, as trace-cmd report prints it");
  }
  if (!/^\s*\{/.test(head)) return "text";
  return /^\s*\{\s*"ev"/.test(head) ? "saved" : "cases";
}

function* flat(chunks: Iterable<Uint8Array>): Generator<string> {
  for (const some of linesOfChunks(chunks)) yield* some;
}
