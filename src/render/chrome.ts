// SPDX-License-Identifier: GPL-2.0-only
/** Chrome's trace events as JSON ("Trace Event Format", Google 2016), which Perfetto and chrome://tracing load. */
import type { MachineEvent, StateEvent, Value, VerdictEvent } from "../trace/event.ts";
import type { Step } from "../trace/step.ts";
import { COST, type TimedCall, type TimedContext, type TimedItem, VirtualClock } from "../trace/time.ts";
import { argumentTexts, returnText } from "./chrome-args.ts";
import type { ChromeEvent } from "./chrome-event.ts";
import { ChromeLeaves } from "./chrome-leaves.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { storyLine, whyOf } from "./head.ts";
import { JsonList, jsonText } from "./json-text.ts";
import { formatCall } from "./strace.ts";
import { CLOCK_NOTICE, TASK, timed } from "./timed.ts";

/** The format: slices for calls, instants for what they say, counters, and flows from a frame sent to a frame received. */
export function chrome(out: Out, view: ViewOptions): Renderer {
  const clock = new VirtualClock();
  const list = new JsonList();
  let leaves = new ChromeLeaves(view, {});
  let begun = false;
  const begin = (machine?: MachineEvent, before?: StateEvent): void => {
    if (begun) return;
    begun = true;
    leaves = new ChromeLeaves(view, before?.counters ?? {});
    out.write(`{"displayTimeUnit":"ns",\n"otherData":${jsonText(about(machine))},\n"traceEvents":[\n`);
    out.write(list.add(METADATA));
  };
  return {
    head: begin,
    step(step) {
      begin();
      out.write(list.add(new Slices(view, leaves).step(step, clock)));
    },
    end() {
      begin();
      out.write("\n]}\n");
    },
  };
}

function about(machine: MachineEvent | undefined): { readonly [name: string]: Value } {
  const { uname = "", network = "", seed = 0, recorded, simulated } = machine ?? {};
  const kernel = `${uname} (simulated)`.trimStart();
  if (simulated === true) return { clock: CLOCK_NOTICE, kernel, read: recorded ?? "" };
  if (recorded !== undefined) return { clock: CLOCK_NOTICE, recorded };
  return { clock: CLOCK_NOTICE, kernel, network, seed };
}

/** Every event is of the one thread. */
const THREAD = { pid: TASK.pid, tid: TASK.pid } as const;
const METADATA: readonly object[] = [
  { ph: "M", name: "process_name", ...THREAD, args: { name: `${TASK.comm} (virtual clock)` } },
  { ph: "M", name: "thread_name", ...THREAD, args: { name: TASK.comm } },
];

/** Nanoseconds as the format's microseconds; a double holds them to the nanosecond. */
function microseconds(ns: number): number {
  return ns / 1000;
}

/** The events of one step. */
class Slices {
  private readonly view: ViewOptions;
  private readonly leaves: ChromeLeaves;
  private readonly events: object[] = [];

  constructor(view: ViewOptions, leaves: ChromeLeaves) {
    this.view = view;
    this.leaves = leaves;
  }

  step(step: Step, clock: VirtualClock): readonly object[] {
    const tree = timed(step, clock, this.view.selection);
    this.leaves.findFlows(tree.body);
    if (tree.call !== null) {
      const args = { call: formatCall(tree.call, tree.ret, this.view.stringLimit) };
      this.slice(tree.call.name, "syscall", tree.start, tree.end, args);
    }
    this.body(tree.body);
    if (step.verdict !== null) this.verdict(step, step.verdict, tree.end);
    return this.events;
  }

  private verdict(step: Step, { decided, change }: VerdictEvent, ts: number): void {
    const by =
      decided === undefined ? {} : { decided: `${decided.fn} (${decided.file})`, why: whyOf(decided) };
    this.put({ ph: "i", name: storyLine(step), cat: "verdict", ts, s: "p", args: { ...by, tried: change } });
  }

  private put(event: ChromeEvent): void {
    const { ts = COST.boot, dur, ...rest } = event;
    const times = dur === undefined ? {} : { dur: microseconds(dur) };
    this.events.push({ ...rest, ts: microseconds(ts), ...times, ...THREAD });
  }

  private slice(name: string, cat: string, start: number, end: number, args: ChromeEvent["args"] = {}): void {
    this.put({ ph: "X", name, cat, ts: start, dur: end - start, args });
  }

  private body(items: readonly TimedItem[]): void {
    for (const item of items) {
      if (item.ev === "call") this.call(item);
      else if (item.ev === "in") this.context(item);
      else for (const event of this.leaves.events(item)) this.put(event);
    }
  }

  private call(call: TimedCall): void {
    const args = { "C file": call.file, ...(this.view.args ? argumentTexts(call) : {}), ...returnText(call) };
    this.slice(call.fn, call.inline ? `${call.layer},inline` : call.layer, call.start, call.end, args);
    this.body(call.body);
  }

  private context(context: TimedContext): void {
    this.slice(context.name, "context", context.start, context.end);
    this.body(context.body);
  }
}
