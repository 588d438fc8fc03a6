// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a recording does not say about the machine that it was made on. The call trees come from a second, slower run of
 * each case (every tree was read out before the next step), whose packets, ports and counters nobody wrote down. A
 * tree tells some of it: a poll that ends early was ended by the clock; where a cached route has expired, a carrier
 * change had waited its second in the meantime. So where the trees differ, the case is tried again in another such
 * world, and it is kept only if the first difference moves towards the end.
 */
import type { BootOptions, Build } from "../../src/kernels/release.ts";
import type { RecordedStep } from "./recording.ts";

/** One possible machine. */
export interface World {
  /** Decides ports, ids, hash keys. */
  readonly seed: number;
  /** Steps before which a second went by: timers of carrier changes and neighbours ran out. */
  readonly late: readonly number[];
  /** The tables that all namespaces share are full of other namespaces' entries. */
  readonly crowded: boolean;
  /** Neighbours of other namespaces in a table that is not full of them. */
  readonly neighbours: number;
  /** In the steps from the first up to the second, without it, RCU freed so many of what left the route cache, and no more. */
  readonly held: readonly [from: number, to: number, freed: number];
}

export const QUIET: World = { seed: 1, late: [], crowded: false, neighbours: 0, held: [0, 0, 0] };

/** Tables of thousands do not notice; those that a case makes tiny are full. */
const CROWD = { routes: 64, neighbours: 64 };
/** Neighbours that a namespace of an earlier case may have left. */
const STRANGERS = [1, 2, 3, 4];
/** Enough that every row of a few choices between two ports is among them. */
const SEEDS = Array.from({ length: 64 }, (_, i) => i + 2);

/** How to boot the machine of a world. */
export function bootOptions(world: World, build: Build = "outlined"): BootOptions {
  const { seed, crowded, neighbours } = world;
  if (crowded) return { seed, build, elsewhere: CROWD };
  return neighbours > 0 ? { seed, build, elsewhere: { routes: 0, neighbours } } : { seed, build };
}

const later = (world: World, at: number): World[] =>
  world.late.includes(at) ? [] : [{ ...world, late: [...world.late, at] }];
const reseeded = (world: World): World[] => SEEDS.map((seed) => ({ ...world, seed }));

/** For the calls: other worlds to try where step `at` is the first that differs. */
export function callsWorlds(world: World, steps: readonly RecordedStep[], at: number): World[] {
  const calls = steps[at]?.calls ?? "";
  const tried = later(world, at);
  if (!world.crowded && /rt_garbage_collect|neigh_forced_gc/.test(calls))
    tried.push({ ...world, crowded: true });
  if (/udp_lib_get_port|fib_select_multipath/.test(calls)) tried.push(...reseeded(world));
  return tried;
}

/**
 * For packets and counters, which were recorded fast: a carrier change is taken to have come only where the recorded
 * route cache was flushed, and a weighted choice among next hops depends on the time. Where the neighbour table came to its
 * threshold, a namespace of an earlier case that was still going away had neighbours in it.
 */
export function stateWorlds(world: World, steps: readonly RecordedStep[], at: number): World[] {
  const tried: World[] = [];
  const flushed = lastFlush(steps, at);
  if (flushed !== undefined) tried.push(...later(world, flushed));
  if (/fib_select_multipath/.test(steps[at]?.calls ?? "")) tried.push(...reseeded(world));
  tried.push(...held(world, steps, at));
  const full = steps.some(({ calls = "" }) => /neigh_forced_gc/.test(calls));
  if (full && world.neighbours === 0)
    tried.push(...STRANGERS.map((neighbours) => ({ ...world, neighbours })));
  return tried;
}

/** Steps that RCU may have taken to free what left the route cache: each held a cached header meanwhile. */
const GRACE = 12;

/** After a flush dead routes may have waited for RCU beyond step `at`. */
function held(world: World, steps: readonly RecordedStep[], at: number): World[] {
  const ends = Array.from({ length: Math.min(GRACE, steps.length - at) }, (_, i) => at + 1 + i);
  return flushes(steps, at).flatMap((from) =>
    ends.flatMap((to) => [0, 1, 2].map((freed) => ({ ...world, held: [from, to, freed] as const }))),
  );
}

/** Every step up to `at` after which the route cache held less than before, the last one first. */
function flushes(steps: readonly RecordedStep[], at: number): number[] {
  const found = steps.flatMap((_, i) => (i <= at && lastFlush(steps, i) === i ? [i] : []));
  return found.reverse();
}

/** The last step up to `at` after which the route cache held less than before. */
function lastFlush(steps: readonly RecordedStep[], at: number): number | undefined {
  let entries = 0;
  let flushed: number | undefined;
  steps.slice(0, at + 1).forEach(({ rtc }, i) => {
    if (rtc === undefined) return;
    if (rtc.length < entries) flushed = i;
    entries = rtc.length;
  });
  return flushed;
}

/**
 * For each packet that process_backlog took from the queue: did the clock end its round there? It did where
 * net_rx_action polls again at once, for an empty queue would have ended the poll.
 */
export function ticksOf(calls: string): boolean[] {
  const ticks: boolean[] = [];
  /** Depth of the last poll, as long as its net_rx_action goes on. */
  let polled = -1;
  for (const line of calls.split("\n")) {
    const name = line.trimStart();
    const depth = line.length - name.length;
    if (name === "process_backlog") {
      if (depth === polled && ticks.length > 0) ticks[ticks.length - 1] = true;
      polled = depth;
    } else if (depth < polled) polled = -1;
    else if (name === "__netif_receive_skb" && depth === polled + 1) ticks.push(false);
  }
  return ticks;
}
