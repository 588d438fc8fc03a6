// SPDX-License-Identifier: GPL-2.0-only
/** Two trees of calls side by side: what both have, what one has alone. */
import { longestCommon } from "./common.ts";
import { commonName } from "./names.ts";
import { type Call, type Item, withBody } from "./tree.ts";

/** A call at its place in one of the trees. */
export interface Placed {
  readonly call: Call;
  readonly depth: number;
}

/** What a call that both have did otherwise on one side. */
export interface Change {
  /** The same thing of both: a result, or the reasons given. */
  readonly what: "result" | "reasons";
  readonly left: string;
  readonly right: string;
}

/** Says what a call did otherwise; null where nothing that can be compared. */
export type Compare = (left: Call, right: Call) => Change | null;

/**
 * A line of both trees. `same`: a call that both have. `alone`: one that only one of them has, its inner calls follow
 * as `inner`. `around`: one that only one of them has, around calls that both have.
 */
export interface Pair {
  readonly kind: "same" | "alone" | "inner" | "around";
  readonly left: Placed | null;
  readonly right: Placed | null;
  /** Of a `same` one: what is not the same after all. */
  readonly change?: Change;
}

/** The calls of a body; those of another context (a softirq) stand where it interrupts, as a tracer sees them. */
export function callsOf(body: readonly Item[]): Call[] {
  return body.flatMap((item) => (item.ev === "call" ? [item] : item.ev === "in" ? callsOf(item.body) : []));
}

/**
 * The trees, line by line: calls of the same name in the same order stand beside each other, as many as can. `compare`
 * looks at those that do.
 */
export function pairs(left: readonly Call[], right: readonly Call[], compare?: Compare): Pair[] {
  const out: Pair[] = [];
  beside(nodes(left, 0), nodes(right, 0), out);
  if (compare === undefined) return out;
  return out.map((pair) => {
    const change = pair.left && pair.right ? compare(pair.left.call, pair.right.call) : null;
    return change === null ? pair : { ...pair, change };
  });
}

type Side = "left" | "right";

interface Node extends Placed {
  /** Its calls have taken its place beside the other tree's: it stands before them, and is like nothing. */
  readonly around: boolean;
}

function nodes(calls: readonly Call[], depth: number): Node[] {
  return calls.map((call) => ({ call, depth, around: false }));
}

function inside({ call, depth }: Node): Node[] {
  return nodes(callsOf(call.body), depth + 1);
}

function beside(left: readonly Node[], right: readonly Node[], out: Pair[]): void {
  const names = (list: readonly Node[]): string[] =>
    list.map((n, i) => (n.around ? `${i} ${list === left}` : commonName(n.call.fn)));
  let [i, j] = [0, 0];
  for (const [x, y] of [...longestCommon(names(left), names(right)), [left.length, right.length] as const]) {
    gap(left.slice(i, x), right.slice(j, y), out);
    const [a, b] = [left[x], right[y]];
    [i, j] = [x + 1, y + 1];
    if (a === undefined || b === undefined) continue;
    out.push({ kind: "same", left: a, right: b });
    beside(inside(a), inside(b), out);
  }
}

/** What lies between two calls that both have: perhaps one side has a call around what the other has without it. */
function gap(left: readonly Node[], right: readonly Node[], out: Pair[]): void {
  const opened = open(left, right);
  const other = opened === null ? open(right, left) : null;
  const both = opened === null && other === null ? openBoth(left, right) : null;
  if (opened !== null) beside(opened, right, out);
  else if (other !== null) beside(left, other, out);
  else if (both !== null) beside(both[0], both[1], out);
  else {
    for (const node of left) alone(node, "left", out);
    for (const node of right) alone(node, "right", out);
  }
}

/** The list with those calls opened that hold what the other list has; null where there are none. */
function open(list: readonly Node[], others: readonly Node[]): Node[] | null {
  const wanted = new Map(others.filter((n) => !n.around).map((n) => [commonName(n.call.fn), n.call]));
  if (wanted.size === 0) return null;
  const opened = list.flatMap((node) =>
    node.around || !holds(node.call, wanted, LEVELS) ? [node] : [{ ...node, around: true }, ...inside(node)],
  );
  return opened.length === list.length && opened.every((n, i) => n === list[i]) ? null : opened;
}

/** Both sides have calls of their own around what both have: those opened; null where there is nothing of that. */
function openBoth(left: readonly Node[], right: readonly Node[]): [Node[], Node[]] | null {
  const [a, b] = [left.map(deepNames), right.map(deepNames)];
  const [inA, inB] = [new Set(a.flatMap((names) => [...names])), new Set(b.flatMap((names) => [...names]))];
  const opened = (list: readonly Node[], names: readonly Set<string>[], others: Set<string>): Node[] =>
    list.flatMap((node, i) => {
      const mine = [...(names[i] as Set<string>)];
      const shared = mine.filter((name) => others.has(name)).length;
      // The greater part, or it is another function that happens to call the same.
      return shared > 0 && shared * 2 >= mine.length ? [{ ...node, around: true }, ...inside(node)] : [node];
    });
  const [x, y] = [opened(left, a, inB), opened(right, b, inA)];
  return x.length === left.length || y.length === right.length ? null : [x, y];
}

/** The calls in a call, some levels deep, that call something themselves. */
function deepNames({ call, around }: Node): Set<string> {
  const names = new Set<string>();
  const visit = (calls: readonly Call[], levels: number): void => {
    for (const inner of calls) {
      const below = callsOf(inner.body);
      if (below.length > 0) names.add(commonName(inner.fn));
      if (levels > 1) visit(below, levels - 1);
    }
  };
  if (!around) visit(callsOf(call.body), LEVELS);
  return names;
}

/** So many calls may stand around what both have. */
const LEVELS = 3;

/** Does a call hold one of these that itself calls something, or most of them? */
function holds(call: Call, wanted: ReadonlyMap<string, Call>, levels: number): boolean {
  const inner = callsOf(call.body);
  const found = inner.filter((c) => wanted.has(commonName(c.fn)));
  const deep = found.some((c) => c.body.length > 0 && (wanted.get(commonName(c.fn))?.body.length ?? 0) > 0);
  if (deep || found.length * 2 > wanted.size) return true;
  return levels > 1 && inner.some((c) => holds(c, wanted, levels - 1));
}

/** A call that the other tree lacks, with all that it calls. */
function alone(node: Node, side: Side, out: Pair[], kind: "alone" | "inner" = "alone"): void {
  const line = { call: node.call, depth: node.depth };
  const what = node.around ? "around" : kind;
  out.push(
    side === "left" ? { kind: what, left: line, right: null } : { kind: what, left: null, right: line },
  );
  if (!node.around) for (const n of inside(node)) alone(n, side, out, "inner");
}

/**
 * Where the trees differ: the lines of calls that one side has alone, inner calls not counted, and of those that did
 * something else. A result that only hands on what differs further in is no difference of its own.
 */
export function differences(lines: readonly Pair[]): number[] {
  const found: number[] = [];
  // From the end, so that what stands inside of a call is known before the call: by depth, is there such a result?
  const differs: boolean[] = [];
  for (let i = lines.length - 1; i >= 0; i--) {
    const { kind, left, right, change } = lines[i] as Pair;
    const depth = (left ?? right)?.depth ?? 0;
    const inside = differs.splice(depth + 1).includes(true);
    const isResult = change?.what === "result";
    if (kind === "alone" || kind === "around" || (change !== undefined && !(isResult && inside)))
      found.push(i);
    differs[depth] = differs[depth] === true || isResult || inside;
  }
  return found.reverse();
}

/** A body without the calls that `drop` names; what they call moves up to whoever called them. */
export function without(body: readonly Item[], drop: (call: Call) => boolean): Call[] {
  return callsOf(body).flatMap((call) => {
    const inner = without(call.body, drop);
    return drop(call) ? inner : [withBody(call, inner)];
  });
}

/** The outermost calls of these names, wherever they stand. */
export function outermost(calls: readonly Call[], names: ReadonlySet<string>): Call[] {
  return calls.flatMap((call) =>
    names.has(commonName(call.fn)) ? [call] : outermost(callsOf(call.body), names),
  );
}
