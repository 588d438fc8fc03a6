// SPDX-License-Identifier: GPL-2.0-only
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonLine, parseLine } from "../../src/render/json.ts";
import type { TraceEvent } from "../../src/trace/event.ts";
import { KINDS, objectId, objectSeq, Recorder } from "../../src/trace/record.ts";
import { note, type Tracee, traced } from "../../src/trace/traced.ts";

const FILE = "net/test.c";
const leaf = traced(
  FILE,
  "test_leaf(sk, daddr, len)",
  (k: Tracee, _sk: unknown, _daddr: number, len: number): number => {
    if (len === 0) note(k, "nothing to do", { len });
    return len === 0 ? -22 : len;
  },
);
const outer = traced(FILE, "test_outer(n)", (k: Tracee, n: number): void => {
  for (let i = 0; i < n; i++) leaf(k, { oid: objectId("sk", 1) }, 0xc0000201, i);
});

function run(work: (k: Tracee) => void): TraceEvent[] {
  const rec = new Recorder();
  work({ rec });
  return [...rec];
}

/** Sequence numbers where a name packed too tightly would break, and their neighbours. */
const FAR = [22, 23, 24, 26, 27, 28, 31, 32, 40].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]);

describe("a name", () => {
  const names = traced(FILE, "test_names(a, b)", (_k: Tracee, a: unknown, _b: unknown): unknown => a);

  test.each([1, 2, ...FAR])("of object %d of each kind", (seq) => {
    for (const kind of KINDS) {
      const object = { oid: objectId(kind, seq) };
      const name = `${kind}#${seq}`;
      const [enter, exit] = run((k) => names(k, object, 7));
      expect(enter).toMatchObject({ args: { a: name, b: 7 } });
      expect(exit).toMatchObject({ ret: name });
      expect(objectSeq(object.oid)).toBe(seq);
    }
  });

  test("is told even where every argument is wide", () => {
    const params = Array.from({ length: 20 }, (_, i) => `p${i}`);
    const fn = (_k: Tracee, ..._objects: unknown[]): void => {};
    // As a function of so many parameters has it.
    Object.defineProperty(fn, "length", { value: params.length + 1 });
    const many = traced(FILE, `test_many(${params.join(", ")})`, fn);
    const objects = params.map((_, i) => ({ oid: objectId("skb", 2 ** 31 + i) }));
    const args = Object.fromEntries(params.map((p, i) => [p, `skb#${2 ** 31 + i}`]));
    expect(run((k) => many(k, ...objects))[0]).toMatchObject({ args });
  });

  test("there is room for so many kinds", () => {
    expect(KINDS.length).toBeLessThanOrEqual(32);
  });
});

describe("a recording", () => {
  test("gives back what happened, in order, as plain values", () => {
    expect(run((k) => outer(k, 1))).toEqual([
      { ev: "enter", fn: "test_outer", file: FILE, inline: false, depth: 0, args: { n: 1 } },
      {
        ev: "enter",
        fn: "test_leaf",
        file: FILE,
        inline: false,
        depth: 1,
        args: { sk: "sk#1", daddr: 0xc0000201, len: 0 },
      },
      { ev: "note", fn: "test_leaf", depth: 2, text: "nothing to do", facts: { len: 0 } },
      { ev: "exit", fn: "test_leaf", depth: 1, ret: -22 },
      { ev: "exit", fn: "test_outer", depth: 0 },
    ]);
  });

  test("grows past its first block, and clear() forgets", () => {
    const rec = new Recorder();
    outer({ rec }, 5000);
    expect([...rec]).toHaveLength(5000 * 2 + 3);
    rec.clear();
    expect([...rec]).toEqual([]);
  });

  test("holds any number, text or nothing as an argument", () => {
    const any = traced(FILE, "test_any(v)", (_k: Tracee, _v: unknown): void => {});
    const value = fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }),
      fc.string(),
      fc.constant(null),
    );
    fc.assert(
      fc.property(value, (v) => {
        const [enter] = run((k) => any(k, v));
        expect(enter).toMatchObject({ args: { v } });
      }),
    );
  });

  test("nobody listening changes nothing", () => {
    expect(leaf({ rec: null }, null, 1, 0)).toBe(leaf({ rec: new Recorder() }, null, 1, 0));
  });
});

describe("JSON Lines", () => {
  test("a line reads back as its event", () => {
    for (const event of run((k) => outer(k, 3))) expect(parseLine(jsonLine(event))).toEqual(event);
  });

  test("what is no event is refused", () => {
    expect(() => parseLine("[]")).toThrow(SyntaxError);
    expect(() => parseLine("{")).toThrow(SyntaxError);
  });
});
