// SPDX-License-Identifier: GPL-2.0-only
/** What the formats of tracers share: the task they show, and the calls of a step with their times. */
import { type Selection, select } from "../trace/select.ts";
import type { Step } from "../trace/step.ts";
import type {
  TimedCall,
  TimedContext,
  TimedItem,
  TimedLeaf,
  TimedSyscall,
  VirtualClock,
} from "../trace/time.ts";

/** The one process there is, on the one CPU. */
export const TASK = { comm: "nettrace", pid: 1000, cpu: 0 } as const;

/** What every header says of its times. */
export const CLOCK_NOTICE = "virtual clock: times come from a cost table, nothing was measured";

/** The selected part of a step, with times that the selection does not change. `story` is for people: all. */
export function timed(step: Step, clock: VirtualClock, selection: Selection): TimedSyscall {
  const tree = clock.syscall(step.tree);
  const depth = selection.depth === "story" ? "all" : selection.depth;
  return { ...tree, body: select(tree.body, { ...selection, depth }) as TimedItem[] };
}

/** What a format does with the items of a tree, in order of time. */
export interface Visitor {
  enter(call: TimedCall, depth: number): void;
  /** Not called for a call that never returned. */
  exit(call: TimedCall, depth: number): void;
  leaf?(leaf: TimedLeaf, depth: number): void;
  context?(context: TimedContext, begins: boolean): void;
}

/** Walk a body. Contexts lie inside the calls that they interrupt and are no level of their own. */
export function visit(body: readonly TimedItem[], visitor: Visitor, depth = 0): void {
  for (const item of body) {
    if (item.ev === "call") {
      visitor.enter(item, depth);
      visit(item.body, visitor, depth + 1);
      if (item.returned) visitor.exit(item, depth);
    } else if (item.ev === "in") {
      visitor.context?.(item, true);
      visit(item.body, visitor, depth);
      visitor.context?.(item, false);
    } else visitor.leaf?.(item, depth);
  }
}
