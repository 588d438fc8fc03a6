// SPDX-License-Identifier: GPL-2.0-only
/**
 * Stands for src/cli/main.ts where the built program is tested (vitest.config.ts): the same tests start it as a
 * process, in a folder with the files that they gave, and see what it printed and wrote. What a process cannot be
 * given here (a terminal, a made-up program) runs in memory as ever.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Io } from "../../src/cli/io.ts";
import { main as inMemory, run } from "../../src/cli/main.ts";
import { type MemoryIo, type MemoryOptions, startOf } from "./memory-io.ts";
import { start } from "./program.ts";

export { run };

/** As the real one. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const from = startOf(io);
  return from === undefined ? inMemory(argv, io) : inProcess(argv, io as MemoryIo, from);
}

function inProcess(argv: readonly string[], io: MemoryIo, from: MemoryOptions): number {
  const cwd = mkdtempSync(join(tmpdir(), "nettrace-built-"));
  try {
    for (const [path, bytes] of io.files) {
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), bytes);
    }
    const ran = start(argv, { cwd, stdin: io.readStdin(), env: from.env ?? {} });
    io.stdout(ran.out);
    if (ran.err !== "") io.stderr(ran.err);
    for (const path of readdirSync(cwd, { recursive: true, encoding: "utf8" })) keep(io, cwd, path);
    return ran.status;
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** A file as the program left it. */
function keep(io: MemoryIo, cwd: string, path: string): void {
  try {
    io.files.set(path, readFileSync(join(cwd, path)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EISDIR") throw error;
  }
}
