// SPDX-License-Identifier: GPL-2.0-only
/** Which calls of a tree a view shows. A call that is not shown hands its shown descendants to its parent. */

import { type CountEvent, isReason, type Reason } from "./event.ts";
import { guessLayer, type Layer } from "./layer.ts";
import { isErrno, isLoss, isQuiet, USUAL } from "./quiet.ts";
import { showFacts, showReturn } from "./show.ts";
import { type Call, type Context, eachLeaf, type Item, withBody } from "./tree.ts";

export interface Selection {
  /** `story`: what decides, the bookkeeping folded; a number: that many levels; `all`. */
  readonly depth: "story" | "all" | number;
  /** Globs: a matching call and all it calls. Empty = everything. */
  readonly only: readonly string[];
  /** Globs: a matching call is left out with all it calls. */
  readonly hide: readonly string[];
  /** Only functions of these layers. Empty = all. */
  readonly layers: readonly Layer[];
  /** False: leave out what ftrace on the stock kernel could not see. */
  readonly inline: boolean;
}

export const EVERYTHING: Selection = { depth: "all", only: [], hide: [], layers: [], inline: true };

/** A glob of `*` and `?` as a test of function names; it takes pattern × name steps at most. */
export function glob(pattern: string): (name: string) => boolean {
  const parts = pattern.replace(/\*+/g, "*").split("*");
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return (name) => name.length === first.length && fits(first, name, 0);
  return (name) => {
    const end = name.length - last.length;
    if (end < first.length || !fits(first, name, 0) || !fits(last, name, end)) return false;
    // Each part where it fits first: what is behind it has the most room.
    let at = first.length;
    for (const part of rest) {
      while (at + part.length <= end && !fits(part, name, at)) at++;
      at += part.length;
      if (at > end) return false;
    }
    return true;
  };
}

/** Does a part of a glob, without stars, stand in `name` at `from`? */
function fits(part: string, name: string, from: number): boolean {
  for (let i = 0; i < part.length; i++) {
    if (part[i] !== "?" && part[i] !== name[from + i]) return false;
  }
  return true;
}

function isEverything({ depth, only, hide, layers, inline }: Selection): boolean {
  return depth === "all" && only.length + hide.length + layers.length === 0 && inline;
}

/** The selected part of a body: new calls, the same leaves. */
export function select(body: readonly Item[], selection: Selection): Item[] {
  if (isEverything(selection)) return [...body];
  const only = selection.only.map(glob);
  const hide = selection.hide.map(glob);
  const layers = new Set<Layer>(selection.layers);
  const story = selection.depth === "story";
  const seen = new Set<string>();
  const matches = (tests: readonly ((n: string) => boolean)[], fn: string): boolean =>
    tests.length > 0 && tests.some((t) => t(fn));

  function visit(
    items: readonly Item[],
    depth: number,
    inside: boolean,
    parentShown: boolean,
    out: Item[],
  ): void {
    for (const item of items) {
      if (item.ev === "in") {
        const context: Context = { ...item, body: [] };
        visit(item.body, depth, inside, parentShown, context.body);
        if (context.body.length > 0) out.push(context);
      } else if (item.ev === "call") call(item, depth, inside, parentShown, out);
      else if (parentShown) out.push(item);
    }
  }

  function call(item: Call, depth: number, inside: boolean, parentShown: boolean, out: Item[]): void {
    if (matches(hide, item.fn)) return;
    if (story && isQuiet(item)) {
      if (parentShown) out.push(...countsIn(item.body));
      return;
    }
    const chosen = inside || only.length === 0 || matches(only, item.fn);
    const shown =
      chosen &&
      (layers.size === 0 || layers.has(item.layer)) &&
      (selection.inline || !item.inline) &&
      !(story && isStranger(item));
    if (!shown) {
      visit(item.body, depth, chosen && only.length > 0, false, out);
      return;
    }
    const copy = withBody(item, []);
    out.push(copy);
    if (story && goesAsBefore(item, seen)) {
      copy.folded = countCalls(item.body);
      copy.body.push(...foldedLeaves(item, seen));
      return;
    }
    seen.add(item.fn);
    for (const leaf of item.body) if (isReason(leaf)) seen.add(saying(leaf));
    const deeper = typeof selection.depth !== "number" || depth + 1 < selection.depth;
    visit(deeper ? item.body : leavesOnly(item.body), depth + 1, chosen && only.length > 0, true, copy.body);
  }

  const out: Item[] = [];
  visit(body, 0, false, true, out);
  return out;
}

/** In a recording of a real kernel: locks, memory, and whatever else is not the network's. */
export function isStranger(call: Call): boolean {
  return call.file === "" && guessLayer(call.fn) === undefined;
}

function leavesOnly(body: readonly Item[]): Item[] {
  return body.filter((item) => item.ev !== "call" && item.ev !== "in");
}

/** So many new reasons a folded stretch may have: they stand beside it. */
const FEW = 2;

/**
 * A longer stretch in which every function has been shown before, nothing failed, nobody slept, no other context began,
 * and hardly anything was said that had not been.
 */
function goesAsBefore(call: Call, seen: ReadonlySet<string>): boolean {
  const before = (body: readonly Item[]): boolean =>
    body.every((item) => {
      if (item.ev === "in" || item.ev === "clock" || (item.ev === "fate" && isLoss(item))) return false;
      if (item.ev !== "call" || isQuiet(item)) return true;
      return seen.has(item.fn) && !failed(item) && before(item.body);
    });
  if (!seen.has(call.fn) || failed(call) || visibleCalls(call.body) < 2 || !before(call.body)) return false;
  return newReasons(call.body, seen).length <= FEW;
}

/** It returned an errno; -1 is one where the function means EPERM by it. */
function failed({ fn, ret }: Call): boolean {
  return isErrno(ret) || (ret === -1 && showReturn(fn, ret) !== "-1");
}

/** What is said in a body, quiet calls left out, that had not been said by the same function. */
function newReasons(body: readonly Item[], seen: ReadonlySet<string>, found: Reason[] = []): Reason[] {
  for (const item of body) {
    if (item.ev === "call") {
      if (!isQuiet(item)) newReasons(item.body, seen, found);
    } else if (isReason(item) && !USUAL.has(item.text) && !seen.has(saying(item))) found.push(item);
  }
  return found;
}

function visibleCalls(body: readonly Item[]): number {
  let n = 0;
  for (const item of body) if (item.ev === "call" && !isQuiet(item)) n += 1 + visibleCalls(item.body);
  return n;
}

/** A function and one of its reasons, with what it looked at. */
function saying({ fn, text, facts }: Reason): string {
  return facts === undefined ? `${fn}: ${text}` : `${fn}: ${text}: ${showFacts(facts, fn)}`;
}

/** All counters that moved in a body. */
function countsIn(body: readonly Item[]): CountEvent[] {
  const counts: CountEvent[] = [];
  eachLeaf(body, (leaf) => {
    if (leaf.ev === "count") counts.push(leaf);
  });
  return counts;
}

/** One event a counter and function, in the order of the first. */
function summed(counts: readonly CountEvent[]): CountEvent[] {
  const sums = new Map<string, CountEvent>();
  for (const count of counts) {
    const key = `${count.name} ${count.fn}`;
    sums.set(key, { ...count, by: count.by + (sums.get(key)?.by ?? 0) });
  }
  return [...sums.values()];
}

/** What stays of a folded call: its own reasons and bytes, the new reasons and all counters and frames inside. */
function foldedLeaves({ body }: Call, seen: ReadonlySet<string>): Item[] {
  const own = leavesOnly(body).filter((leaf) => leaf.ev !== "count");
  const inner = body.filter((item) => item.ev === "call");
  return [...own, ...newReasons(inner, seen), ...summed(countsIn(body)), ...frames(body)];
}

/** The frames inside a folded stretch: they are news even where the way is not. */
function frames(body: readonly Item[]): Item[] {
  return body.flatMap((item) =>
    item.ev === "call" ? [...item.body.filter((i) => i.ev === "packet"), ...frames(item.body)] : [],
  );
}

/** How many calls a body holds. */
export function countCalls(body: readonly Item[]): number {
  let n = 0;
  for (const item of body) {
    if (item.ev === "call") n += 1 + countCalls(item.body);
    else if (item.ev === "in") n += countCalls(item.body);
  }
  return n;
}
