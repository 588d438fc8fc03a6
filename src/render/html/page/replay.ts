// SPDX-License-Identifier: GPL-2.0-only
/** What a buffer holds, and what is known, when a row is over. */
import type { Fact, Frame, Part, Row, Section, Write } from "../model.ts";
import { pathTo } from "./lines.ts";

/** One byte. */
export interface Cell {
  /** Two digits, `..` not told, empty: room that nobody has written to. */
  readonly hex: string;
  readonly by: number;
  /** The row that wrote it, -1: before the call. */
  readonly row: number;
}

/** The bytes of a buffer from `start` on. */
export interface Bytes {
  readonly start: number;
  readonly cells: readonly Cell[];
}

/** Bytes of a buffer after row `upto`. */
export function bytesAt(section: Section, buf: number, upto: number): Bytes {
  const cells = new Map<number, Cell>();
  const apply = (write: Write, row: number): void => {
    if (write.buf !== buf) return;
    for (let i = 0; i < write.len; i++) {
      if (write.hex === "" && cells.has(write.at + i)) continue;
      cells.set(write.at + i, { hex: write.hex.slice(2 * i, 2 * i + 2), by: write.by, row });
    }
  };
  for (const write of section.before.writes) apply(write, -1);
  for (let i = 0; i <= upto; i++) for (const write of section.rows[i]?.writes ?? []) apply(write, i);
  if (cells.size === 0) return { start: 0, cells: [] };
  const start = [...cells.keys()].reduce((a, b) => Math.min(a, b));
  const empty: Cell = { hex: "", by: -2, row: -1 };
  const end = [...cells.keys()].reduce((a, b) => Math.max(a, b)) + 1;
  return { start, cells: Array.from({ length: end - start }, (_, i) => cells.get(start + i) ?? empty) };
}

/** Headers and data in a buffer after row `upto`, by place; of two that overlap the newer one counts. */
export function partsAt(section: Section, buf: number, upto: number): Part[] {
  const parts: Part[] = [];
  const apply = (part: Part): void => {
    if (part.buf !== buf) return;
    const overlaps = (p: Part): boolean => p.at < part.at + part.len && part.at < p.at + p.len;
    for (let i = parts.length - 1; i >= 0; i--) if (overlaps(parts[i] as Part)) parts.splice(i, 1);
    parts.push(part);
  };
  section.before.parts.forEach(apply);
  for (let i = 0; i <= upto; i++) (section.rows[i]?.parts ?? []).forEach(apply);
  return parts.sort((a, b) => a.at - b.at);
}

/** The latest frame of a buffer. */
export function frameAt(section: Section, buf: number, upto: number): Frame | null {
  for (let i = upto; i >= 0; i--) {
    const frame = section.rows[i]?.frames?.findLast((f) => f.buf === buf);
    if (frame !== undefined) return frame;
  }
  return null;
}

/** Buffers that hold something after row `upto`. */
export function buffersAt(section: Section, upto: number): number[] {
  const found = new Set(section.before.writes.map((w) => w.buf));
  for (let i = 0; i <= upto; i++) for (const write of section.rows[i]?.writes ?? []) found.add(write.buf);
  return [...found].sort((a, b) => a - b);
}

/** The buffer that rows `from` to `upto` are about: written to, seen at a device, handed over, used last. */
export function bufferOf(section: Section, from: number, upto: number): number | null {
  const there = buffersAt(section, upto);
  for (let i = upto; i >= from; i--) {
    const row = section.rows[i];
    const news = row?.writes?.at(-1)?.buf ?? row?.frames?.at(-1)?.buf;
    if (news !== undefined) return news;
  }
  for (const i of [from, ...pathTo(section.rows, from).reverse()]) {
    const buf = section.rows[i]?.buf;
    if (buf !== undefined && there.includes(buf)) return buf;
  }
  for (let i = from; i >= 0; i--) {
    const buf = section.rows[i]?.writes?.at(-1)?.buf;
    if (buf !== undefined) return buf;
  }
  return there[0] ?? null;
}

/** What is known of one object: label and value, and the row that told it. */
export interface Known {
  readonly label: string;
  readonly value: string;
  readonly row: number;
}

/** Cards with what is known after row `upto`, in the order in which they came up. */
export function knownAt(section: Section, upto: number): Map<string, Known[]> {
  const cards = new Map<string, Known[]>();
  const apply = ([title, label, value]: Fact, row: number): void => {
    const card = cards.get(title) ?? [];
    cards.set(title, card);
    const old = card.findIndex((known) => known.label === label);
    if (old < 0) card.push({ label, value, row });
    else if (card[old]?.value !== value) card[old] = { label, value, row };
  };
  for (const fact of section.before.facts) apply(fact, -1);
  for (let i = 0; i <= upto; i++)
    for (const fact of (section.rows[i] as Row | undefined)?.facts ?? []) apply(fact, i);
  return cards;
}

/** One counter that has moved: its value before the call and now, and the rows that moved it. */
export interface Counter {
  readonly name: string;
  readonly before: number;
  now: number;
  readonly moves: { readonly row: number; readonly by: number; readonly fn: number }[];
}

/** Who moved a counter: the number of the function, how often, by how much in all. */
export function moversOf({ moves }: Counter): (readonly [fn: number, times: number, by: number])[] {
  const who = new Map<number, readonly [number, number, number]>();
  for (const { fn, by } of moves) {
    const [, times, sum] = who.get(fn) ?? [fn, 0, 0];
    who.set(fn, [fn, times + 1, sum + by]);
  }
  return [...who.values()];
}

/** Counters that rows up to `upto` have moved, in the order of first movement. */
export function countersAt(section: Section, upto: number): Counter[] {
  const found = new Map<number, Counter>();
  for (let row = 0; row <= upto; row++) {
    for (const [index, by, fn] of section.rows[row]?.counts ?? []) {
      const [name, before] = section.counters[index] ?? ["", 0];
      const counter = found.get(index) ?? { name, before, now: before, moves: [] };
      counter.now += by;
      counter.moves.push({ row, by, fn });
      found.set(index, counter);
    }
  }
  return [...found.values()];
}
