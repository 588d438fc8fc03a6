// SPDX-License-Identifier: GPL-2.0-only
/** What is wrong with a recording: where, and what was expected. */

export class CaptureError extends Error {
  /** From 1, both. */
  readonly line: number;
  readonly column: number;

  constructor(line: number, column: number, problem: string) {
    super(`line ${line}, column ${column}: ${problem}`);
    this.name = "CaptureError";
    this.line = line;
    this.column = column;
  }
}
