// SPDX-License-Identifier: GPL-2.0-only
/** Commands on real files, in a folder of their own; what they print stays in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { processIo } from "../../src/cli/process-io.ts";

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** A folder that is gone when the test is over. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "nettrace-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Run a command line: files are real, standard output and error are kept. */
export async function onDisk(argv: readonly string[]): Promise<Ran> {
  const [memory, real] = [memoryIo(), processIo()];
  const io = {
    ...real,
    stdout: memory.stdout,
    stderr: memory.stderr,
    env: {},
    stdoutIsTTY: false,
    stderrIsTTY: false,
    stdinIsTTY: false,
    columns: undefined,
  };
  const status = await main(argv, io);
  return { status, out: memory.out, err: memory.err };
}
