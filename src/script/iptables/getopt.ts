// SPDX-License-Identifier: GPL-2.0-only
/** A command of iptables in the order in which it is read: its table and its verb first, options apart from their values. */
import type { Word } from "../words.ts";

/** `-A CHAIN`, `-I CHAIN [N]`, `-P CHAIN TARGET`, `-F [CHAIN]`: how many words belong to a verb, at least and at most. */
const VERBS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  "-A": [1, 1],
  "--append": [1, 1],
  "-C": [1, 1],
  "--check": [1, 1],
  "-D": [1, 2],
  "--delete": [1, 2],
  "-I": [1, 2],
  "--insert": [1, 2],
  "-R": [1, 2],
  "--replace": [1, 2],
  "-P": [2, 2],
  "--policy": [2, 2],
  "-E": [2, 2],
  "--rename-chain": [2, 2],
  "-N": [1, 1],
  "--new-chain": [1, 1],
  ...Object.fromEntries(
    "-F --flush -X --delete-chain -Z --zero -L --list -S --list-rules"
      .split(" ")
      .map((verb) => [verb, [0, 1]]),
  ),
};
/** Their values may begin with a dash. */
const TEXTS = ["--comment", "--log-prefix", "--string"];
/** Short options with a value, which may stand in the same word. */
const GLUED = /^-([ADIRCPNEsdpiojgmt])(?=[^-])(.+)$/;
const LONG = /^(--[a-z-]+)=(.*)$/s;

export function ordered(words: readonly Word[]): Word[] {
  const apart = words.flatMap((word, i) => (TEXTS.includes(words[i - 1]?.text ?? "") ? [word] : split(word)));
  const table = apart.findIndex(({ text }) => text === "-t" || text === "--table");
  const first = table < 0 ? [] : apart.splice(table, 2);
  const verb = apart.findIndex(
    ({ text }, i) => Object.hasOwn(VERBS, text) && !TEXTS.includes(apart[i - 1]?.text ?? ""),
  );
  if (verb < 0) return [...first, ...apart];
  const [least, most] = VERBS[(apart[verb] as Word).text] as readonly [number, number];
  let count = 1 + least;
  const next = apart[verb + count]?.text ?? "-";
  if (count <= most && (least === 0 ? !next.startsWith("-") : /^\d+$/.test(next))) count++;
  return [...first, ...apart.splice(verb, count), ...apart];
}

function split(word: Word): Word[] {
  const m = word.quoted === true ? null : (LONG.exec(word.text) ?? GLUED.exec(word.text));
  if (m === null) return [word];
  const [, name = "", value = ""] = m;
  const option = name.startsWith("--") ? name : `-${name}`;
  return [
    { ...word, text: option },
    { ...word, text: value, column: word.column + word.text.length - value.length },
  ];
}
