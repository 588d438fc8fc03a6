// SPDX-License-Identifier: GPL-2.0-only
/** Which calls of a tree a view shows. A call that is not shown hands its shown descendants to its parent. */
import { guessLayer, type Layer } from "./layer.ts";
import { isErrno, isQuiet } from "./quiet.ts";
import type { Call, Context, Item } from "./tree.ts";

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

/** The selected part of a body: new calls, the same leaves. */
export function select(body: readonly Item[], selection: Selection): Item[] {
  const only = selection.only.map(glob);
  const hide = selection.hide.map(glob);
  const layers = new Set<Layer>(selection.layers);
  const story = selection.depth === "story";
  const seen = new Set<string>();
  const matches = (tests: readonly ((n: string) => boolean)[], fn: string): boolean =>
    tests.some((t) => t(fn));

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
      } else if (item.ev === "call") call(item, depth, inside, out);
      else if (parentShown) out.push(item);
    }
  }

  function call(item: Call, depth: number, inside: boolean, out: Item[]): void {
    if (matches(hide, item.fn)) return;
    if (story && isQuiet(item)) return;
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
    const copy: Call = { ...item, body: [] };
    out.push(copy);
    if (story && goesAsBefore(item, seen)) {
      copy.folded = countCalls(item.body);
      copy.body.push(...leavesOnly(item.body), ...frames(item.body));
      return;
    }
    seen.add(item.fn);
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

/** A longer stretch in which every function has been shown before, nothing failed and no other context began. */
function goesAsBefore(call: Call, seen: ReadonlySet<string>): boolean {
  const before = (body: readonly Item[]): boolean =>
    body.every((item) => {
      if (item.ev === "in") return false;
      if (item.ev !== "call" || isQuiet(item)) return true;
      return seen.has(item.fn) && !isErrno(item.ret) && before(item.body);
    });
  return seen.has(call.fn) && !isErrno(call.ret) && visibleCalls(call.body) > 1 && before(call.body);
}

function visibleCalls(body: readonly Item[]): number {
  let n = 0;
  for (const item of body) if (item.ev === "call" && !isQuiet(item)) n += 1 + visibleCalls(item.body);
  return n;
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
