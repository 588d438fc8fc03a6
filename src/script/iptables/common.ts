// SPDX-License-Identifier: GPL-2.0-only
/** What the parts of an iptables command have in common: chains' names, options, what is left out. */
import { ScriptError } from "../error.ts";
import { nearest } from "../nearest.ts";
import type { Reader } from "../reader.ts";

/** The chains that the kernel has, and what may not be the name of another. */
export const CHAINS = ["INPUT", "FORWARD", "OUTPUT"] as const;
/** Options that change nothing about a rule, with the number of their values. */
const OPTIONS: Readonly<Record<string, number>> = {
  "-4": 0,
  "--ipv4": 0,
  "-n": 0,
  "--numeric": 0,
  "-v": 0,
  "--verbose": 0,
  "-x": 0,
  "--exact": 0,
  "--line-numbers": 0,
  "-c": 2,
  "--set-counters": 2,
};

/** Take an option that changes nothing. */
export function option(r: Reader): boolean {
  if (r.take("-w", "--wait", "-W", "--wait-interval")) {
    if (/^\d+$/.test(r.peek() ?? "")) r.next("seconds");
    return true;
  }
  const word = r.peek() ?? "";
  if (!Object.hasOwn(OPTIONS, word)) return false;
  r.next("an option");
  for (let i = OPTIONS[word] as number; i > 0; i--) r.next(`a value for ${word}`);
  return true;
}

/** Thrown where the rest of a line does not matter: a note has said why. */
export class LeftOut extends ScriptError {
  constructor() {
    super(1, "left out", "nothing");
  }
}

/** One's own name, unless it is near to a word that was perhaps meant. */
export function known(r: Reader, word: string, words: readonly string[], what: string): string {
  if (words.includes(word) || r.chains.has(word)) return word;
  const odd = !/^[^\s!-][^\s]{0,30}$/.test(word);
  if (odd || nearest(word, words) !== undefined) throw r.unknown(what, words);
  return word;
}
