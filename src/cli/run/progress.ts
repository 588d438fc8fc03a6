// SPDX-License-Identifier: GPL-2.0-only
/** A line on a terminal that tells how far a long run is; nothing in a pipe, and nothing where the output itself tells. */
import type { Io } from "../io.ts";

/** Work shorter than this, in ms, needs no telling. */
const PATIENCE = 1000;
const EVERY = 100;
/** The clock is looked at once in so many steps. */
const STRIDE = 64;
const WIDTH = 24;

export class Progress {
  private readonly io: Io;
  private readonly name: string;
  private readonly total: number;
  private readonly started = performance.now();
  private done = 0;
  private told = 0;

  constructor(name: string, total: number, io: Io) {
    this.name = name;
    this.total = total;
    this.io = io;
  }

  /** Nobody would see it, or it would stand in the middle of the output. */
  private get silent(): boolean {
    return !this.io.stderrIsTTY || this.io.stdoutIsTTY;
  }

  /** One more step. */
  step(): void {
    if (++this.done % STRIDE !== 0 || this.silent) return;
    const now = performance.now();
    if (now - this.started < PATIENCE || now - this.told < EVERY) return;
    this.told = now;
    const part = Math.min(this.done / Math.max(this.total, 1), 1);
    const bar = "#".repeat(Math.round(part * WIDTH)).padEnd(WIDTH, ".");
    this.io.stderr(`\r${this.name} [${bar}] ${Math.floor(part * 100)}% of ${this.total} steps\x1b[K`);
  }

  /** Take the line away again. */
  end(): void {
    if (this.told !== 0) this.io.stderr("\r\x1b[K");
    this.told = 0;
  }
}
