// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";

test("--version prints the version and nothing else", async () => {
  const io = memoryIo();
  expect(await main(["--version"], io)).toBe(0);
  expect(io.out).toBe(`${manifest.version}\n`);
  expect(io.err).toBe("");
});

test("--help goes to standard output", async () => {
  const io = memoryIo();
  expect(await main(["--help"], io)).toBe(0);
  expect(io.out).toMatch(/^Usage: nettrace /);
  expect(io.err).toBe("");
});

test("no argument at all is a question for help, answered on standard error", async () => {
  const io = memoryIo();
  expect(await main([], io)).toBe(2);
  expect(io.out).toBe("");
  expect(io.err).toMatch(/^Usage: nettrace /);
});

test.each([["--no-such-option"], ["no-such-command"], ["no\u001b[31msuch\ncommand"], ["-Z"]])(
  "%j is one clear line and status 2",
  async (argument) => {
    const io = memoryIo();
    expect(await main([argument], io)).toBe(2);
    expect(io.out).toBe("");
    expect(io.err).toMatch(/^nettrace: [\x20-\x7e]+\n$/);
  },
);
