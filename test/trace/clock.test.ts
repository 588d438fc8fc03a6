// SPDX-License-Identifier: GPL-2.0-only
/** Waiting, as a trace and its formats tell it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { get32le } from "../../src/wire/bytes.ts";

const ARGS = ["sendto", "--net", "lan", "--wait", "1500", "192.0.2.77", "53", "hi"];

async function output(...options: string[]): Promise<string> {
  const io = memoryIo();
  expect(await main([...ARGS, ...options], io)).toBe(0);
  return io.out;
}

test("clock events say how long nothing ran; together they are what was waited", async () => {
  const out = await output("--format", "json");
  const clocks = out.split("\n").filter((line) => line.startsWith('{"ev":"clock"'));
  expect(JSON.parse(clocks[0] ?? "")).toEqual({ ev: "clock", fn: "", depth: 0, ms: expect.any(Number) });
  expect(clocks.reduce((sum, line) => sum + (JSON.parse(line) as { ms: number }).ms, 0)).toBe(1500);
});

test("the graph says it between what ran", async () => {
  const out = await output();
  expect(out).toMatch(/\n +├──── \d+ ms later ────\n +├──── timer ────\n/);
  expect(out).toMatch(/├──── timer done ────\n +├──── \d+ ms later ────/);
});

test("a call that sleeps has its time inside", async () => {
  const io = memoryIo({
    files: {
      "a.nt":
        'socket(AF_INET, SOCK_DGRAM, 0) = 3\nsetsockopt(3, SOL_SOCKET, SO_RCVTIMEO, "\\2\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0", 16) = 0\nrecvfrom(3, "", 9, 0, NULL, NULL) = -1 EAGAIN\n',
    },
  });
  expect(await main(["run", "--trace", "all", "a.nt"], io)).toBe(0);
  expect(io.out).toMatch(/__skb_recv_datagram[\s\S]*├──── 2 s later ────[\s\S]*= -EAGAIN/);
});

test("frames in a pcap are as far apart as they were", async () => {
  const file = fileURLToPath(new URL("../../examples/arp-failure.nt", import.meta.url));
  const io = memoryIo({ files: { "a.nt": readFileSync(file) } });
  expect(await main(["run", "--format", "pcap", "a.nt"], io)).toBe(0);
  const bytes = io.outBytes;
  const times: number[] = [];
  for (let at = 24; at < bytes.length; at += 16 + get32le(bytes, at + 8)) {
    times.push(get32le(bytes, at) + get32le(bytes, at + 4) / 1e9);
  }
  // Three questions of ARP, a second apart, each seen at both ends of the wire.
  const seconds = times.slice(0, 6).map((time) => Math.round(time - (times[0] ?? 0)));
  expect(seconds).toEqual([0, 0, 1, 1, 2, 2]);
});

test("rounds that find nothing to do are folded away, and the time around them is one", async () => {
  const shown = async (...options: string[]): Promise<string> => {
    const io = memoryIo({ files: { "a.nt": "sleep 120\nsleep 700\nsleep 1\n" } });
    expect(await main(["run", "--trace", "all", ...options, "a.nt"], io)).toBe(0);
    return io.out;
  };
  const story = await shown();
  expect(story).toContain("$ sleep 120\n$ sleep 700\n(between the calls)\n\n");
  expect(story).toMatch(/├──── timer done ────\n +├──── [\d.]+ s later ────\n\n\$ sleep 1\n/);
  expect(story).not.toContain("neigh_periodic_work");
  expect(await shown("--depth", "all")).toContain("neigh_periodic_work(work=arp_tbl.gc_work);");
});
