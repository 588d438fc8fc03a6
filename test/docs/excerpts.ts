// SPDX-License-Identifier: GPL-2.0-only
/** What pages quote: console blocks, a command and lines of what it prints. `node tools/quote.mjs PAGES` renews them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";

/** One block. */
export interface Excerpt {
  readonly command: string;
  readonly lines: readonly string[];
}

/** The console blocks of a page: `$ command` and what it prints, `⋮` where lines were left out. */
export function excerpts(path: string): Excerpt[] {
  const text = readFileSync(fileURLToPath(new URL(`../../docs/${path}`, import.meta.url)), "utf8");
  return [...text.matchAll(/^```console\n\$ (.*)\n([\s\S]*?)^```$/gm)].map(([, command, body]) => ({
    command: command ?? "",
    lines: (body ?? "")
      .split("\n")
      .map(squeeze)
      .filter((line) => line !== "" && line !== "⋮"),
  }));
}

/** A file of the repository: pages name the scenarios of examples/. */
function repositoryFile(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
}

/** Columns move with what stands beside them, and so do marks: only words count. */
function squeeze(line: string): string {
  return line.replace("·inline", "").replace(/\s+/g, " ").trim();
}

const outputs = new Map<string, string[]>();

/** What a command prints, run once however often it is quoted. */
async function output(command: string): Promise<string[]> {
  const known = outputs.get(command);
  if (known !== undefined) return known;
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
  expect(words.shift()).toBe("nettrace");
  const examples = words.filter((word) => word.startsWith("examples/"));
  const io = memoryIo({ files: Object.fromEntries(examples.map((path) => [path, repositoryFile(path)])) });
  await main(words, io);
  const lines = `${io.out}${io.err}`.split("\n").map(squeeze);
  outputs.set(command, lines);
  return lines;
}

/** Every quoted line is printed by the command, in order. */
export async function expectPrinted({ command, lines }: Excerpt): Promise<void> {
  const printed = await output(command);
  let from = 0;
  for (const line of lines) {
    const at = printed.indexOf(line, from);
    expect(at, `no line ${JSON.stringify(line)}`).toBeGreaterThanOrEqual(0);
    from = at + 1;
  }
}
