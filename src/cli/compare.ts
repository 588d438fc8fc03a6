// SPDX-License-Identifier: GPL-2.0-only
/** Two traces made comparable: the same outermost calls, and of each side only what the other could have seen. */

import { PARTLY_INLINED } from "../capture/partly-inlined.ts";
import { callsOf, outermost, without } from "../trace/diff.ts";
import type { TraceEvent } from "../trace/event.ts";
import { commonName } from "../trace/names.ts";
import { type Selection, select } from "../trace/select.ts";
import { SYMBOLS } from "../trace/symbol.ts";
import { type Call, eachCall, syscalls } from "../trace/tree.ts";

/** One side of a comparison. */
export interface Side {
  readonly name: string;
  /** Read from a recording, which holds calls and no more. */
  readonly recorded: boolean;
  readonly calls: readonly Call[];
}

/** Two sides that can be compared, and what had to be left out for that, in sentences. */
export interface Comparable {
  readonly left: Side;
  readonly right: Side;
  readonly leftOut: readonly string[];
}

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

/** Take out of each side what the other cannot have. */
export function comparable(a: Side, b: Side, strangers: boolean): Comparable {
  const leftOut: string[] = [];
  const simulated = !a.recorded && !b.recorded;
  const [left, right] = simulated ? [a, b] : aligned(a, b, leftOut);
  const [x, y] = [seenBy(left, right, strangers, leftOut), seenBy(right, left, strangers, leftOut)];
  return { left: x, right: y, leftOut };
}

/** A recording may begin with other functions than the system calls: each side from where the other begins. */
function aligned(a: Side, b: Side, leftOut: string[]): [Side, Side] {
  const [left, right] = [outermost(a.calls, beginnings(b)), outermost(b.calls, beginnings(a))];
  const cut = (side: Side, calls: readonly Call[], other: Side): Side => {
    if (calls.length === 0) return side;
    const gone = [...beginnings(side)].filter((name) => !beginnings(other).has(name));
    if (gone.length > 0 && right.length > 0 && left.length > 0) {
      leftOut.push(`${some(gone)} of ${side.name}: ${other.name} begins with nothing of that name`);
    }
    return { ...side, calls };
  };
  return [cut(a, left, b), cut(b, right, a)];
}

function beginnings({ calls }: Side): Set<string> {
  return new Set(calls.map((c) => commonName(c.fn)));
}

/** Names are told as far as they fit. */
const SHOWN = 8;

function some(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return `${names.slice(0, SHOWN).join(", ")}${more}`;
}

/**
 * Beside a recording, what the compiler inlined cannot be there, unless the recording shows it. Beside the
 * simulator, functions that it does not know at all (locks, memory, other kernels' own) say nothing.
 */
function seenBy(side: Side, other: Side, strangers: boolean, leftOut: string[]): Side {
  if (side.recorded === other.recorded) return side;
  const gone = new Map<string, number>();
  const unseen = side.recorded ? isStranger(other, strangers) : isInlined(other);
  const unsure = isOrdinaryBuild(side.recorded ? side : other) ? PARTLY_INLINED : NOTHING;
  const drop = (call: Call): boolean => {
    if (unsure.has(commonName(call.fn))) return true;
    if (!unseen(call)) return false;
    gone.set(call.fn, (gone.get(call.fn) ?? 0) + 1);
    return true;
  };
  const calls = without(side.calls, drop);
  const names = [...gone].sort((x, y) => y[1] - x[1]).map(([name]) => name);
  if (side.recorded && names.length > 0) {
    leftOut.push(`${some(names)} of ${side.name}: the simulator does not know them (--strangers shows them)`);
  }
  return { ...side, calls };
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
  const inlined = new Set(SYMBOLS.filter((s) => s.inline).map((s) => s.name));
  for (const name of namesOf(calls)) if (inlined.has(name)) return false;
  return true;
}

function namesOf(calls: readonly Call[]): Set<string> {
  const names = new Set<string>();
  eachCall(calls, (call) => names.add(commonName(call.fn)));
  return names;
}
