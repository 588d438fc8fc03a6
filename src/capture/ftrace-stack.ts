// SPDX-License-Identifier: GPL-2.0-only
/** One task's open calls while a function_graph recording is read: rows in, events out, with what was lost repaired. */
import type { TraceEvent, Value } from "../trace/event.ts";
import type { Row } from "./ftrace-row.ts";
import { MAX_DEPTH } from "./shape.ts";

/** What is known of a function by its name. */
export interface Known {
  readonly file: string;
  readonly inline: boolean;
}

/** Look a function up; undefined where nothing is known of it. */
export type Lookup = (fn: string) => Known | undefined;

interface Frame {
  /** Empty for an interrupt. */
  readonly fn: string;
  readonly indent: number;
  readonly named: boolean;
}

/** One task's open calls, and the events since its last outermost call. */
export class Stack {
  private readonly lookup: Lookup;
  private readonly frames: Frame[] = [];
  private events: TraceEvent[] = [];
  /** Frames that are calls. */
  private calls = 0;

  /** Braces alone tell what is inside of what. */
  private readonly flat: boolean;

  constructor(lookup: Lookup, flat = false) {
    this.lookup = lookup;
    this.flat = flat;
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
    else if (row.is === "gap" && this.depth > 0) this.note(row.text);
    else if (row.is === "irq") this.irq(row.on);
    return undefined;
  }

  /** Close what is open, and take all. */
  end(all: boolean): TraceEvent[] {
    while (this.depth > 0 && (all || this.frames.at(-1)?.named === true)) this.close({});
    return this.take();
  }

  private enter(row: Row & { is: "enter" }): string | undefined {
    const indent = this.flat ? this.depth : row.indent;
    while ((this.frames.at(-1)?.indent ?? -1) >= indent) this.close({});
    const named = row.form === "name";
    if (this.depth >= MAX_DEPTH) return `calls are nested deeper than ${MAX_DEPTH}`;
    if (named && row.indent > this.depth)
      return `expected an indentation of at most ${this.depth} before '${row.fn}'`;
    const { file = "", inline = false } =
      this.lookup(row.fn) ?? this.lookup(row.fn.replace(/\..*/, "")) ?? {};
    this.events.push({ ev: "enter", fn: row.fn, file, inline, depth: this.calls, args: row.args });
    this.frames.push({ fn: row.fn, indent, named });
    this.calls++;
    if (row.form === "leaf") this.close("ret" in row ? { ret: row.ret as Value } : {});
    return undefined;
  }

  /** A brace whose call began before the recording closes nothing. */
  private exit(at: number, ret: { ret?: Value }): void {
    const indent = this.flat ? (this.frames.at(-1)?.indent ?? -1) : at;
    while ((this.frames.at(-1)?.indent ?? -1) > indent) this.close({});
    if (this.frames.at(-1)?.indent === indent) this.close(ret);
  }

  private note(text: string): void {
    const fn = this.frames.findLast((f) => f.fn !== "")?.fn ?? "";
    this.events.push({ ev: "note", fn, depth: this.calls, text });
  }

  private irq(on: boolean): void {
    if (!on && !this.frames.some((f) => f.fn === "")) return;
    if (on && this.depth < MAX_DEPTH) {
      this.events.push({ ev: "context", depth: this.calls, name: "irq", on });
      this.frames.push({ fn: "", indent: -1, named: false });
    } else if (!on) while (this.close({}).fn !== "");
  }

  private close(ret: { ret?: Value }): Frame {
    const frame = this.frames.pop() as Frame;
    if (frame.fn === "") this.events.push({ ev: "context", depth: this.calls, name: "irq", on: false });
    else this.events.push({ ev: "exit", fn: frame.fn, depth: --this.calls, ...ret });
    return frame;
  }
}
