// SPDX-License-Identifier: GPL-2.0-only
/** A line on a terminal that tells how far a long run is; nothing in a pipe, and nothing where the output itself tells. */
import type { Io } from "../io.ts";

/** Work shorter than this, in ms, needs no telling. */
const PATIENCE = 1000;
const EVERY = 100;
/** The clock is looked at once in so many steps. */
const STRIDE = 64;
const WIDTH = 24;

/** Of all the files of a run together. */
export class Progress {
  /** The same world; what is written to standard error takes the place of the line. */
  readonly io: Io;
  private readonly real: Io;
  private readonly name: string;
  private readonly unit: string;
  private readonly started = performance.now();
  private total = 0;
  private done = 0;
  private told = 0;

  /** `unit`: what is counted. */
  constructor(files: readonly string[], io: Io, unit = "steps") {
    this.unit = unit;
    this.name = files.length === 1 ? (files[0] as string) : `${files.length} files`;
    this.real = io;
    this.io = {
      ...io,
      stderr: (text) => {
        this.end();
        io.stderr(text);
      },
    };
  }

  /** Nobody would see it, or it would stand in the middle of the output. */
  get silent(): boolean {
    return !this.real.stderrIsTTY || this.real.stdoutIsTTY;
  }

  /** There are so many steps more to be done; where nobody knows, those that are done are counted. */
  expect(steps: number): void {
    this.total += steps;
  }

  /** One more is done. */
  readonly step = (): void => {
    if (++this.done % STRIDE === 0 && !this.silent) this.tell();
  };

  /** So many are done by now. */
  reach(done: number): void {
    this.done = done;
    if (!this.silent) this.tell();
  }

  private tell(): void {
    const now = performance.now();
    if (now - this.started < PATIENCE || now - this.told < EVERY) return;
    this.told = now;
    if (this.total === 0) {
      this.real.stderr(`\r${this.name}: ${this.done} ${this.unit}\x1b[K`);
      return;
    }
    const part = Math.min(this.done / this.total, 1);
    const bar = "#".repeat(Math.round(part * WIDTH)).padEnd(WIDTH, ".");
    this.real.stderr(
      `\r${this.name} [${bar}] ${Math.floor(part * 100)}% of ${this.total} ${this.unit}\x1b[K`,
    );
  }

  /** Take the line away again. */
  end(): void {
    if (this.told !== 0) this.real.stderr("\r\x1b[K");
    this.told = 0;
  }
}
