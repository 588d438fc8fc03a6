// SPDX-License-Identifier: GPL-2.0-only
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { eachCall } from "../../src/trace/tree.ts";
import { GOLDEN, MAIN_JOB, outlineOf, run, SENDS, stepsOf } from "./run.ts";
import { need, output, withFiles } from "./tools.ts";

/** What uftrace makes of a run. */
async function uftrace(
  argv: readonly string[],
  command: string,
  ...options: readonly string[]
): Promise<string> {
  const io = await run(...argv, "--format", "uftrace", "-o", "data");
  return withFiles(io, (folder) =>
    output("uftrace", command, "--no-pager", "-d", join(folder, "data"), ...options),
  );
}

/** The calls of `uftrace replay` as an outline. */
function replayed(text: string): string[] {
  return [...text.matchAll(/^.*\] \|((?: {2})*) (\w+)\(\)(?:;| \{)$/gm)].map(
    ([, blanks = "", fn]) => " ".repeat(blanks.length / 2) + fn,
  );
}

/** Our own reader: time, type, depth and function of each record. */
function decode(data: Uint8Array, names: string): string[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const byOffset = new Map(
    [...names.matchAll(/^([0-9a-f]+) . (\w+)$/gm)].map(([, at, n]) => [BigInt(`0x${at}`), n]),
  );
  return Array.from({ length: data.length / 16 }, (_, i) => {
    const bits = view.getBigUint64(i * 16 + 8, true);
    expect((bits >> 3n) & 7n).toBe(5n);
    const [type, depth, address] = [bits & 3n, (bits >> 6n) & 0x3ffn, bits >> 16n];
    const what = type === 0n ? "enter" : "exit";
    return `${view.getBigUint64(i * 16, true)} ${what} ${depth} ${byOffset.get(address - 0x400000n)}`;
  });
}

describe("uftrace", () => {
  test("the main job", async () => {
    const { files } = await run(...MAIN_JOB, "--format", "uftrace", "-o", "data");
    const text = (name: string) => Buffer.from(files.get(`data/${name}`) ?? "").toString("latin1");
    expect([...files.keys()].sort()).toEqual(
      ["1000.dat", "info", "sid-6e65747472616365.map", "task.txt", "vmlinux.sym"].map((n) => `data/${n}`),
    );
    const all = [
      text("info").slice(40),
      text("task.txt"),
      text("sid-6e65747472616365.map"),
      `${decode(files.get("data/1000.dat") as Uint8Array, text("vmlinux.sym")).join("\n")}\n`,
    ];
    expect(text("info").slice(0, 8)).toBe("Ftrace!\0");
    await expect(all.join("\n")).toMatchFileSnapshot(`${GOLDEN}/uftrace`);
  });

  test.for(SENDS.map((argv) => argv.join(" ")))(
    "uftrace replay shows the tree: %s",
    async (line, context) => {
      need(context, "uftrace");
      const argv = line.split(" ");
      expect(replayed(await uftrace(argv, "replay"))).toEqual(outlineOf(await stepsOf(...argv)));
    },
  );

  test("uftrace info says that the clock is virtual", async (context) => {
    need(context, "uftrace");
    expect(await uftrace(MAIN_JOB, "info")).toMatch(/^# cmdline +: nettrace \(virtual clock: /m);
  });

  test("uftrace report counts the calls, and its times are the ones of ftrace", async (context) => {
    need(context, "uftrace");
    const counts = new Map<string, number>();
    for (const { tree } of await stepsOf(...MAIN_JOB)) {
      eachCall(tree.body, ({ fn }) => counts.set(fn, (counts.get(fn) ?? 0) + 1));
    }
    const report = await uftrace(MAIN_JOB, "report", "-f", "total,call");
    const rows = [...report.matchAll(/^ +(\S+ us) +(\d+) +(\w+)$/gm)];
    expect(new Map(rows.map(([, , calls, fn]) => [fn, Number(calls)]))).toEqual(counts);
    const { out } = await run(...MAIN_JOB, "--format", "ftrace", "--trace-option", "funcgraph-tail");
    const total = rows.find(([, , , fn]) => fn === "sys_sendto")?.[1];
    expect(/(\S+ us) +\| {2}\} \/\* sys_sendto \*\//.exec(out)?.[1]).toBe(total);
  });

  test("uftrace graph", async (context) => {
    need(context, "uftrace");
    const graph = await uftrace(MAIN_JOB, "graph");
    expect(graph).toMatch(/ us : {2}\+-\(1\) sys_socket$/m);
    expect(graph).toMatch(/ us : +(?:\| )*\(1\) loopback_xmit$|\+-\(\d\) loopback_xmit$/m);
  });

  test("uftrace report --diff compares two runs", async (context) => {
    need(context, "uftrace");
    const io = await run(...MAIN_JOB, "--format", "uftrace", "-o", "refused");
    for (const [name, bytes] of (await run(...MAIN_JOB, "--listen", "--format", "uftrace", "-o", "heard"))
      .files) {
      io.files.set(name, bytes);
    }
    const text = withFiles(io, (folder) =>
      output(
        "uftrace",
        "report",
        "--no-pager",
        "-d",
        join(folder, "refused"),
        "--diff",
        join(folder, "heard"),
      ),
    );
    expect(text).toMatch(/ -\d+ +icmp_send$/m);
    expect(text).toMatch(/ \+\d+ +sock_queue_rcv_skb$/m);
  });

  test("it is a folder, not a file", async () => {
    const io = memoryIo();
    expect(await main([...MAIN_JOB, "--format", "uftrace"], io)).toBe(2);
    expect(io.err).toBe("nettrace: --format uftrace writes a directory: use -o DIRECTORY\n");
  });
});
