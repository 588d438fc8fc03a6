// SPDX-License-Identifier: GPL-2.0-only
/** Lines of other programs, read. */
import { unknownWord } from "../error.ts";
import { readConfig } from "../iproute2.ts";
import { Reader } from "../reader.ts";
import { shellWords, type Word } from "../words.ts";
import { parseIp } from "./ip.ts";
import type { Command } from "./kinds.ts";
import { parseCat, parseNc, parseNstat, parseSleep, parseSs, parseSysctl } from "./others.ts";

type Parse = (r: Reader, words: readonly Word[], end: number) => Command;

const config: Parse = (_r, words, end) => ({ kind: "config", changes: readConfig(new Reader(words, end)) });

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

/** Is this line one of a program that we know? `$ ` and `sudo ` may stand before it. */
export function isCommand(line: string): boolean {
  const name = /^\s*(?:\$\s+)?(?:sudo\s+)?([a-z]+)(?=\s|$)/.exec(line)?.[1];
  return name !== undefined && Object.hasOwn(PARSERS, name);
}

/** Parse one line. Throws nothing but ScriptError. */
export function parseCommand(line: string): Command {
  let words = shellWords(line);
  if (words[0]?.text === "$") words = words.slice(1);
  if (words[0]?.text === "sudo") words = words.slice(1);
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
