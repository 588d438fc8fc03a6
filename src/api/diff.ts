// SPDX-License-Identifier: GPL-2.0-only
/** `diff`: the call trees of two traces side by side. */
import { comparable, comparerOf, differentEnds, sideOf } from "../cli/compare.ts";
import { plain } from "../render/style.ts";
import { treeDiff } from "../render/tree-diff.ts";
import { differences, pairs } from "../trace/diff.ts";
import type { TraceEvent } from "../trace/event.ts";
import { EVERYTHING } from "../trace/select.ts";
import { checked, NettraceError } from "./error.ts";
import { events } from "./events.ts";
import { knownOptions } from "./options.ts";

/** What is compared, and how it is printed. */
export interface DiffOptions {
  /** Globs: only functions that match, and what they call. */
  readonly only?: readonly string[];
  /** Globs: leave out functions that match, and what they call. */
  readonly hide?: readonly string[];
  /** Levels of calls: all where not said. */
  readonly depth?: "all" | number;
  /** False: leave out what the stock kernel's compiler inlines. */
  readonly inline?: boolean;
  /** Beside a simulated trace, compare functions too that the simulator does not know. */
  readonly strangers?: boolean;
  /** Equal lines around a difference: 8 where not said; `Infinity` is all. */
  readonly context?: number;
  /** What the two are called: `a` and `b` where not said. */
  readonly names?: readonly [string, string];
}

/** What two traces have in common. */
export interface Difference {
  /** They have the same calls, with the same results and reasons. */
  readonly equal: boolean;
  /** Places where they differ. */
  readonly differences: number;
  /** Both trees side by side, as `nettrace diff` prints them. */
  readonly text: string;
  /** What could not be compared, in sentences. */
  readonly leftOut: readonly string[];
}

const OPTIONS = ["only", "hide", "depth", "inline", "strangers", "context", "names"];

/** Compare two traces, simulated or recorded from a real kernel. */
export function diff(
  a: Iterable<TraceEvent>,
  b: Iterable<TraceEvent>,
  options: DiffOptions = {},
): Difference {
  return checked(() => {
    knownOptions(options, OPTIONS, "diff");
    const { only = [], hide = [], depth = "all", inline = true, context = 8, names = ["a", "b"] } = options;
    const selection = { ...EVERYTHING, depth, only, hide, inline };
    const sides = [sideOf(names[0], events(a), selection), sideOf(names[1], events(b), selection)] as const;
    const { left, right, leftOut } = comparable(...sides, options.strangers ?? false);
    const lines = pairs(left.calls, right.calls, comparerOf(left, right));
    if (lines.length === 0) throw new NettraceError("expected calls to compare, found none");
    const found = differences(lines);
    const ends = found.length > 0 ? differentEnds(left, right) : undefined;
    const shown = treeDiff(lines, found, [left.name, right.name], { context, paint: plain, ends });
    const text = [...shown].map((line) => `${line}\n`).join("");
    return { equal: found.length === 0, differences: found.length, text, leftOut };
  });
}
