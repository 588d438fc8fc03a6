// SPDX-License-Identifier: GPL-2.0-only
/** Real input, spoilt at random: whatever it is, the program ends with 0, 1 or 2, and what it says is fit to be printed. */
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { isPrintable } from "../../src/trace/printable.ts";

/** A command that reads a file, and files to read. */
export interface Seed {
  readonly argv: readonly string[];
  readonly text: string;
}

/** What went wrong, and with what. */
export interface Finding {
  readonly argv: readonly string[];
  readonly text: string;
  readonly problem: string;
}

/** The name of the spoilt file in a seed's command line. */
export const FILE = "fuzzed";

/** Numbers from 0 up to (not including) `n`, the same for the same seed (mulberry32). */
export function random(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

type Random = (n: number) => number;

const HOSTILE = [
  ...[
    "__proto__",
    "constructor",
    "-1",
    "4294967296",
    "18446744073709551615",
    "9007199254740993",
    "1e309",
    "NaN",
  ],
  ...[
    "\0",
    "\x1b]0;x\x07",
    "\u202e",
    "\u200b",
    "\ud800",
    "\r",
    "\t",
    "\\",
    '"',
    "'",
    "`",
    "$(x)",
    "%s",
    "*".repeat(40),
  ],
  ...[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<unfinished ...>",
    "<... recvfrom resumed>",
    "...",
    "/*",
    "*/",
    "=",
    "= -1 E",
    "#",
  ],
  ...["[".repeat(500), "a".repeat(5000), "999.999.999.999/99", "0x", "08", "./..", "@", "-", "--", "\n"],
];

const pick = <T>(r: Random, list: readonly T[]): T => list[r(list.length)] as T;

/** Ways to spoil a text. */
const SPOIL: readonly ((text: string, r: Random) => string)[] = [
  (t, r) => t.slice(0, r(t.length + 1)),
  (t, r) => ((i) => t.slice(0, i) + pick(r, HOSTILE) + t.slice(i))(r(t.length + 1)),
  (t, r) => ((i) => t.slice(0, i) + pick(r, HOSTILE) + t.slice(i + 1 + r(8)))(r(t.length + 1)),
  (t, r) => ((i) => t.slice(0, i) + String.fromCharCode(r(256)) + t.slice(i + 1))(r(t.length + 1)),
  (t, r) => lines(t, (all) => all.splice(r(all.length), 1 + r(3))),
  (t, r) => lines(t, (all) => all.splice(r(all.length), 0, pick(r, all), pick(r, all))),
  (t, r) => lines(t, (all) => all.splice(r(all.length), 1, pick(r, HOSTILE))),
  (t, r) => replaceOne(t, /\d+/g, r, (n) => pick(r, [`${n}0`, `-${n}`, "0", "65536", "2147483648", `0${n}`])),
  (t, r) =>
    replaceOne(t, /[A-Za-z_]\w*/g, r, (word) =>
      pick(r, [word.toUpperCase(), word.slice(1), pick(r, HOSTILE)]),
    ),
  (t, r) => t.replaceAll("\n", pick(r, ["\r\n", "\n\n", "\n> ", "\n\t", " "])),
];

function lines(text: string, change: (all: string[]) => void): string {
  const all = text.split("\n");
  change(all);
  return all.join("\n");
}

function replaceOne(text: string, what: RegExp, r: Random, by: (found: string) => string): string {
  const found = [...text.matchAll(what)];
  const one = found[r(found.length)];
  if (one === undefined) return text;
  return text.slice(0, one.index) + by(one[0]) + text.slice(one.index + one[0].length);
}

function spoilt(text: string, r: Random): string {
  let all = text;
  for (let n = 1 + r(4); n > 0; n--) all = pick(r, SPOIL)(all, r);
  return all;
}

/** A command line, sometimes spoilt too: never the name of the command, or nothing would be read. */
function spoiltWords(argv: readonly string[], r: Random): string[] {
  if (r(4) > 0) return [...argv];
  return argv.map((word, i) => (i === 0 || word === FILE || r(3) > 0 ? word : spoilt(word, r)));
}

/** Spoil seeds as long as `more` says so: what was found. Nothing is real but the time it takes. */
export async function fuzz(
  seeds: readonly Seed[],
  seed: number,
  more: (done: number) => boolean,
): Promise<Finding[]> {
  const r = random(seed);
  const findings: Finding[] = [];
  for (let done = 0; more(done); done++) {
    const one = pick(r, seeds);
    const argv = spoiltWords(one.argv, r);
    const text = spoilt(one.text, r);
    const problem = await problemOf(argv, text);
    if (problem !== null) findings.push({ argv, text, problem });
  }
  return findings;
}

/** What is wrong with a run, or null. */
export async function problemOf(argv: readonly string[], text: string): Promise<string | null> {
  const io = memoryIo({ files: { [FILE]: text }, stdin: text });
  try {
    const status = await main(argv, io);
    if (![0, 1, 2].includes(status)) return `status ${status}`;
    if (status === 2 && io.err === "") return "status 2 without a word";
    const hidden = [...io.err.split("\n"), ...io.out.split("\n")].find(
      (line) => !isPrintable(line.replaceAll("\t", " ")),
    );
    return hidden === undefined ? null : `prints ${JSON.stringify(hidden.slice(0, 200))}`;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
