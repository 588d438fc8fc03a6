// SPDX-License-Identifier: GPL-2.0-only
/** A short run of the fuzzer; `npm run fuzz -- --minutes N [--seed S]` is a long one. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { FILE, fuzz, random, type Seed } from "./fuzz.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

async function output(...argv: string[]): Promise<string> {
  const io = memoryIo();
  await main(argv, io);
  return io.out;
}

/** Logs, networks, saved traces, recordings and command lines, as they are. */
async function seeds(): Promise<Seed[]> {
  const files = readdirSync(EXAMPLES, { recursive: true, encoding: "utf8" }).sort();
  const texts = (pattern: RegExp): string[] =>
    files.filter((f) => pattern.test(f)).map((f) => readFileSync(EXAMPLES + f, "utf8").slice(0, 20_000));
  const send = ["sendto", "127.0.0.1", "9999", "hi"];
  const saved = await output(...send, "--format", "json");
  const recorded = await output(...send, "--format", "ftrace");
  return [
    ...texts(/\.(?:nt|strace|log)$/).map((text) => ({ argv: ["run", FILE], text })),
    ...texts(/\.(?:nt|strace|log)$/).map((text) => ({
      argv: ["run", "--format", "graph", "--trace", "all", FILE],
      text,
    })),
    ...texts(/\.(?:net|json)$/).map((text) => ({ argv: [...send, "--net", FILE], text })),
    { argv: ["render", FILE], text: saved },
    { argv: ["render", FILE, "--as", "svg"], text: saved },
    { argv: ["capture", FILE], text: recorded },
    { argv: ["diff", FILE, FILE], text: recorded },
    { argv: [...send, "--ttl", "3", "--only", "ip_*", "--hexdump=none", "--bind", ":53"], text: "" },
    { argv: ["sendto", "10.0.0.1", "53", "--net", "lan", "--flags", "MSG_MORE", "-n", "2"], text: "" },
  ];
}

const minutes = Number(process.env["FUZZ_MINUTES"] ?? 0);
const seed = Number(process.env["FUZZ_SEED"] ?? 1);
/** Without a time: so many runs. */
const RUNS = 150;

test(
  "spoilt input ends with a status and a word",
  async () => {
    const end = performance.now() + minutes * 60_000;
    const more = (done: number): boolean => (minutes > 0 ? performance.now() < end : done < RUNS);
    expect(await fuzz(await seeds(), seed, more)).toEqual([]);
  },
  minutes * 60_000 + 120_000,
);

test("the same seed spoils the same", () => {
  const [a, b] = [random(7), random(7)];
  expect(Array.from({ length: 20 }, () => a(1000))).toEqual(Array.from({ length: 20 }, () => b(1000)));
});
