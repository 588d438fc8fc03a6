// SPDX-License-Identifier: GPL-2.0-only
/** `capture`: a recording of a real kernel, or a trace that was saved, as events. */
import { readAny } from "../capture/recording.ts";
import { functionsKnown } from "../cli/recordings.ts";
import type { TraceEvent } from "../trace/event.ts";
import { checked } from "./error.ts";
import { knownOptions } from "./options.ts";

/** How a recording is read. */
export interface CaptureOptions {
  /** What it is called in the trace's first event. */
  readonly name?: string;
  /** Of a file of JSON cases, the one wanted. */
  readonly case?: string;
}

/**
 * Read function_graph text (as ftrace, trace-cmd, perf-tools or uftrace print it), JSON cases, or what `--format json`
 * saved. What is none of these is a NettraceError that names the place.
 */
export function capture(recording: string | Uint8Array, options: CaptureOptions = {}): TraceEvent[] {
  return checked(() => {
    knownOptions(options, ["name", "case"], "capture");
    const bytes = typeof recording === "string" ? new TextEncoder().encode(recording) : recording;
    const { name = "recording", case: wanted } = options;
    return [...readAny([bytes], { name, lookup: functionsKnown(), wanted })];
  });
}
