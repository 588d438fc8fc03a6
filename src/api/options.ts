// SPDX-License-Identifier: GPL-2.0-only
/** Options as objects: names that nobody knows are refused, as the command line refuses them. */
import { nearest } from "../script/nearest.ts";
import { NettraceError } from "./error.ts";

/** Refuse names that are not among `known`: a caller without types mistypes them. */
export function knownOptions(given: object, known: readonly string[], what: string): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw new NettraceError(`${what}: unknown option '${name}', expected ${known.join(", ")}${hint}`);
  }
}

/** One of a few words. */
export function oneOf<T extends string>(what: string, word: T, known: readonly T[]): T {
  if (known.includes(word)) return word;
  const near = nearest(String(word), known);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new NettraceError(`${what} '${word}': expected ${known.join(", ")}${hint}`);
}
