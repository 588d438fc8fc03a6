// SPDX-License-Identifier: GPL-2.0-only
/** Two call trees in two columns: equal stretches cut, the first difference in colour and in words. */
import type { Change, Pair, Placed } from "../trace/diff.ts";
import type { Call } from "../trace/tree.ts";
import type { Looks } from "./format.ts";
import type { Span } from "./layout/layout.ts";
import { layoutOf } from "./layout/straight.ts";
import { type SideLine, sideBySide } from "./side-by-side.ts";

export interface DiffView extends Looks {
  /** Equal lines shown around a difference; Infinity: all. */
  readonly context: number;
  /** Of the terminal; what is longer is cut. */
  readonly columns?: number | undefined;
  /** What became of each side, where that is not the same: the last lines. */
  readonly ends?: readonly [left: string, right: string] | undefined;
}

/** What the trees are called. */
type Names = readonly [left: string, right: string];

/** The lines of the comparison; `found` are the lines where differences begin. */
export function* treeDiff(
  lines: readonly Pair[],
  found: readonly number[],
  names: Names,
  view: DiffView,
): Generator<string> {
  const [first] = found;
  if (first !== undefined || view.context === Number.POSITIVE_INFINITY)
    yield* columns(lines, found, names, view);
  const said = (...spans: Span[]): string => layoutOf(view).text(spans, 2).join("\n");
  if (first === undefined)
    yield said(`the same ${count(lines.length, "call")} in ${names[0]} and ${names[1]}`);
  else {
    yield `\n${said(["head", "First difference"], `, ${explained(lines, first, names)}.`)}`;
    const refusal = found.find((at) => isRefusal(lines[at] as Pair));
    if (refusal !== undefined && refusal !== first) {
      yield said(["head", "The results differ"], ` ${explained(lines, refusal, names)}.`);
    }
    yield said(`${count(found.length, "difference")} in ${count(lines.length, "line")}.`);
  }
  if (view.ends === undefined) return;
  yield `\n${said(["head", names[0]], `: ${view.ends[0]}`)}`;
  yield said(["head", names[1]], `: ${view.ends[1]}`);
}

function* columns(
  lines: readonly Pair[],
  found: readonly number[],
  names: Names,
  { context, paint, columns }: DiffView,
): Generator<string> {
  const sides = lines.map((line) => sideLine(line, columns === undefined ? "  " : " "));
  let width = names[0].length;
  for (const wide of widths(sides)) width = Math.max(width, wide);
  const room = columns === undefined ? width : Math.max(NARROWEST, Math.floor((columns - MARKS) / 2));
  const [head = "", ...rows] = sideBySide(sides, names, Math.min(width, room), columns !== undefined);
  yield paint("head", head);
  const [first = lines.length] = found;
  const end = blockEnd(lines, first);
  let next = 0;
  const gap = (to: number): string => paint("quiet", `  ⋮ ${count(to - next, "line")} the same`);
  for (const i of wanted(lines, found, context)) {
    if (i > next) yield gap(i);
    const row = rows[i] as string;
    yield sides[i]?.same ? row : paint(i >= first && i < end ? "fail" : "head", row);
    next = i + 1;
  }
  if (next < lines.length) yield gap(lines.length);
}

/** No column is narrower: a function's name has room. */
const NARROWEST = 20;
/** What stands before and between the columns. */
const MARKS = 5;

function sideLine({ kind, left, right, change }: Pair, level: string): SideLine {
  const text = (side: Placed | null, did?: string): string | null =>
    side && `${level.repeat(side.depth)}${side.call.fn}${change?.what === "result" ? ` = ${did}` : ""}`;
  const same = kind === "same" && change === undefined;
  return { left: text(left, change?.left), right: text(right, change?.right), same };
}

function* widths(lines: readonly SideLine[]): Generator<number> {
  for (const { left } of lines) yield left?.length ?? 0;
}

/** The lines within reach of a difference, in order. */
function* wanted(lines: readonly Pair[], found: readonly number[], context: number): Generator<number> {
  let from = 0;
  for (const at of [...found, ...(context === Number.POSITIVE_INFINITY ? [lines.length] : [])]) {
    const end = Math.min(lines.length, blockEnd(lines, at) + context);
    for (let i = Math.max(from, at - context); i < end; i++) yield i;
    from = Math.max(from, end);
  }
}

/** The line behind a call that is alone, and all that it calls. */
function blockEnd(lines: readonly Pair[], at: number): number {
  let i = at + 1;
  while (lines[i]?.kind === "inner") i++;
  return i;
}

/** `in udp_sendmsg (net/ipv4/udp.c): a calls f, b calls g`. */
function explained(lines: readonly Pair[], at: number, names: Names): string {
  const { kind, left, right, change } = lines[at] as Pair;
  if (change !== undefined && left !== null) return `in ${placed(left.call)}: ${changed(change, names)}`;
  const side = left === null ? "right" : "left";
  const [mine, other] = left === null ? [names[1], names[0]] : names;
  const { call, depth } = (left ?? right) as Placed;
  const caller = lines.slice(0, at).findLast((line) => (line[side]?.depth ?? depth) < depth)?.[side]?.call;
  const where = caller === undefined ? "among the outermost calls" : `in ${placed(caller)}`;
  if (kind === "around") return `${where}: ${mine} has ${call.fn} around what ${other} calls directly`;
  const instead = left === null ? undefined : insteadOf(lines, at);
  const does = instead === undefined ? "does not" : `calls ${instead.fn}`;
  return `${where}: ${mine} calls ${call.fn}, ${other} ${does}`;
}

function placed({ fn, file }: Call): string {
  return file === "" ? fn : `${fn} (${file})`;
}

function changed({ what, left, right }: Change, [a, b]: Names): string {
  if (what === "result") return `${a} returns ${left}, ${b} returns ${right}`;
  return `${a} ${left === "" ? "says nothing" : `says "${left}"`}, ${b} ${right === "" ? "nothing" : `"${right}"`}`;
}

/** One side failed where the other did not: that is why all behind it differs. */
function isRefusal({ change }: Pair): boolean {
  return change?.what === "result" && /^-[A-Z]/.test(change.left) !== /^-[A-Z]/.test(change.right);
}

/** What the right side calls where the left one calls something else. */
function insteadOf(lines: readonly Pair[], at: number): Placed["call"] | undefined {
  for (let i = blockEnd(lines, at); lines[i]?.kind === "alone"; i = blockEnd(lines, i)) {
    const right = lines[i]?.right;
    if (right) return right.call;
  }
  return undefined;
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}
