// SPDX-License-Identifier: GPL-2.0-only
/** Small pieces of text and bytes, written to descriptors in big ones. */
import { writeSync } from "node:fs";
import { reason, UsageError } from "./errors.ts";
import { type Chunk, ClosedPipe } from "./io.ts";

/** Pieces of this many bytes or more go to the system in one write. */
export const PIECE = 65_536;

/** Text of about this many characters is put together before it becomes bytes: in bigger ropes V8 loses its way. */
const STRAND = 2048;

/** Write all of `bytes`: a pipe that is full is waited for, one that nobody reads is a `ClosedPipe`. */
export function writeAll(fd: number, bytes: Uint8Array, write: typeof writeSync = writeSync): void {
  let at = 0;
  let wait = 1;
  while (at < bytes.length) {
    try {
      at += write(fd, bytes, at, bytes.length - at);
      wait = 1;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE") throw new ClosedPipe();
      if (code !== "EAGAIN") throw error;
      sleep(wait);
      wait = Math.min(wait * 2, 50);
    }
  }
}

/** `writeAll` for what has a name: what goes wrong is a `UsageError` that says it. */
export function writeNamed(fd: number, bytes: Uint8Array, name: string): void {
  try {
    writeAll(fd, bytes);
  } catch (error) {
    if (error instanceof ClosedPipe) throw error;
    throw new UsageError(`cannot write ${name}: ${reason(error)}`);
  }
}

export function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Collects pieces of text and hands them on as bytes, in big pieces, each good until the next. */
export class Buffered {
  readonly #out: (bytes: Uint8Array) => void;
  #text = "";
  #bytes: Buffer | undefined;
  #used = 0;

  constructor(out: (bytes: Uint8Array) => void) {
    this.#out = out;
  }

  write(chunk: Chunk): void {
    if (typeof chunk === "string") {
      this.#text += chunk;
      if (this.#text.length >= STRAND) this.#encode();
    } else {
      this.flush();
      this.#out(chunk);
    }
  }

  /** Text to bytes; these leave when there are enough. No character takes more than three. */
  #encode(): void {
    const text = this.#text;
    this.#text = "";
    if (text.length * 3 > PIECE) {
      this.#release();
      this.#out(Buffer.from(text, "utf8"));
      return;
    }
    if (this.#used + text.length * 3 > PIECE) this.#release();
    this.#bytes ??= Buffer.allocUnsafeSlow(PIECE);
    this.#used += this.#bytes.write(text, this.#used, "utf8");
  }

  #release(): void {
    if (this.#used === 0) return;
    const bytes = (this.#bytes as Buffer).subarray(0, this.#used);
    this.#used = 0;
    this.#out(bytes);
  }

  flush(): void {
    if (this.#text !== "") this.#encode();
    this.#release();
  }
}
