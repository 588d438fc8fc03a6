// SPDX-License-Identifier: GPL-2.0-only
/** speedscope's own file: one evented profile (https://www.speedscope.app/file-format-schema.json). */

import type { Step } from "../trace/step.ts";
import { COST, type TimedCall, type TimedSyscall, VirtualClock } from "../trace/time.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { JsonList, jsonText } from "./json-text.ts";
import { TASK, timed, visit } from "./timed.ts";
import { isReal, kernelOf } from "./title.ts";

/** The format. Events are written as they come, the functions' names at the end. */
export function speedscope(out: Out, view: ViewOptions): Renderer {
  const profile = new Profile(view);
  let begun = false;
  const begin = (name = ""): void => {
    if (!begun) out.write(head(name));
    begun = true;
  };
  return {
    head: (machine) => begin(isReal(machine) ? kernelOf(machine) : `a ${kernelOf(machine)}`),
    step(step) {
      begin();
      out.write(profile.step(step));
    },
    end() {
      begin();
      out.write(`\n],\n"endValue":${profile.last}}],\n"shared":{"frames":[\n${profile.frameList()}\n]}}\n`);
    },
  };
}

/** All before the events. */
function head(kernel: string): string {
  const file = {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    exporter: TASK.comm,
    name: `${TASK.comm} on ${kernel} (virtual clock)`,
    activeProfileIndex: 0,
  };
  const profile = {
    type: "evented",
    name: `${TASK.comm} (virtual clock)`,
    unit: "nanoseconds",
    startValue: COST.boot,
  };
  return `${jsonText(file).slice(0, -1)},\n"profiles":[${jsonText(profile).slice(0, -1)},\n"events":[\n`;
}

/** Frames by number, and the events of one step after the other. */
class Profile {
  /** The time of the last event. */
  last: number = COST.boot;
  private readonly view: ViewOptions;
  private readonly clock = new VirtualClock();
  private readonly list = new JsonList();
  private readonly numbers = new Map<string, number>();
  private readonly frames: object[] = [];

  constructor(view: ViewOptions) {
    this.view = view;
  }

  step(step: Step): string {
    return this.list.add(this.events(timed(step, this.clock, this.view.selection)));
  }

  /** The functions, a line each. */
  frameList(): string {
    return this.frames.map(jsonText).join(",\n");
  }

  /** Opened and closed as the format wants it: what never returned is closed where the step ends. */
  private events(tree: TimedSyscall): object[] {
    const events: object[] = [];
    const open: number[] = [];
    const close = (frame: number, at: number): void => void events.push({ type: "C", frame, at });
    visit(tree.body, {
      enter: (call) => {
        open.push(this.frame(call));
        events.push({ type: "O", frame: open.at(-1), at: call.start });
      },
      exit: (call) => close(open.pop() as number, call.end),
    });
    for (const frame of open.reverse()) close(frame, tree.end);
    if (tree.end > this.last) this.last = tree.end;
    return events;
  }

  private frame({ fn, file }: TimedCall): number {
    const known = this.numbers.get(fn);
    if (known !== undefined) return known;
    this.numbers.set(fn, this.frames.length);
    return this.frames.push(file === "" ? { name: fn } : { name: fn, file }) - 1;
  }
}
