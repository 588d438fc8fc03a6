// SPDX-License-Identifier: GPL-2.0-only
/** function_graph text as el6 writes it (kernel/trace/trace_functions_graph.c), to the column. */

import { isReason } from "../trace/event.ts";
import { showFacts } from "../trace/show.ts";
import { type TimedCall, type TimedItem, type TimedLeaf, VirtualClock } from "../trace/time.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { type TraceOption, type TraceOptions, tracerOptions } from "./ftrace-options.ts";
import { argument, returned } from "./register.ts";
import { CLOCK_NOTICE, TASK, timed } from "./timed.ts";
import { kernelOf } from "./title.ts";

/** The format: header, then the rows of each step. */
export function ftrace(out: Out, view: ViewOptions): Renderer {
  const clock = new VirtualClock();
  const options = tracerOptions(view);
  return {
    head: (machine) => out.write(header(options, kernelOf(machine))),
    step(step) {
      const rows = new Rows(options);
      rows.body(timed(step, clock, view.selection).body, 0);
      out.write(rows.text);
    },
  };
}

/** Each column of the header: its option, and its two lines. */
const COLUMNS: readonly (readonly [TraceOption, string, string])[] = [
  ["funcgraph-abstime", "     TIME       ", "      |         "],
  ["funcgraph-cpu", " CPU", " |  "],
  ["funcgraph-proc", "  TASK/PID       ", "   |    |        "],
  ["funcgraph-duration", "  DURATION   ", "   |   |      "],
];

function header(options: TraceOptions, kernel: string): string {
  const on = COLUMNS.filter(([option]) => options.has(option));
  const names = on.map(([, name]) => name).join("");
  const marks = on.map(([, , mark]) => mark).join("");
  return (
    `# tracer: function_graph\n#\n#${names}               FUNCTION CALLS\n` +
    `#${marks}               |   |   |   |\n# ${CLOCK_NOTICE} (${kernel})\n`
  );
}

class Rows {
  text = "";
  private readonly on: TraceOptions;
  private readonly cpuAndProc: string;

  constructor(on: TraceOptions) {
    this.on = on;
    const cpu = on.has("funcgraph-cpu") ? ` ${TASK.cpu}) ` : "";
    this.cpuAndProc = cpu + (on.has("funcgraph-proc") ? `${proc()} | ` : "");
  }

  body(items: readonly TimedItem[], depth: number): void {
    for (const item of items) {
      if (item.ev === "call") this.call(item, depth);
      else if (item.ev === "in") this.body(item.body, depth);
      else this.comment(item, depth);
    }
  }

  private call(call: TimedCall, depth: number): void {
    const { start, end } = call;
    const args = this.on.has("funcgraph-args") ? formatArguments(call) : "";
    if (call.returned && !call.body.some((i) => this.prints(i))) {
      const said = this.said(call);
      const tail = said === "" ? "" : ` /* ${said} */`;
      this.row(start, end - start, depth, `${call.fn}(${args});${tail}`);
      return;
    }
    this.row(start, null, depth, `${call.fn}(${args}) {`);
    this.body(call.body, depth + 1);
    if (!call.returned) return;
    const said = this.said(call);
    const named = said !== "" || this.on.has("funcgraph-tail") ? [call.fn, said] : [];
    const tail = named.filter((w) => w !== "").join(" ");
    this.row(end, end - start, depth, tail === "" ? "}" : `} /* ${tail} */`);
  }

  /** Whether anything of this item is printed: else the call that it stands in is a leaf. */
  private prints(item: TimedItem): boolean {
    if (item.ev === "in") return item.body.some((i) => this.prints(i));
    return item.ev === "call" || (isReason(item) && this.on.has("trace_printk"));
  }

  /** `ret=0x0`; a void function says nothing (a kernel would show what its register held). */
  private said(call: TimedCall): string {
    return this.on.has("funcgraph-retval") && call.ret !== undefined ? `ret=${returned(call.ret)}` : "";
  }

  /** A reason, indented as el6 does it: not at all directly inside an outermost function. */
  private comment(leaf: TimedLeaf, depth: number): void {
    if (!isReason(leaf) || !this.on.has("trace_printk")) return;
    const facts = leaf.facts === undefined ? "" : `: ${showFacts(leaf.facts, leaf.fn)}`;
    this.row(leaf.at, null, depth > 1 ? depth : 0, `/* ${comment(leaf.text + facts)} */`);
  }

  /** `duration` is null where a row has none: a call begins, a comment. */
  private row(at: number, duration: number | null, depth: number, text: string): void {
    const time = this.on.has("funcgraph-abstime") ? `${seconds(at)} |  ` : "";
    const took = this.on.has("funcgraph-duration") ? this.duration(duration) : "";
    this.text += `${time}${this.cpuAndProc}${took}${"  ".repeat(depth)}${text}\n`;
  }

  private duration(ns: number | null): string {
    if (ns === null) return "              |  ";
    const mark = !this.on.has("funcgraph-overhead") ? " " : ns > 100_000 ? "!" : ns > 10_000 ? "+" : " ";
    return `${mark} ${microseconds(ns)}|  `;
  }
}

/** `comm-pid`, the name cut at seven letters, in the middle of 14 columns. */
function proc(): string {
  const text = `${TASK.comm.slice(0, 7)}-${TASK.pid}`;
  const spaces = Math.max(0, 14 - text.length);
  const left = Math.floor(spaces / 2);
  return " ".repeat(left) + text + " ".repeat(spaces - left);
}

/** Seconds and microseconds: `%5lu.%06lu`. */
function seconds(ns: number): string {
  const us = Math.floor(ns / 1000);
  return `${String(Math.floor(us / 1_000_000)).padStart(5)}.${String(us % 1_000_000).padStart(6, "0")}`;
}

/** Microseconds in at most seven digits: `1.382 us    `, `12345.67 us `. */
function microseconds(ns: number): string {
  const whole = String(Math.floor(ns / 1000));
  const rest = String(ns % 1000)
    .padStart(3, "0")
    .slice(0, Math.max(0, 7 - whole.length));
  const digits = whole.length + rest.length;
  return `${whole}${whole.length < 7 ? `.${rest}` : ""} us ${" ".repeat(Math.max(0, 7 - digits))}`;
}

/** As many arguments as there are registers for them. */
const REGISTERS = 6;

function formatArguments(call: TimedCall): string {
  const list = Object.entries(call.args).map(([name, value]) => argument(name, value));
  return (list.length > REGISTERS ? [...list.slice(0, REGISTERS), "..."] : list).join(", ");
}

/** Text that stays inside its comment and on its line. */
function comment(text: string): string {
  const clean = text.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return clean.replaceAll("*/", "* /");
}
