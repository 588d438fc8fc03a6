// SPDX-License-Identifier: GPL-2.0-only
/** What an output format is: a name, and how to make something that is fed pieces of a trace. */
import type { MachineEvent, StateEvent } from "../trace/event.ts";
import type { Selection } from "../trace/select.ts";
import type { Step } from "../trace/step.ts";
import type { Hexdump } from "./boxes.ts";
import type { TraceOptions } from "./ftrace-options.ts";
import type { Layout } from "./layout/layout.ts";
import type { Paint } from "./style.ts";

/** Where output goes: text as UTF-8, bytes as they are. */
export interface Out {
  write(chunk: string | Uint8Array): void;
}

/** A folder being written: `file` begins one of its files. */
export interface OutFolder {
  file(name: string): Out;
}

/** What depends on where output goes. */
export interface Looks {
  readonly paint: Paint;
  /** Makes lines that fit a terminal; absent: for pipes and files, where lines are as long as they are. */
  readonly layout?: Layout;
}

/** What people choose of a view. Formats for programs ignore what does not concern them. */
export interface ViewOptions extends Looks {
  /** In files, where that is not the same: standard output is a terminal. */
  readonly inFiles?: Looks;
  readonly selection: Selection;
  readonly args: boolean;
  readonly why: boolean;
  readonly hexdump: Hexdump;
  readonly counters: "moved" | "all" | "none";
  /** Bytes of a string that the strace lines show, 0 = all. */
  readonly stringLimit: number;
  /** No graphs and no counters: the calls, and what became of them. */
  readonly brief: boolean;
  /** Show the graph of every call, not only of those that send. */
  readonly everyCall: boolean;
  /** Of the function_graph tracer: which columns and comments there are. */
  readonly traceOptions: TraceOptions;
  readonly table: DrawTable;
}

/** Draws rows under a head as text, with a newline at the end. */
export type DrawTable = (
  head: readonly string[],
  aligns: readonly ("left" | "right")[],
  rows: readonly (readonly string[])[],
) => string;

/** Something that turns pieces into output as they come. */
export interface Renderer {
  head?(machine: MachineEvent, before: StateEvent): void;
  step(step: Step): void;
  /** Something else is written to the same place now: write what was put off. */
  settle?(): void;
  /** The session is over: write what is left. */
  end?(after: StateEvent): void;
}

interface Described {
  /** What people call it. */
  readonly title: string;
  /** What it is, in a line. */
  readonly summary: string;
  /** Its page below docs/: what reads it, and with what that was verified. */
  readonly page: string;
  /** Several sessions can stand in it, one after the other. */
  readonly several?: true;
  /** People read it line by line: what a scenario's commands print may stand between its lines. */
  readonly people?: true;
  /** People read it from top to bottom: on a terminal it goes through their pager. */
  readonly paged?: true;
  /** A page for a browser. */
  readonly browser?: true;
  /** A picture, which a browser shows too. */
  readonly picture?: true;
  /** It tells what became of each datagram: steps come to it with their story. */
  readonly story?: true;
  /** It says what would have led elsewhere: changes are tried for it. */
  readonly advice?: true;
}

/** One stream of text or of bytes; `binary` ones refuse a terminal. */
export interface StreamFormat extends Described {
  readonly kind: "text" | "binary";
  readonly load: () => Promise<(out: Out, view: ViewOptions) => Renderer>;
}

/** A folder of files. */
export interface FolderFormat extends Described {
  readonly kind: "folder";
  readonly load: () => Promise<(out: OutFolder, view: ViewOptions) => Renderer>;
}

export type Format = StreamFormat | FolderFormat;
