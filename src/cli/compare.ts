// SPDX-License-Identifier: GPL-2.0-only
/** Two traces made comparable: the same outermost calls, and of each side only what the other could have seen. */

import { PARTLY_INLINED } from "../capture/partly-inlined.ts";
import { decider, storyLine } from "../render/head.ts";
import { type Compare, callsOf, outermost, without } from "../trace/diff.ts";
import { isReason, type TraceEvent, type Value } from "../trace/event.ts";
import { commonName } from "../trace/names.ts";
import { type Selection, select } from "../trace/select.ts";
import { showReturn } from "../trace/show.ts";
import { isStep, pieces, type Step } from "../trace/step.ts";
import { SYMBOLS } from "../trace/symbol.ts";
import { type Call, eachCall, type Item } from "../trace/tree.ts";
import { errnoName, strerror } from "../uapi/errno.ts";

/** One side of a comparison. */
export interface Side {
  readonly name: string;
  /** Read from a recording, which holds calls and no more. */
  readonly recorded: boolean;
  readonly calls: readonly Call[];
  /** What became of each system call that sent something or failed; of a recording, of each. */
  readonly ends: readonly End[];
}

/** The end of a system call, in words. */
interface End {
  readonly ret: number | undefined;
  readonly text: string;
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
  const ends: End[] = [];
  for (const piece of pieces(events())) {
    if (!isStep(piece)) continue;
    for (const call of callsOf(select(piece.tree.body, selection))) calls.push(call);
    const text = endOf(piece, recorded);
    if (text !== undefined) ends.push({ ret: piece.tree.ret?.ret, text });
  }
  return { name, recorded, calls, ends };
}

/** What a trace says of a call's end: the answer, or no more than what it returned and who refused. */
function endOf(step: Step, recorded: boolean): string | undefined {
  const { verdict, tree } = step;
  if (verdict !== null) {
    const by = decider(verdict);
    const file = by === null || by.file === "" ? "" : ` (${by.file})`;
    const why = by === null || by.why === "" ? "" : `: ${by.why}`;
    return storyLine(step) + (by === null ? "" : ` Decided in ${by.fn}${file}${why}.`);
  }
  if (tree.ret === null || tree.ret.unknown === true) return undefined;
  const { name, ret } = tree.ret;
  if (ret >= 0) return recorded ? `${name} returned ${ret}` : undefined;
  const who = innermost(tree.body, ret);
  return `${name} failed with ${errnoName(-ret) ?? ret} (${strerror(-ret)})${who === undefined ? "" : `, which came from ${who.fn}`}`;
}

/** The innermost call that returned this error, where calls hand it on outwards. */
function innermost(body: readonly Item[], ret: number): Call | undefined {
  const call = callsOf(body).findLast((c) => c.ret === ret);
  return call === undefined ? undefined : (innermost(call.body, ret) ?? call);
}

/** What became of the first call that did not end the same on both sides; undefined where all did, or nobody says. */
export function differentEnds(left: Side, right: Side): [string, string] | undefined {
  // A recording says little: there it is results that are compared, not words.
  const words = !left.recorded && !right.recorded;
  const at = left.ends.findIndex(({ ret, text }, i) => {
    const other = right.ends[i];
    return other !== undefined && (words ? text !== other.text : ret !== other.ret);
  });
  const [a, b] = [left.ends[at], right.ends[at]];
  return a === undefined || b === undefined ? undefined : [a.text, b.text];
}

const MAX_ERRNO = 4095;
const isError = (value: unknown): boolean => typeof value === "number" && value < 0 && value >= -MAX_ERRNO;

/** Yes and no, verdicts, kinds of routes: no sum, no hash and no length, which differ with every byte. */
const isAnswer = (value: number | undefined): boolean => value !== undefined && value >= 0 && value < 4;

/** How calls of the two sides are compared: of a recording, a register's contents are what they are, but errors count. */
export function comparerOf(left: Side, right: Side): Compare {
  const simulated = !left.recorded && !right.recorded;
  return (a, b) => {
    const [x, y] = [numberOf(a.ret), numberOf(b.ret)];
    const counts = isError(x) || isError(y) || (simulated && isAnswer(x) && isAnswer(y));
    if (x !== undefined && y !== undefined && x !== y && counts) {
      return { what: "result", left: showReturn(a.fn, x), right: showReturn(b.fn, y) };
    }
    if (!simulated) return null;
    const [p, q] = [reasonsOf(a), reasonsOf(b)];
    const at = p.findIndex((text, i) => text !== q[i]);
    if (at < 0 && p.length === q.length) return null;
    const i = at < 0 ? p.length : at;
    return { what: "reasons", left: p[i] ?? "", right: q[i] ?? "" };
  };
}

/** What can be compared: an object has another name on every machine. */
function numberOf(value: Value | undefined): number | undefined {
  return typeof value === "number" ? value : typeof value === "boolean" ? Number(value) : undefined;
}

function reasonsOf({ body }: Call): string[] {
  return body.flatMap((item) =>
    item.ev !== "call" && item.ev !== "in" && isReason(item) ? [item.text] : [],
  );
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
      leftOut.push(`${some(gone)} of ${side.name}: ${other.name} does not begin with a call of that name`);
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

/** Descriptors and audit: a recording of the network's functions alone has none of these. */
function isBesideNetwork({ file }: Call): boolean {
  return file.startsWith("fs/") || file.startsWith("kernel/");
}

function isInlined(recording: Side): (call: Call) => boolean {
  const shown = namesOf(recording.calls);
  return (call) => (call.inline || isBesideNetwork(call)) && !shown.has(commonName(call.fn));
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
