// SPDX-License-Identifier: GPL-2.0-only
/** Reasons, addresses and sentences: what the words of an answer are made of. */
import { showFacts } from "../trace/show.ts";
import type { Decision } from "../trace/story.ts";
import { formatIpv4 } from "../wire/ipv4.ts";

/** Words of reasons that the values beside them make plain. */
export const ADDRESS_AND_PORT = "this address and port";

/** `1 byte`, `2 bytes`. */
export const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;
/** Each once, in order. */
export const distinct = (words: readonly string[]): string[] => [...new Set(words)];
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Sentences in a row, each with its full stop; the first goes on behind a state word. */
export function sentences(first: string, ...others: readonly string[]): string {
  return [first, ...others.map(capital)].map((text) => `${text}.`).join(" ");
}

/** A reason, with its address where that is one of the values. */
export function reasonOf({ why, facts }: Decision): string {
  const to = address(facts["daddr"], facts["dport"]);
  return to.includes(":") ? why.replace(ADDRESS_AND_PORT, to) : why;
}

/** A reason with the values that were compared. */
export function because({ why, facts, fn }: Decision): string {
  const values = showFacts(facts, fn);
  return values === "" ? why : `${why} (${values})`;
}

/** `127.0.0.1:9`; the address alone without a port, nothing without an address. */
export function address(addr: unknown, port: unknown): string {
  if (typeof addr !== "number") return "";
  return typeof port === "number" ? `${formatIpv4(addr)}:${port}` : formatIpv4(addr);
}

/** `for the next hop's link-layer address`: a reason may already say that it waits. */
export function waiting(why: string): string {
  return why.replace(/^waits (?=for |in )/, "");
}
