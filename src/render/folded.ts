// SPDX-License-Identifier: GPL-2.0-only
/** Folded stacks, as Brendan Gregg's flamegraph.pl reads them: one line a stack, its weight in virtual nanoseconds. */
import { type TimedItem, VirtualClock } from "../trace/time.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { TASK, timed } from "./timed.ts";

/** The frame under all others: the format has no place for a comment. */
const ROOT = `${TASK.comm} (virtual clock)`;

/** The format. A stack that comes again is added up, so memory is as many stacks as there are ways through the code. */
export function folded(out: Out, view: ViewOptions): Renderer {
  const clock = new VirtualClock();
  const weights = new Map<string, number>();
  return {
    step: (step) => void add(timed(step, clock, view.selection).body, ROOT, weights),
    end() {
      let text = "";
      for (const [stack, ns] of weights) text += `${stack} ${ns}\n`;
      out.write(text);
    },
  };
}

/** Add each call's own time under its stack; what is returned is the time of all. */
function add(body: readonly TimedItem[], stack: string, weights: Map<string, number>): number {
  let sum = 0;
  for (const item of body) {
    if (item.ev === "in") sum += add(item.body, stack, weights);
    if (item.ev !== "call") continue;
    const whole = item.end - item.start;
    const mine = `${stack};${item.fn}`;
    weights.set(mine, weights.get(mine) ?? 0); // callers stand before what they call
    const own = whole - add(item.body, mine, weights);
    weights.set(mine, (weights.get(mine) ?? 0) + own);
    sum += whole;
  }
  return sum;
}
