// SPDX-License-Identifier: GPL-2.0-only
/**
 * What pages show is what a reader gets. Every block is run as a shell session, page by page in a folder of its own; what
 * cannot be run says why in a comment above it: `<!-- not run: a reason -->`.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { need } from "../render/tools.ts";
import {
  type Block,
  blocksOf,
  commandsOf,
  missing,
  PAGES,
  printed,
  programsOf,
  ROOT,
  textOf,
} from "./blocks.ts";

const HOW_TO = PAGES.filter((page) => blocksOf(page).length > 0);

/** A folder with the program, the examples, and files that readers are taken to have. */
function readersFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "nettrace-docs-"));
  cpSync(join(ROOT, "test/docs/given"), folder, { recursive: true });
  mkdirSync(join(folder, "bin"));
  for (const name of ["nettrace", "package.json"])
    symlinkSync(join(ROOT, "bin", name), join(folder, "bin", name));
  for (const name of ["examples", "test"]) symlinkSync(join(ROOT, name), join(folder, name));
  return folder;
}

/** Why a block needs no run: its comment says it, or another test runs it. */
function isExcused({ marker, language }: Block, before: Block | undefined): boolean {
  if (/^(?:not run|run): \S/.test(marker)) return true;
  return language === "text" && before?.marker.startsWith("run: ") === true;
}

describe.each(HOW_TO)("%s", (page) => {
  const blocks = blocksOf(page);
  let folder = "";
  beforeAll(() => {
    folder = readersFolder();
    printed("nettrace sendto 127.0.0.1 9999 aaaaa --format json -o simulated.json", folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.for(blocks.map((block, i) => [`line ${block.line}`, block, blocks[i - 1]] as const))(
    "%s",
    { timeout: 120_000 },
    ([_where, block, before], context) => {
      if (isExcused(block, before)) return;
      const file = /^file: (\S+)$/.exec(block.marker)?.[1];
      if (file !== undefined) {
        writeFileSync(join(folder, file), block.text);
        return;
      }
      for (const program of programsOf(block)) need(context, program);
      const commands = commandsOf(block);
      expect(commands, "neither a session nor marked <!-- not run: a reason -->").toBeDefined();
      for (const { text, shown } of commands ?? []) {
        const { status, lines } = printed(text, folder);
        // 1: a call failed, or things differ; that is what many are shown for. 2 is for those that show an error.
        const most = shown.some((line) => line.startsWith("nettrace: ")) ? 2 : 1;
        expect(status, [text, ...lines].join("\n")).toBeLessThanOrEqual(most);
        expect([text, missing(shown, lines)], lines.join("\n")).toEqual([text, undefined]);
      }
    },
  );
});

test("no block hides by its form", () => {
  const hidden = PAGES.flatMap((page) => {
    const { length } = blocksOf(page);
    const text = textOf(page);
    const fences = (text.match(/^\s*(?:```|~~~)/gm) ?? []).length;
    const outside = text.replace(/^(`{3,})[\s\S]*?^\1$/gm, "");
    const indented = /\n\n {4,}.*/.exec(outside)?.[0].trim();
    if (indented !== undefined) return [`${page}: an indented block: ${indented}`];
    return fences === 2 * length ? [] : [`${page}: ${fences} fences, ${length} blocks`];
  });
  expect(hidden).toEqual([]);
});
