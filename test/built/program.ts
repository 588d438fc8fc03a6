// SPDX-License-Identifier: GPL-2.0-only
/**
 * The program that tests start as a process: what was built last, on the Node that runs the tests. NETTRACE_BIN
 * names another (an executable, an installed package), NETTRACE_NODE another Node for it.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const { NETTRACE_BIN, NETTRACE_NODE } = process.env;
const LAUNCHER = fileURLToPath(new URL("../../bin/nettrace", import.meta.url));

/** The Node that runs what was built, where it needs one. */
export const NODE: string = NETTRACE_NODE ?? process.execPath;

/** The command and its first arguments. */
export const PROGRAM: readonly [string, ...string[]] =
  NETTRACE_BIN !== undefined && NETTRACE_NODE === undefined
    ? [NETTRACE_BIN]
    : [NODE, NETTRACE_BIN ?? LAUNCHER];

/** What became of a run. */
export interface Ran {
  readonly status: number;
  readonly out: Uint8Array;
  readonly err: string;
}

/** Run it to its end, with nothing in its environment but what is given, and no other program to be found. */
export function start(
  argv: readonly string[],
  { cwd, stdin, env = {} }: { cwd: string; stdin: Uint8Array; env?: NodeJS.ProcessEnv },
): Ran {
  const [command, ...first] = PROGRAM;
  const options = { cwd, input: stdin, env: { PATH: "/nowhere", ...env }, maxBuffer: 2 ** 30 };
  const { status, stdout, stderr, error, signal } = spawnSync(command, [...first, ...argv], options);
  // It need not read what it is given.
  if (error !== undefined && (error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  if (status === null) throw new Error(`nettrace ${argv.join(" ")}: ended by ${signal}`);
  return { status, out: stdout, err: stderr.toString("utf8") };
}
