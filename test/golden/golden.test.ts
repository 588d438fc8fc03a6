// SPDX-License-Identifier: GPL-2.0-only
/** Each folder here is a command line (`args`, a word a line) and all that it prints; the last line of `expected` is its status. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { main } from "../../src/cli/main.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const scenarios = readdirSync(HERE).filter((name) => existsSync(join(HERE, name, "args")));

test.each(scenarios)("%s", async (name) => {
  const args = readFileSync(join(HERE, name, "args"), "utf8").trimEnd().split("\n");
  const io = memoryIo({ stdin: "from standard input" });
  const status = await main(args, io);
  const text = `${io.out}${io.err}exit status ${status}\n`;
  await expect(text).toMatchFileSnapshot(join(HERE, name, "expected"));
});
