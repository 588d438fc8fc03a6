// SPDX-License-Identifier: GPL-2.0-only
/** Traces that are read, not made: into renderers. */
import type { MachineEvent, TraceEvent } from "../trace/event.ts";
import { isStep, pieces } from "../trace/step.ts";
import type { Io } from "./io.ts";
import type { Output, Target } from "./output.ts";

/** Feed a trace to its renderers; memory is one system call. */
export function feed(trace: Iterable<TraceEvent>, output: Output): void {
  let machine: MachineEvent | null = null;
  for (const piece of pieces(trace)) {
    if (isStep(piece)) output.step(piece);
    else if (piece.ev === "machine") machine = piece;
    else if (piece.when === "after") output.end(piece);
    else if (machine !== null) output.head(machine, piece, machine.recorded === undefined);
  }
}

/**
 * Can the file (without one: standard input) be read twice? An ordinary one can. None of the targets may be it.
 * Throws UsageError.
 */
export function isReadable(file: string | undefined, targets: readonly Target[], io: Io): boolean {
  io.claims.reads(io.place(file));
  for (const target of targets) {
    if (target.file !== undefined) io.claims.check(target.file, io.place(target.file));
  }
  return file !== undefined && io.identity(file) !== undefined;
}
