// SPDX-License-Identifier: GPL-2.0-only
/** A trace from a file, whatever form it has: one that was saved, or a recording of a real kernel. */
import { type StateEvent, TRACE_VERSION, type TraceEvent } from "../trace/event.ts";
import { readCases } from "./cases.ts";
import { CaptureError } from "./error.ts";
import { foreignBytes } from "./foreign.ts";
import { type Leavings, readFtrace } from "./ftrace.ts";
import type { Known, Lookup } from "./ftrace-stack.ts";
import { readTrace } from "./json.ts";
import { lines as linesOfChunks } from "./lines.ts";
import { withSystemCalls } from "./system-calls.ts";

export interface RecordingOptions {
  /** What it is called in a header. */
  readonly name: string;
  readonly lookup: Lookup;
  /** Of several cases in one file, the one wanted. */
  readonly wanted?: string | undefined;
  /** Is told what was left out. */
  readonly leavings?: Leavings;
}

/** The events. Throws CaptureError, or what `readTrace` and `lines` throw. */
export function* readAny(
  chunks: Iterable<Uint8Array>,
  { name, lookup, wanted, leavings }: RecordingOptions,
): Generator<TraceEvent> {
  const { head, first: begin, all } = peek(chunks);
  // What is no text has a name, which says more than that its bytes are none.
  const binary = foreignBytes(begin);
  if (binary !== undefined) throw new CaptureError(1, 1, binary);
  const form = formOf(head);
  if (form === "saved") {
    yield* readTrace(all);
    return;
  }
  const simulated = form === "text" ? simulatedKernel(head) : undefined;
  const lines = flat(all);
  // Whatever a tracer saw was called on that kernel: only of a simulated one do we know what is inlined.
  const seen: Lookup = simulated === undefined ? (fn) => called(lookup(fn)) : lookup;
  const events =
    form === "cases" ? readCases(lines, seen, wanted) : withSystemCalls(readFtrace(lines, seen, leavings));
  // Nothing is said of a recording in which there is nothing.
  const first = events.next();
  if (first.done === true) {
    const where = wanted === undefined ? "in it" : `in the case '${wanted}'`;
    throw new CaptureError(1, 1, `no call ${where}: expected ${TREES}`);
  }
  const recorded = { recorded: name, ...(simulated === undefined ? {} : { simulated: true }) };
  yield { ev: "machine", version: TRACE_VERSION, uname: simulated ?? "", network: "", seed: 0, ...recorded };
  yield NOTHING("before");
  yield first.value;
  yield* events;
  yield NOTHING("after");
}

const TREES = "function_graph text, or output of trace-cmd report";

function called(known: Known | undefined): Known | undefined {
  return known === undefined ? undefined : { ...known, inline: false };
}

/** The release of a file that says itself that it is simulated: the header of --format ftrace, the task of trace-dat. */
function simulatedKernel(head: string): string | undefined {
  const header = /^# virtual clock: .* \(simulated (\S+)\) *$/m.exec(head)?.[1];
  return header ?? (/^ *nettrace-1000 +\[000\] /m.test(head) ? "" : undefined);
}

/** Nobody read the counters. */
const NOTHING = (when: "before" | "after"): StateEvent => ({ ev: "state", when, counters: {}, proc: {} });

/** Enough of the first line to see what it is. */
const HEAD = 65_536;

/** The beginning of a file, and all of it. */
function peek(chunks: Iterable<Uint8Array>): {
  head: string;
  first: Uint8Array;
  all: Iterable<Uint8Array>;
} {
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
    first: held[0] ?? new Uint8Array(),
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
  if (!/^\s*\{/.test(head)) return "text";
  return /^\s*\{\s*"ev"/.test(head) ? "saved" : "cases";
}

function* flat(chunks: Iterable<Uint8Array>): Generator<string> {
  for (const some of linesOfChunks(chunks)) yield* some;
}
