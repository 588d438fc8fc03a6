// SPDX-License-Identifier: GPL-2.0-only
/** Stands for test/cli/disk.ts where the built program is tested. */
import { tmpdir } from "node:os";
import type { Ran } from "../cli/disk.ts";
import { start } from "./program.ts";

export { folder } from "../cli/disk.ts";

/** As the real one: files are real in either. */
export async function onDisk(argv: readonly string[]): Promise<Ran> {
  const { status, out, err } = start(argv, { cwd: tmpdir(), stdin: new Uint8Array() });
  return { status, out: Buffer.from(out).toString("utf8"), err };
}
