// SPDX-License-Identifier: GPL-2.0-only
/** Whole-process CPU of the main job against `node -e 0`, and against another build of nettrace, in alternating batches. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { cleanEnvironment, cpuOf } from "./cpu.ts";
import { median, spread } from "./stats.ts";

const ROUNDS = 15;
const BATCH = 10;
const MAIN_JOB = ["sendto", "127.0.0.1", "9999", "aaaaa"];

/** `before`: the launcher of another checkout, for a ratio that a change of ours makes. */
export function printStartUp(root: string, print: (line: string) => void, before?: string): void {
  const env = cleanEnvironment();
  const launcher = join(root, "bin/nettrace");
  const ways: Record<string, readonly string[]> = {
    node: ["-e", "0"],
    job: [launcher, ...MAIN_JOB],
    option: [launcher, ...MAIN_JOB, "--seed", "0"],
    version: [launcher, "--version"],
    ...(before === undefined ? {} : { before: [before, ...MAIN_JOB] }),
  };
  const executable = join(root, `dist/nettrace-${process.platform}-${process.arch}`);
  const size = statSync(executable, { throwIfNoEntry: false })?.size;
  const taken: Record<string, number[]> = { alone: [] };
  for (const name in ways) taken[name] = [];
  for (let i = 0; i < ROUNDS; i++) {
    for (const [name, args] of Object.entries(ways)) taken[name]?.push(cpuOf(args, BATCH, env));
    if (size !== undefined) taken["alone"]?.push(cpuOf(MAIN_JOB, BATCH, env, executable));
  }
  const of = (name: string): readonly number[] => taken[name] ?? [];
  const ratio = (name: string, base: string): string =>
    spread(of(name).map((v, i) => v / (of(base)[i] as number)));
  const job = `nettrace ${MAIN_JOB.join(" ")}`;
  print(`start-up, whole-process CPU (${ROUNDS} rounds of ${BATCH}), median (quartiles)`);
  print(`  node -e 0                      ${(median(of("node")) * 1000).toFixed(1)} ms`);
  print(`  nettrace --version             ${ratio("version", "node")} × node -e 0`);
  print(`  ${job} ${ratio("job", "node")} × node -e 0   (aim 1.25)`);
  print(`  … with --seed 0                      ${ratio("option", "node")} × node -e 0`);
  if (size === undefined) print("  the executable                 none: npm run package makes it");
  else
    print(
      `  the executable, ${(size / 1e6).toFixed(0)} MB, the same       ${ratio("alone", "node")} × node -e 0`,
    );
  if (before !== undefined) print(`  ${job} ${ratio("job", "before")} × ${before}`);
}
