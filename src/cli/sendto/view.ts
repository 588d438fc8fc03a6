// SPDX-License-Identifier: GPL-2.0-only
/** The options that choose what is shown, and how. */
import type { Layer } from "../../trace/layer.ts";
import type { Selection } from "../../trace/select.ts";

export type Format = "graph" | "strace" | "json";

/** A view, checked. */
export interface View {
  readonly format: Format;
  readonly selection: Selection;
  readonly args: boolean;
  readonly why: boolean;
  readonly hexdump: "headers" | "packets" | "all" | "none";
  readonly counters: "moved" | "all" | "none";
  /** Bytes of a string that the strace lines show, 0 = all. */
  readonly stringLimit: number;
  /** Show the graph of the set-up calls too. */
  readonly everyCall: boolean;
}

export type { Layer };
