// SPDX-License-Identifier: GPL-2.0-only
/** What the formats wrote, as outlines: readers of our own, which check on the way that calls nest. */
import { expect } from "vitest";
import { linesOf, readFtrace } from "../../src/capture/ftrace.ts";
import { LAYERS } from "../../src/trace/layer.ts";
import { syscalls } from "../../src/trace/tree.ts";
import { outline } from "./run.ts";

/** function_graph text, read as `nettrace capture` does. */
export function ftraceOutline(text: string): string[] {
  return [...syscalls(readFtrace(linesOf(text)))].flatMap((s) => outline(s.body));
}

/** An event of Chrome's format. */
export interface ChromeEvent {
  ph: string;
  name: string;
  cat?: string;
  ts: number;
  dur?: number;
  id?: number;
  pid: number;
  tid: number;
  args?: Record<string, unknown>;
}

/** The events of a file. */
export function chromeEvents(text: string): ChromeEvent[] {
  return (JSON.parse(text) as { traceEvents: ChromeEvent[] }).traceEvents;
}

/** Whole nanoseconds, as Perfetto takes them. */
export const ns = (us: number | undefined): number => Math.round((us ?? Number.NaN) * 1000);

/** Slices alone. */
export const slices = (all: readonly ChromeEvent[]): ChromeEvent[] => all.filter((e) => e.ph === "X");

/** The slices nested by nothing but their times: each with its depth. Throws where two overlap. */
function nest(all: readonly ChromeEvent[]): [number, ChromeEvent][] {
  const open: { end: number }[] = [];
  const order = slices(all).sort((a, b) => ns(a.ts) - ns(b.ts) || ns(b.dur) - ns(a.dur));
  return order.map((e) => {
    const [start, end] = [ns(e.ts), ns(e.ts) + ns(e.dur)];
    while (open.length > 0 && (open.at(-1)?.end ?? 0) <= start) open.pop();
    if (open.length > 0 && (open.at(-1)?.end ?? 0) < end) throw new Error(`${e.name} overlaps`);
    open.push({ end });
    return [open.length - 1, e];
  });
}

const isCall = (e: ChromeEvent): boolean =>
  (LAYERS as readonly string[]).includes(e.cat?.split(",")[0] ?? "");

/** The calls alone, as an outline: what is between them is no level. */
export function chromeOutline(all: readonly ChromeEvent[]): string[] {
  const above: boolean[] = [];
  return nest(all).flatMap(([depth, e]) => {
    above[depth] = isCall(e);
    const level = above.slice(0, depth).filter((is) => is).length;
    return isCall(e) ? [" ".repeat(level) + e.name] : [];
  });
}

/** A file of speedscope's. */
export interface SpeedscopeFile {
  $schema: string;
  name: string;
  shared: { frames: { name: string; file?: string }[] };
  profiles: {
    type: string;
    name: string;
    unit: string;
    startValue: number;
    endValue: number;
    events: { type: "O" | "C"; frame: number; at: number }[];
  }[];
}

/** The calls as an outline; what opens must close, in order, at times that only grow. */
export function speedscopeOutline(file: SpeedscopeFile): string[] {
  const [profile] = file.profiles;
  const lines: string[] = [];
  const open: number[] = [];
  let last = profile?.startValue ?? 0;
  for (const { type, frame, at } of profile?.events ?? []) {
    expect(at).toBeGreaterThanOrEqual(last);
    last = at;
    if (type === "O") {
      lines.push(" ".repeat(open.length) + file.shared.frames[frame]?.name);
      open.push(frame);
    } else expect(open.pop()).toBe(frame);
  }
  expect(open).toEqual([]);
  expect(profile?.endValue).toBeGreaterThanOrEqual(last);
  return lines;
}
