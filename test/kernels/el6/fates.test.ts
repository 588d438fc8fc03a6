// SPDX-License-Identifier: GPL-2.0-only
/**
 * No packet disappears without a word: whatever is done to a machine, the last that is told of each is an end, and what is told to be
 * held back or to wait is still there.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { SkBuff } from "../../../src/kernels/el6/include/linux/skbuff.ts";
import { KernelPanic } from "../../../src/kernels/el6/kernel.ts";
import { El6 } from "../../../src/kernels/index.ts";
import type { Fate } from "../../../src/trace/fate.ts";
import { Recorder } from "../../../src/trace/record.ts";
import { errnoName } from "../../../src/uapi/errno.ts";
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
const OPEN: ReadonlySet<Fate> = new Set<Fate>(["made", "arrived", "looped"]);
/** What must be true for as long as it is the last word. */
const STAYS: ReadonlySet<Fate> = new Set<Fate>(["held", "waiting"]);

/** The packets that a machine still has: on whatever queue they are, some object of it leads there. */
function kept(m: object): Set<number> {
  const packets = new Set<number>();
  const seen = new Set<object>();
  const todo: unknown[] = [m];
  for (let thing = todo.pop(); thing !== undefined; thing = todo.pop()) {
    if (typeof thing !== "object" || thing === null || seen.has(thing) || ArrayBuffer.isView(thing)) continue;
    seen.add(thing);
    if (thing instanceof Recorder) continue;
    if (thing instanceof SkBuff) packets.add(thing.pkt);
    if (thing instanceof Map) todo.push(...thing.keys(), ...thing.values());
    else if (thing instanceof Set) todo.push(...thing);
    todo.push(...Object.values(thing).filter((value) => value !== undefined));
  }
  return packets;
}

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
    const here = kept(m);
    expect([...ends.last].filter(([packet, fate]) => STAYS.has(fate) && !here.has(packet))).toEqual([]);
  });
  fc.assert(property, { seed: 1, numRuns: Number(process.env["FUZZ_RUNS"] ?? 1) * 150 });
}, 60_000);

/** Remembers whether somebody said why. */
class Refusals extends Ends {
  told = false;

  override fate(what: Fate): void {
    if (what === "refused" || what === "dropped") this.told = true;
  }
}

test("every change to a network that is refused says why", () => {
  const silent = new Set<string>();
  const property = fc.property(session, (actions) => {
    const m = El6.boot({ seed: 1 });
    const refusals = new Refusals();
    m.record(refusals);
    try {
      for (const action of actions) {
        refusals.told = false;
        const ret = act(m, action);
        if (action.do === "configure" && (ret as number) < 0 && !refusals.told)
          silent.add(`${errnoName(-(ret as number))} ${JSON.stringify(action.change)}`);
      }
    } catch (error) {
      if (!(error instanceof KernelPanic)) throw error;
    }
  });
  fc.assert(property, { seed: 2, numRuns: Number(process.env["FUZZ_RUNS"] ?? 1) * 150 });
  expect([...silent]).toEqual([]);
}, 60_000);
