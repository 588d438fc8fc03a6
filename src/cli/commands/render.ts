// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace render FILE --as FORMAT`: a saved trace in any format, as if it had been made live. */
import { readTrace, TraceError } from "../../capture/json.ts";
import { nearest } from "../../script/nearest.ts";
import type { TraceEvent } from "../../trace/event.ts";
import { EXIT, UsageError } from "../errors.ts";
import { feed, isReadable } from "../feed.ts";
import { heedless, type Io } from "../io.ts";
import { Output, type Target } from "../output.ts";
import { Progress } from "../run/progress.ts";
import { fitting } from "../sessions.ts";
import { parseView, type RawView, viewOptions } from "../view.ts";
import type { Register } from "./register.ts";

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

async function run(file: string | undefined, raw: RawView, real: Io): Promise<void> {
  const io = raw.output.length > 0 ? heedless(real) : real;
  const { view, targets } = await parseView(raw, io);
  const progress = new Progress([file ?? "<stdin>"], io, "events");
  // Read an ordinary file once before anything is written: a bad line must leave nothing half done.
  const seen = isReadable(file, targets, io) ? count(counted(events(file, targets, io), progress)) : 0;
  const output = new Output();
  try {
    await output.open(targets, view, io);
    if (seen > 0) progress.expect(2 * seen);
    feed(counted(events(file, targets, io), progress), output);
    progress.end();
    output.commit(io.stderr);
  } finally {
    progress.end();
    output.close();
  }
}

function counted(trace: Iterable<TraceEvent>, progress: Progress): Iterable<TraceEvent> {
  return progress.silent ? trace : told(trace, progress);
}

function* told(trace: Iterable<TraceEvent>, progress: Progress): Generator<TraceEvent> {
  for (const event of trace) {
    yield event;
    progress.step();
  }
}

function count(trace: Iterable<TraceEvent>): number {
  let n = 0;
  for (const _ of trace) n++;
  return n;
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
