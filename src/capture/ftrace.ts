// SPDX-License-Identifier: GPL-2.0-only
/** Recordings of real kernels by the function_graph tracer, as a trace: text of tracefs, of trace-cmd report, or bare names. */
import type { TraceEvent, Value } from "../trace/event.ts";
import { CaptureError } from "./error.ts";
import { type Place, parseRow, type Row } from "./ftrace-row.ts";

/** What is known of a function by its name. */
export interface Known {
  readonly file: string;
  readonly inline: boolean;
}

/** Look a function up; undefined where nothing is known of it. */
export type Lookup = (fn: string) => Known | undefined;

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

interface Frame {
  /** Empty for an interrupt. */
  readonly fn: string;
  readonly indent: number;
  readonly named: boolean;
}

/** One task's open calls, and the events since its last outermost call. */
class Stack {
  private readonly lookup: Lookup;
  private readonly frames: Frame[] = [];
  private events: TraceEvent[] = [];
  /** Frames that are calls. */
  private calls = 0;

  constructor(lookup: Lookup) {
    this.lookup = lookup;
  }

  get depth(): number {
    return this.frames.length;
  }

  take(): TraceEvent[] {
    const events = this.events;
    this.events = [];
    return events;
  }

  add(row: Row): string | undefined {
    if (row.is === "enter") return this.enter(row);
    if (row.is === "exit") this.exit(row.indent, "ret" in row ? { ret: row.ret as Value } : {});
    else if (row.is === "note") this.note(row.text);
    else if (row.is === "irq") this.irq(row.on);
    return undefined;
  }

  /** Close what is open, and take all. */
  end(all: boolean): TraceEvent[] {
    while (this.depth > 0 && (all || this.frames.at(-1)?.named === true)) this.close({});
    return this.take();
  }

  private enter(row: Row & { is: "enter" }): string | undefined {
    while ((this.frames.at(-1)?.indent ?? -1) >= row.indent) this.close({});
    const named = row.form === "name";
    if (named && row.indent > this.depth) return `expected at most ${this.depth} blanks before '${row.fn}'`;
    const { file = "", inline = false } =
      this.lookup(row.fn) ?? this.lookup(row.fn.replace(/\..*/, "")) ?? {};
    this.events.push({ ev: "enter", fn: row.fn, file, inline, depth: this.calls, args: row.args });
    this.frames.push({ fn: row.fn, indent: row.indent, named });
    this.calls++;
    if (row.form === "leaf") this.close("ret" in row ? { ret: row.ret as Value } : {});
    return undefined;
  }

  /** A brace whose call began before the recording closes nothing. */
  private exit(indent: number, ret: { ret?: Value }): void {
    while ((this.frames.at(-1)?.indent ?? -1) > indent) this.close({});
    if (this.frames.at(-1)?.indent === indent) this.close(ret);
  }

  private note(text: string): void {
    const fn = this.frames.findLast((f) => f.fn !== "")?.fn ?? "";
    this.events.push({ ev: "note", fn, depth: this.calls, text });
  }

  private irq(on: boolean): void {
    if (!on && !this.frames.some((f) => f.fn === "")) return;
    if (on) {
      this.events.push({ ev: "context", depth: this.calls, name: "irq", on });
      this.frames.push({ fn: "", indent: -1, named: false });
    } else while (this.close({}).fn !== "");
  }

  private close(ret: { ret?: Value }): Frame {
    const frame = this.frames.pop() as Frame;
    if (frame.fn === "") this.events.push({ ev: "context", depth: this.calls, name: "irq", on: false });
    else this.events.push({ ev: "exit", fn: frame.fn, depth: --this.calls, ...ret });
    return frame;
  }
}
