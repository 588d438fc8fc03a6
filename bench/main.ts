// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run bench [-- startup|rates|memory|big]`: ratios, side by side in one run, medians with their spread. docs/performance.md says how to
 * read it. Times are this machine's; only the ratios travel.
 */
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { printBig } from "./big.ts";
import { printMemory } from "./memory.ts";
import { printMachineRates } from "./rates.ts";
import { printStartUp } from "./startup.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What is measured, by name. */
const PARTS: Readonly<Record<string, (print: (line: string) => void, before?: string) => void>> = {
  startup: (print, before) => printStartUp(ROOT, print, before),
  rates: (print) => printMachineRates(ROOT, print),
  memory: (print) => printMemory(print),
  big: (print) => printBig(ROOT, print),
};

/** `[PART…] [LAUNCHER]`: those parts, or all; start-up also against another checkout's bin/nettrace. */
function main(words: readonly string[]): void {
  const print = (line: string): void => void writeSync(1, `${line}\n`);
  const before = words.find((word) => !Object.hasOwn(PARTS, word));
  const named = words.filter((word) => word !== before);
  print(`node ${process.version}, ${process.platform}-${process.arch}`);
  for (const name of named.length === 0 ? Object.keys(PARTS) : named) {
    print("");
    PARTS[name]?.(print, before);
  }
}

main(process.argv.slice(2));
