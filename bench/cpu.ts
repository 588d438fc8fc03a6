// SPDX-License-Identifier: GPL-2.0-only
/** CPU of whole processes. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

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

/** The environment without what changes a start. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _certs, NODE_OPTIONS: _options, ...env } = process.env;
  return env;
}

/** Seconds of CPU (elsewhere than on Linux: of wall time) that `times` runs of node, or of another program, took, a run. A run may end with 1. */
export function cpuOf(
  args: readonly string[],
  times: number,
  env: NodeJS.ProcessEnv,
  program: string = process.execPath,
): number {
  const cpu = childrenCpu();
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i++) {
    const { status, stderr } = spawnSync(program, args, {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (status !== 0 && status !== 1) throw new Error(`${args.join(" ")} failed: ${String(stderr)}`);
  }
  const used = childrenCpu() - cpu;
  return (Number.isNaN(used) ? Number(process.hrtime.bigint() - start) / 1e9 : used) / times;
}
