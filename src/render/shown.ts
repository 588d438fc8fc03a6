// SPDX-License-Identifier: GPL-2.0-only
/** Which calls a picture shows. */
import { isQuiet } from "../trace/quiet.ts";
import { countCalls, type Selection, select } from "../trace/select.ts";
import type { Step } from "../trace/step.ts";
import type { Item } from "../trace/tree.ts";
import type { ViewOptions } from "./format.ts";

/** Sends, and what failed; every call where that was asked for. */
export function isShown({ tree, verdict }: Step, view: ViewOptions): boolean {
  // Of what nobody's call did the counters alone are known: nothing to draw.
  if (tree.call === null && countCalls(tree.body) === 0) return false;
  return view.everyCall || verdict !== null || (tree.ret?.ret ?? 0) < 0;
}

/** As `select`, but the story leaves out bookkeeping alone: what goes as before is not folded. */
export function shownBody(body: readonly Item[], selection: Selection): Item[] {
  if (selection.depth !== "story") return select(body, selection);
  return select(withoutQuiet(body), { ...selection, depth: "all" });
}

function withoutQuiet(body: readonly Item[]): Item[] {
  return body.flatMap((item): Item[] => {
    if (item.ev === "in") return [{ ...item, body: withoutQuiet(item.body) }];
    if (item.ev !== "call") return [item];
    return isQuiet(item) ? [] : [{ ...item, body: withoutQuiet(item.body) }];
  });
}
