// SPDX-License-Identifier: GPL-2.0-only
/** The axis of time above the lanes. */
import { px } from "./bars.ts";

/** A scale from virtual nanoseconds to pixels. */
export interface Scale {
  readonly start: number;
  readonly end: number;
  readonly x: (time: number) => number;
}

/** A scale that puts the times from `start` to `end` between two places. */
export function scale(start: number, end: number, left: number, right: number): Scale {
  const span = end > start && Number.isFinite(end - start) ? end - start : 1;
  const x = (time: number): number =>
    left + Math.min(1, Math.max(0, (time - start) / span || 0)) * (right - left);
  return { start, end: start + span, x };
}

/** About eight ticks at round times since the call began, with lines down to `height`. */
export function axis({ start, end, x }: Scale, height: number): string {
  const step = round((end - start) / 8);
  let out = "";
  for (let i = 0; i * step <= end - start && i < 20; i++) {
    const at = px(x(start + i * step));
    out += `<line class="tick" x1="${at}" y1="0" x2="${at}" y2="${px(height)}"/>`;
    out += `<text class="sans soft" x="${at}" y="-6" text-anchor="${i === 0 ? "start" : "middle"}">${label(i * step)}</text>`;
  }
  return out;
}

/** The next larger of 1, 2, 5, 10, 20, 50 … */
function round(step: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, step)));
  return ([1, 2, 5, 10].find((n) => n * magnitude >= step) ?? 10) * magnitude;
}

function label(ns: number): string {
  if (ns === 0) return "0 (virtual clock)";
  return ns < 1000 ? `${ns} ns` : `${Math.round(ns / 10) / 100} µs`;
}
