// SPDX-License-Identifier: GPL-2.0-only
/**
 * Renew what pages quote: run the commands of their console blocks and put what they print today in the place of each
 * quoted line, the nearest one in order. Look at the difference afterwards.
 *
 *   node tools/quote.mjs docs/seed-answers.md docs/ja/seed-answers.md
 */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const NETTRACE = fileURLToPath(new URL("../bin/nettrace", import.meta.url));
const outputs = new Map();

/** What a command prints, line by line. */
function output(command) {
  const known = outputs.get(command);
  if (known !== undefined) return known;
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
  const { stdout, stderr } = spawnSync(process.execPath, [NETTRACE, ...words.slice(1)], { encoding: "utf8" });
  const lines = `${stdout}${stderr}`.split("\n").map((line) => line.trimEnd());
  outputs.set(command, lines);
  return lines;
}

/** How much two lines have in common: 1 for the same words. */
function likeness(a, b) {
  const [x, y] = [a, b].map((line) => new Set(line.match(/\w+/g) ?? []));
  const both = [...x].filter((word) => y.has(word)).length;
  return (2 * both) / (x.size + y.size || 1);
}

/** The quoted lines of a block as the command prints them now. */
function renew(command, quoted) {
  const printed = output(command);
  let from = 0;
  return quoted.map((line) => {
    if (line.trim() === "⋮" || line.trim() === "") return line;
    let best = -1;
    for (let i = from; i < printed.length; i++) {
      if (best < 0 || likeness(line, printed[i]) > likeness(line, printed[best])) best = i;
    }
    if (best < 0 || likeness(line, printed[best]) < 0.5) {
      process.stderr.write(`${command}: nothing like this is printed any more: ${line.trim()}\n`);
      return line;
    }
    from = best + 1;
    return printed[best];
  });
}

for (const page of process.argv.slice(2)) {
  const text = readFileSync(page, "utf8");
  const renewed = text.replace(
    /^(```console\n\$ (.*)\n)([\s\S]*?)^```$/gm,
    (_, head, command, body) => `${head}${renew(command, body.slice(0, -1).split("\n")).join("\n")}\n\`\`\``,
  );
  if (renewed !== text) writeFileSync(page, renewed);
}
