// SPDX-License-Identifier: GPL-2.0-only
/** The main job in every format that is no tracer's: what changes is seen in the diff of these files. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { hexdump } from "../../src/wire/hexdump.ts";
import { GOLDEN, MAIN_JOB, run } from "./run.ts";

test.each(["path", "dot", "mermaid", "mermaid-graph", "svg"])("%s of the main job", async (format) => {
  const { out } = await run(...MAIN_JOB, "--format", format);
  await expect(out).toMatchFileSnapshot(join(GOLDEN, format));
});

test.each(["pcap", "pcapng"])("%s of the main job", async (format) => {
  const { outBytes } = await run(...MAIN_JOB, "--format", format);
  await expect(`${hexdump(outBytes).join("\n")}\n`).toMatchFileSnapshot(join(GOLDEN, format));
});
