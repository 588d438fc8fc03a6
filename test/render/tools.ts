// SPDX-License-Identifier: GPL-2.0-only
/** Programs that we did not write, which read what we wrote: tests that need one skip where it is missing. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "vitest";
import type { MemoryIo } from "../../src/cli/memory-io.ts";

/** Skip the test, with a message, where a program is missing. */
export function need(context: TestContext, program: string): void {
  const { status } = spawnSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
  if (status !== 0) context.skip(`no ${program} on this machine`);
}

/** What a program prints on its standard output; it must succeed. */
export function output(program: string, ...args: readonly string[]): string {
  const env = { ...process.env, LC_ALL: "C", PAGER: "cat" };
  return execFileSync(program, args, {
    encoding: "utf8",
    env,
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Do something in a folder with the files that a run wrote. */
export function withFiles<T>(io: MemoryIo, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "nettrace-test-"));
  try {
    for (const [name, bytes] of io.files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
