// SPDX-License-Identifier: GPL-2.0-only
/** An event of Chrome's "Trace Event Format" (Google 2016), as far as it is used. */
import type { Value } from "../trace/event.ts";

/** One event of the format. Times are in virtual nanoseconds until they are written, as microseconds. */
export interface ChromeEvent {
  readonly ph: "X" | "i" | "C" | "M" | "s" | "t" | "f";
  readonly name: string;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly id?: number;
  /** Scope of an instant: thread or process. */
  readonly s?: "t" | "p";
  /** A flow ends in the slice around it. */
  readonly bp?: "e";
  readonly args?: { readonly [name: string]: Value };
}
