// SPDX-License-Identifier: GPL-2.0-only
/** A scenario's text, read line by line as often as it takes: a file again and again, a pipe out of memory. */
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";

/** Bytes of a line; longer ones are no transcript. */
const LONGEST_LINE = 16 * 1024 * 1024;

export class Source {
  /** As messages name it. */
  readonly name: string;
  /** The last line of the text ended with a newline (known when it has been read once). */
  ended = true;
  private readonly io: Io;
  private readonly path: string | undefined;
  private held: Uint8Array[] | undefined;

  /** `-` is standard input. */
  constructor(path: string, io: Io) {
    this.io = io;
    this.path = path === "-" ? undefined : path;
    this.name = this.path ?? "<stdin>";
  }

  /** The lines without their newlines, as latin-1: one character a byte. */
  *lines(): Generator<string> {
    let rest = "";
    for (const piece of this.pieces()) {
      const lines = (rest + Buffer.from(piece).toString("latin1")).split("\n");
      rest = lines.pop() as string;
      if (rest.length > LONGEST_LINE) {
        throw new UsageError(
          `${this.name}: a line of more than ${LONGEST_LINE} bytes: this is no transcript`,
        );
      }
      yield* lines;
    }
    this.ended = rest === "";
    if (rest !== "") yield rest;
  }

  /** Only what cannot be read twice is held: its bytes, which are the smallest form of it. */
  private pieces(): Iterable<Uint8Array> {
    if (this.held !== undefined) return this.held;
    if (this.path !== undefined && this.io.identity(this.path) !== undefined)
      return this.io.chunks(this.path);
    this.held = Array.from(this.io.chunks(this.path), (piece) => piece.slice());
    return this.held;
  }
}
