// SPDX-License-Identifier: GPL-2.0-only
/** What the page's script is told: one {@link Section} a system call, plain values only, embedded as JSON. */

/** A kernel function: its name, its file, and its layer as an index of LAYERS. */
export type Fn = readonly [name: string, file: string, layer: number];

/** A name and a value, both ready to be shown. */
export type Pair = readonly [name: string, value: string];

/** Bytes that a step wrote into a buffer, or (`hex` empty) room that it made there. */
export interface Write {
  readonly buf: number;
  readonly at: number;
  readonly len: number;
  /** Two digits a byte, `..` for one that the trace does not tell. */
  readonly hex: string;
  /** Index in {@link Section.fns}; -1: the caller, -2: not told. */
  readonly by: number;
}

/** A header (or the payload) in a buffer, its fields by name; offsets are those of the buffer. */
export interface Part {
  readonly buf: number;
  readonly at: number;
  readonly len: number;
  readonly name: string;
  readonly fields: readonly (readonly [name: string, at: number, len: number, value: string])[];
}

/** A frame at a device: bytes `[at, at + len)` of a buffer. */
export interface Frame {
  readonly buf: number;
  readonly at: number;
  readonly len: number;
  readonly text: string;
  readonly out: boolean;
}

/** Something now known of an object: card, what, value. */
export type Fact = readonly [card: string, label: string, value: string];

/** A reason: constant text and the facts beside it. */
export type Reason = readonly [text: string, facts: readonly Pair[]];

/** What happens at one moment; absent lists are empty. */
export interface Happening {
  readonly why?: readonly Reason[];
  readonly writes?: readonly Write[];
  readonly parts?: readonly Part[];
  readonly frames?: readonly Frame[];
  readonly facts?: readonly Fact[];
  /** Counters that moved: index in {@link Section.counters}, by how much, the function's index. */
  readonly counts?: readonly (readonly [counter: number, by: number, fn: number])[];
}

/** One step: a call, something in a call after another call came back, or a stretch of another context. */
export interface Row extends Happening {
  readonly kind: "call" | "after" | "context";
  readonly depth: number;
  /** Index in {@link Section.fns}, -1 for a context. */
  readonly fn: number;
  /** The arguments in short, as the tree shows them; the name of a context. */
  readonly text?: string;
  readonly args?: readonly Pair[];
  readonly ret?: string;
  readonly inline?: true;
  /** Bookkeeping: folded away, with all inside, until asked for. */
  readonly quiet?: true;
  /** It goes as it went before: closed until opened; so many calls are inside. */
  readonly folded?: number;
  /** An error came back through it. */
  readonly failed?: true;
  /** The buffer to look at. */
  readonly buf?: number;
}

/** One system call. */
export interface Section {
  /** Number of its first step in the page, from 1. */
  readonly first: number;
  readonly name: string;
  readonly fns: readonly Fn[];
  /** Name and value before the call. */
  readonly counters: readonly (readonly [name: string, before: number])[];
  readonly buffers: readonly string[];
  /** What buffers held, and what was known, before the call. */
  readonly before: {
    readonly writes: readonly Write[];
    readonly parts: readonly Part[];
    readonly facts: readonly Fact[];
  };
  readonly rows: readonly Row[];
  /** Index of the row that decided. */
  readonly decided: number;
}

/** How the page opens; written once. */
export interface Opening {
  readonly layers: readonly string[];
  /** Show the bookkeeping from the start. */
  readonly all: boolean;
  /** Layers shown alone from the start, as indices; empty = all. */
  readonly only: readonly number[];
  /** The section to open: the first that failed, else the first that sends. */
  readonly open: number;
  /** The row to open it at: where it was decided that it fails. */
  readonly row: number;
  /** How many steps there are in the page. */
  readonly steps: number;
}
