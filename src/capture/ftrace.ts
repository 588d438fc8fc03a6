// SPDX-License-Identifier: GPL-2.0-only
/** Recordings of real kernels by the function_graph tracer, as a trace: text of tracefs, of trace-cmd report, or bare names. */
import type { TraceEvent } from "../trace/event.ts";
import { CaptureError } from "./error.ts";
import { type Place, parseRow, type Row } from "./ftrace-row.ts";
import { type Lookup, Stack } from "./ftrace-stack.ts";

/**
 * The trace of a recording. Each outermost call comes whole, when it has returned, so the tasks and CPUs of a recording
 * do not mix; memory is what is open. What the recording lost is closed where the indentation shows it.
 */
export function* readFtrace(
  lines: Iterable<string>,
  lookup: Lookup = () => undefined,
): Generator<TraceEvent> {
  const tasks = new Tasks(lookup);
  let n = 0;
  for (const line of lines) {
    n++;
    const row = parseRow(line.endsWith("\r") ? line.slice(0, -1) : line);
    if (row === null) continue;
    if (row.is === "unreadable") throw new CaptureError(n, row.at + 1, `expected ${row.expected}`);
    const problem = tasks.add(row);
    if (problem !== undefined) throw new CaptureError(n, 1, problem);
    yield* tasks.finished();
  }
  yield* tasks.rest();
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
  private readonly stacks = new Map<string, Stack>();
  /** Which task a CPU runs, as far as the recording has said. */
  private readonly running = new Map<number, number>();
  private readonly done: TraceEvent[] = [];

  constructor(lookup: Lookup) {
    this.lookup = lookup;
  }

  /** Take in a row. What is returned is what is wrong with it. */
  add(row: Row): string | undefined {
    if (row.is === "switch") return this.change(row.cpu ?? 0, row.from, row.to);
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
    const stack = this.stacks.get(key) ?? new Stack(this.lookup);
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
