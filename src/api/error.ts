// SPDX-License-Identifier: GPL-2.0-only
/** The one error that the library throws for what it was given. */
import { CaptureError } from "../capture/error.ts";
import { TraceError } from "../capture/json.ts";
import { LineError as EncodingError } from "../capture/lines.ts";
import { UsageError } from "../cli/errors.ts";
import { KernelPanic } from "../kernels/release.ts";
import { LineError } from "../script/error.ts";

/** A line and a column of a text, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with an option, a text or a trace: the message says what was expected, `place` where it stands. */
export class NettraceError extends Error {
  override name = "NettraceError";
  /** Absent where what is wrong stands in no text. */
  readonly place?: Place;

  constructor(message: string, place?: Place) {
    super(message);
    if (place !== undefined) this.place = place;
  }
}

/** Do something with what a caller gave: what is wrong with it is a NettraceError, our own mistakes stay what they are. */
export function checked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): unknown {
  if (error instanceof LineError) return new NettraceError(error.sentence, placeOf(error));
  if (error instanceof TraceError || error instanceof EncodingError) {
    return new NettraceError(error.message, placeOf(error));
  }
  if (error instanceof CaptureError) {
    return new NettraceError(error.message.replace(/^line \d+, column \d+: /, ""), placeOf(error));
  }
  if (error instanceof KernelPanic) {
    return new NettraceError(`the simulated kernel panicked, as the real one would: ${error.message}`);
  }
  return error instanceof UsageError ? ofUsage(error.message) : error;
}

function placeOf({ line, column }: Place): Place {
  return { line, column };
}

/** Options have no dashes here, and a text has no name. */
function ofUsage(text: string): NettraceError {
  const found = /^[^\s:]*:(\d+):(\d+): /.exec(text);
  if (found === null) return new NettraceError(text.replace(/^--[a-z-]+/, camelCase));
  const place = { line: Number(found[1]), column: Number(found[2]) };
  return new NettraceError(text.slice(found[0].length), place);
}

function camelCase(option: string): string {
  return option.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
