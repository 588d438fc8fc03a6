// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { ftrace } from "../../src/render/ftrace.ts";
import { DEFAULT_TRACE_OPTIONS, type TraceOption } from "../../src/render/ftrace-options.ts";
import { address, argument, returned } from "../../src/render/register.ts";
import { plain } from "../../src/render/style.ts";
import type { TraceEvent } from "../../src/trace/event.ts";
import { EVERYTHING } from "../../src/trace/select.ts";
import { stepOf } from "../../src/trace/step.ts";
import { GOLDEN, MAIN_JOB, run } from "./run.ts";

const ALL = "funcgraph-tail,funcgraph-proc,funcgraph-abstime,funcgraph-retval,funcgraph-args,trace_printk";

/** The rows of the main job, without the header. */
async function rows(...options: readonly string[]): Promise<string[]> {
  const { out } = await run(...MAIN_JOB, "--format", "ftrace", ...options);
  return out.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** What is written of a few events. */
function written(events: readonly TraceEvent[], options: readonly TraceOption[] = []): string {
  const text: (string | Uint8Array)[] = [];
  const view = {
    selection: EVERYTHING,
    why: true,
    traceOptions: new Set([...DEFAULT_TRACE_OPTIONS, ...options]),
    paint: plain,
  } as unknown as Parameters<typeof ftrace>[1];
  ftrace({ write: (chunk) => void text.push(chunk) }, view).step(stepOf(events));
  return text.join("");
}

const enter = (fn: string, depth: number, args = {}): TraceEvent => ({
  ev: "enter",
  fn,
  file: "net/core/iovec.c",
  inline: false,
  depth,
  args,
});

describe("ftrace", () => {
  test("the main job", async () => {
    const { out } = await run(...MAIN_JOB, "--format", "ftrace");
    await expect(out).toMatchFileSnapshot(`${GOLDEN}/ftrace`);
  });

  test("the main job with every option", async () => {
    const { out } = await run(...MAIN_JOB, "--format", "ftrace", "--trace-option", ALL);
    await expect(out).toMatchFileSnapshot(`${GOLDEN}/ftrace-options`);
  });

  test("the header is the tracer's, and says what clock it is", async () => {
    const { out } = await run(...MAIN_JOB, "--format", "ftrace");
    expect(out.split("\n").slice(0, 5)).toEqual([
      "# tracer: function_graph",
      "#",
      "# CPU  DURATION                  FUNCTION CALLS",
      "# |     |   |                     |   |   |   |",
      expect.stringMatching(/^# virtual clock: .*2\.6\.32-642\.6\.2\.el6/),
    ]);
  });

  test("every row is one of three kinds, its bar in one column", async () => {
    for (const row of await rows()) {
      expect(row).toMatch(
        /^ 0\) [ +!] (?:\d\.\d{3} us {4}|\d\d\.\d{3} us {3}| {12})\| {2}(?: {2})*(?:\w+\(\)(?:;| \{)|\})$/,
      );
      expect(row.indexOf("|")).toBe(18);
    }
  });

  test("options add and remove columns as the tracer does", async () => {
    expect((await rows("--trace-option", "nofuncgraph-cpu"))[0]).toBe("              |  sys_socket() {");
    expect((await rows("--trace-option", "nofuncgraph-duration"))[0]).toBe(" 0) sys_socket() {");
    expect((await rows("--trace-option", "funcgraph-proc"))[0]).toBe(
      " 0)  nettrac-1000  |               |  sys_socket() {",
    );
    expect((await rows("--trace-option", "funcgraph-abstime"))[0]).toBe(
      "    1.000000 |   0)               |  sys_socket() {",
    );
    expect((await rows("--trace-option", "funcgraph-tail")).at(-1)).toMatch(
      /^ 0\) .*\} \/\* sys_sendto \*\/$/,
    );
    const both = await rows("--trace-option", "funcgraph-tail", "--trace-option", "nofuncgraph-tail");
    expect(both.at(-1)).toMatch(/\}$/);
  });

  test("--no-why is stronger than trace_printk", async () => {
    const [with_, without] = [
      ["--trace-option", "trace_printk"],
      ["--trace-option", "trace_printk", "--no-why"],
    ];
    expect((await rows(...with_)).some((row) => row.includes("/*"))).toBe(true);
    expect(await rows(...without)).toEqual(await rows());
  });

  test("--no-inline leaves what a stock kernel's tracer sees", async () => {
    const names = (lines: readonly string[]) => lines.map((l) => /(\w+)\(\)/.exec(l)?.[1]).filter((n) => n);
    expect(names(await rows())).toContain("__sock_sendmsg");
    expect(names(await rows("--no-inline"))).not.toContain("__sock_sendmsg");
  });

  test("durations as wide as the tracer lets them be, with its marks", () => {
    const copy = (ns: number) => {
      const len = Math.floor(((ns - 30) / 8) * 64);
      const events = [
        enter("memcpy_fromiovec", 0, { len }),
        { ev: "exit", fn: "memcpy_fromiovec", depth: 0 },
      ];
      return written(events as TraceEvent[]).replace(/memcpy.*\n/, "");
    };
    expect(copy(30)).toBe(" 0)   0.030 us    |  ");
    expect(copy(10_000)).toBe(" 0)   10.000 us   |  ");
    expect(copy(10_001 + 29)).toBe(" 0) + 10.030 us   |  ");
    expect(copy(100_030)).toBe(" 0) ! 100.030 us  |  ");
    expect(copy(12_345_678)).toBe(" 0) ! 12345.67 us |  ");
    expect(copy(1_234_567_030)).toBe(" 0) ! 1234567 us |  ");
  });

  test("a call that never returned has no closing brace", () => {
    expect(written([enter("a", 0), enter("b", 1)])).toBe(
      " 0)               |  a() {\n 0)               |    b() {\n",
    );
  });

  test("a void function says no return value, and more than six arguments are cut", () => {
    const args = { a: 1, b: -1, c: null, d: true, e: "skb#1", f: "…", g: 7 };
    const text = written(
      [enter("f", 0, args), { ev: "exit", fn: "f", depth: 0 }],
      ["funcgraph-retval", "funcgraph-args"],
    );
    expect(text).toBe(
      ` 0)   0.030 us    |  f(a=1, b=-1, c=0x0, d=1, e=0xffff881000000100, f=0x${address("f")}, ...);\n`,
    );
  });

  test("reasons stay inside their comments, and on their lines", () => {
    const text = written(
      [
        enter("f", 0),
        { ev: "note", fn: "f", depth: 1, text: "a */ b", facts: { x: "\u001b[31m\n*/" } },
        { ev: "exit", fn: "f", depth: 0 },
      ],
      ["trace_printk"],
    );
    expect(text.split("\n")[1]).toBe(" 0)               |  /* a * / b: x=\\x1b[31m\\x0a* / */");
  });
});

describe("values in registers", () => {
  test("addresses are made of kind and number, and are those of the kernel's memory", () => {
    expect(address("sk#1")).toBe("ffff880000000100");
    expect(address("skb#255")).toBe("ffff88100000ff00");
    expect(address("lo")).toMatch(/^ffff88f[0-9a-f]{7}00$/);
    expect(address("lo")).not.toBe(address("eth0"));
    expect(address({ len: 5 })).toBe(address({ len: 5 }));
  });

  test.each([
    [0, "0x0"],
    [5, "0x5"],
    [-22, "-22"],
    [-4095, "-4095"],
    [-4096, "0xfffff000"],
    [0xffffffff, "0xffffffff"],
    [null, "0x0"],
    [true, "1"],
    ["sk#1", "0xffff880000000100"],
  ] as const)("%j is returned as %s", (value, text) => {
    expect(returned(value)).toBe(value === true ? "0x1" : text);
  });

  test("arguments are signed numbers and addresses", () => {
    expect(argument("len", 0xffffffff)).toBe("len=4294967295");
    expect(argument("sk", null)).toBe("sk=0x0");
  });
});

test.each(["funcgraph-tale", "nofuncgraph", "no", "nononsense", "FUNCGRAPH-TAIL", "\u001b[31m"])(
  "--trace-option %j is one clear line",
  async (word) => {
    const io = memoryIo();
    expect(await main([...MAIN_JOB, "--trace-option", word], io)).toBe(2);
    expect(io.out).toBe("");
    expect(io.err).toMatch(
      /^nettrace: --trace-option '[\x20-\x7e]+': expected funcgraph-cpu, [\x20-\x7e]+\n$/,
    );
  },
);
