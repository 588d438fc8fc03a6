// SPDX-License-Identifier: GPL-2.0-only
/** Logs to be afraid of: lines of real ones, damaged, mixed and dressed, and what must hold whatever they are. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";

/** Numbers from 0 to less than 1. */
export type Random = () => number;

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const FOLDERS = ["../script/fixtures", "../script/pasted", "../script/pasted/made"];

/** Lines of logs that the real strace wrote, and that people pasted. */
export function realLines(): string[] {
  return FOLDERS.flatMap((folder) => {
    const path = fileURLToPath(new URL(folder, import.meta.url));
    return readdirSync(path)
      .filter((name) => /\.(?:strace|log|txt|nt)$/.test(name))
      .flatMap((name) => readFileSync(join(path, name), "latin1").split("\n"));
  }).filter((line) => line !== "" && line.length < 2000);
}

const PIECES = [
  ...'()"\\{}[]<>,|=~*#\0\x1b\x80\xff'.split(""),
  "...",
  " = ",
  "= -1 E",
  "->",
  "=>",
  "/*",
  "*/",
  "<unfinished ...>",
  "<... sendto resumed>",
  "[pid 7] ",
  "> ",
  "```",
  "&quot;",
  "\xe2\x80\x9c",
  "18446744073709551615",
  "-9223372036854775808",
  "0x",
  "1<<40",
  "???",
  "NULL",
  "inet_addr(x.x)",
  "strace: Process 9 attached",
  "__proto__",
  "close(3) = 0",
  "ip link set lo up",
  "expect no errno",
];

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

function damaged(random: Random, line: string): string {
  const at = Math.floor(random() * (line.length + 1));
  const cut = random() < 0.5 ? 0 : Math.floor(random() * 40);
  return line.slice(0, at) + (random() < 0.8 ? pick(random, PIECES) : "") + line.slice(at + cut);
}

const DRESS: readonly ((line: string, i: number) => string)[] = [
  (line) => line,
  (line) => `> ${line}`,
  (line, i) => `${i + 1}: ${line}`,
  (line) => `    ${line}`,
  (line) => `${line}\r`,
  (line) => line.replace(/(.{72})/g, "$1\n"),
  (line) => line.replace(/(.{50,70}) /g, "$1\n"),
  (line) => line.slice(0, 80),
  (line) => [...line].map((c) => `${c}\0`).join(""),
];

/** A log of up to 40 lines. */
export function wildLog(random: Random, real: readonly string[]): string {
  const dress = pick(random, DRESS);
  const harm = random() * 0.6;
  const from = Math.floor(random() * real.length);
  const count = 1 + Math.floor(random() * 40);
  const lines = Array.from({ length: count }, (_, i) => {
    const line = random() < 0.7 ? (real[(from + i) % real.length] as string) : pick(random, real);
    return random() < harm ? damaged(random, line) : line;
  });
  return lines.map((line, i) => dress(line, i)).join("\n");
}

/** Run a log. Throws where it ends as nothing may end that a person pasted. */
export async function checkLog(text: string, ...options: string[]): Promise<void> {
  const io = memoryIo({ files: { "wild.log": Buffer.from(text, "latin1") } });
  const status = await main(["run", ...options, "wild.log"], io);
  const fail = (why: string): never => {
    throw new Error(
      `${why}: status ${status}\n${io.err.slice(0, 2000)}\n--- log ---\n${JSON.stringify(text)}`,
    );
  };
  if (![0, 1, 2].includes(status)) fail("an exit status of our own mistakes");
  if (/undefined|NaN|\[object|internal error/.test(io.err.replace(/"(?:[^"\\]|\\.)*"/g, "")))
    fail("a message of nobody's");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(io.err)) fail("a control character");
  if (status === 2) {
    if (io.out !== "") fail("something ran before the error");
    if (!/^nettrace: wild\.log:\d+:\d+: [^\n]+\n$/.test(io.err)) fail("no clear line");
    return;
  }
  checkReceipt(io.err, fail);
}

/** The parts of a receipt are its lines. */
function checkReceipt(err: string, fail: (why: string) => never): void {
  const m = /: (\d+) of (\d+) lines? understood(.*)\n/.exec(err);
  if (m === null) return;
  const others = [...(m[3] ?? "").matchAll(/, (\d+) (?:is|are|cannot|guessed)/g)].map(([, n]) => Number(n));
  const sum = others.reduce((all, n) => all + n, Number(m[1]));
  if (sum !== Number(m[2])) fail(`a receipt that does not add up (${sum} of ${m[2]})`);
}
