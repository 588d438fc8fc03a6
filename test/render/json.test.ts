// SPDX-License-Identifier: GPL-2.0-only
import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonLine } from "../../src/render/json.ts";
import type { TraceEvent, Value } from "../../src/trace/event.ts";
import { memo } from "../../src/trace/memo.ts";

const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "\x7f\x9f", '"\\', "\ud800", "é"));
const value = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer()),
  fc.dictionary(text, text),
) as fc.Arbitrary<Value>;
const values = fc.dictionary(text, value);
const depth = fc.nat(300);
const event: fc.Arbitrary<TraceEvent> = fc.oneof(
  fc.record({
    ev: fc.constant("enter" as const),
    fn: text,
    file: text,
    inline: fc.boolean(),
    depth,
    args: values,
  }),
  fc.record({ ev: fc.constant("exit" as const), fn: text, depth }),
  fc.record({ ev: fc.constant("exit" as const), fn: text, depth, ret: value }),
  fc.record({ ev: fc.constant("note" as const), fn: text, depth, text }),
  fc.record({ ev: fc.constant("note" as const), fn: text, depth, text, facts: values }),
  fc.record({ ev: fc.constant("count" as const), fn: text, depth, name: text, by: fc.integer() }),
  fc.record({ ev: fc.constant("context" as const), depth, name: text, on: fc.boolean() }),
);

test("a line is what JSON.stringify writes, controls of a terminal escaped", () => {
  fc.assert(
    fc.property(event, (e) => {
      const plain = JSON.stringify(e).replace(/[\x7f-\x9f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
      expect(jsonLine(e)).toBe(`${plain}\n`);
    }),
  );
});

test("a memo keeps the first names only, and answers for all", () => {
  const made: string[] = [];
  const twice = memo((name) => {
    made.push(name);
    return name + name;
  }, 2);
  expect(["a", "b", "c", "a", "b", "c"].map(twice)).toEqual(["aa", "bb", "cc", "aa", "bb", "cc"]);
  expect(made).toEqual(["a", "b", "c", "c"]);
});
