// SPDX-License-Identifier: GPL-2.0-only
/** Notes of a network: what is said again and again is said once, with what it is said of. */
import type { NetNote, Place } from "./network.ts";

interface Said {
  readonly places: (() => Place | null)[];
  count: number;
  readonly items: string[];
}

/** What is said of no more places than this is said of each. */
const FEW = 4;

/** More names than this are counted. */
const MOST = 12;

export class Notes {
  private readonly said = new Map<string, Said>();

  /** `item`: one of those of which the text is true. */
  add(text: string, place: () => Place | null, item?: string): void {
    const said = this.said.get(text) ?? { places: [], count: 0, items: [] };
    this.said.set(text, said);
    if (said.places.length < FEW) said.places.push(place);
    said.count++;
    if (item !== undefined) said.items.push(item);
  }

  list(): NetNote[] {
    return [...this.said].flatMap(([text, { places, count, items }]) => {
      if (items.length === 0 && count <= FEW) return places.map((place) => ({ text, place }));
      const [place = () => null] = places;
      return [{ text: text + more(count, items), place }];
    });
  }
}

function more(count: number, items: readonly string[]): string {
  if (items.length === 0) return ` (${count} times; this is the first)`;
  const rest = items.length > MOST ? ` and ${items.length - MOST} more` : "";
  return `: ${items.slice(0, MOST).join(", ")}${rest}`;
}
