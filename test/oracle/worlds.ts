// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a recording does not say about the machine it was made on. The call trees come from a second, slower run of
 * each case (every tree was read out before the next step), whose packets, ports and counters nobody wrote down. A
 * tree tells some of it: a poll that ends early was ended by the clock; where a cached route has expired, a carrier
 * change had waited its second in the meantime. So where the trees differ, the case is tried again in another such
 * world, and it is kept only if the first difference moves towards the end.
 */
import type { BootOptions } from "../../src/kernels/release.ts";
import type { RecordedStep } from "./recording.ts";

/** One possible machine. */
export interface World {
  /** Decides ports, ids, hash keys. */
  readonly seed: number;
  /** Steps before which a second went by: timers of carrier changes and neighbours ran out. */
  readonly late: readonly number[];
  /** The tables that all namespaces share are full of other namespaces' entries. */
  readonly crowded: boolean;
}

export const QUIET: World = { seed: 1, late: [], crowded: false };

/** Tables of thousands do not notice; those that a case makes tiny are full. */
const CROWD = { routes: 64, neighbours: 64 };
/** Enough that every row of a few choices between two ports is among them. */
const SEEDS = Array.from({ length: 64 }, (_, i) => i + 2);

/** How to boot the machine of a world, with the ticks that the step at hand asks for. */
export function bootOptions(world: World, tick: () => boolean): BootOptions {
  return { seed: world.seed, tick, ...(world.crowded ? { elsewhere: CROWD } : {}) };
}

/** Other worlds to try where step `i` is the first that differs. */
export function others(world: World, step: RecordedStep, i: number): World[] {
  const tried: World[] = [];
  if (!world.late.includes(i)) tried.push({ ...world, late: [...world.late, i] });
  if (!world.crowded && /rt_garbage_collect|neigh_forced_gc/.test(step.calls ?? "")) {
    tried.push({ ...world, crowded: true });
  }
  if (/udp_lib_get_port/.test(step.calls ?? "")) tried.push(...SEEDS.map((seed) => ({ ...world, seed })));
  return tried;
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
