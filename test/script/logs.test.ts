// SPDX-License-Identifier: GPL-2.0-only
/** Logs of every kind of program, strace and surroundings: that each runs as it was pasted, and what is said of it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";

const FOLDER = fileURLToPath(new URL("logs", import.meta.url));
const LOGS = readdirSync(FOLDER).filter((name) => /\.(?:strace|txt)$/.test(name) && name !== "network.txt");
const read = (name: string): Buffer => readFileSync(join(FOLDER, name));

test.each(LOGS)("%s", async (name) => {
  const io = memoryIo({ files: { "network.txt": read("network.txt"), [name]: read(name) } });
  const status = await main(["run", "--net", "network.txt", name], io);
  const calls = io.out.split("\n").filter((line) => line !== "").length;
  const said = io.err.replace(/^nettrace: network\.txt:.*\n/, "");
  await expect(`exit ${status}, ${calls} calls\n${said}`).toMatchFileSnapshot(
    join(FOLDER, name.replace(/\.\w+$/, ".expected")),
  );
});
