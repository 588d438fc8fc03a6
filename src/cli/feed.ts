// SPDX-License-Identifier: GPL-2.0-only
/** Traces that are read, not made: into renderers, and not onto themselves. */
import type { MachineEvent, TraceEvent } from "../trace/event.ts";
import { isStep, pieces } from "../trace/step.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import type { Output, Target } from "./output.ts";

/** Feed a trace to its renderers; memory is one system call. */
export function feed(trace: Iterable<TraceEvent>, output: Output): void {
  let machine: MachineEvent | null = null;
  for (const piece of pieces(trace)) {
    if (isStep(piece)) output.step(piece);
    else if (piece.ev === "machine") machine = piece;
    else if (piece.when === "after") output.end(piece);
    else if (machine !== null) output.head(machine, piece);
  }
}

/** Can the file be read twice? An ordinary one can, but none of the targets may be it. Throws UsageError. */
export function isReadable(file: string, targets: readonly Target[], io: Io): boolean {
  const identity = io.identity(file);
  if (identity === undefined) return false;
  if (targets.some((t) => t.file !== undefined && io.identity(t.file) === identity)) {
    throw new UsageError(`-o ${file}: expected another file than the trace that is read`);
  }
  return true;
}
