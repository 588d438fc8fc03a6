// SPDX-License-Identifier: GPL-2.0-only
/** Call trees side by side. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linesOf, readFtrace } from "../../src/capture/ftrace.ts";
import { longestCommon } from "../../src/trace/common.ts";
import {
  type Compare,
  callsOf,
  differences,
  outermost,
  type Pair,
  pairs,
  without,
} from "../../src/trace/diff.ts";
import { commonName, entryName } from "../../src/trace/names.ts";
import { type Call, syscalls } from "../../src/trace/tree.ts";

/** A tree as the recordings write it: a name a line, a blank a level. */
function tree(text: string): Call[] {
  return [...syscalls(readFtrace(linesOf(text)))].flatMap((s) => callsOf(s.body));
}

const MARK = { same: " ", alone: "!", inner: "!", around: "~" } as const;

const show = (lines: readonly Pair[]): string[] =>
  lines.map(({ kind, left, right }) => {
    const side = left === null ? ">" : right === null ? "<" : " ";
    const { depth, call } = (left ?? right) as NonNullable<Pair["left"]>;
    return `${MARK[kind]}${side}${" ".repeat(depth)}${call.fn}`;
  });

describe("pairs", () => {
  test("equal trees", () => {
    const text = "a\n b\n  c\n d\ne";
    expect(differences(pairs(tree(text), tree(text)))).toEqual([]);
    expect(show(pairs(tree("a\n b"), tree("a\n b")))).toEqual(["  a", "   b"]);
  });

  test("a call that one side has alone, with what it calls", () => {
    const lines = pairs(tree("a\n b\n x\n  y\n c"), tree("a\n b\n c\n z"));
    expect(show(lines)).toEqual(["  a", "   b", "!< x", "!<  y", "   c", "!> z"]);
    expect(differences(lines)).toEqual([2, 5]);
  });

  test("a call around what the other side calls directly", () => {
    const lines = pairs(tree("a\n w\n  b\n   c\n  d"), tree("a\n b\n  c\n d"));
    expect(show(lines)).toEqual(["  a", "~< w", "    b", "     c", "    d"]);
    expect(differences(lines)).toEqual([1]);
    const two = pairs(tree("a\n b\n  c\n d"), tree("a\n v\n  w\n   b\n    c\n d"));
    expect(show(two)).toEqual(["  a", "~> v", "~>  w", "   b", "    c", "   d"]);
  });

  test("calls of either side around what both have", () => {
    const lines = pairs(tree("a\n v\n  b\n   c\n  d"), tree("a\n w\n  b\n   c\n  e"));
    expect(show(lines)).toEqual(["  a", "~< v", "~> w", "    b", "     c", "!<  d", "!>  e"]);
    const apart = pairs(tree("a\n v\n  b\n   c"), tree("a\n w\n  x\n   y"));
    expect(show(apart)).toEqual(["  a", "!< v", "!<  b", "!<   c", "!> w", "!>  x", "!>   y"]);
  });

  test("results: the innermost that differs counts", () => {
    const returning = (call: Call, ret: number): Call => ({
      ...call,
      ret,
      body: callsOf(call.body).map((inner) => returning(inner, ret)),
    });
    const [one] = tree("a\n b\n  c\n d") as [Call];
    const compare: Compare = (x, y) =>
      x.ret === y.ret ? null : { what: "result", left: String(x.ret), right: String(y.ret) };
    const lines = pairs([returning(one, 5)], [returning(one, -1)], compare);
    expect(lines.map(({ change }) => change?.right)).toEqual(["-1", "-1", "-1", "-1"]);
    expect(differences(lines)).toEqual([2, 3]);
    expect(differences(pairs([one], [one], compare))).toEqual([]);
  });

  test("thousands of them", () => {
    const n = 20_000;
    const lines = pairs(tree("a\n w\n  f\n   g\n".repeat(n)), tree("a\n f\n  g\n".repeat(n)));
    expect(differences(lines)).toHaveLength(n);
    const many = pairs(tree(`a\n${" w\n  f\n   g\n".repeat(n)}`), tree(`a\n${" f\n  g\n".repeat(n)}`));
    expect(differences(many)).toHaveLength(n);
  });

  test("functions of several kernels under one name", () => {
    const lines = pairs(tree("sys_sendto\n f"), tree("__x64_sys_sendto\n f.isra.0"));
    expect(differences(lines)).toEqual([]);
    expect(lines[0]?.right?.call.fn).toBe("__x64_sys_sendto");
  });

  test("nothing against something", () => {
    expect(show(pairs([], tree("a\n b")))).toEqual(["!>a", "!> b"]);
    expect(pairs([], [])).toEqual([]);
  });
});

function forestOf(levels: number): fc.Arbitrary<Call[]> {
  const body: fc.Arbitrary<Call[]> = levels === 0 ? fc.constant<Call[]>([]) : forestOf(levels - 1);
  const call = fc.tuple(fc.constantFrom("a", "b", "c", "d"), body).map(
    ([fn, body]): Call => ({
      ev: "call",
      fn,
      file: "",
      layer: "ip",
      inline: false,
      args: {},
      body,
      returned: true,
    }),
  );
  return fc.array(call, { maxLength: 4 });
}
const forest = forestOf(4);

const flat = (calls: readonly Call[], depth = 0): string[] =>
  calls.flatMap((c) => [`${depth} ${c.fn}`, ...flat(callsOf(c.body), depth + 1)]);

describe("any two trees", () => {
  test("both are whole in the lines, in their own order and depth", () => {
    fc.assert(
      fc.property(forest, forest, (a, b) => {
        const lines = pairs(a, b);
        const side = (which: "left" | "right"): string[] =>
          lines.flatMap((l) => (l[which] === null ? [] : [`${l[which].depth} ${l[which].call.fn}`]));
        expect(side("left")).toEqual(flat(a));
        expect(side("right")).toEqual(flat(b));
        for (const { kind, left, right } of lines) {
          expect(kind === "same").toBe(left !== null && right !== null);
          if (left !== null && right !== null) expect(left.call.fn).toBe(right.call.fn);
        }
        expect(differences(lines).length === 0).toBe(flat(a).join() === flat(b).join());
      }),
      { numRuns: 500 },
    );
  });
});

describe("longestCommon", () => {
  test("is common, ascending, and as long as a table of every pair says", () => {
    const list = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
    fc.assert(
      fc.property(list, list, (a, b) => {
        const found = longestCommon(a, b);
        for (const [n, [i, j]] of found.entries()) {
          expect(a[i]).toBe(b[j]);
          const before = found[n - 1];
          if (before !== undefined) expect(before[0] < i && before[1] < j).toBe(true);
        }
        const best = (i: number, j: number): number =>
          i === a.length || j === b.length
            ? 0
            : a[i] === b[j]
              ? best(i + 1, j + 1) + 1
              : Math.max(best(i + 1, j), best(i, j + 1));
        if (a.length * b.length < 60) expect(found.length).toBe(best(0, 0));
      }),
    );
  });

  test("long lists take no long time", () => {
    const a = Array.from({ length: 50_000 }, (_, i) => `f${i % 1000}`);
    const found = longestCommon(a, [...a].reverse());
    expect(found.length).toBeGreaterThan(0);
  });
});

test("without: what is dropped hands up what it calls", () => {
  const calls = without(tree("a\n w\n  b\n   w\n    c\n d"), (c) => c.fn === "w");
  expect(flat(calls)).toEqual(["0 a", "1 b", "2 c", "1 d"]);
});

test("outermost: from where a recording begins", () => {
  expect(flat(outermost(tree("a\n u\n  u\n b\n  u"), new Set(["u"])))).toEqual(["0 u", "1 u", "0 u"]);
});

test.each([
  ["sys_sendto", "sendto"],
  ["SyS_sendto", "sendto"],
  ["__x64_sys_sendto", "sendto"],
  ["__arm64_sys_sendto", "sendto"],
  ["__se_sys_sendmsg", "sendmsg"],
  ["__do_sys_sendmsg.isra.0", "sendmsg"],
  ["__sys_sendto", "sendto"],
  ["compat_sys_sendmsg", "sendmsg"],
  ["udp_sendmsg", undefined],
  ["proc_sys_call_handler", undefined],
])("%s is the entry of %s", (fn, name) => {
  expect(entryName(fn)).toBe(name);
  expect(commonName(fn)).toBe(name === undefined ? fn : `sys_${name}`);
});
