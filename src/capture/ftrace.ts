// SPDX-License-Identifier: GPL-2.0-only
/** Recordings of real kernels by the function_graph tracer, as a trace: text of tracefs, of trace-cmd report, or bare names. */
import type { TraceEvent } from "../trace/event.ts";
import { CaptureError } from "./error.ts";
import { foreign } from "./foreign.ts";
import { mannerOf, readLine } from "./ftrace-line.ts";
import { CALLS, type Place, type Row, type Unreadable } from "./ftrace-row.ts";
import { type Lookup, Stack } from "./ftrace-stack.ts";

/** What of a recording was left out: for whoever wants to say so. */
export class Leavings {
  /** Lines that are no part of it, and the first of them. */
  skipped = 0;
  first: { readonly line: number; readonly text: string } | undefined;
  /** Places at which something is missing, and the line of the first. */
  gaps = 0;
  gap = 0;

  skip(line: number, text: string): void {
    this.skipped++;
    this.first ??= { line, text };
  }

  miss(line: number): void {
    if (this.gaps++ === 0) this.gap = line;
  }
}

/** The first lines tell how the others are to be read. */
const HEAD = 500;

/**
 * The trace of a recording. Each outermost call comes whole, when it has returned, so the tasks and CPUs of a recording
 * do not mix; memory is what is open. What the recording lost is closed where the indentation shows it. Throws CaptureError.
 */
export function* readFtrace(
  lines: Iterable<string>,
  lookup: Lookup = () => undefined,
  leavings: Leavings = new Leavings(),
): Generator<TraceEvent> {
  const iterator = lines[Symbol.iterator]();
  const head: string[] = [];
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
    head.push(next.value);
    if (head.length >= HEAD) break;
  }
  const manner = mannerOf(head);
  const tasks = new Tasks(lookup, manner.flat);
  let n = 0;
  let calls = 0;
  for (const line of both(head, iterator)) {
    n++;
    const row = readLine(line);
    if (row === null) continue;
    if (row.is === "unreadable" || (row.is === "enter" && row.form === "name" && !manner.names)) {
      if (!manner.lenient) throw problemOf(head, n, row);
      leavings.skip(n, line);
      continue;
    }
    if (row.is === "gap") leavings.miss(n);
    if (row.is === "enter") calls++;
    const problem = tasks.add(row);
    if (problem !== undefined) throw new CaptureError(n, 1, problem);
    yield* tasks.finished();
  }
  const other = calls === 0 ? foreign(head) : undefined;
  if (other !== undefined) throw new CaptureError(other.line, 1, other.text);
  yield* tasks.rest();
}

function* both(head: readonly string[], rest: Iterator<string>): Generator<string> {
  yield* head;
  for (let next = rest.next(); next.done !== true; next = rest.next()) yield next.value;
}

/** Perhaps the whole file is something else, which has a name. */
function problemOf(head: readonly string[], line: number, row: Row | Unreadable): CaptureError {
  const other = foreign(head);
  if (other !== undefined) return new CaptureError(other.line, 1, other.text);
  if (row.is === "unreadable") return new CaptureError(line, row.at + 1, `expected ${row.expected}`);
  return new CaptureError(line, 1, `expected ${CALLS}`);
}

/** Lines of a text, without their ends. */
export function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    yield text.slice(from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
  }
}

/** The stack of every task in the recording. */
class Tasks {
  private readonly lookup: Lookup;
  private readonly flat: boolean;
  private readonly stacks = new Map<string, Stack>();
  /** Which task a CPU runs, as far as the recording has said. */
  private readonly running = new Map<number, number>();
  private readonly done: TraceEvent[] = [];

  constructor(lookup: Lookup, flat: boolean) {
    this.lookup = lookup;
    this.flat = flat;
  }

  /** Take in a row. What is returned is what is wrong with it. */
  add(row: Row): string | undefined {
    if (row.is === "switch") return this.change(row.cpu ?? 0, row.from, row.to);
    if (row.is === "gap") {
      for (const stack of this.stacks.values()) stack.add(row);
      return undefined;
    }
    const stack = this.stack(this.key(row));
    const problem = stack.add(row);
    if (stack.depth === 0) for (const event of stack.take()) this.done.push(event);
    return problem;
  }

  /** Events of calls that have returned. */
  finished(): TraceEvent[] {
    return this.done.splice(0);
  }

  /** What is still open at the end: the last task's calls stay open, they may be why it ends. */
  *rest(): Generator<TraceEvent> {
    const open = [...this.stacks.values()].filter((s) => s.depth > 0);
    for (const [i, stack] of open.entries()) yield* stack.end(i < open.length - 1);
  }

  private stack(key: string): Stack {
    const stack = this.stacks.get(key) ?? new Stack(this.lookup, this.flat);
    this.stacks.set(key, stack);
    return stack;
  }

  private key({ cpu, pid }: Place): string {
    const task = pid ?? this.running.get(cpu ?? -1);
    return task === undefined || task === 0 ? `cpu ${cpu}` : `task ${task}`;
  }

  /** Until a CPU's first change its task has no number: now it has one. */
  private change(cpu: number, from: number, to: number): undefined {
    const nameless = this.stacks.get(`cpu ${cpu}`);
    if (nameless !== undefined && from !== 0 && !this.running.has(cpu)) {
      this.stacks.delete(`cpu ${cpu}`);
      this.stacks.set(`task ${from}`, nameless);
    }
    this.running.set(cpu, to);
  }
}
