// SPDX-License-Identifier: GPL-2.0-only
/** What became of the lines of a log: how many were understood, what of them was guessed, which could not be used. */
import { NOISE, type Noise } from "./paste/noise.ts";

/** What became of a call, or of a piece of text, in the lines `from` to `to`. */
export type Fate =
  | { readonly kind: "understood" | "foreign" }
  | { readonly kind: "noise"; readonly noise: Noise; readonly text: string }
  | { readonly kind: "unread"; readonly column: number; readonly problem: string }
  | { readonly kind: "guessed"; readonly guesses: readonly string[] };

export interface Entry {
  readonly from: number;
  readonly to: number;
  readonly fate: Fate;
}

/** How often, and where first. */
export interface Count {
  times: number;
  readonly first: number;
  readonly column: number;
  readonly sample: string;
}

/** Plain values: it goes to threads as it is. It does not grow with the lines. */
export interface Receipt {
  lines: number;
  understood: number;
  noise: number;
  unread: number;
  guessed: number;
  /** Calls with a result, and without one. */
  results: number;
  open: number;
  /** Commands, and expectations. */
  commands: number;
  expects: number;
  readonly kinds: Map<Noise, Count>;
  /** Calls that cannot be read, by what is wrong. */
  readonly problems: Map<string, Count>;
  /** The first lines with guesses. */
  readonly guesses: string[];
}

/** Lines that a receipt names, kinds that it tells apart. */
const NAMED = 8;
const KINDS = 64;
const SAMPLE = 48;

export function emptyReceipt(): Receipt {
  return {
    lines: 0,
    understood: 0,
    noise: 0,
    unread: 0,
    guessed: 0,
    results: 0,
    open: 0,
    commands: 0,
    expects: 0,
    kinds: new Map(),
    problems: new Map(),
    guesses: [],
  };
}

/** Add what became of some lines. */
export function tally(receipt: Receipt, { from, to, fate }: Entry): void {
  const lines = to - from + 1;
  receipt.lines += lines;
  switch (fate.kind) {
    case "understood":
    case "foreign":
      receipt.understood += lines;
      return;
    case "noise":
      receipt.noise += lines;
      count(receipt.kinds, fate.noise, { first: from, column: 1, sample: fate.text });
      return;
    case "unread":
      receipt.unread += lines;
      count(receipt.problems, fate.problem, { first: from, column: fate.column, sample: "" });
      return;
    case "guessed":
      receipt.guessed += lines;
      if (receipt.guesses.length <= NAMED) receipt.guesses.push(placeOf(from, to));
  }
}

const placeOf = (from: number, to: number): string => (to > from ? `${from}-${to}` : String(from));

function count<K>(map: Map<K, Count>, key: K, at: Omit<Count, "times">): void {
  const known = map.get(key);
  if (known !== undefined) known.times++;
  else if (map.size < KINDS) map.set(key, { ...at, times: 1 });
}

/**
 * Is it a log, which is read as it comes? Somebody's scenario has expectations, or calls without results; and what is for the
 * most part neither is no log.
 */
export function isLog(receipt: Receipt): boolean {
  const { expects, results, open, understood, guessed, unread, kinds } = receipt;
  const strace = understood + guessed;
  const text = kinds.get("text")?.times ?? 0;
  if (expects > 0 || results === 0 || open * 4 > results) return false;
  return strace > unread && strace * 4 >= text;
}

/** `2 of 9 lines understood, 7 are no calls, 1 guessed: line 4`. */
export function summary(receipt: Receipt): string {
  const { lines, understood, noise, unread, guessed, guesses } = receipt;
  const named = guesses.slice(0, NAMED).join(", ") + (guesses.length > NAMED ? ", …" : "");
  const parts = [
    `${understood} of ${lines} ${lines === 1 ? "line" : "lines"} understood`,
    ...(noise > 0 ? [noise === 1 ? "1 is not a call" : `${noise} are not calls`] : []),
    ...(unread > 0 ? [`${unread} cannot be read`] : []),
    ...(guessed > 0 ? [`${guessed} guessed: ${guessed === 1 ? "line" : "lines"} ${named}`] : []),
  ];
  return parts.join(", ");
}

/** What the lines are that are no calls, each kind once: `comments (2, first in line 3: "// now")`. */
export function noiseText({ kinds }: Receipt): string {
  const each = (Object.keys(NOISE) as Noise[]).flatMap((noise) => {
    const known = kinds.get(noise);
    if (known === undefined) return [];
    const { times, first, sample } = known;
    const shown = sample.length > SAMPLE ? `${sample.slice(0, SAMPLE)}…` : sample;
    return [
      `${NOISE[noise]} (${times}, ${times === 1 ? "" : "first in "}line ${first}: ${JSON.stringify(shown)})`,
    ];
  });
  return each.join(", ");
}

/** An entry of the whole list: what was read into a line, or why it was not. */
export function entryText({ from, to, fate }: Entry): string | undefined {
  const place = placeOf(from, to);
  switch (fate.kind) {
    case "noise":
      return `${place}: not a call: ${JSON.stringify(fate.text)}`;
    case "unread":
      return `${place}: cannot be read: ${fate.problem}`;
    case "guessed":
      return `${place}: guessed: ${fate.guesses.join("; ")}`;
    default:
      return undefined;
  }
}
