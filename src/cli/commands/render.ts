// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace render FILE --as FORMAT`: a saved trace in any format, as if it had been made live. */
import { readTrace, TraceError } from "../../capture/json.ts";
import { nearest } from "../../script/nearest.ts";
import type { MachineEvent, TraceEvent } from "../../trace/event.ts";
import { isStep, pieces } from "../../trace/step.ts";
import { EXIT, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { Output, type Target } from "../output.ts";
import { fitting } from "../sessions.ts";
import { parseView, type RawView, viewOptions } from "../view.ts";
import type { Register } from "./index.ts";

export const render: Register = (program, io, exit) => {
  const command = program
    .command("render")
    .description("show a trace that was saved with --format json, in any format")
    .usage("[options] <file>")
    .argument("<file>", "the trace; - for standard input");
  viewOptions(command, "--as, --format");
  command.action(async (file: string, raw: RawView) => {
    await run(file === "-" ? undefined : file, raw, io);
    exit(EXIT.ok);
  });
};

async function run(file: string | undefined, raw: RawView, io: Io): Promise<void> {
  const { view, targets } = await parseView(raw, io);
  if (file !== undefined) check(file, targets, io);
  const output = new Output();
  try {
    await output.open(targets, view, io);
    show(events(file, targets, io), output);
  } finally {
    output.close();
  }
}

/** Read an ordinary file once before anything is written: a bad line must leave nothing half done. */
function check(file: string, targets: readonly Target[], io: Io): void {
  const identity = io.identity(file);
  if (identity === undefined) return;
  if (targets.some((t) => t.file !== undefined && io.identity(t.file) === identity)) {
    throw new UsageError(`-o ${file}: expected another file than the trace that is read`);
  }
  for (const _ of events(file, targets, io));
}

/** Feed a trace to its renderers; memory is one system call. */
function show(trace: Iterable<TraceEvent>, output: Output): void {
  let machine: MachineEvent | null = null;
  for (const piece of pieces(trace)) {
    if (isStep(piece)) output.step(piece);
    else if (piece.ev === "machine") machine = piece;
    else if (piece.when === "after") output.end(piece);
    else if (machine !== null) output.head(machine, piece);
  }
}

/** The events of a file; a bad one is a UsageError that names the place. */
function* events(file: string | undefined, targets: readonly Target[], io: Io): Generator<TraceEvent> {
  const name = file ?? "<stdin>";
  try {
    yield* fitting(readTrace(io.chunks(file)), name, targets);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    const { line, column, message } = error;
    throw new UsageError(`${name}:${line}:${column}: ${message}${meant(error)}`);
  }
}

function meant({ problem }: TraceError): string {
  const near = nearest(problem?.word ?? "", problem?.known ?? []);
  return near === undefined ? "" : `; did you mean ${near}?`;
}
