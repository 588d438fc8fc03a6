// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from "vitest";
import { LAYERS } from "../../src/trace/layer.ts";
import { COST, PER_64_BYTES, type TimedItem, type TimedSyscall, VirtualClock } from "../../src/trace/time.ts";
import type { Call } from "../../src/trace/tree.ts";
import { SENDS, stepsOf } from "../render/run.ts";

/** Every moment of a step, in the order of its events. */
function moments(step: TimedSyscall): number[] {
  const inside = (items: readonly TimedItem[]): number[] =>
    items.flatMap((i) => {
      if (i.ev === "call") return [i.start, ...inside(i.body), ...(i.returned ? [i.end] : [])];
      return i.ev === "in" ? [i.start, ...inside(i.body), i.end] : [i.at];
    });
  return [step.start, ...inside(step.body), ...(step.ret === null ? [] : [step.end])];
}

function call(fn: string, args: Call["args"], inline = false): Call {
  return {
    ev: "call",
    fn,
    file: "net/core/iovec.c",
    layer: "socket",
    inline,
    args,
    body: [],
    returned: true,
  };
}

/** How long a call of these arguments takes. */
function duration(fn: string, args: Call["args"], inline = false): number {
  const tree = new VirtualClock().syscall({ call: null, ret: null, body: [call(fn, args, inline)] });
  const [timed] = tree.body;
  return timed?.ev === "call" ? timed.end - timed.start : Number.NaN;
}

describe("virtual time", () => {
  test.for(SENDS.map((argv) => argv.join(" ")))(
    "%s: every event is later than the one before it",
    async (line) => {
      const clock = new VirtualClock();
      let last = 0;
      for (const step of await stepsOf(...line.split(" "))) {
        for (const at of moments(clock.syscall(step.tree))) {
          expect(at).toBeGreaterThan(last);
          expect(Number.isSafeInteger(at)).toBe(true);
          last = at;
        }
      }
      expect(last).toBeGreaterThan(COST.boot);
    },
  );

  test("the same trace has the same times", async () => {
    const [, step] = await stepsOf(...(SENDS[0] ?? []));
    if (step === undefined) throw new Error("no second step");
    expect(new VirtualClock().syscall(step.tree)).toEqual(new VirtualClock().syscall(step.tree));
  });

  test("every layer costs something, and bytes cost more than none", () => {
    for (const layer of LAYERS) expect(COST.own[layer]).toBeGreaterThanOrEqual(2);
    for (const [fn, [parameter, rate]] of PER_64_BYTES) {
      expect(duration(fn, { [parameter]: 0 })).toBe(COST.own.socket);
      expect(duration(fn, { [parameter]: 64 })).toBe(COST.own.socket + rate);
      expect(duration(fn, { [parameter]: 65 })).toBeGreaterThan(COST.own.socket + rate);
    }
    expect(duration("sock_sendmsg", { size: 1000 })).toBe(COST.own.socket);
    expect(duration("inet_sk", {}, true)).toBe(COST.inlineOwn);
  });

  test("the functions that touch bytes are el6's, with those parameters", async () => {
    const { RELEASES } = await import("../../src/kernels/index.ts");
    const { SYMBOLS } = await import("../../src/trace/symbol.ts");
    expect(RELEASES.el6.uname).toMatch(/^2\.6\.32/);
    for (const [fn, [parameter]] of PER_64_BYTES) {
      expect(SYMBOLS.find((s) => s.name === fn)?.params ?? [], fn).toContain(parameter);
    }
  });
});
