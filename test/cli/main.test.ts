// SPDX-License-Identifier: GPL-2.0-only
/** The program as a whole: what it says of itself, and of words that it does not know. */
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";

test("--version: the version alone on the first line, then the kernels, Node and the build", async () => {
  const io = memoryIo();
  expect(await main(["--version"], Object.assign(io, { build: "0123456789abcdef" }))).toBe(0);
  expect(io.out).toBe(
    `nettrace ${manifest.version}\nkernels: el6 (Linux 2.6.32-642.6.2.el6.x86_64)\nnode ${process.version}, build 0123456789abcdef\n`,
  );
  expect(io.err).toBe("");
});

test.each([["help"], ["help", "sendto"], ["sendto", "--help"], ["help", "completion"]])(
  "help goes to standard output: %s %s",
  async (...argv) => {
    const io = memoryIo();
    expect(await main(argv, io)).toBe(0);
    expect(io.out).toMatch(/^Usage: nettrace /);
    expect(io.out).toMatch(argv.length === 1 ? /\nEnvironment:\n/ : /\nExamples:\n(?:.*\n)*Exit status:\n/);
    expect(io.err).toBe("");
  },
);

test.each([
  [["help", "snedto"], "help: unknown command 'snedto'; did you mean sendto?"],
  [["sned"], "unknown command 'sned'; did you mean sendto?"],
  [["sendto", "--lissten"], "unknown option '--lissten'; did you mean --listen?"],
  [
    ["sendto", "127.0.0.1", "domian"],
    "port 'domian': expected a number from 0 to 65535, or a service such as domain; did you mean domain?",
  ],
  [
    ["sendto", "127.0.0.1:9", "9", "a"],
    "'127.0.0.1:9' already has a port, and '9' is another: expected HOST:PORT, or HOST and PORT",
  ],
  [["completion", "bsh"], "shell 'bsh': expected bash, zsh, fish; did you mean bash?"],
])("%j is answered with a near match", async (argv, text) => {
  const io = memoryIo();
  expect(await main(argv, io)).toBe(2);
  expect(io.err).toBe(`nettrace: ${text}\n`);
});

test("HOST:PORT is HOST PORT, and a service its port", async () => {
  const [apart, joined] = [memoryIo(), memoryIo()];
  await main(["sendto", "127.0.0.1", "53", "aaaaa"], apart);
  await main(["sendto", "127.0.0.1:domain", "aaaaa"], joined);
  expect(joined.out).toBe(apart.out);
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
