// SPDX-License-Identifier: GPL-2.0-only
/** Lines of other programs, read. */
import { unknownWord } from "../error.ts";
import { readConfig } from "../iproute2.ts";
import { promptOf, withoutSudo } from "../prompt.ts";
import { Reader } from "../reader.ts";
import { shellWords, type Word } from "../words.ts";
import { parseIp } from "./ip.ts";
import type { Command } from "./kinds.ts";
import { parseCat, parseNc, parseNstat, parseSleep, parseSs, parseSysctl } from "./others.ts";

type Parse = (r: Reader, words: readonly Word[], end: number) => Command;

const config: Parse = (_r, words, end) => {
  const r = new Reader(words, end);
  const changes = readConfig(r);
  return { kind: "config", changes, ...(r.notes.length === 0 ? {} : { notes: r.notes }) };
};

/** By the program's name. */
const PARSERS: Readonly<Record<string, Parse>> = {
  ip: (r, words, end) => parseIp(r) ?? config(r, words, end),
  tc: config,
  sysctl: (r) => parseSysctl(r),
  iptables: config,
  nf: config,
  sleep: parseSleep,
  cat: parseCat,
  nstat: parseNstat,
  ss: parseSs,
  nc: parseNc,
};

/** The programs whose lines are understood. */
export const COMMAND_NAMES: readonly string[] = Object.keys(PARSERS);

/** Is this line one of a program that we know? A prompt and `sudo ` may stand before it, a folder before its name. */
export function isCommand(line: string): boolean {
  const at = promptLength(line);
  const name = /^\s*(?:sudo\s+(?:-[a-zA-Z]\s+)*)?(?:\/(?:usr\/)?s?bin\/)?([a-z]+)(?=\s|$)/.exec(
    line.slice(at),
  )?.[1];
  return name !== undefined && Object.hasOwn(PARSERS, name);
}

/** A `#` alone begins a comment here. */
function promptLength(line: string): number {
  const prompt = promptOf(line);
  return prompt === undefined || prompt.doubtful ? 0 : prompt.length;
}

/** Parse one line. Throws nothing but ScriptError. */
export function parseCommand(line: string): Command {
  const at = promptLength(line);
  const words = withoutSudo(shellWords(" ".repeat(at) + line.slice(at)));
  const end = line.length + 1;
  const r = new Reader(words, end);
  const name = r.next("a command");
  const parse = Object.hasOwn(PARSERS, name) ? PARSERS[name] : undefined;
  if (parse === undefined) throw unknownWord(r.column, name, "a command", COMMAND_NAMES);
  const command = parse(r, words, end);
  if (command.kind !== "config" && !r.done) {
    r.next("nothing");
    throw r.wrong("the end of the line");
  }
  return command;
}
