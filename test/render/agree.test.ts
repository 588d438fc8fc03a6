// SPDX-License-Identifier: GPL-2.0-only
/** The formats agree with each other, on what the recorded cases do: networks, errors, fragments, timers, queues. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { parseView, type RawView } from "../../src/cli/view.ts";
import { El6 } from "../../src/kernels/index.ts";
import type { Machine, Release } from "../../src/kernels/release.ts";
import { chrome } from "../../src/render/chrome.ts";
import { folded } from "../../src/render/folded.ts";
import type { Out, Renderer, ViewOptions } from "../../src/render/format.ts";
import { ftrace } from "../../src/render/ftrace.ts";
import { speedscope } from "../../src/render/speedscope.ts";
import type { StateEvent } from "../../src/trace/event.ts";
import { type Step, stepOf } from "../../src/trace/step.ts";
import { runState } from "../oracle/passes.ts";
import { loadCases, ownData } from "../oracle/recording.ts";
import { QUIET } from "../oracle/worlds.ts";
import {
  chromeEvents,
  chromeOutline,
  ftraceOutline,
  type SpeedscopeFile,
  speedscopeOutline,
} from "./read-back.ts";
import { outlineOf } from "./run.ts";

/** Every so manieth case is run. */
const STRIDE = Number(process.env["NETTRACE_STRIDE"] ?? 12);

/** A release whose machines record every system call. */
function recording(into: Step[]): Release {
  const boot = (...args: Parameters<Release["boot"]>): Machine => {
    const machine = El6.boot(...args);
    const call = machine.syscall.bind(machine);
    machine.syscall = (what) => {
      const recorder = machine.newRecorder();
      machine.record(recorder);
      try {
        return call(what);
      } finally {
        machine.record(null);
        into.push(stepOf([...recorder]));
      }
    };
    return machine;
  };
  return { ...El6, boot };
}

/** What a format writes of these steps. */
function written(
  format: (out: Out, view: ViewOptions) => Renderer,
  view: ViewOptions,
  steps: readonly Step[],
): string {
  const text: unknown[] = [];
  const renderer = format({ write: (chunk) => void text.push(chunk) }, view);
  for (const step of steps) renderer.step(step);
  renderer.end?.({} as StateEvent);
  return text.join("");
}

const RAW: RawView = {
  format: [],
  depth: "all",
  only: [],
  hide: [],
  inline: true,
  args: true,
  why: true,
  hexdump: "headers",
  counters: "moved",
  strings: "32",
  trace: "send",
  traceOption: ["trace_printk"],
  output: [],
  color: "never",
  width: "auto",
  pager: true,
};

const cases = loadCases(join(ownData(), "cases")).filter((_, i) => i % STRIDE === 0);

test.each(cases.map((one) => [one.case, one] as const))("%s", async (_, one) => {
  const steps: Step[] = [];
  runState(recording(steps), one, QUIET);
  const tree = outlineOf(steps);
  const { view } = await parseView(RAW, memoryIo());
  expect(ftraceOutline(written(ftrace, view, steps))).toEqual(tree);
  expect(chromeOutline(chromeEvents(written(chrome, view, steps)))).toEqual(tree);
  expect(speedscopeOutline(JSON.parse(written(speedscope, view, steps)) as SpeedscopeFile)).toEqual(tree);
  const rows = written(folded, view, steps).split("\n").slice(0, -1);
  for (const row of rows) expect(Number(/ (\d+)$/.exec(row)?.[1])).toBeGreaterThan(0);
});
