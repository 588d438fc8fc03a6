// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace capture` and `nettrace diff`: recordings of real kernels, in every form, beside the simulator. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { type MemoryOptions, memoryIo } from "../../src/cli/memory-io.ts";
import { FORMATS } from "../../src/render/index.ts";
import { ownData } from "../oracle/recording.ts";

async function run(args: readonly string[], options: MemoryOptions = {}) {
  const io = memoryIo(options);
  const status = await main(args, io);
  return { status, out: io.out, err: io.err, files: io.files };
}

const STOCK = readFileSync(join(ownData(), "stock/basic.jsonl.br"));
const CASES = readFileSync(join(ownData(), "cases/basic.jsonl.br"));

/** A recording of a later kernel, as trace-cmd report prints it. */
const LATER = `cpus=2
       nc-812   [001] .....  1000.000001: funcgraph_entry:                   |  __x64_sys_sendto() {
       nc-812   [001] .....  1000.000002: funcgraph_entry:                   |    __sys_sendto() {
       nc-812   [001] .....  1000.000003: funcgraph_entry:        0.100 us   |      sockfd_lookup_light();
       nc-812   [001] .....  1000.000003: funcgraph_entry:        0.100 us   |      _raw_spin_lock();
       nc-812   [001] .....  1000.000004: funcgraph_entry:                   |      sock_sendmsg() {
       nc-812   [001] .....  1000.000005: funcgraph_entry:                   |        inet_sendmsg() {
       nc-812   [001] .....  1000.000006: funcgraph_entry:        1.000 us   |          udp_sendmsg();
       nc-812   [001] .....  1000.000007: funcgraph_exit:         3.000 us   |        }
       nc-812   [001] .....  1000.000007: funcgraph_exit:         4.000 us   |      }
       nc-812   [001] .....  1000.000008: funcgraph_exit:         5.000 us   |    } /* = 0x5 */
       nc-812   [001] .....  1000.000009: funcgraph_exit:         6.000 us   |  } /* = 0x5 */
`;

describe("capture", () => {
  test("a later kernel: what is not the network's is not in the story", async () => {
    const { status, out, err } = await run(["capture", "nc.txt"], { files: { "nc.txt": LATER } });
    expect([status, err]).toEqual([0, ""]);
    expect(out.split("\n")).toEqual([
      "recorded on a real kernel · nc.txt",
      "",
      "sendto(…)                               = 5",
      "",
      " socket │ __x64_sys_sendto() {",
      "        │   __sys_sendto() {",
      "        │     sock_sendmsg() {",
      "        │       inet_sendmsg() {",
      "    udp │         udp_sendmsg();",
      " socket │     }  /* inet_sendmsg … sock_sendmsg */",
      "        │ } = 5  /* __sys_sendto … __x64_sys_sendto */",
      "",
      "",
      "5 of 7 calls shown: --depth all shows the rest.",
      "",
    ]);
    const all = await run(["capture", "-", "--depth", "all"], { stdin: LATER });
    expect(all.out).toContain("_raw_spin_lock();");
  });

  test("a case: what was asked and what came back; packed or not, from a pipe", async () => {
    const one = {
      case: "c",
      steps: [
        { op: 'sendto a 240.0.0.1:9 "x" 0', ret: -1, err: "EINVAL", calls: "sys_sendto\n udp_sendmsg" },
      ],
    };
    const text = `${JSON.stringify({ ...one, case: "other", steps: [] })}\n${JSON.stringify(one)}\n`;
    const files = { "a.jsonl": text, "a.jsonl.gz": gzipSync(text) };
    const plain = await run(["capture", "a.jsonl", "--case", "c"], { files });
    expect(plain.out).toContain("= -1 EINVAL (Invalid argument)");
    expect(plain.out).toContain('/* sendto a 240.0.0.1:9 "x" 0 */');
    const packed = await run(["capture", "a.jsonl.gz", "--case", "c"], { files });
    expect(packed.out.replace(".gz", "")).toBe(plain.out);
    const piped = await run(["capture", "-"], { stdin: text });
    expect(piped.out.replace("<stdin>", "a.jsonl")).toBe(plain.out);
  });

  test("bare names", async () => {
    const { status, out } = await run(["capture", "-", "--format", "folded"], {
      stdin: "udp_sendmsg\n ip_make_skb\n udp_send_skb\n",
    });
    expect(status).toBe(0);
    expect(out).toContain("udp_sendmsg;ip_make_skb ");
  });

  test.each(Object.keys(FORMATS))("%s: every renderer works on a recording", async (format) => {
    const files = { "real.jsonl.br": STOCK };
    const args = ["capture", "real.jsonl.br", "--case", "basic-twice", "--format", format, "-o", "out"];
    const { status, err, files: written } = await run(args, { files });
    expect([status, err]).toEqual([0, ""]);
    const names = [...written.keys()].filter((name) => name.startsWith("out"));
    const isAbout = format === "pcap" || format === "pcapng" || format === "proc" ? 0 : 1;
    const text = names.map((name) => Buffer.from(written.get(name) ?? []).toString("latin1")).join("");
    expect(text.includes("simulated")).toBe(false);
    if (isAbout === 1) expect(text).toMatch(/sendto/);
  });

  test("saved as JSON it reads back, and shows the same", async () => {
    const files = { "real.jsonl.br": STOCK };
    const args = ["real.jsonl.br", "--case", "basic-twice"];
    const saved = await run(["capture", ...args, "--format", "json"], { files });
    const shown = await run(["capture", ...args], { files });
    const again = await run(["render", "-", "--trace", "all"], { stdin: saved.out });
    expect(again.status).toBe(0);
    expect(again.out).toBe(shown.out);
  });

  test.each([
    [["nothing"], {}, "cannot read nothing: no such file or directory"],
    [
      ["a"],
      { a: " 0)   1.0 us    |  f(;\n" },
      "a:1:20: expected a call 'name();' or 'name() {', '}' or '/* … */'",
    ],
    [["a"], { a: Uint8Array.of(0x61, 0xff, 10) }, "a:1:2: not UTF-8 text"],
    [["a"], { a: '{"steps":[{"calls":7}]}' }, "a:1:20: expected a string"],
    [
      ["a"],
      { a: '{"steps":[{"calls":"f\\n  g"}]}' },
      "a:1:20: in this string, line 2, column 1: expected an indentation of at most 1 before 'g'",
    ],
    [["a"], { a: '{"steps":7}' }, 'a:1:10: expected "steps", a list, or "calls", a string'],
    [["a"], { a: '{"steps"' }, 'a:1:9: not JSON: the line ends, expected ":"'],
    [["a", "--case", "x\u001b"], { a: '{"case":"y","steps":[]}' }, "a:1:1: no case 'x\\x1b'"],
    [
      ["a"],
      { a: "\u0017\u0008Dtracing6" },
      "a:1:1: this is a trace.dat: expected text, as trace-cmd report prints it",
    ],
    [["a.gz"], { "a.gz": "no" }, "cannot unpack a.gz: expected gzip"],
    [["a", "-o", "a"], { a: "f" }, "-o a: expected a file other than the one that is read"],
  ] as [string[], Record<string, string | Uint8Array>, string][])(
    "%j %#: one clear line",
    async (args, files, expected) => {
      expect(await run(["capture", ...args], { files })).toMatchObject({
        status: 2,
        out: "",
        err: `nettrace: ${expected}\n`,
      });
    },
  );
});

/** The samples of people who pasted. */
describe("capture of what was pasted", () => {
  test("perf-tools' funcgraph: its own words are no part of it", async () => {
    const stdin = `Tracing "udp_sendmsg"... Ctrl-C to end.
 12)               |  udp_sendmsg() {
 12)   0.505 us    |    ip_generic_getfrag();
 12)               |    udp_send_skb.isra.0() {
 12)   0.205 us    |      udp4_hwcsum();
 12)   1.821 us    |    }
 12)   3.821 us    |  }
^C
Ending tracing...
`;
    const { status, out, err } = await run(["capture", "-", "--format", "folded"], { stdin });
    expect([status, err]).toEqual([0, ""]);
    expect(out.replace(/ \d+$/gm, "").replaceAll("nettrace (virtual clock);", "")).toBe(
      "udp_sendmsg\nudp_sendmsg;ip_generic_getfrag\nudp_sendmsg;udp_send_skb.isra.0\nudp_sendmsg;udp_send_skb.isra.0;udp4_hwcsum\n",
    );
  });

  const INLINE = ` 3)               |  udp_sendmsg() {
 3)               |    udp_send_skb.isra.0() {
 3)   0.052 us    |      udp4_hwcsum();
...
 3)               |      ip_send_skb() {
 3)   0.110 us    |        ip_local_out();
 3)   0.952 us    |      }
 3)   2.052 us    |    }
 3)   9.052 us    |  }
thanks
`;

  test("what the tracer saw is no inline, and --no-inline leaves it", async () => {
    const [plain, without] = await Promise.all(
      [[], ["--no-inline"]].map((more) =>
        run(["capture", "-", "--depth", "all", ...more], { stdin: INLINE }),
      ),
    );
    expect(plain?.out).not.toContain("inline");
    expect(plain?.out).toContain("udp4_hwcsum();");
    expect(without?.out).toBe(plain?.out);
    expect(plain?.out).toContain("/* the recording has a gap here: lines were removed */");
    expect(plain?.err).toBe(
      '<stdin>:10:1: note: 1 line is not a call: "thanks"\n<stdin>:4:1: note: the recording has a gap here: the missing calls are not shown\n',
    );
  });

  test("output of the function tracer is refused by its name", async () => {
    const stdin = "# tracer: function\n#\n  nc-2010    [002] ..... 116.550000: udp_sendmsg <-inet_sendmsg\n";
    const { status, out, err } = await run(["capture", "-"], { stdin });
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(
      /^nettrace: <stdin>:1:1: output of the function tracer has no call tree: record with function_graph /,
    );
  });

  test("a file that says itself that it is simulated is not of a real kernel", async () => {
    const saved = await run(["sendto", "127.0.0.1", "9999", "hi", "--format", "ftrace"]);
    const files = { sim: saved.out };
    const { out } = await run(["capture", "sim", "--depth", "all"], { files });
    const [head] = out.split("\n");
    expect(head).toBe("simulated Linux 2.6.32-642.6.2.el6.x86_64 · read from sim · nothing was really sent");
    expect(out).toContain("·inline");
    for (const format of ["json", "html", "svg", "dot", "chrome", "speedscope", "ftrace", "mermaid"]) {
      const shown = await run(["capture", "sim", "--format", format], { files });
      expect(shown.out).not.toMatch(/real kernel|"recorded: /);
      expect(shown.out).toContain("simulated");
    }
    // Compared with another simulation nothing is left out.
    const same = await run(["diff", "sim", "sim"], { files });
    expect(same).toMatchObject({ status: 0, err: "" });
  });

  test.each([
    ["nothing", ""],
    ["comments", "# tracer: function_graph\n#\n"],
  ])("%s holds no call", async (_what, stdin) => {
    const { status, out, err } = await run(["capture", "-"], { stdin });
    expect([status, out]).toEqual([2, ""]);
    expect(err).toBe(
      "nettrace: <stdin>:1:1: no call in it: expected function_graph text, or output of trace-cmd report\n",
    );
  });

  test.each<[string, number[], string]>([
    ["perf.data", [...Buffer.from("PERFILE2h")], "this is a perf.data: record with perf ftrace -G FUNCTION"],
    ["gzip", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0], "this is compressed: rename it to .gz, or decompress it"],
    ["pcap", [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0], "this is a packet capture: it contains no calls"],
    ["UTF-16", [0xff, 0xfe, 0x20, 0, 0x30, 0], "this is UTF-16: expected UTF-8 (iconv -f UTF-16 -t UTF-8)"],
  ])("%s is called by its name", async (_what, bytes, message) => {
    const { err } = await run(["capture", "-"], { stdin: Uint8Array.from(bytes) });
    expect(err).toBe(`nettrace: <stdin>:1:1: ${message}\n`);
  });
});

describe("diff", () => {
  const simulated = async (...args: string[]): Promise<string> =>
    (await run(["sendto", ...args, "--format", "json"])).out;

  describe.each([
    ["cases", CASES],
    ["stock", STOCK],
  ])("beside the real el6 (%s)", (_, recording) => {
    test.each(["127.0.0.2", "127.0.0.0", "240.0.0.1", "126.255.255.255", "0.0.0.0"])(
      "%s: the same calls",
      async (host) => {
        const files = { sim: await simulated(host, "9999", "aaaaa", "-n", "2"), "real.br": recording };
        const { status, out } = await run(["diff", "sim", "real.br", "--case", `basic-dst-${host}`], {
          files,
        });
        expect(out).toMatch(/^the same \d+ calls in sim and real\.br\n/);
        expect(status).toBe(0);
      },
    );
  });

  test("the first difference, in words and in place; the recording may come first", async () => {
    const files = {
      sim: await simulated("127.0.0.1", "9999", "aaaaa", "--connect"),
      "real.br": STOCK,
    };
    const args = ["--case", "basic-dst-127.0.0.2"];
    const { status, out } = await run(["diff", "sim", "real.br", ...args], { files });
    expect(status).toBe(1);
    expect(out).toMatch(/\n {6}inet_sendmsg +inet_sendmsg\n> +> {7}inet_autobind\n/);
    expect(out).toContain(
      "\nFirst difference, in inet_sendmsg (net/ipv4/af_inet.c): real.br calls inet_autobind, sim does not.\n",
    );
    expect(out).toContain(
      "\nLeft out: sys_connect of sim: real.br does not begin with a call of that name.\n",
    );
    const other = await run(["diff", "real.br", "sim", ...args, "--color", "always"], { files });
    expect(other.status).toBe(1);
    expect(other.out).toContain("\u001b[1m");
    const capture = await run(["capture", "real.br", ...args, "--diff", "sim"], { files });
    expect(capture).toMatchObject({ status: 1, out });
  });

  test("two simulated traces: what an option changes", async () => {
    const files = {
      a: await simulated("127.0.0.1", "9999", "x"),
      b: await simulated("127.0.0.1", "9999", "x", "--listen"),
    };
    const { status, out } = await run(["diff", "a", "b", "--only", "__udp4_lib_rcv", "--context", "2"], {
      files,
    });
    expect(status).toBe(1);
    expect(out).toContain("udp_queue_rcv_skb");
    expect(out).toContain("icmp_send");
    expect(await run(["diff", "a", "a"], { files })).toMatchObject({ status: 0 });
    const all = await run(["diff", "a", "a", "--context", "all"], { files });
    expect(all.out).toContain("loopback_xmit");
  });

  test("a later kernel: what the simulator does not know is left out, and said", async () => {
    const files = { sim: await simulated("127.0.0.1", "9999", "x"), "nc.txt": LATER };
    const { out } = await run(["diff", "sim", "nc.txt"], { files });
    expect(out).toContain("__x64_sys_sendto");
    expect(out).toMatch(
      /Left out: .*_raw_spin_lock.* of nc\.txt: the simulator does not know them \(--strangers shows them\)\./,
    );
    const whole = await run(["diff", "sim", "nc.txt", "--strangers"], { files });
    expect(whole.out).toMatch(/> +_raw_spin_lock/);
  });

  test("the last lines say what became of each", async () => {
    const files = {
      lan: await simulated("10.0.0.1", "9999", "x", "--net", "lan"),
      none: await simulated("10.0.0.1", "9999", "x"),
    };
    const { out, status } = await run(["diff", "none", "lan", "--context", "0"], { files });
    expect(status).toBe(1);
    const lines = out.trimEnd().split("\n");
    expect(lines.at(-2)).toMatch(
      /^none: sendto = -1 ENETUNREACH .*✗ refused: no route .* Decided in .*fib_rules\.c\): .*\.$/,
    );
    expect(lines.at(-1)).toMatch(/^lan: /);
    expect(out).toMatch(
      /^The results differ in fib\w* \(net\/ipv4\/fib_\w+\.c\): none returns -E\w+, lan returns 0\.$/m,
    );
  });

  const FAILED = ` 3)               |  __x64_sys_sendto() {
 3)               |    __sys_sendto() {
 3)               |      sock_sendmsg() {
 3)               |        inet_sendmsg() {
 3)   0.100 us    |          udp_sendmsg(); /* = 0xffffffa6 */
 3)   0.200 us    |        } /* = 0xffffffa6 */
 3)   0.300 us    |      } /* = 0xffffffa6 */
 3)   0.400 us    |    } /* = 0xffffffa6 */
 3)   0.500 us    |  } /* = 0xffffffffffffffa6 */
`;

  test("a recording's results are compared where they are errors", async () => {
    const files = { sim: await simulated("127.0.0.1", "9999", "x"), real: FAILED };
    const { out } = await run(["diff", "sim", "real", "--context", "0"], { files });
    expect(out).toMatch(/^\| +udp_sendmsg = 1 +\| +udp_sendmsg = -EMSGSIZE$/m);
    expect(out).toContain(
      "The results differ in udp_sendmsg (net/ipv4/udp.c): sim returns 1, real returns -EMSGSIZE.",
    );
    expect(out).toContain(
      "\nreal: sendto failed with EMSGSIZE (Message too long), which came from udp_sendmsg\n",
    );
    expect(await run(["diff", "real", "real"], { files })).toMatchObject({ status: 0 });
    const other = { ...files, other: FAILED.replaceAll("a6", "ea") };
    expect((await run(["diff", "real", "other"], { files: other })).status).toBe(1);
  });

  test("--depth, and a terminal's width", async () => {
    const files = {
      a: await simulated("127.0.0.1", "9999", "x"),
      b: await simulated("127.0.0.1", "9999", "--ttl", "3", "--size", "3000"),
    };
    const lines = async (...options: string[]): Promise<string[]> =>
      (await run(["diff", "a", "b", "--context", "all", ...options], { files })).out.split("\n");
    const [all, story, two] = [await lines(), await lines("--depth", "story"), await lines("--depth", "2")];
    expect(story.length).toBeLessThan(all.length / 2);
    expect(two.length).toBeLessThan(story.length);
    const io = { files, tty: true, columns: 80 };
    const { out } = await run(["diff", "a", "b", "--color", "never"], io);
    const columns = out.slice(0, out.indexOf("\nFirst difference")).split("\n");
    for (const line of columns) expect(line.length).toBeLessThanOrEqual(80);
    expect(columns.filter((line) => line.includes("ip_"))).not.toEqual([]);
    expect((await run(["diff", "a", "b", "--depth", "x"], { files })).err).toBe(
      "nettrace: --depth 'x': expected a number from 1 to 1000\n",
    );
  });

  test.each([
    [["-", "-"], "diff - -: only one of them can be standard input"],
    [["empty", "empty"], "empty:1:1: no call in it: expected function_graph text"],
    [["bad", "f"], 'bad:1:7: "ev" is "nothing": expected one of machine'],
    [["f", "f", "--context", "-1"], "--context '-1': expected a number from 0 to 1000000"],
  ])("%j: one clear line", async (args, expected) => {
    const { status, out, err } = await run(["diff", ...args], {
      files: { empty: "\n", f: "f\n", bad: '{"ev":"nothing"}\n' },
    });
    expect([status, out]).toEqual([2, ""]);
    expect(err).toContain(`nettrace: ${expected}`);
    expect(err.split("\n")).toHaveLength(2);
  });
});
