// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whatever anybody does to a machine, some things hold. Random networks, calls and frames, the same ones at each run;
 * FUZZ_RUNS=20 takes twenty times as many, FUZZ_SEED=2 others.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KernelPanic } from "../../../src/kernels/el6/kernel.ts";
import type { El6Machine } from "../../../src/kernels/el6/machine.ts";
import { El6 } from "../../../src/kernels/index.ts";
import type { Frame, Machine } from "../../../src/kernels/release.ts";
import { type Action, act, look, session } from "./fuzz/action.ts";
import { Foreign, wrongPackets } from "./fuzz/packets.ts";
import { Outgoing, type Port, untold } from "./fuzz/traffic.ts";
import { disagreement, settled, Watcher } from "./fuzz/watch.ts";

const FACTOR = Number(process.env["FUZZ_RUNS"] ?? 1);
const SEED = Number(process.env["FUZZ_SEED"] ?? 1);
const runs = (n: number) => ({ seed: SEED, numRuns: n * FACTOR });
const TIMEOUT = 60_000 * Math.max(1, FACTOR);

/** `busy`: now and then the clock ticks in the midst of the work. */
function boot(seed = 1, busy = false): Machine {
  let n = 0;
  return El6.boot({ seed, ...(busy ? { tick: () => n++ % 3 === 2 } : {}) });
}

/** What these sessions can make the real kernel panic with; any other panic is a mistake of ours. */
const PANIC =
  /^(__ip_append_data writes \d+ bytes past the end of a page|ip_fragment never ends|ping_push_pending_frames follows)/;

/** Is it the end of the machine, as it would be of the real one? All else is thrown on. */
function isPanic(error: unknown): boolean {
  if (error instanceof KernelPanic && PANIC.test(error.message)) return true;
  throw error;
}

/** Go through a session and hand on what each action gave back; false where the kernel panicked. */
function go(m: Machine, actions: readonly Action[], each: (result: unknown) => void): boolean {
  try {
    for (const action of actions) each(act(m, action));
    return true;
  } catch (error) {
    return !isPanic(error);
  }
}

/** All that came back and all that could be seen in the end, as text. */
function story(m: Machine, actions: readonly Action[]): string {
  const results: unknown[] = [];
  const alive = go(m, actions, (result) => results.push(result));
  return JSON.stringify([results, alive ? look(m) : "panic"]);
}

/** The whole session as JSON Lines. */
function lines(actions: readonly Action[], busy: boolean): string {
  const m = boot(1, busy);
  const rec = m.newRecorder();
  m.record(rec);
  go(m, actions, () => {});
  return [...rec].map((ev) => JSON.stringify(ev)).join("\n");
}

/** Each action with what was seen of it: the recorder's view and the tap's. */
function watched(
  m: El6Machine,
  actions: readonly Action[],
  check: (seen: {
    readonly action: Action;
    readonly rec: Watcher;
    readonly frames: readonly Frame[];
    readonly before: Map<string, number>;
    readonly after: Map<string, number>;
    readonly ports: readonly Port[];
  }) => string[],
): void {
  const rec = new Watcher(m.kernel.object_names);
  const frames: Frame[] = [];
  m.tap((f) => frames.push(f));
  const ports = (): (Port & { readonly ifindex: number })[] =>
    m.kernel.init_net.devices.map(({ name, kind, ifindex }) => ({ name, kind, ifindex }));
  for (const action of actions) {
    const before = settled(m);
    const there = ports();
    frames.length = 0;
    rec.begin();
    m.record(rec);
    try {
      act(m, action);
    } catch (error) {
      if (isPanic(error)) return;
    }
    m.record(null);
    rec.finish();
    const now = new Set(ports().map((p) => `${p.ifindex} ${p.name}`));
    const still = there.filter((p) => now.has(`${p.ifindex} ${p.name}`));
    expect(check({ action, rec, frames, before, after: m.counters(), ports: still })).toEqual([]);
  }
}

describe("whatever is done to a machine", () => {
  test(
    "calls return, what was entered is left, counters move by what events say, packets are right",
    () => {
      const property = fc.property(session, fc.boolean(), (actions, busy) => {
        const foreign = new Foreign();
        const outgoing = new Outgoing();
        watched(boot(1, busy) as El6Machine, actions, ({ action, rec, frames, before, after, ports }) => {
          foreign.add(action);
          // A datagram whose sum el6 itself has lost is wrong on the real kernel's wire too.
          const packets = wrongPackets(frames, foreign).filter(
            (w) => !(rec.bug && w.includes("UDP checksum")),
          );
          const own = frames.filter((f) => !foreign.frame(f));
          outgoing.add(own, rec.moved, rec.times("skb_gso_segment"));
          return [
            ...rec.wrong,
            ...outgoing.untold(),
            ...disagreement(before, after, rec.moved),
            ...packets,
            ...untold(frames, rec.moved, ports, rec.times("ip_dev_loopback_xmit")),
          ];
        });
      });
      fc.assert(property, runs(250));
    },
    TIMEOUT,
  );

  test(
    "nobody notices who listens",
    () => {
      const property = fc.property(session, fc.boolean(), fc.boolean(), (actions, tapped, busy) => {
        const [quiet, loud] = [boot(1, busy), boot(1, busy)];
        const rec = loud.newRecorder();
        loud.record(rec);
        if (tapped) loud.tap(() => {});
        expect(story(loud, actions)).toBe(story(quiet, actions));
      });
      fc.assert(property, runs(200));
    },
    TIMEOUT,
  );

  test(
    "the same again is the same story, byte for byte",
    () => {
      const property = fc.property(session, fc.boolean(), (actions, busy) => {
        expect(lines(actions, busy)).toBe(lines(actions, busy));
      });
      fc.assert(property, runs(80));
    },
    TIMEOUT,
  );

  test(
    "two machines by turns are as each would be alone",
    () => {
      const property = fc.property(session, session, (one, other) => {
        const machines = [boot(1), boot(2)] as const;
        const turns = [one, other] as const;
        const results: unknown[][] = [[], []];
        const alive = [true, true];
        for (let i = 0; i < Math.max(one.length, other.length); i++) {
          for (const who of [0, 1] as const) {
            const action = turns[who][i];
            if (action === undefined || !alive[who]) continue;
            alive[who] = go(machines[who], [action], (result) => results[who]?.push(result));
          }
        }
        const both = ([0, 1] as const).map((who) =>
          JSON.stringify([results[who], alive[who] ? look(machines[who]) : "panic"]),
        );
        expect(both).toEqual([story(boot(1), one), story(boot(2), other)]);
      });
      fc.assert(property, runs(100));
    },
    TIMEOUT,
  );
});
