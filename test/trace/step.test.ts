// SPDX-License-Identifier: GPL-2.0-only
/** A trace cut into pieces: what belongs to a call, and what follows it. */
import { expect, test } from "vitest";
import type { TraceEvent } from "../../src/trace/event.ts";
import { isStep, pieces } from "../../src/trace/step.ts";

const ev = (event: object): TraceEvent => event as TraceEvent;
const call = [
  ev({ ev: "syscall", name: "sendto", text: "" }),
  ev({ ev: "sysret", name: "sendto", text: "" }),
];
const context = (name: string): TraceEvent[] => [
  ev({ ev: "context", depth: 0, name, on: true }),
  ev({ ev: "count", name: "rt.gc_total", by: 1, depth: 0 }),
  ev({ ev: "context", depth: 0, name, on: false }),
];
const verdict = ev({ ev: "verdict", what: "", change: [] });

test("what a call put off is the call's, and its verdict stays with it; what happens later is a step of its own", () => {
  const trace = [
    ...call,
    ...context("deferred work"),
    verdict,
    ...context("timer"),
    ...call,
    ...context("timer"),
    ...call,
  ];
  const steps = [...pieces(trace)].filter(isStep);
  expect(steps.map((step) => [step.events.length, step.verdict !== null])).toEqual([
    [5, true],
    [3, false],
    [2, false],
    [3, false],
    [2, false],
  ]);
});
