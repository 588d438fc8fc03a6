// SPDX-License-Identifier: GPL-2.0-only
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CaptureError } from "../../src/capture/error.ts";
import { linesOf, readFtrace } from "../../src/capture/ftrace.ts";
import { parseRow } from "../../src/capture/ftrace-row.ts";
import { isReason, type TraceEvent } from "../../src/trace/event.ts";
import { EVERYTHING } from "../../src/trace/select.ts";
import { loadCases, ownData } from "../oracle/recording.ts";
import { ftraceOutline } from "../render/read-back.ts";
import { MAIN_JOB, outlineOf, run, SENDS, stepsOf } from "../render/run.ts";

function events(text: string): TraceEvent[] {
  return [...readFtrace(linesOf(text))];
}

/** All calls of a recording, by name. */
function returns(text: string): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const e of events(text)) if (e.ev === "exit") all[e.fn] = e.ret;
  return all;
}

describe("what ftrace writes reads back", () => {
  const OPTIONS = [
    "",
    "funcgraph-tail,funcgraph-proc,funcgraph-abstime,funcgraph-retval,funcgraph-args",
    "trace_printk,funcgraph-proc,nofuncgraph-cpu",
    "nofuncgraph-duration,funcgraph-tail",
    "nofuncgraph-cpu,nofuncgraph-duration,nofuncgraph-overhead",
    "funcgraph-abstime,nofuncgraph-overhead,trace_printk,nofuncgraph-duration",
  ];
  for (const argv of SENDS) {
    test.each(OPTIONS)(`${argv.join(" ")} %s`, async (options) => {
      const { out } = await run(...argv, "--format", "ftrace", "--trace-option", options);
      expect(ftraceOutline(out)).toEqual(outlineOf(await stepsOf(...argv)));
    });
  }

  test.each([
    [["--no-inline"], { inline: false }],
    [["--depth", "3"], { depth: 3 }],
    [["--only", "fib_*"], { only: ["fib_*"] }],
    [["--layer", "udp,ip"], { layers: ["udp", "ip"] }],
  ] as const)("a view: %s", async (view, selection) => {
    const { out } = await run(...MAIN_JOB, ...view, "--format", "ftrace");
    const steps = await stepsOf(...MAIN_JOB);
    expect(ftraceOutline(out)).toEqual(outlineOf(steps, { ...EVERYTHING, ...selection }));
  });

  test("returns, arguments and reasons too", async () => {
    const options = "funcgraph-retval,funcgraph-args,trace_printk";
    const refused = [...MAIN_JOB, "--connect", "-n", "2"];
    const { out } = await run(...refused, "--format", "ftrace", "--trace-option", options);
    expect(returns(out)).toMatchObject({ sys_sendto: -111, udp_sendmsg: -111, inet_netns_ok: 1 });
    const steps = await stepsOf(...refused);
    const notes = steps.flatMap((s) => s.events).filter(isReason);
    const read = events(out).filter(isReason);
    expect(read.map((e) => [e.fn, e.depth])).toEqual(notes.map((e) => [e.fn, e.depth]));
    for (const [i, note] of notes.entries()) expect(read[i]?.text.startsWith(note.text)).toBe(true);
    const entered = events(out).find((e) => e.ev === "enter" && e.fn === "sys_connect");
    expect(entered).toMatchObject({ args: { fd: 3, addrlen: 16 } });
  });
});

test("the recordings' own form: trees of every topic", () => {
  let trees = 0;
  for (const [i, one] of loadCases(join(ownData(), "cases")).entries()) {
    if (i % 5 !== 0) continue;
    for (const { calls } of one.steps) {
      if (calls === undefined || calls === "") continue;
      expect(ftraceOutline(calls).join("\n")).toBe(calls.trimEnd());
      trees++;
    }
  }
  expect(trees).toBeGreaterThan(700);
});

describe("text of real tracers", () => {
  test("tracefs, with all that its options add", () => {
    const text = `# tracer: function_graph
#
#     TIME        CPU  TASK/PID         DURATION                  FUNCTION CALLS
#      |          |     |    |           |   |                     |   |   |   |
  123.456789 |   1)   bash-4251   |               |  sys_close() {
  123.456790 |   1)   bash-4251   |   0.382 us    |    _spin_lock(); /* ret=0x1 */
  123.456791 |   1)   bash-4251   | # 1234.567 us |    nf_hook_slow [nf_conntrack](skb=0xffff8800deadbeef, hook=3) { /* <-ip_rcv */
  123.456792 |   1)   bash-4251   |               |      /* hello: world */
  123.456793 |   1)   bash-4251   | ! 100.001 us  |    } /* nf_hook_slow ret=-22 */
  123.456794 |   1)   bash-4251   | + 12.3 us     |  }
`;
    expect(events(text)).toEqual([
      { ev: "enter", fn: "sys_close", file: "", inline: false, depth: 0, args: {} },
      { ev: "enter", fn: "_spin_lock", file: "", inline: false, depth: 1, args: {} },
      { ev: "exit", fn: "_spin_lock", depth: 1, ret: 1 },
      {
        ev: "enter",
        fn: "nf_hook_slow",
        file: "",
        inline: false,
        depth: 1,
        args: { skb: "0xffff8800deadbeef", hook: 3 },
      },
      { ev: "note", fn: "nf_hook_slow", depth: 2, text: "hello: world" },
      { ev: "exit", fn: "nf_hook_slow", depth: 1, ret: -22 },
      { ev: "exit", fn: "sys_close", depth: 0 },
    ]);
  });

  test("tasks and CPUs don't mix", () => {
    const text = ` 0)               |  a() {
 1)               |  x() {
 0)   1.000 us    |    b();
 1)   1.000 us    |    y();
 ------------------------------------------
 0)   bash-10     =>   sshd-20
 ------------------------------------------

 0)               |  s() {
 1)   2.000 us    |  }
 0)   1.000 us    |    t();
 0)   3.000 us    |  }
 ------------------------------------------
 0)   sshd-20     =>   bash-10
 ------------------------------------------

 0)   4.000 us    |  }
`;
    expect(ftraceOutline(text)).toEqual(["x", " y", "s", " t", "a", " b"]);
  });

  test("interrupts are another context", () => {
    const text = ` 0)               |  f() {
 0)   ==========> |
 0)               |    do_IRQ() {
 0)   1.000 us    |      irq_enter();
 0)   3.000 us    |    }
 0)   <========== |
 0)   1.000 us    |    g();
 0)   9.000 us    |  }
`;
    expect(ftraceOutline(text)).toEqual(["f", " do_IRQ", "  irq_enter", " g"]);
    expect(events(text).filter((e) => e.ev === "context")).toEqual([
      { ev: "context", depth: 1, name: "irq", on: true },
      { ev: "context", depth: 1, name: "irq", on: false },
    ]);
  });

  test("what is lost at the beginning, in the middle and at the end", () => {
    const text = ` 0)   1.000 us    |      tail();
 0)   2.000 us    |    }
 0)               |  a() {
 0)               |    b() {
CPU:0 [LOST 12 EVENTS]
 0)   1.000 us    |    c();
 0)   4.000 us    |  }
 0)               |  d() {
 0)   1.000 us    |    e();
`;
    expect(ftraceOutline(text)).toEqual(["tail", "a", " b", " c", "d", " e"]);
    expect(events(text).at(-1)).toMatchObject({ ev: "exit", fn: "e" });
  });

  test("trace-cmd report", () => {
    const text = `cpus=2
CPU 1 is empty
            bash-4251  [000] d..1.   123.456: funcgraph_entry:                   |  sys_close() {
            bash-4251  [000]   123.457: funcgraph_entry:        0.382 us   |    f();
            bash-4251  [000]   123.458: print:                ffffffff81000000: not bound: takes a port
            bash-4251  [000]   123.458: sys_enter:            NR 3
            bash-4251  [000]   123.459: funcgraph_exit:       + 12.345 us   |  }
`;
    expect(ftraceOutline(text)).toEqual(["sys_close", " f"]);
    expect(events(text).find((e) => e.ev === "note")).toMatchObject({ text: "not bound: takes a port" });
  });

  test("files and inlining are looked up by name, without gcc's suffixes", () => {
    const lookup = (fn: string) => (fn === "f" ? { file: "net/f.c", inline: true } : undefined);
    const [first] = readFtrace([" 0)   1.000 us    |  f.isra.3();"], lookup);
    expect(first).toMatchObject({ fn: "f.isra.3", file: "net/f.c", inline: true });
  });
});

describe("what is no recording is one clear line", () => {
  const problem = (text: string): string => {
    try {
      events(text);
    } catch (error) {
      if (error instanceof CaptureError) return error.message;
      throw error;
    }
    return "";
  };

  test.each([
    ["hello world\n", "line 1, column 1: expected a call 'name();' or 'name() {', '}' or '/* … */'"],
    [
      "# x\n 0)   1.0 us    |  f(;\n",
      "line 2, column 20: expected a call 'name();' or 'name() {', '}' or '/* … */'",
    ],
    ["a\n  b\n", "line 2, column 1: expected an indentation of at most 1 before 'b'"],
    [`${"x".repeat(5000)}\n`, "line 1, column 4097: expected a shorter line: it has 5000 characters"],
  ])("%#", (text, message) => {
    expect(problem(text)).toBe(message);
  });

  test("no line takes long to read", () => {
    for (const c of [" ", "-", "a", "(", "/*", ") {", "=1,", "| "]) {
      parseRow(`x${c.repeat(4000 / c.length)}!`);
      parseRow(`x(${c.repeat(4000 / c.length)}`);
    }
  });
});
