// SPDX-License-Identifier: GPL-2.0-only
/** What a screen is made of, before anybody knows how wide it is; a layout makes lines of it. */
import type { Call } from "../../trace/tree.ts";
import type { Field } from "../../wire/fields.ts";
import type { Role } from "../style.ts";

/** A piece of text and what it is for; a text alone is for nothing in particular. */
export type Span = string | readonly [role: Role, text: string];

/** A blank at which no line is broken: a character that no text has, since control characters are escaped. */
export const GLUE = "\0";

/** What stands beside a call: a reason, counters that moved, or how many calls are left out. */
export interface Beside {
  readonly role: "why" | "number" | "fold";
  readonly text: string;
}

/** Bytes, with the named fields of the headers in them; a header on its own has no name. Without bytes the title is a line of its own. */
export interface Box {
  readonly title: string;
  readonly bytes: Uint8Array;
  /** Offset of the first byte; absent: 0. */
  readonly at?: number;
  readonly headers: readonly (readonly [header: string, fields: readonly Field[]])[];
}

/** How the calls of a graph are shown. */
export interface GraphStyle {
  /** Print arguments. */
  readonly args: boolean;
  /** For reading: arguments that say nothing new are left out, closing braces in a row are one line. */
  readonly brief: boolean;
  /** The functions through which an error came back. */
  readonly failed: ReadonlySet<Call>;
}

/** Is told a graph from top to bottom. */
export interface GraphLayout {
  /** A call in which nothing is shown. */
  leaf(call: Call, depth: number, beside: readonly Beside[]): void;
  /** A call in which something is: all until its `close`. */
  open(call: Call, depth: number, beside: readonly Beside[]): void;
  close(call: Call, depth: number): void;
  /** Between two calls. */
  aside(depth: number, beside: Beside): void;
  box(depth: number, box: Box): void;
  /** A line across: time passes. */
  rule(text: string): void;
  /** A line across: another context begins. */
  enter(text: string): void;
  /** A line across: it ends. */
  leave(text: string): void;
  end(): void;
}

/** Makes lines, without a newline at their ends. */
export interface Layout {
  graph(style: GraphStyle, out: (line: string) => void): GraphLayout;
  /** Sentences: where they are broken, all lines but the first are indented by `hang` more than the first, by `indent`. */
  text(spans: readonly Span[], hang: number, indent?: number): string[];
  /** Rows under a head, columns two blanks apart; the last column is text. */
  table(rows: readonly (readonly string[])[], numeric: ReadonlySet<number>): string[];
}
