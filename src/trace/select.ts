// SPDX-License-Identifier: GPL-2.0-only
/** Which calls of a tree a view shows. A call that is not shown hands its shown descendants to its parent. */
import type { Layer } from "./layer.ts";
import { isQuiet } from "./quiet.ts";
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

/** A glob of `*` and `?` as a test of function names. */
export function glob(pattern: string): (name: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  const re = new RegExp(`^${source}$`);
  return (name) => re.test(name);
}

/** The selected part of a body: new calls, the same leaves. */
export function select(body: readonly Item[], selection: Selection): Item[] {
  const only = selection.only.map(glob);
  const hide = selection.hide.map(glob);
  const layers = new Set<Layer>(selection.layers);
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
        const context: Context = { ev: "in", name: item.name, body: [] };
        visit(item.body, depth, inside, parentShown, context.body);
        if (context.body.length > 0) out.push(context);
      } else if (item.ev === "call") call(item, depth, inside, out);
      else if (parentShown) out.push(item);
    }
  }

  function call(item: Call, depth: number, inside: boolean, out: Item[]): void {
    if (matches(hide, item.fn)) return;
    if (selection.depth === "story" && isQuiet(item.fn) && !failed(item)) return;
    const chosen = inside || only.length === 0 || matches(only, item.fn);
    const shown =
      chosen && (layers.size === 0 || layers.has(item.layer)) && (selection.inline || !item.inline);
    if (!shown) {
      visit(item.body, depth, chosen && only.length > 0, false, out);
      return;
    }
    const copy: Call = { ...item, body: [] };
    out.push(copy);
    const deeper = typeof selection.depth !== "number" || depth + 1 < selection.depth;
    visit(deeper ? item.body : leavesOnly(item.body), depth + 1, chosen && only.length > 0, true, copy.body);
  }

  const out: Item[] = [];
  visit(body, 0, false, true, out);
  return out;
}

function leavesOnly(body: readonly Item[]): Item[] {
  return body.filter((item) => item.ev !== "call" && item.ev !== "in");
}

/** An errno came out of it. */
function failed(call: Call): boolean {
  return typeof call.ret === "number" && call.ret < 0 && call.ret >= -133;
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
