// SPDX-License-Identifier: GPL-2.0-only
/** Commands line by line: as in a shell, or as `ip -batch` and `tc -batch` read them, without the program's name. */
import { parseIpv6 } from "../../wire/ipv6.ts";
import { LineError, ScriptError, unknownWord } from "../error.ts";
import { PROGRAMS, readConfig } from "../iproute2.ts";
import { Reader } from "../reader.ts";
import { shellWords, type Word } from "../words.ts";
import { MAX_COMMANDS, type NetCommand, type NetNote, type Network, type Place } from "./network.ts";
import { quoted } from "./quoted.ts";

/** Objects of `ip`, which may be abbreviated. */
const OBJECTS = ["link", "address", "route", "rule", "neighbour", "neighbor", "xfrm"];

/** Read commands; `#` begins a comment, a backslash at its end continues a line. */
export function parseBatch(text: string): Network {
  const commands: NetCommand[] = [];
  const notes: NetNote[] = [];
  for (const line of logicalLines(text)) {
    const words = split(line);
    if (words.length === 0) continue;
    if (commands.length >= MAX_COMMANDS) {
      throw failure(line, new ScriptError(1, `more than ${MAX_COMMANDS} commands`, "the end of the file"));
    }
    const place = (): Place => line.place((words[0] as Word).column);
    if (isIpv6(words)) notes.push({ text: "IPv6 is not modelled: left out", place });
    else
      commands.push({ text: words.map((w) => quoted(w.text)).join(" "), changes: read(line, words), place });
  }
  return { commands, notes, recorded: false };
}

interface LogicalLine {
  readonly text: string;
  /** Of a column, from 1. */
  readonly place: (column: number) => Place;
}

function* logicalLines(text: string): Generator<LogicalLine> {
  let parts: string[] = [];
  let first = 1;
  for (const [i, raw] of text.split("\n").entries()) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const goesOn = line.endsWith("\\") && !line.startsWith("#");
    parts.push(goesOn ? line.slice(0, -1) : line);
    if (goesOn) continue;
    yield joined(parts, first);
    parts = [];
    first = i + 2;
  }
  if (parts.length > 0) yield joined(parts, first);
}

function joined(parts: readonly string[], first: number): LogicalLine {
  const place = (column: number): Place => {
    let [line, left] = [first, column];
    for (const part of parts.slice(0, -1)) {
      if (left <= part.length) break;
      left -= part.length;
      line++;
    }
    return { line, column: left };
  };
  return { text: parts.join(""), place };
}

/** The words of a line, the program's name put in front where it is left out. */
function split(line: LogicalLine): Word[] {
  return attempt(line, () => {
    const words = shellWords(line.text);
    const [first] = words;
    if (first === undefined) return [];
    for (const word of words) refuseControl(word);
    const known: readonly string[] = PROGRAMS;
    if (known.includes(first.text)) return words;
    if (OBJECTS.some((o) => o.startsWith(first.text)) || /^-[46]$/.test(first.text)) {
      return [{ text: "ip", column: first.column }, ...words];
    }
    if (first.text === "qdisc") return [{ text: "tc", column: first.column }, ...words];
    throw unknownWord(first.column, first.text, "a command such as ip link", [
      ...PROGRAMS,
      ...OBJECTS,
      "qdisc",
    ]);
  });
}

function refuseControl({ text, column }: Word): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!/[\x00-\x1f\x7f-\x9f]/.test(text)) return;
  throw new ScriptError(
    column,
    `cannot read ${JSON.stringify(text.slice(0, 40))}`,
    "words without control bytes",
  );
}

function isIpv6([program, ...words]: readonly Word[]): boolean {
  if (program?.text === "sysctl") return words.some(({ text }) => /^net[./]ipv6[./]/.test(text));
  return words.some(
    ({ text }) => text === "-6" || text === "inet6" || parseIpv6(text.replace(/\/\d+$/, "")) !== undefined,
  );
}

function read(line: LogicalLine, words: readonly Word[]): NetCommand["changes"] {
  return attempt(line, () => readConfig(new Reader(words, line.text.trimEnd().length + 1)));
}

function attempt<T>(line: LogicalLine, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ScriptError ? failure(line, error) : error;
  }
}

function failure(line: LogicalLine, error: ScriptError): LineError {
  const { line: number, column } = line.place(error.column);
  return new LineError(number, new ScriptError(column, error.problem, error.expected, error.nearest));
}
