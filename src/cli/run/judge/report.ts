// SPDX-License-Identifier: GPL-2.0-only
/** What a run has to say beside its trace: failures, and what was not simulated, once each kind and counted. */
import type { Io } from "../../io.ts";
import { printable } from "../../printable.ts";

/** A line and a column, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

interface Count {
  readonly first: number;
  times: number;
}

/** Something that is not as it is written. */
export interface Failure extends Place {
  readonly text: string;
  /** Lines of their own. */
  readonly details: readonly string[];
}

/** So many failures of a file are kept for reports; all are counted. */
const KEPT = 1000;

export class Report {
  /** The first failures. */
  readonly list: Failure[] = [];
  /** Expectations that were not met, results that differ, commands that were refused. */
  failures = 0;
  /** Results that differ because of an earlier one that does. */
  private followers = 0;
  /** As messages name it. */
  readonly file: string;
  private readonly io: Pick<Io, "stderr">;
  /** Failures alone are told. */
  private readonly quiet: boolean;
  private readonly skipped = new Map<string, Count>();
  private readonly remarks = new Set<string>();

  constructor(file: string, io: Pick<Io, "stderr">, quiet = false) {
    this.file = file;
    this.io = io;
    this.quiet = quiet;
  }

  /** Something is not as it is written. `details` are lines of their own. */
  fail({ line, column }: Place, text: string, details: readonly string[] = []): void {
    this.failures++;
    if (this.list.length < KEPT)
      this.list.push({ line, column, text: printable(text), details: details.map(printable) });
    this.io.stderr(`${this.file}:${line}:${column}: ${printable(text)}\n${indented(details)}`);
  }

  /** Something is not as it is written because of what was not in an earlier line. */
  follow({ line, column }: Place, text: string, from: number): void {
    this.followers++;
    this.io.stderr(`${this.file}:${line}:${column}: ${printable(text)} (follows from line ${from})\n`);
  }

  /** A call was read and not made. `more` and `details` stand in the note of the first. */
  skip({ line, column }: Place, what: string, more = "", details: readonly string[] = []): void {
    const known = this.skipped.get(what);
    if (known !== undefined) {
      known.times++;
      return;
    }
    this.skipped.set(what, { first: line, times: 1 });
    const text = printable(what + more);
    if (!this.quiet)
      this.io.stderr(`${this.file}:${line}:${column}: note: not simulated: ${text}\n${indented(details)}`);
  }

  /** A call was not even read: each reason is told once. */
  unread(place: Place, what: string, reason: string): void {
    this.remark(place, reason, reason);
    const known = this.skipped.get(what);
    if (known === undefined) this.skipped.set(what, { first: place.line, times: 1 });
    else known.times++;
  }

  /** Something that a reader should know, said once. `details` are lines of their own. */
  remark({ line, column }: Place, kind: string, text: string, details: readonly string[] = []): void {
    if (this.remarks.has(kind)) return;
    this.remarks.add(kind);
    if (!this.quiet)
      this.io.stderr(`${this.file}:${line}:${column}: note: ${printable(text)}\n${indented(details)}`);
  }

  /** The end: how much was skipped, how much failed. */
  summary(calls: number): void {
    if (this.skipped.size > 0 && !this.quiet) {
      const kinds = [...this.skipped].sort(([, a], [, b]) => b.times - a.times);
      const total = kinds.reduce((sum, [, { times }]) => sum + times, 0);
      const list = kinds
        .map(([what, { times, first }]) => `${what} (${times}, first in line ${first})`)
        .join("; ");
      this.io.stderr(`${this.file}: ${plural(calls, "call")} made, ${total} skipped: ${printable(list)}\n`);
    }
    if (this.failures > 0) {
      const more = this.followers === 0 ? "" : `, and ${this.followers} more that follow from them`;
      this.io.stderr(`${this.file}: ${plural(this.failures, "thing")} not as written${more}\n`);
    }
  }
}

function indented(details: readonly string[]): string {
  return details.map((detail) => `    ${printable(detail)}\n`).join("");
}

/** `3 things`. */
export function plural(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}
