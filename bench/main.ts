// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run bench`: ratios, side by side in one run, medians with their spread. docs/performance.md says how to
 * read it. Times are this machine's; only the ratios travel.
 */
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { printMemory } from "./memory.ts";
import { printMachineRates } from "./rates.ts";
import { printStartUp } from "./startup.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

function main(): void {
  const print = (line: string): void => void writeSync(1, `${line}\n`);
  print(`node ${process.version}, ${process.platform}-${process.arch}`);
  print("");
  printStartUp(ROOT, print);
  print("");
  printMachineRates(ROOT, print);
  print("");
  printMemory(print);
}

main();
