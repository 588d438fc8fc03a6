// SPDX-License-Identifier: GPL-2.0-only
/** The files of /proc/net, read by the programs that read the real ones. */

import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { VETH } from "../kernels/el6/send.ts";
import { MAIN_JOB, run } from "./run.ts";
import { need } from "./tools.ts";
import { renderFolder, runWith, sends } from "./world.ts";

/** A few sends with an answer, a receiver elsewhere, and a route. */
const TRACE = sends(
  [
    ...VETH,
    "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0",
    "ip route add 10.9.0.0/16 via 10.0.0.2 dev v0",
  ],
  ["127.0.0.1:9", "10.0.0.2:9"],
);

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();

test("each file stands at its own path, before and after", async () => {
  const files = await renderFolder(TRACE, "proc");
  const names = ["arp", "dev", "netstat", "route", "snmp", "softnet_stat", "stat/rt_cache", "udp"];
  const all = ["after", "before"].flatMap((when) => names.map((name) => `out/${when}/proc/net/${name}`));
  expect(Object.keys(files).toSorted()).toEqual(all);
  const udp = (when: string): string[] =>
    text(files[`out/${when}/proc/net/snmp`]).match(/^Udp: \d.*$/gm) ?? [];
  expect([udp("before"), udp("after")]).toEqual([["Udp: 0 0 0 0 0 0"], ["Udp: 0 1 0 2 0 0"]]);
});

test("the files are those of the json trace", async () => {
  const files = (await run(...MAIN_JOB, "--format", "proc", "-o", "d")).files;
  const json = (await run(...MAIN_JOB, "--format", "json")).out.trimEnd().split("\n");
  for (const line of [json[1], json.at(-1)]) {
    const state = JSON.parse(line as string) as { when: string; proc: Record<string, string> };
    for (const path in state.proc) expect(text(files.get(`d/${state.when}${path}`))).toBe(state.proc[path]);
  }
});

test("without -o there is nowhere to put a folder", async () => {
  const io = memoryIo();
  expect(await main([...MAIN_JOB, "--format", "proc"], io)).toBe(2);
  expect(io.err).toBe("nettrace: --format proc writes a directory: use -o DIRECTORY\n");
});

describe("programs that take a file from the environment", () => {
  test("nstat", async (ctx) => {
    need(ctx, "nstat");
    const files = await renderFolder(TRACE, "proc");
    const shown = runWith(files, "env", "PROC_ROOT=out/after/proc", "NSTAT_HISTORY=h", "nstat", "-as");
    const counters = Object.fromEntries(shown.split("\n").map((line) => line.split(/ +/).slice(0, 2)));
    expect(counters).toMatchObject({
      UdpNoPorts: "1",
      UdpOutDatagrams: "2",
      IcmpOutMsgs: "1",
      IcmpMsgOutType3: "1",
    });
    const one = ["PROC_NET_SNMP=out/after/proc/net/snmp", "PROC_NET_NETSTAT=out/after/proc/net/netstat"];
    expect(runWith(files, "env", ...one, "NSTAT_HISTORY=h", "nstat", "-as", "Udp*")).toMatch(
      /UdpNoPorts +1 /,
    );
  });

  test("ss", async (ctx) => {
    need(ctx, "ss");
    const io = await run(...MAIN_JOB, "--listen", "--format", "proc", "-o", "d");
    const shown = runWith(
      Object.fromEntries(io.files),
      "env",
      "PROC_NET_UDP=d/after/proc/net/udp",
      "ss",
      "-uan",
    );
    expect(shown).toMatch(/UNCONN +0 +0 +127\.0\.0\.1:9999 +0\.0\.0\.0:\*/);
    expect(shown).toMatch(/UNCONN +0 +0 +0\.0\.0\.0:33309 +0\.0\.0\.0:\*/);
  });
});

/** Whether this machine lets us mount over /proc in a namespace of our own. */
const MAY_MOUNT = spawnSync("unshare", ["-rm", "true"]).status === 0;

/** Run a program that sees the files instead of /proc; lnstat ends with status 1 when all is well. */
async function over(...argv: string[]): Promise<string> {
  const files = await renderFolder(TRACE, "proc");
  return runWith(
    files,
    "unshare",
    "-rm",
    "sh",
    "-c",
    `mount --bind out/after/proc /proc && { ${argv.join(" ")}; true; }`,
  );
}

describe("programs that read /proc", () => {
  test.for<[string, string, RegExp]>([
    [
      "netstat",
      "netstat -su",
      /^Udp:\n {4}0 packets received\n {4}1 packets to unknown port received\n {4}0 packet receive errors\n {4}2 packets sent$/m,
    ],
    ["netstat", "netstat -uan", /^udp +0 +0 0\.0\.0\.0:\d+ +0\.0\.0\.0:\*/m],
    ["route", "route -n", /^10\.9\.0\.0 +10\.0\.0\.2 +255\.255\.0\.0 +UG +0 +0 +0 v0$/m],
    ["arp", "arp -n", /^10\.0\.0\.2 +ether +02:00:00:00:00:02 +CM? +v0$/m],
    [
      "lnstat",
      "lnstat -d",
      /\/proc\/net\/stat\/rt_cache:\n\t 1: entries\n\t 2: in_hit\n[\s\S]*\t17: out_hlist_search\n/,
    ],
    [
      "rtstat",
      "rtstat -c 1 -i 1",
      /^ entries\| {2}in_hit\|in_slow_\|.*\n.*\n +3\| +0\| +1\|.*\| +1\| +3\| +0\|/m,
    ],
  ])("%s: %s", async ([program, command, expected], ctx) => {
    need(ctx, program);
    if (!MAY_MOUNT) ctx.skip("no mount namespaces on this machine");
    expect(await over(command)).toMatch(expected);
  });
});
