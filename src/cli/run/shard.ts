// SPDX-License-Identifier: GPL-2.0-only
/** --shard and --jobs: which files, and how many at once. */
import { UsageError } from "../errors.ts";
import { parseNumber } from "../values.ts";

/** A file, by its place among all of them. */
export interface FileAt {
  readonly file: string;
  readonly index: number;
}

/** The i-th of n parts of the files: parts follow each other, so all of them together print what one run prints. */
export function shardOf(files: readonly string[], text: string | undefined): FileAt[] {
  const all = files.map((file, index) => ({ file, index }));
  if (text === undefined) return all;
  const [, i = 0, n = 0] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (i < 1 || i > n) throw new UsageError(`--shard '${text}': expected I/N such as 1/4, I from 1 to N`);
  const from = (part: number): number => Math.floor((part * all.length) / n);
  return all.slice(from(i - 1), from(i));
}

/** Threads; more of them help nobody. */
const MOST = 256;

/** A number of threads, or auto: as many as there are processors. */
export function parseJobs(text: string, processors: () => number): number {
  return text === "auto" ? Math.min(processors(), MOST) : parseNumber("--jobs", text, 1, MOST, " or auto");
}
