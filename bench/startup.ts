// SPDX-License-Identifier: GPL-2.0-only
/** Whole-process CPU of the main job against `node -e 0`, in alternating batches. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { median, spread } from "./stats.ts";

const ROUNDS = 15;
const BATCH = 10;
const MAIN_JOB = ["sendto", "127.0.0.1", "9999", "aaaaa"];

/** CPU that waited-for children have used, in seconds; NaN where /proc does not tell. */
function childrenCpu(): number {
  try {
    const fields = readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return Number.NaN;
  }
}

/** Seconds of CPU (elsewhere than on Linux: of wall time) that a batch of runs took, a run. */
function batch(args: readonly string[], env: NodeJS.ProcessEnv): number {
  const cpu = childrenCpu();
  const start = process.hrtime.bigint();
  for (let i = 0; i < BATCH; i++) {
    const { status, stderr } = spawnSync(process.execPath, args, {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (status !== 0) throw new Error(`${args.join(" ")} failed: ${String(stderr)}`);
  }
  const used = childrenCpu() - cpu;
  return (Number.isNaN(used) ? Number(process.hrtime.bigint() - start) / 1e9 : used) / BATCH;
}

export function printStartUp(root: string, print: (line: string) => void): void {
  const { NODE_EXTRA_CA_CERTS: _certs, NODE_OPTIONS: _options, ...env } = process.env;
  const launcher = join(root, "bin/nettrace");
  const node: number[] = [];
  const job: number[] = [];
  const version: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    node.push(batch(["-e", "0"], env));
    job.push(batch([launcher, ...MAIN_JOB], env));
    version.push(batch([launcher, "--version"], env));
  }
  const ratio = (sample: readonly number[]): number[] => sample.map((v, i) => v / (node[i] as number));
  print(`start-up, whole-process CPU (${ROUNDS} rounds of ${BATCH}), median (quartiles)`);
  print(`  node -e 0                      ${(median(node) * 1000).toFixed(1)} ms`);
  print(`  nettrace --version             ${spread(ratio(version))} × node -e 0`);
  print(`  nettrace ${MAIN_JOB.join(" ")} ${spread(ratio(job))} × node -e 0   (aim 1.25)`);
}
