// SPDX-License-Identifier: GPL-2.0-only
/** The options of the function_graph tracer, under the kernel's names (el6 and Linux 6.15, trace_options). */

/** Each option: whether it is on unless asked otherwise. */
export const TRACE_OPTIONS = {
  "funcgraph-cpu": true,
  "funcgraph-overhead": true,
  "funcgraph-duration": true,
  "funcgraph-proc": false,
  "funcgraph-abstime": false,
  /** Not in el6: since Linux 3.14. */
  "funcgraph-tail": false,
  /** Not in el6: as Linux 6.15 prints it. */
  "funcgraph-retval": false,
  /** Not in el6: since Linux 6.15. */
  "funcgraph-args": false,
  /** What trace_printk says inside the functions: here, the reasons. */
  trace_printk: false,
} as const satisfies Record<string, boolean>;

export type TraceOption = keyof typeof TRACE_OPTIONS;

/** The options that are on. */
export type TraceOptions = ReadonlySet<TraceOption>;

export const TRACE_OPTION_NAMES: readonly TraceOption[] = Object.keys(TRACE_OPTIONS) as TraceOption[];

/** The options that the tracer starts with. */
export const DEFAULT_TRACE_OPTIONS: TraceOptions = new Set(
  TRACE_OPTION_NAMES.filter((o) => TRACE_OPTIONS[o]),
);

/** The options of a view; who wants no reasons gets none. */
export function tracerOptions(view: {
  readonly traceOptions: TraceOptions;
  readonly why: boolean;
}): TraceOptions {
  if (view.why) return view.traceOptions;
  return new Set([...view.traceOptions].filter((option) => option !== "trace_printk"));
}
