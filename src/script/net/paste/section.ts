// SPDX-License-Identifier: GPL-2.0-only
/** Kinds of printed text, each with who reads it, and where what they find goes. */
import type { LineError } from "../../error.ts";
import type { Entry, Line } from "./entry.ts";

/** Who reads one kind of text, line by line. */
export interface Section {
  /** In messages. */
  readonly what: string;
  /** Can this kind begin with this line? */
  begins(line: Line): boolean;
  /** Take a line, the first or one that follows; false where it is none of this kind. */
  take(line: Line, found: Found): boolean;
  /** Another text begins: forget the one before. */
  reset(): void;
  /** There is no more of it. */
  end?(found: Found): void;
}

/** What is found. */
export interface Found {
  /** A device as `ip -j addr` would print it; `all`: those of the same text, by name. */
  link(entry: Entry, line: Line, all: ReadonlyMap<string, Entry>): void;
  route(entry: Entry, line: Line): void;
  /** This is the answer of `ip route get`; `taken`: the route that came last is a part of it. */
  answer(line: Line, taken: boolean): void;
  rule(entry: Entry, line: Line): void;
  neighbour(entry: Entry, line: Line): void;
  /** A command that is in the text, or that it comes to. */
  command(text: string, line: Line): void;
  note(line: Line, text: string): void;
  /** A table of routes has this name. */
  tableName(number: number, name: string): void;
  /** A line that cannot be read. */
  unread(line: Pick<Line, "text">, error: LineError): void;
  /** A text of routes that says nothing of addresses. */
  bare(line: Line): void;
  /** An entry of IPv6. */
  ipv6(line: Line): void;
  /** The table that a question asked for, where the answer does not say. */
  readonly table: string | undefined;
}
