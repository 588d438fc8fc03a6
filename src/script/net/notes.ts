// SPDX-License-Identifier: GPL-2.0-only
/** Notes of a network: what is said again and again is said once, with what it is said of. */
import type { NetNote, Place } from "./network.ts";

interface Said {
  /** The first few, each as it would be said alone. */
  readonly first: NetNote[];
  count: number;
  readonly items: string[];
}

/** What is said of no more things than this is said of each. */
const FEW = 4;
/** More names than this are counted. */
const MOST = 12;

export class Notes {
  private readonly said = new Map<string, Said>();

  /** `item`: one of those of which the text is true; `alone`: what is said of a few of them, one by one. */
  add(text: string, place: () => Place | null, item?: string, alone?: string): void {
    const said = this.said.get(text) ?? { first: [], count: 0, items: [] };
    this.said.set(text, said);
    const single = item === undefined ? text : alone;
    if (said.first.length < FEW && single !== undefined) said.first.push({ text: single, place });
    else if (said.count === 0) said.first.push({ text: "", place });
    said.count++;
    if (item !== undefined) said.items.push(item);
  }

  list(): NetNote[] {
    return [...this.said].flatMap(([text, { first, count, items }]) => {
      if (first.length === count && first.every((note) => note.text !== "")) return first;
      const place = first[0]?.place ?? ((): null => null);
      return [{ text: text + more(count, items), place }];
    });
  }
}

function more(count: number, items: readonly string[]): string {
  if (items.length === 0) return ` (${count} times; this is the first)`;
  const rest = items.length > MOST ? ` and ${items.length - MOST} more` : "";
  return `: ${items.slice(0, MOST).join(", ")}${rest}`;
}
