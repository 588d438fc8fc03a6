// SPDX-License-Identifier: GPL-2.0-only
/** Recordings as people copy them: the same tree, whatever the tool's options and the paste made of its lines. */
import { describe, expect, test } from "vitest";
import { CaptureError } from "../../src/capture/error.ts";
import { Leavings, linesOf, readFtrace } from "../../src/capture/ftrace.ts";
import type { TraceEvent } from "../../src/trace/event.ts";
import { ftraceOutline } from "../render/read-back.ts";

/** A tree, and each line's duration. */
const TREE: readonly (readonly [string, string])[] = [
  ["", "udp_sendmsg() {"],
  ["0.505", "  ip_generic_getfrag();"],
  ["", "  udp_send_skb.isra.0() {"],
  ["0.205", "    udp4_hwcsum();"],
  ["", "    ip_send_skb() {"],
  ["0.110", "      ip_local_out();"],
  ["0.952", "    }"],
  ["1.821", "  }"],
  ["0.100", "  sock_put();"],
  ["3.821", "}"],
];
const OUTLINE = [
  "udp_sendmsg",
  " ip_generic_getfrag",
  " udp_send_skb.isra.0",
  "  udp4_hwcsum",
  "  ip_send_skb",
  "   ip_local_out",
  " sock_put",
];
const took = (d: string): string => (d === "" ? "" : `${d} us`);
const bar = ([d, f]: readonly [string, string]): string => `${took(d).padStart(11)}    |  ${f}`;
const each = (row: (line: readonly [string, string], n: number) => string): string =>
  `${TREE.map(row).join("\n")}\n`;
const TRACEFS = each((line) => ` 12) ${bar(line)}`);
const numbered = (text: string, prefix: (n: number) => string): string =>
  text.replace(
    /^(?=.)/gm,
    (
      () => (n: number) =>
        prefix(n)
    )() && counter(prefix),
  );

/** Each line with its number before it. */
function counter(prefix: (n: number) => string): () => string {
  let n = 0;
  return () => prefix(++n);
}

/** As unexpand -a has it: blanks up to a multiple of eight columns are a tab. */
function unexpand(text: string): string {
  const parts = (line: string): string[] => line.match(/.{1,8}/g) ?? [];
  const shorter = (part: string): string => (part.length === 8 ? part.replace(/ {2,}$/, "\t") : part);
  return text.replace(/.+/g, (line) => parts(line).map(shorter).join(""));
}

const FORMS: Readonly<Record<string, string>> = {
  tracefs: TRACEFS,
  "perf-tools' funcgraph": `Tracing "udp_sendmsg"... Ctrl-C to end.\n${TRACEFS}^C\nEnding tracing...\n`,
  "perf-tools' funcgraph for a while": `Tracing "udp_sendmsg" for 1 seconds... \n${TRACEFS}Ending tracing...\n`,
  "with the latency format": each((line) => ` 1)   d.s1. | ${bar(line)}`),
  "with the latency format of el6": each((line) => ` 1) d.s1 ${bar(line)}`),
  "with prompts around it": `root@box:/sys/kernel/debug/tracing# cat trace\n${TRACEFS}root@box:/sys/kernel/debug/tracing# \n`,
  "between fences": `\`\`\`\n${TRACEFS}\`\`\`\n`,
  "with the latency format, a time and a task": each(
    (line) => `  123.456789 |   1)   nc-4251    |   .N.1 | ${bar(line)}`,
  ),
  "of trace-cmd": each((line) => `       nc-812   [001] .....  1000.000001: funcgraph_entry:   ${bar(line)}`),
  "of trace-cmd, with nanoseconds and thread groups": each(
    (line) => `       nc-812   (  812) [001] 1000.000001123: funcgraph_entry:   ${bar(line)}`,
  ),
  "of trace-cmd without the event's column": each((line) => `   nc-812   [001]  1000.000001:  ${bar(line)}`),
  "of trace-cmd without the columns before": each((line) => `funcgraph_entry:        ${bar(line)}`),
  "of uftrace": each(([d, f]) => `${took(d).padStart(10)} [  4251] | ${f}`),
  "without bars": each(([d, f]) => ` 3) ${took(d).padStart(10)}    ${f}`),
  "without bars, some lines with a mark": each(
    ([d, f]) => ` 3) ${d === "" ? " " : "+"}${took(d).padStart(9)}    ${f}`,
  ),
  "without bars and CPU": each(([d, f]) => `${took(d).padStart(10)}     ${f}`),
  "the calls alone": each(([, f]) => f),
  "the calls alone, indented by four": each(([, f]) => `    ${f.replaceAll("  ", "    ")}`),
  "one blank between all": each((line) => ` 3) ${bar(line)}`.trim().replace(/ +/g, " ")),
  "one blank, no columns": each(([, f]) => f.trim()),
  quoted: TRACEFS.replace(/^/gm, "> "),
  "quoted twice": TRACEFS.replace(/^/gm, ">> "),
  "quoted with blanks between": TRACEFS.replace(/^/gm, "> > "),
  "the calls alone, quoted": each(([, f]) => `> ${f}`),
  "of cat -n": numbered(TRACEFS, (n) => `${String(n).padStart(6)}\t`),
  "of grep -n": numbered(TRACEFS, (n) => `${n + 5}:`),
  "of grep -n -A": numbered(TRACEFS, (n) => `${n + 95}${n === 1 ? ":" : "-"}`),
  "of less -N": numbered(TRACEFS, (n) => `${String(n).padStart(7)} `),
  "of bat": numbered(TRACEFS, (n) => `${String(n + 96).padStart(4)} │ `),
  "the calls alone, of grep -n": numbered(
    each(([, f]) => f),
    (n) => `${n + 5}:`,
  ),
  "the calls alone, of cat -n": numbered(
    each(([, f]) => f),
    (n) => `${String(n).padStart(6)}\t`,
  ),
  "quoted and numbered": numbered(TRACEFS, (n) => `> ${n}: `),
  "lines of a diff": TRACEFS.replace(/^/gm, "+"),
  "lines of an editor that is fond of tabs": unexpand(TRACEFS),
  "with CRLF and a byte order mark": `\ufeff${TRACEFS.replaceAll("\n", "\r\n")}`,
  coloured: TRACEFS.replaceAll("udp_send", "\x1b[01;31m\x1b[Kudp_send\x1b[m\x1b[K"),
  "in a mail": `Hi all,\n\nI see this on 6.1:\n\n\`\`\`\n# cat trace\n${TRACEFS}\`\`\`\n\nAny idea?\nThanks\n`,
};

describe("the same tree", () => {
  test.each(Object.entries(FORMS))("%s", (_what, text) => {
    expect(ftraceOutline(text)).toEqual(OUTLINE);
  });
});

test("what is no call is counted, the first of it kept", () => {
  const leavings = new Leavings();
  for (const _ of readFtrace(linesOf(FORMS["in a mail"] as string), undefined, leavings));
  expect(leavings).toMatchObject({ skipped: 4, first: { line: 1, text: "Hi all," }, gaps: 0 });
});

describe("gaps", () => {
  test.each(["...", "[...]", " …", "    [snip]", "<snip>", "--8<--", "> ...", " 3)               |    ..."])(
    "%s",
    (mark) => {
      const text = ` 3)               |  udp_sendmsg() {
 3)   0.052 us    |    ip_generic_getfrag();
${mark}
 3)               |    udp_send_skb() {
 3)   0.052 us    |      udp4_hwcsum();
 3)   2.052 us    |    }
 3)   9.052 us    |  }
`;
      const leavings = new Leavings();
      const events = [...readFtrace(linesOf(text), undefined, leavings)];
      expect(ftraceOutline(text)).toEqual([
        "udp_sendmsg",
        " ip_generic_getfrag",
        " udp_send_skb",
        "  udp4_hwcsum",
      ]);
      expect(events.filter((e) => e.ev === "note")).toEqual([
        { ev: "note", fn: "udp_sendmsg", depth: 1, text: "the recording has a gap here: lines were removed" },
      ]);
      expect(leavings).toMatchObject({ skipped: 0, gaps: 1, gap: 3 });
    },
  );

  test("what the tracer lost", () => {
    const text = ` 0)               |  a() {\nCPU:0 [LOST 12 EVENTS]\n 0)   1.000 us    |    c();\n 0)   4.000 us    |  }\n`;
    const notes = [...readFtrace(linesOf(text))].filter((e) => e.ev === "note");
    expect(notes).toMatchObject([{ text: "the tracer lost 12 events here", depth: 1 }]);
  });
});

/** What each call returned. */
function returns(text: string): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const e of readFtrace(linesOf(text)) as Iterable<TraceEvent>) if (e.ev === "exit") all[e.fn] = e.ret;
  return all;
}

test("what a register held is an errno where it can be one", () => {
  const text = ` 0)               |  a() { /* x */
 0)   1.000 us    |    b(); /* = 0xffffffa6 */
 0)   1.000 us    |    c(); /* c ret=0xffffffffffffffa6 */
 0)   1.000 us    |    d(); /* = 0xfffff000 */
 0)   1.000 us    |    e(); /* = 0xffffffff81000000 */
 0)   1.000 us    |    f(); /* = -22 */
 0)   1.000 us    |    g(); /* ret=0x80000000 */
 0)   4.000 us    |  } /* a = 0x5 */
`;
  const [ptr, other] = ["0xffffffff81000000", 0xfffff000];
  expect(returns(text)).toEqual({ a: 5, b: -90, c: -90, d: other, e: ptr, f: -22, g: 0x80000000 });
});

test("what uftrace and trace-cmd say was returned", () => {
  const uftrace =
    "            [ 7] | a() {\n   0.312 us [ 7] |   b() = 0;\n   5.120 us [ 7] | } = -22; /* a */\n";
  expect(returns(uftrace)).toEqual({ a: -22, b: 0 });
  const report = "   nc-7  [001]  1.000000: funcgraph_entry:                   |  a() {\n";
  expect(returns(`${report}   nc-7  [001]  1.000001: funcgraph_exit:   5.120 us   |  } (ret=0x5)\n`)).toEqual(
    { a: 5 },
  );
});

describe("another tool's output is called by its name", () => {
  const FN = "record with function_graph";
  test.each<[string, string, string[]]>([
    [
      "the function tracer",
      "# tracer: function\n#\n              nc-2010    [002] ..... 116.550000: udp_sendmsg <-inet_sendmsg\n",
      ["1", "output of the function tracer has no call tree", FN],
    ],
    [
      "the function tracer, its head cut off",
      "nc-2010    [002] ..... 116.550000: udp_sendmsg <-inet_sendmsg\n",
      ["1", "output of the function tracer", FN],
    ],
    [
      "the function tracer of trace-cmd",
      "cpus=2\n  nc-2010  [002]   116.550000: function:             udp_sendmsg <-- inet_sendmsg\n",
      ["2", "output of the function tracer", FN],
    ],
    [
      "pwru",
      "SKB                CPU PROCESS          FUNC\n0xffff8ce13fe06800 6   ping:1234        ip_local_out\n",
      ["1", "output of pwru", FN],
    ],
    [
      "pwru's rows",
      "0xffff8ce13fe06800      6     [ping(1234)]   ip_local_out\n",
      ["1", "output of pwru", FN],
    ],
    [
      "retsnoop",
      "Receiving data...\n20:19:36.372607 -> 20:19:36.372682 TID/PID 8346/8346 (simfail/simfail):\n",
      ["2", "output of retsnoop", FN],
    ],
    [
      "bpftrace",
      "Attaching 1 probe...\n^C\n\n@[\n    udp_sendmsg+0\n]: 3\n",
      ["1", "output of bpftrace", FN],
    ],
    [
      "perf script",
      "nc  2010 [002]   116.550000: probe:udp_sendmsg: (ffffffff8171f0d0)\n        ffffffff8171f0d0 udp_sendmsg+0x0 ([kernel.kallsyms])\n",
      ["1", "output of perf script", FN],
    ],
    [
      "a back trace",
      "[   12.345678] Call Trace:\n[   12.345679]  udp_sendmsg+0x1/0x20\n",
      ["1", "a backtrace shows", FN],
    ],
    ["strace", 'sendto(3, "a", 1, 0, NULL, 0) = 1\n', ["1", "this is an strace log", "nettrace run"]],
    ["nettrace", "simulated Linux 2.6.32 · lo\n", ["1", "this is text output of nettrace", "--format json"]],
    ["strace", 'sendto(3, "a", 1, 0, NULL, 0) = 1\n', ["1", "this is an strace log", "nettrace run"]],
    ["nettrace", "simulated Linux 2.6.32 · lo\n", ["1", "this is text output of nettrace", "--format json"]],
    [
      "tcpdump",
      "12:00:00.123456 IP 10.0.0.1.53 > 10.0.0.2.53: UDP\n",
      ["1", "output of tcpdump shows packets"],
    ],
    [
      "tcpdump of all devices",
      "10:00:00.123456 lo    In  IP localhost.40000 > localhost.discard: UDP, length 5\n",
      ["1", "output of tcpdump shows packets"],
    ],
    [
      "Wireshark",
      "No.     Time           Source                Destination           Protocol Length Info\n",
      ["1", "this packet list contains no calls"],
    ],
    [
      "events of trace-cmd",
      "cpus=4\n   nc-1234  [001]   345.123456: net_dev_queue:        dev=lo skbaddr=0xffff len=33\n",
      ["2", "ftrace events have no call tree", FN],
    ],
    [
      "gdb",
      "(gdb) bt\n#0  udp_sendmsg (sk=0xffff, len=5) at net/ipv4/udp.c:1053\n",
      ["1", "a debugger's backtrace", FN],
    ],
    [
      "SystemTap",
      "     0 nc(1234):->udp_sendmsg\n     5 nc(1234): ->ip_route_output_flow\n",
      ["1", "output of SystemTap", FN],
    ],
    [
      "KernelShark",
      "#\tCPU\tTime Stamp\tTask\tPID\tLatency\tEvent\tInfo\n",
      ["1", "KernelShark exports", FN],
    ],
    [
      "dropwatch",
      "1 drops at icmp_rcv+125 (0xffffffff81a12345) [software]\n",
      ["1", "output of dropwatch", FN],
    ],
    ["folded stacks", "nc;do_syscall_64;__sys_sendto;udp_sendmsg 3\n", ["1", "folded stacks", FN]],
    ["a stack of symbols", "udp_sendmsg+0x1\ninet_sendmsg+0x3c\n", ["1", "a backtrace shows", FN]],
    ["wakeup", "# tracer: wakeup\n#\nfoo bar baz\n", ["1", "output of this tracer has no call tree", FN]],
  ])("%s", (_tool, text, [line, ...parts]) => {
    let error: unknown;
    try {
      for (const _ of readFtrace(linesOf(text)));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(CaptureError);
    const { message } = error as CaptureError;
    for (const part of [`line ${line},`, ...parts]) expect(message).toContain(part);
  });
});

test("calls that nest deeper than any kernel's are refused", () => {
  const deep = Array.from({ length: 400 }, (_, i) => `${"  ".repeat(i)}f() {`);
  expect(() => [...readFtrace(deep)]).toThrow("line 301, column 1: calls are nested deeper than 300");
});
