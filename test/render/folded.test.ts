// SPDX-License-Identifier: GPL-2.0-only
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../src/trace/time.ts";
import { GOLDEN, MAIN_JOB, run, SENDS, stepsOf } from "./run.ts";
import { need, output, withFiles } from "./tools.ts";

const ROOT = "nettrace (virtual clock)";

/** Stacks, without the root, and their weights. */
async function stacks(...argv: readonly string[]): Promise<Map<string, number>> {
  const { out } = await run(...argv, "--format", "folded");
  const rows = out
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, stack = "", weight] = /^nettrace \(virtual clock\);([\w;]+) (\d+)$/.exec(line) ?? [];
      expect(stack, line).not.toBe("");
      return [stack, Number(weight)] as const;
    });
  const map = new Map(rows);
  expect(map.size).toBe(rows.length);
  return map;
}

describe("folded", () => {
  test("the main job", async () => {
    const { out } = await run(...MAIN_JOB, "--format", "folded");
    expect(out.startsWith(`${ROOT};sys_socket `)).toBe(true);
    await expect(out).toMatchFileSnapshot(`${GOLDEN}/folded`);
  });

  test.for(SENDS.map((argv) => argv.join(" ")))("weights add up to the time of all: %s", async (line) => {
    const argv = line.split(" ");
    const clock = new VirtualClock();
    let time = 0;
    for (const { tree } of await stepsOf(...argv)) {
      for (const item of clock.syscall(tree).body) if (item.ev === "call") time += item.end - item.start;
    }
    const weights = await stacks(...argv);
    expect([...weights.values()].reduce((sum, w) => sum + w, 0)).toBe(time);
    for (const [stack, weight] of weights) {
      expect(weight).toBeGreaterThan(0);
      const above = stack.slice(0, stack.lastIndexOf(";"));
      if (stack.includes(";")) expect(weights.has(above), stack).toBe(true);
    }
  });

  test.for(SENDS.map((argv) => argv.join(" ")))(
    "uftrace folds its data the same way: %s",
    async (line, context) => {
      need(context, "uftrace");
      const argv = line.split(" ");
      const io = await run(...argv, "--format", "uftrace", "-o", "data");
      const text = withFiles(io, (folder) =>
        output("uftrace", "dump", "-d", join(folder, "data"), "--flame-graph", "--sample-time=1ns"),
      );
      const theirs = text
        .trimEnd()
        .split("\n")
        .map((row) => row.split(" ") as [string, string]);
      expect(Object.fromEntries(theirs.map(([stack, ns]) => [stack, Number(ns)]))).toEqual(
        Object.fromEntries(await stacks(...argv)),
      );
    },
  );

  test("what comes again is added up", async () => {
    const [once, often] = [await stacks(...MAIN_JOB, "-n", "2"), await stacks(...MAIN_JOB, "-n", "50")];
    expect([...often.keys()]).toEqual([...once.keys()]);
  });
});
