// SPDX-License-Identifier: GPL-2.0-only
/**
 * Spoil real input for some minutes: node tools/fuzz.mjs [--minutes N] [--seed S]. What upsets the program is shown with
 * the command line and the file that did it.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "1" }, seed: { type: "string", default: "1" } },
});
for (const [name, value] of Object.entries(values)) {
  if (!/^\d+(\.\d+)?$/.test(value)) {
    console.error(`fuzz: --${name} '${value}': expected a number`);
    process.exit(2);
  }
}
const env = { ...process.env, FUZZ_MINUTES: values.minutes, FUZZ_SEED: values.seed };
const vitest = ["node_modules/vitest/vitest.mjs", "run", "test/fuzz"];
process.exit(spawnSync(process.execPath, vitest, { stdio: "inherit", env }).status ?? 1);
