// SPDX-License-Identifier: GPL-2.0-only
/** A scenario's text, read line by line as often as it takes: a file again and again, a pipe out of memory. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { printable } from "../printable.ts";

const NEWLINE = 10;

/** Bytes of a line; longer ones are no transcript. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Bytes of a pipe that are kept to be read again. */
const LONGEST_PIPE = 1024 * 1024 * 1024;

/** Bytes that are packed together. */
const PACK = 1024 * 1024;

/** A text kept in memory: logs shrink to a tenth and less. */
class Packed {
  private readonly packs: Uint8Array[] = [];

  constructor(chunks: Iterable<Uint8Array>) {
    let open: Uint8Array[] = [];
    let size = 0;
    const pack = (): void => {
      this.packs.push(deflateRawSync(Buffer.concat(open), { level: 1 }));
      open = [];
      size = 0;
    };
    for (const chunk of chunks) {
      // The chunk's memory is the reader's, who uses it again.
      open.push(chunk.slice());
      size += chunk.length;
      if (size >= PACK) pack();
    }
    pack();
  }

  *pieces(): Generator<Uint8Array> {
    for (const pack of this.packs) yield inflateRawSync(pack);
  }
}

export class Source {
  /** As messages name it. */
  readonly name: string;
  /** The last line of the text ended with a newline (known when it has been read once). */
  ended = true;
  private readonly io: Io;
  private readonly path: string | undefined;
  private held: Packed | undefined;

  /** `-` is standard input. */
  constructor(path: string, io: Io) {
    this.io = io;
    this.path = path === "-" ? undefined : path;
    this.name = printable(this.path ?? "<stdin>");
  }

  /** The lines without their newlines, as latin-1: one character a byte. */
  *lines(): Generator<string> {
    let rest = "";
    for (const piece of this.pieces()) {
      const lines = (rest + Buffer.from(piece).toString("latin1")).split("\n");
      rest = lines.pop() as string;
      if (rest.length > LONGEST_LINE) {
        throw this.tooLong(`a line longer than ${LONGEST_LINE} bytes`);
      }
      yield* lines;
    }
    this.ended = rest === "";
    if (rest !== "") yield rest;
  }

  /** What never ends is not waited for: neither a line, nor all of them. */
  private *bounded(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
    let [all, line] = [0, 0];
    for (const chunk of chunks) {
      const end = chunk.lastIndexOf(NEWLINE);
      all += chunk.length;
      line = end < 0 ? line + chunk.length : chunk.length - end - 1;
      if (line > LONGEST_LINE) throw this.tooLong(`a line longer than ${LONGEST_LINE} bytes`);
      if (all > LONGEST_PIPE)
        throw this.tooLong(`more than ${LONGEST_PIPE} bytes from a pipe, which cannot be read twice`);
      yield chunk;
    }
  }

  private tooLong(what: string): UsageError {
    return new UsageError(`${this.name}: ${what}: not a log or scenario`);
  }

  /** Only what cannot be read twice is held. */
  private pieces(): Iterable<Uint8Array> {
    if (this.held !== undefined) return this.held.pieces();
    if (this.path !== undefined && this.io.identity(this.path) !== undefined)
      return this.io.chunks(this.path);
    this.held = new Packed(this.bounded(this.io.chunks(this.path)));
    return this.held.pieces();
  }
}
