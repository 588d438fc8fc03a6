// SPDX-License-Identifier: GPL-2.0-only
/**
 * The neighbour table at its thresholds: neigh_alloc and neigh_forced_gc (net/core/neighbour.c), and what rt_intern_hash
 * (net/ipv4/route.c) makes of -ENOBUFS. Every result stands behind its call, worked out from those functions; a call that returns
 * anything else fails the run.
 */
import { describe, expect, test } from "vitest";
import { main } from "../../../../../src/cli/main.ts";
import { memoryIo } from "../../../../../src/cli/memory-io.ts";

const send = (host: string, result: string): string =>
  `sendto(3, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.${host}")}, 16) = ${result}\n`;
const FULL = "-1 ENOBUFS (No buffer space available)";

const network = (thresh1: number, thresh2: number, thresh3: number): string => `ip link add eth0 type e1000
ip link set eth0 up
ip addr add 192.0.2.10/24 dev eth0
sysctl -w net.ipv4.neigh.default.gc_thresh1=${thresh1} net.ipv4.neigh.default.gc_thresh2=${thresh2} net.ipv4.neigh.default.gc_thresh3=${thresh3}
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3
`;

async function run(text: string, ...options: string[]): Promise<string> {
  const io = memoryIo({ files: { "s.nt": text } });
  expect(await main(["run", ...options, "s.nt"], io), io.err).toBe(0);
  return io.out;
}

/** The neighbours and the destinations of cached routes, as `ip neigh` and /proc/net/rt_cache have them. */
function listed(out: string): string[] {
  return [...out.matchAll(/^(192\.0\.2\.\d+) dev eth0|^eth0\t([0-9A-F]{2})0200C0\t/gm)].map(
    ([, neighbour, route]) => neighbour ?? `route ${Number.parseInt(route as string, 16)}`,
  );
}

describe("gc_thresh3", () => {
  test("entries that wait for an answer are held by their timer and by the packet's route: a third is refused, and no route stays for it", async () => {
    const out = await run(
      `${network(0, 1, 2)}${send("1", "1")}${send("2", "1")}${send("3", FULL)}ip neigh\ncat /proc/net/rt_cache\n`,
    );
    expect(listed(out)).toEqual(["192.0.2.2", "192.0.2.1", "route 1", "route 2"]);
  });

  test("reachable ones are held by their timer even when no route is left (neigh_forced_gc wants a count of 1)", async () => {
    const out = await run(
      `${network(0, 1, 2)}${send("1", "1")}${send("2", "1")}sleep 1\nip route flush cache\n${send("3", FULL)}ip neigh\n`,
    );
    expect(listed(out)).toEqual(["192.0.2.2", "192.0.2.1"]);
  });

  test("stale ones have no timer: without a route they give way, all of them", async () => {
    // gc_thresh1=128: neigh_periodic_work leaves them alone, so neigh_forced_gc finds both.
    const out = await run(
      `${network(128, 128, 2)}${send("1", "1")}${send("2", "1")}sleep 120\nip route flush cache\nip neigh\n${send("3", "1")}ip neigh\n`,
    );
    expect(listed(out)).toEqual(["192.0.2.2", "192.0.2.1", "192.0.2.3"]);
  });

  test("permanent ones never do", async () => {
    const fixed = (host: number): string =>
      `ip neigh add 192.0.2.${host} lladdr 02:00:00:00:00:0${host} nud permanent dev eth0\n`;
    await run(`${network(0, 1, 2)}${fixed(1)}${fixed(2)}${send("1", "1")}${send("3", FULL)}`);
  });

  test("the refused call frees routes and tries once more, unless bottom halves are off; it is an error of the send buffer to UDP", async () => {
    const trace = await run(
      `${network(0, 1, 2)}${send("1", "1")}${send("2", "1")}${send("3", FULL)}`,
      "--trace",
      "all",
      "--format",
      "json",
    );
    const last = trace.slice(trace.lastIndexOf('"ev":"syscall","name":"sendto"'));
    const calls = [
      ...last.matchAll(/"ev":"enter","fn":"(neigh_alloc|neigh_forced_gc|__do_rt_garbage_collect|rt_drop)"/g),
    ];
    expect(calls.map(([, fn]) => fn)).toEqual([
      "neigh_alloc",
      "neigh_forced_gc",
      "__do_rt_garbage_collect",
      "neigh_alloc",
      "neigh_forced_gc",
      "rt_drop",
    ]);
    expect(last).toContain('"name":"Udp.SndbufErrors"');
    expect(last).toContain("neighbour table overflow: collect route cache garbage, try again");
  });
});

test("gc_thresh2 collects once in five seconds (last_flush), and refuses nobody", async () => {
  const trace = await run(
    `${network(0, 1, 1000)}sleep 10\n${send("1", "1")}${send("2", "1")}${send("3", "1")}sleep 6\n${send("4", "1")}`,
    "--trace",
    "all",
    "--format",
    "json",
  );
  const sends = trace.split('"ev":"syscall","name":"sendto"').slice(1);
  // The first is the first entry; the second finds one, and collects; the third comes too soon; six seconds later it is time again.
  expect(sends.map((text) => text.includes('"ev":"enter","fn":"neigh_forced_gc"'))).toEqual([
    false,
    true,
    false,
    true,
  ]);
});
