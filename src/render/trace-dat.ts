// SPDX-License-Identifier: GPL-2.0-only
/** trace.dat, version 6: what trace-cmd records on el6 with the function_graph tracer (trace-cmd.dat.v6(5)). */

import { isReason, type MachineEvent } from "../trace/event.ts";
import { showFacts } from "../trace/show.ts";
import { COST, type TimedCall, type TimedLeaf, VirtualClock } from "../trace/time.ts";
import { Packed } from "../wire/packed.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { tracerOptions } from "./ftrace-options.ts";
import { PAGE_SIZE, RingBuffer } from "./ring-buffer.ts";
import { SymbolTable } from "./symbol-table.ts";
import { CLOCK_NOTICE, TASK, timed, type Visitor, visit } from "./timed.ts";
import { isReal, kernelOf } from "./title.ts";
import { EVENT_FORMATS, HEADER_EVENT, HEADER_PAGE, TRACE_TYPE } from "./trace-dat-formats.ts";

/** The format. The file says first how long it is, so its pages (100 bytes a call) are held until the end. */
export function traceDat(out: Out, view: ViewOptions): Renderer {
  const clock = new VirtualClock();
  const recording = new Recording(tracerOptions(view).has("trace_printk"));
  let machine: MachineEvent | undefined;
  return {
    head(event) {
      machine = event;
      recording.notice(COST.boot, `${CLOCK_NOTICE} (${kernelOf(event)})`);
    },
    step: (step) => visit(timed(step, clock, view.selection).body, recording),
    end() {
      recording.buffer.flush();
      out.write(fileHeader(recording, machine));
      for (const page of recording.buffer.pages) out.write(page);
    },
  };
}

/** Where el6 on x86-64 has the kernel's text: the upper half of every address in it, and the lower of the first. */
const TEXT_HIGH = 0xffffffff;
const TEXT_LOW = 0x81000000;
/** common_flags of what runs in a softirq (TRACE_FLAG_SOFTIRQ). */
const IN_SOFTIRQ = 0x10;

/** Writes calls as the tracer's records. */
class Recording implements Visitor {
  readonly buffer: RingBuffer = new RingBuffer();
  readonly symbols: SymbolTable = new SymbolTable();
  private readonly reasons: boolean;
  private readonly record = new Packed();
  private softirqs = 0;

  constructor(reasons: boolean) {
    this.reasons = reasons;
  }

  enter(call: TimedCall, depth: number): void {
    this.begin(TRACE_TYPE.funcgraph_entry).address(call.fn);
    this.record.u32(depth).u32(0);
    this.buffer.add(call.start, this.record.take());
  }

  exit(call: TimedCall, depth: number): void {
    this.begin(TRACE_TYPE.funcgraph_exit).address(call.fn);
    this.record.u64(call.start).u64(call.end).u64(0).u32(depth).u32(0);
    this.buffer.add(call.end, this.record.take());
  }

  leaf(leaf: TimedLeaf): void {
    if (!isReason(leaf) || !this.reasons) return;
    const facts = leaf.facts === undefined ? "" : `: ${showFacts(leaf.facts, leaf.fn)}`;
    this.print(leaf.at, leaf.fn === "" ? MARKER : leaf.fn, leaf.text + facts);
  }

  context(context: { readonly name: string }, begins: boolean): void {
    if (context.name === "softirq") this.softirqs += begins ? 1 : -1;
  }

  /** What a write to trace_marker leaves. */
  notice(at: number, text: string): void {
    this.print(at, MARKER, text);
  }

  private print(at: number, fn: string, text: string): void {
    this.begin(TRACE_TYPE.print).address(fn);
    this.record.text(`${clean(text)}\n`).u8(0);
    this.buffer.add(at, this.record.take());
  }

  /** The fields that every record has, and the padding behind them. */
  private begin(type: number): this {
    const flags = this.softirqs > 0 ? IN_SOFTIRQ : 0;
    this.record.u16(type).u8(flags).u8(0).u32(TASK.pid).u32(0xffffffff).u32(0);
    return this;
  }

  private address(fn: string): void {
    this.record.halves(TEXT_HIGH, TEXT_LOW + this.symbols.offset(fn));
  }
}

/** The function that writes what is put into trace_marker. */
const MARKER = "tracing_mark_write";
/** A record must fit its page with room to spare. */
const LONGEST_TEXT = 1000;

function clean(text: string): string {
  return text
    .slice(0, LONGEST_TEXT)
    .replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Options behind the first part of the file: their numbers. */
const OPTION = { end: 0, uname: 5 } as const;

/** All before the pages, which begin on a page of their own. */
function fileHeader(recording: Recording, machine: MachineEvent | undefined): Uint8Array {
  const head = new Packed();
  head.raw(new Uint8Array([0x17, 0x08, 0x44])).text("tracing6\0");
  head.u8(0).u8(8).u32(PAGE_SIZE); // little-endian, eight bytes in a long
  sized(head.text("header_page\0"), HEADER_PAGE);
  sized(head.text("header_event\0"), HEADER_EVENT);
  head.u32(EVENT_FORMATS.length);
  for (const format of EVENT_FORMATS) sized(head, format);
  head.u32(0); // event systems
  const kallsyms = recording.symbols.lines(
    (fn, offset) => `${TEXT_HIGH.toString(16)}${(TEXT_LOW + offset).toString(16)} T ${fn}\n`,
  );
  head.u32(new TextEncoder().encode(kallsyms).length).text(kallsyms);
  head.u32(0); // printk formats
  sized(head, `${TASK.pid} ${TASK.comm}\n`);
  head.u32(1); // CPUs
  const origin = machine !== undefined && isReal(machine) ? "recorded" : "simulated";
  const system = `Linux nettrace ${machine?.uname ?? ""} (${origin}; ${CLOCK_NOTICE})\0`;
  head
    .text("options  \0")
    .u16(OPTION.uname)
    .u32(new TextEncoder().encode(system).length)
    .text(system)
    .u16(OPTION.end);
  head.text("flyrecord\0");
  const begin = Math.ceil((head.length + 16) / PAGE_SIZE) * PAGE_SIZE;
  return head
    .u64(begin)
    .u64(recording.buffer.pages.length * PAGE_SIZE)
    .align(PAGE_SIZE)
    .take();
}

/** A text of ASCII behind its length. */
function sized(to: Packed, text: string): void {
  to.u64(text.length).text(text);
}
