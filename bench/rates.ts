// SPDX-License-Identifier: GPL-2.0-only
/** Packets a CPU second of the main job in a warm machine, beside real loopback sendto calls on this one. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { processIo } from "../src/cli/process-io.ts";
import { RELEASES } from "../src/kernels/index.ts";
import type { Machine } from "../src/kernels/release.ts";
import { Boxes } from "../src/render/boxes.ts";
import { graph } from "../src/render/graph.ts";
import { jsonLine } from "../src/render/json.ts";
import { straight } from "../src/render/layout/straight.ts";
import { plain } from "../src/render/style.ts";
import { EVERYTHING, select } from "../src/trace/select.ts";
import { syscalls } from "../src/trace/tree.ts";
import { EXAMPLE_SEND, EXAMPLE_SETUP } from "./job.ts";
import { spread } from "./stats.ts";

const ROUNDS = 9;
const SECONDS = 0.3;

/** A machine on which the main job has run a few thousand times. */
export function warmMachine(): Machine {
  const machine = RELEASES.el6.boot({ seed: 0 });
  machine.configure({ kind: "link-set", dev: "lo", up: true });
  for (const call of EXAMPLE_SETUP) machine.syscall(call);
  for (let i = 0; i < 3000; i++) machine.syscall(EXAMPLE_SEND);
  return machine;
}

/** Sends `one()` for a while; sends a second of CPU, which other load on the machine disturbs least. */
function rate(one: () => void): number {
  const start = process.cpuUsage();
  const end = process.hrtime.bigint() + BigInt(SECONDS * 1e9);
  let n = 0;
  while (process.hrtime.bigint() < end) {
    for (let i = 0; i < 20; i++) one();
    n += 20;
  }
  const { user, system } = process.cpuUsage(start);
  return (n * 1e6) / (user + system);
}

/** Sends, and prints as the program does. */
function printed(machine: Machine, print: (lines: (text: string) => void) => void): () => void {
  const sink = processIo().createFile(devNull);
  return () => {
    machine.syscall(EXAMPLE_SEND);
    print((text) => sink.write(text));
  };
}

export function printMachineRates(root: string, print: (line: string) => void): void {
  const layout = straight(plain);
  const machine = warmMachine();
  const rec = machine.newRecorder();
  const ways: [string, () => void, boolean][] = [
    ["nobody listening", () => void machine.syscall(EXAMPLE_SEND), false],
    [
      "every event recorded",
      () => {
        rec.clear();
        machine.syscall(EXAMPLE_SEND);
      },
      true,
    ],
    [
      "recorded, json to /dev/null",
      printed(machine, (write) => {
        for (const event of rec) write(jsonLine(event));
        rec.clear();
      }),
      true,
    ],
    [
      "recorded, graph to /dev/null",
      printed(machine, (write) => {
        for (const s of syscalls(rec)) {
          const body = select(s.body, EVERYTHING);
          graph(
            s,
            body,
            { why: true, boxes: new Boxes("headers") },
            layout.graph({ args: true, failed: new Set(), brief: false }, (l) => write(`${l}\n`)),
          );
        }
        rec.clear();
      }),
      true,
    ],
  ];
  for (const [, one, recorded] of ways) {
    machine.record(recorded ? rec : null);
    rate(one);
  }
  const real = realSendto(root);
  const samples = ways.map((): number[] => []);
  const realSample: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ways.forEach(([, one, recorded], i) => {
      rec.clear();
      machine.record(recorded ? rec : null);
      (samples[i] as number[]).push(rate(one) / 1000);
    });
    const r = real?.();
    if (r !== undefined) realSample.push(r / 1000);
  }
  real?.(true);
  print(
    `the main job in a warm machine, thousands of packets a CPU second (${ROUNDS} rounds), median (quartiles)`,
  );
  for (const [i, [name]] of ways.entries())
    print(`  ${name.padEnd(30)} ${spread(samples[i] as number[], 1)}`);
  if (realSample.length > 0) {
    print(`  ${"real loopback sendto (C)".padEnd(30)} ${spread(realSample, 0)}`);
    const ratios = (samples[1] as number[]).map((v, i) => v / (realSample[i] as number));
    print(`  recorded ÷ real                ${spread(ratios)}   (aim: 1 or more)`);
  } else print("  real loopback sendto (C)       not measured: needs Linux and a C compiler (cc)");
}

/** Calls a second of a C loop that sends to a closed loopback port; undefined where it cannot be built. */
function realSendto(root: string): ((done?: boolean) => number | undefined) | undefined {
  const folder = mkdtempSync(join(tmpdir(), "nettrace-bench-"));
  const program = join(folder, "sendto");
  const cc = spawnSync("cc", ["-O2", "-o", program, join(root, "bench/sendto.c")], { stdio: "ignore" });
  const clean = (): undefined => void rmSync(folder, { recursive: true, force: true });
  if (cc.status !== 0 || process.platform !== "linux") {
    clean();
    return undefined;
  }
  return (done) => {
    if (done === true) return clean();
    const run = spawnSync(program, [String(SECONDS)], { encoding: "utf8" });
    return run.status === 0 ? Number(run.stdout) : undefined;
  };
}
