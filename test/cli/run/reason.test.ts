// SPDX-License-Identifier: GPL-2.0-only
/** Which of a trace's reasons is told, and what a scenario says later. */
import { describe, expect, test } from "vitest";
import { Ahead } from "../../../src/cli/run/log/ahead.ts";
import { reasonOf } from "../../../src/cli/run/outside/reason.ts";
import { scenario } from "../../../src/script/scenario.ts";
import type { TraceEvent } from "../../../src/trace/event.ts";

const enter = (fn: string): TraceEvent => ({ ev: "enter", fn, file: "", depth: 0, args: {} }) as TraceEvent;
const exit = (fn: string, ret: number): TraceEvent => ({ ev: "exit", fn, depth: 0, ret }) as TraceEvent;
const note = (text: string): TraceEvent => ({ ev: "note", fn: "", depth: 0, text }) as TraceEvent;

describe("the reason", () => {
  test("is the last one", () => {
    expect(reasonOf([enter("a"), note("one"), note("two"), exit("a", 0)])).toBe("two");
    expect(reasonOf([])).toBeUndefined();
  });
  test("or the one before it, given where something failed", () => {
    const inner = [enter("b"), note("no way"), exit("b", -22)];
    expect(reasonOf([enter("a"), ...inner, note("dropped"), exit("a", 1)])).toBe("no way");
    expect(reasonOf([enter("a"), ...inner, note("well"), note("dropped"), exit("a", 1)])).toBe("dropped");
  });
});

describe("reading ahead", () => {
  const lines = ["close(1) = 0", "close(2) = 0", "close(3) = 0", "ip link", "close(4) = 0"];
  const seen = (ahead: Ahead, line: number): number[] => [...ahead.after(line)].map((step) => step.line);

  test("goes on to the next command, and not back", () => {
    let readings = 0;
    const ahead = new Ahead(() => {
      readings++;
      return scenario(lines, { ifindex: () => 1 });
    });
    expect(seen(ahead, 1)).toEqual([2, 3]);
    expect(seen(ahead, 1)).toEqual([2, 3]);
    expect(seen(ahead, 2)).toEqual([3]);
    expect(seen(ahead, 3)).toEqual([]);
    expect(seen(ahead, 4)).toEqual([5]);
    expect(seen(ahead, 5)).toEqual([]);
    expect(readings).toBe(1);
  });

  test("does not begin before somebody asks", () => {
    const ahead = new Ahead(() => {
      throw new Error("read");
    });
    expect(() => seen(ahead, 1)).toThrow("read");
  });
});
