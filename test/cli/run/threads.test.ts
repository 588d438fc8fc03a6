// SPDX-License-Identifier: GPL-2.0-only
/** nettrace run --jobs and --shard: whoever runs a file, what is printed is what one thread prints. */
import { MessageChannel } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import type { Io, Thread } from "../../../src/cli/io.ts";
import { main } from "../../../src/cli/main.ts";
import { type MemoryIo, memoryIo } from "../../../src/cli/memory-io.ts";
import { type Port, serve } from "../../../src/cli/run/threads/thread.ts";

const TO = `{sa_family=AF_INET, sin_port=htons(9999), sin_addr=inet_addr("127.0.0.1")}, 16`;
const send = (text: string, ret: number): string =>
  `sendto(3, "${text}", ${text.length}, 0, ${TO}) = ${ret}\n`;
const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n";

const FILES = {
  "a.nt": SOCKET + send("aaaaa", 5),
  "wrong.nt": SOCKET + send("b", 2),
  "many.nt": SOCKET + send("hello", 5).repeat(20),
  "skips.nt": `socket(AF_INET6, SOCK_DGRAM, 0) = 4\nip addr show lo\n${SOCKET}${send("c", 1)}`,
  "net.nt": "ip link set lo mtu 1400\nexpect no errno\n",
  "syntax.nt": "frobnicate\n",
};
const ALL = ["a.nt", "wrong.nt", "many.nt", "skips.nt", "net.nt"];

/**
 * Threads that are none: each is served in this one, over a channel that copies messages as threads' channels do.
 * They would wait for ever if the files here printed more than a thread may be ahead.
 */
function inProcess(io: Io): Thread {
  const { port1, port2 } = new MessageChannel();
  serve(port2 as unknown as Port, io);
  return {
    send: (message) => port1.postMessage(message),
    listen(said) {
      port1.removeAllListeners("message");
      port1.on("message", said);
    },
    end: () => port1.close(),
  };
}

async function run(...args: string[]): Promise<{ status: number; io: MemoryIo; started: number }> {
  let started = 0;
  const startThread = (world: Io): Thread => {
    started++;
    return inProcess(world);
  };
  const io = memoryIo({ files: FILES, stdin: FILES["a.nt"], startThread });
  return { status: await main(["run", ...args], io), io, started };
}

describe("--jobs", () => {
  test.each([
    [[]],
    [["--trace", "all"]],
    [["--format", "json"]],
    [["--trace", "all", "--only", "udp_*", "--only", "udp_sendmgs"]],
    [["--format", "graph", "--net", "lan", "--color", "always"]],
  ])("prints what one thread prints: %j", async (options) => {
    const alone = await run(...options, ...ALL);
    const together = await run(...options, "--jobs", "3", ...ALL);
    expect(together.started).toBe(3);
    expect(together.io.out).toBe(alone.io.out);
    expect(together.io.err).toBe(alone.io.err);
    expect([alone.status, together.status]).toEqual([1, 1]);
  });

  test("writes one file of all, in order", async () => {
    const json = ["--format", "json", "-o", "x.json", "a.nt", "skips.nt", "net.nt"];
    const alone = await run(...json);
    const together = await run("-j", "2", ...json);
    expect(together.io.files.get("x.json")).toEqual(alone.io.files.get("x.json"));
  });

  test("an output that a thread reads is refused before anything is written", async () => {
    // Threads of a process share no claims: each has a world of its own.
    const startThread = (): Thread => inProcess(memoryIo({ files: FILES }));
    const io = memoryIo({ files: FILES, startThread });
    expect(await main(["run", "-j", "2", "a.nt", "net.nt", "-o", "net.nt"], io)).toBe(2);
    expect(io.err).toBe("nettrace: -o net.nt: expected a file other than the one that is read\n");
    expect([io.out, Buffer.from(io.files.get("net.nt") ?? []).toString()]).toEqual(["", FILES["net.nt"]]);
  });

  test("standard input may be one of the files", async () => {
    const { status, io } = await run("-j", "2", "net.nt", "-");
    expect(status).toBe(0);
    expect(io.out).toContain("==> <stdin> <==\nsocket(");
  });

  test("the first file that cannot be read is named, and nothing is written", async () => {
    for (const files of [
      ["many.nt", "syntax.nt", "missing.nt"],
      ["many.nt", "missing.nt", "syntax.nt"],
    ]) {
      const alone = await run(...files);
      const together = await run("-j", "3", ...files);
      expect(together.status).toBe(2);
      expect(together.io.out).toBe("");
      expect(together.io.err).toBe(alone.io.err);
    }
  });

  test("no more threads than files, none for one file", async () => {
    expect((await run("-j", "64", "a.nt", "net.nt")).started).toBe(2);
    expect((await run("-j", "64", "a.nt")).started).toBe(0);
  });

  test("updates each file; one that comes twice is updated twice, one after the other", async () => {
    const { status, io } = await run("--update", "-j", "2", "wrong.nt", "a.nt");
    expect(status).toBe(0);
    expect(Buffer.from(io.files.get("wrong.nt") ?? "").toString()).toBe(SOCKET + send("b", 1));
    expect(io.err).toBe("wrong.nt: 1 line updated\n2 files: all as written\n");
    expect((await run("--update", "-j", "2", "wrong.nt", "wrong.nt")).started).toBe(0);
  });

  test("without threads it says so", async () => {
    const io = memoryIo({ files: FILES, startThread: () => undefined });
    expect(await main(["run", "-j", "2", "a.nt", "net.nt"], io)).toBe(2);
    expect(io.err).toBe("nettrace: --jobs: no threads available\n");
  });

  test.each(["0", "x", "257"])("'%s' is no number of threads", async (jobs) => {
    const { status, io } = await run("-j", jobs, "a.nt");
    expect([status, io.err]).toEqual([
      2,
      `nettrace: --jobs '${jobs}': expected a number from 1 to 256 or auto\n`,
    ]);
  });
});

describe("--shard", () => {
  test.each([1, 2, 3, 5, 8])("%i parts together print what one run prints", async (n) => {
    const whole = await run(...ALL);
    let [out, err, status] = ["", "", 0];
    for (let i = 1; i <= n; i++) {
      const part = await run("--shard", `${i}/${n}`, ...ALL);
      out += part.io.out;
      err += part.io.err;
      status = Math.max(status, part.status);
    }
    // The last line alone is of all of them.
    const lines = whole.io.err.replace(/5 files: .*\n$/, "");
    expect([out, err, status]).toEqual([whole.io.out, lines, whole.status]);
  });

  test.each(["0/2", "3/2", "1", "1/0", "a/b", "1/2/3", "-1/2", "1.5/2"])("'%s' is none", async (shard) => {
    const { status, io } = await run(`--shard=${shard}`, "a.nt");
    expect(status).toBe(2);
    expect(io.err).toBe(`nettrace: --shard '${shard}': expected I/N such as 1/4, I from 1 to N\n`);
  });
});
