// SPDX-License-Identifier: GPL-2.0-only
/** Two traces made comparable: the same outermost calls, and of each side only what the other could have seen. */

import { PARTLY_INLINED } from "../capture/partly-inlined.ts";
import { callsOf, outermost, without } from "../trace/diff.ts";
import type { TraceEvent } from "../trace/event.ts";
import { commonName } from "../trace/names.ts";
import { type Selection, select } from "../trace/select.ts";
import { type Call, eachCall, syscalls } from "../trace/tree.ts";

/** One side of a comparison. */
export interface Side {
  readonly name: string;
  /** Read from a recording of a real kernel. */
  readonly recorded: boolean;
  readonly calls: readonly Call[];
}

/** What was taken out of a side before it was compared: names, with how often. */
export type LeftOut = ReadonlyMap<string, number>;

/** All outermost calls of a trace, as far as they are selected. */
export function sideOf(name: string, trace: Iterable<TraceEvent>, selection: Selection): Side {
  let recorded = false;
  const calls: Call[] = [];
  const events = function* (): Generator<TraceEvent> {
    for (const event of trace) {
      if (event.ev === "machine") recorded = event.recorded !== undefined;
      yield event;
    }
  };
  for (const { body } of syscalls(events())) calls.push(...callsOf(select(body, selection)));
  return { name, recorded, calls };
}

/** Both sides, and what was left out of each. */
export function comparable(a: Side, b: Side, strangers: boolean): [Side, Side, LeftOut, LeftOut] {
  const [left, right] = aligned(a, b);
  const [x, outOfX] = seenBy(left, right, strangers);
  const [y, outOfY] = seenBy(right, left, strangers);
  return [x, y, outOfX, outOfY];
}

/** A recording may begin with another function than the system call: each side from where the other begins. */
function aligned(a: Side, b: Side): [Side, Side] {
  const names = (side: Side): Set<string> => new Set(side.calls.map((c) => commonName(c.fn)));
  const [left, right] = [outermost(a.calls, names(b)), outermost(b.calls, names(a))];
  if (left.length === 0 && right.length === 0) return [a, b];
  return [left.length === 0 ? a : { ...a, calls: left }, right.length === 0 ? b : { ...b, calls: right }];
}

/**
 * Beside a recording, what the compiler inlined cannot be there, unless the recording shows it. Beside the
 * simulator, functions that it does not know at all (locks, memory, other kernels' own) say nothing.
 */
function seenBy(side: Side, other: Side, strangers: boolean): [Side, LeftOut] {
  if (side.recorded === other.recorded) return [side, new Map()];
  const leftOut = new Map<string, number>();
  const unseen = side.recorded ? isStranger(other, strangers) : isInlined(other);
  const unsure = isOrdinaryBuild(side.recorded ? side : other) ? PARTLY_INLINED : NOTHING;
  const drop = (call: Call): boolean => {
    if (unsure.has(commonName(call.fn))) return true;
    if (!unseen(call)) return false;
    if (side.recorded) leftOut.set(call.fn, (leftOut.get(call.fn) ?? 0) + 1);
    return true;
  };
  return [{ ...side, calls: without(side.calls, drop) }, leftOut];
}

const NOTHING: ReadonlySet<string> = new Set();

function isStranger(simulated: Side, wanted: boolean): (call: Call) => boolean {
  const shown = namesOf(simulated.calls);
  return (call) => !wanted && call.file === "" && !shown.has(commonName(call.fn));
}

function isInlined(recording: Side): (call: Call) => boolean {
  const shown = namesOf(recording.calls);
  return (call) => call.inline && !shown.has(commonName(call.fn));
}

/** A recording that shows nothing of what the compiler inlines is of a kernel as it is usually built. */
function isOrdinaryBuild({ calls }: Side): boolean {
  let some = false;
  eachCall(calls, (call) => {
    some ||= call.inline;
  });
  return !some;
}

function namesOf(calls: readonly Call[]): Set<string> {
  const names = new Set<string>();
  eachCall(calls, (call) => names.add(commonName(call.fn)));
  return names;
}
