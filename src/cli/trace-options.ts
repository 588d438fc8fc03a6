// SPDX-License-Identifier: GPL-2.0-only
/** --trace-option: the tracer's options as people write them to the kernel's trace_options, `no` before one that is off. */
import {
  DEFAULT_TRACE_OPTIONS,
  TRACE_OPTION_NAMES,
  type TraceOption,
  type TraceOptions,
} from "../render/ftrace-options.ts";
import { nearest } from "../script/nearest.ts";
import { UsageError } from "./errors.ts";

/** `funcgraph-tail,nofuncgraph-cpu`, in order: a later word wins. Throws UsageError. */
export function parseTraceOptions(lists: readonly string[]): TraceOptions {
  const on = new Set(DEFAULT_TRACE_OPTIONS);
  for (const list of lists) {
    for (const word of list.split(",").filter((w) => w !== "")) {
      const name = find(word);
      if (name !== undefined) on.add(name);
      else on.delete(find(word.replace(/^no/, "")) ?? refuse(word));
    }
  }
  return on;
}

function find(word: string): TraceOption | undefined {
  return TRACE_OPTION_NAMES.find((name) => name === word);
}

function refuse(word: string): never {
  const near = nearest(
    word,
    TRACE_OPTION_NAMES.flatMap((name) => [name, `no${name}`]),
  );
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new UsageError(
    `--trace-option '${word}': expected ${TRACE_OPTION_NAMES.join(", ")}, or one of them with the prefix no${hint}`,
  );
}
