// SPDX-License-Identifier: GPL-2.0-only
/** No packet disappears without a word: whatever is done to a machine, the last that is told of each is an end. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { KernelPanic } from "../../../src/kernels/el6/kernel.ts";
import { El6 } from "../../../src/kernels/index.ts";
import type { Fate } from "../../../src/trace/fate.ts";
import { Recorder } from "../../../src/trace/record.ts";
import { act, session } from "./fuzz/action.ts";

/** Keeps the last word on each packet. */
class Ends extends Recorder {
  readonly last = new Map<number, Fate>();

  override enter(): void {}
  override exit(): void {}
  override arg(): void {}
  override note(): void {}
  override dump(): void {}
  override count(): void {}
  override packet(): void {}
  override fate(what: Fate, packet: number): void {
    if (packet !== 0 && what !== "reported" && what !== "unreported") this.last.set(packet, what);
  }
}

/** What may not be the last word when nothing is under way any more. */
const OPEN: ReadonlySet<Fate> = new Set<Fate>(["made", "looped"]);

const BUDGET = /^net\.core\.netdev_budget$/;

test("every packet has an end", () => {
  const property = fc.property(session, (actions) => {
    // With no budget the softirq gets nowhere: packets stay in the backlog.
    if (actions.some((a) => a.do === "configure" && "key" in a.change && BUDGET.test(a.change.key))) return;
    const m = El6.boot({ seed: 1 });
    const ends = new Ends();
    m.record(ends);
    try {
      for (const action of actions) act(m, action);
      m.advance(60_000);
    } catch (error) {
      if (error instanceof KernelPanic) return;
      throw error;
    }
    expect([...ends.last].filter(([, fate]) => OPEN.has(fate))).toEqual([]);
  });
  fc.assert(property, { seed: 1, numRuns: Number(process.env["FUZZ_RUNS"] ?? 1) * 150 });
}, 60_000);
