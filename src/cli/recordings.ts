// SPDX-License-Identifier: GPL-2.0-only
/** Traces and recordings in files, for the commands that read them. */
import { CaptureError } from "../capture/error.ts";
import { Leavings } from "../capture/ftrace.ts";
import type { Lookup } from "../capture/ftrace-stack.ts";
import { TraceError } from "../capture/json.ts";
import { LineError } from "../capture/lines.ts";
import { readAny } from "../capture/recording.ts";
// What is known of functions is known once the kernels are loaded.
import "../kernels/index.ts";
import type { TraceEvent } from "../trace/event.ts";
import { SYMBOLS } from "../trace/symbol.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { printable } from "./printable.ts";

/**
 * The events of a file (`-`: standard input). What is wrong is a UsageError that names the place; `say` is told at the
 * end what was left out.
 */
export function* recordedEvents(
  file: string,
  wanted: string | undefined,
  io: Io,
  say: (text: string) => void = () => {},
): Generator<TraceEvent> {
  const name = file === "-" ? "<stdin>" : file;
  const leavings = new Leavings();
  try {
    yield* readAny(unpacked(file, io), { name: printable(name), lookup: functionsKnown(), wanted, leavings });
  } catch (error) {
    throw explained(error, name);
  }
  for (const text of leftOut(leavings, name)) say(printable(text));
}

/** Lines are quoted so far. */
const QUOTED = 60;

function* leftOut({ skipped, first, gaps, gap }: Leavings, name: string): Generator<string> {
  if (first !== undefined) {
    const text = first.text.trim();
    const quoted = text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
    const what = skipped === 1 ? "1 line is not a call" : `${skipped} lines are not calls, the first`;
    yield `${name}:${first.line}:1: note: ${what}: ${JSON.stringify(quoted)}`;
  }
  if (gaps > 0) {
    const what = gaps === 1 ? "the recording has a gap here" : `the recording has ${gaps} gaps, the first`;
    yield `${name}:${gap}:1: note: ${what}${gaps === 1 ? "" : " here"}: the missing calls are not shown`;
  }
}

function explained(error: unknown, name: string): unknown {
  if (error instanceof CaptureError) {
    const message = error.message.replace(/^line \d+, column \d+: /, "");
    return new UsageError(`${name}:${error.line}:${error.column}: ${message}`);
  }
  if (error instanceof TraceError || error instanceof LineError) {
    return new UsageError(`${name}:${error.line}:${error.column}: ${error.message}`);
  }
  return error;
}

/** More text than any recording that somebody packs and reads. */
const MAX_UNPACKED = 256 * 1024 * 1024;
/** What is unpacked is handed on in pieces, as a file would be. */
const PIECE = 65_536;

/** Recordings are kept packed: `.gz`, `.br`. */
function* unpacked(file: string, io: Io): Generator<Uint8Array> {
  const kind = /\.(?:gz|br)$/.exec(file)?.[0];
  if (kind === undefined) {
    yield* io.chunks(file === "-" ? undefined : file);
    return;
  }
  const bytes = unpack(file, kind === ".gz" ? "gzip" : "brotli", io.readFile(file));
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

function unpack(file: string, kind: "gzip" | "brotli", bytes: Uint8Array): Uint8Array {
  const zlib = process.getBuiltinModule("node:zlib");
  const unpackSync = kind === "gzip" ? zlib.gunzipSync : zlib.brotliDecompressSync;
  try {
    return unpackSync(bytes, { maxOutputLength: MAX_UNPACKED });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new UsageError(`cannot unpack ${file}: larger than ${MAX_UNPACKED} bytes`);
    }
    throw new UsageError(`cannot unpack ${file}: expected ${kind}`);
  }
}

/** What the simulated kernels know of functions, by name. */
export function functionsKnown(): Lookup {
  const known = new Map(SYMBOLS.map((s) => [s.name, { file: s.file, inline: s.inline }]));
  return (fn) => known.get(fn);
}
