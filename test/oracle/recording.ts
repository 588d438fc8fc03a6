// SPDX-License-Identifier: GPL-2.0-only
/** Recordings of the real kernel: one JSON object a case, brotli, one file a topic. See data/README.md. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

/** A packet as it was recorded. */
export interface RecordedPacket {
  readonly if: string;
  readonly t: number;
  readonly proto: string;
  readonly len: number;
  readonly st?: number;
  /** Bytes, or the first 96 of them where `crc` is given. */
  readonly hex?: string;
  readonly crc?: string;
  /** The bytes are those of this packet of the step. */
  readonly same?: number;
}

/** What a call gave back, as the recordings write it. */
export interface Returned {
  ret: number;
  err?: string;
  /** The step is not in the case language. */
  bad?: string;
  addr?: string;
  val?: number | string;
  hex?: string;
  from?: string;
  mflags?: number;
  data?: string;
  crc?: string;
  cmsg?: readonly Record<string, unknown>[];
  route?: string;
  revents?: number;
}

export interface RecordedStep extends Returned {
  readonly i: number;
  readonly rep?: number;
  readonly op: string;
  readonly pk: readonly RecordedPacket[];
  readonly d: Readonly<Record<string, number>>;
  /** Every open socket: own address, bytes in the send queue. */
  readonly sk: Readonly<Record<string, readonly [string, number]>>;
  readonly calls?: string;
  readonly unstable?: readonly string[];
  readonly ne?: readonly string[];
  readonly rtc?: readonly string[];
}

export interface RecordedCase {
  readonly case: string;
  readonly topic: string;
  readonly text: string;
  /** Set-up lines that the kernel refused, with the error. */
  readonly setup: readonly (readonly [string, string])[];
  readonly ifs: Readonly<Record<string, number>>;
  readonly fib?: readonly string[];
  readonly rules?: readonly string[];
  readonly ne?: readonly string[];
  readonly rtc?: readonly string[];
  readonly steps: readonly RecordedStep[];
}

/** Something about the data that the user has to be told in one line. */
export class DataError extends Error {}

/** The project's own copies: this file is in test/oracle/, the bundle in dist/. */
export function ownData(): string {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const beside = join(here, "data");
  return existsSync(beside) ? beside : join(here, "..", "test", "oracle", "data");
}

/** Read a folder of `*.jsonl.br`; where it has none, its folders `cases` and `random`. */
export function loadCases(folder: string): RecordedCase[] {
  const files = filesOf(folder);
  if (files.length === 0)
    files.push(...["cases", "random"].flatMap((sub) => filesOf(join(folder, sub), true)));
  if (files.length === 0) throw new DataError(`no *.jsonl.br in ${folder}`);
  return files.flatMap(loadFile);
}

function filesOf(folder: string, optional = false): string[] {
  if (!existsSync(folder)) {
    if (optional) return [];
    throw new DataError(`no folder ${folder}`);
  }
  if (!statSync(folder).isDirectory()) return [folder];
  return readdirSync(folder)
    .filter((name) => /\.jsonl(\.br)?$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** The cases of one file. */
export function loadFile(file: string): RecordedCase[] {
  try {
    return linesOf(file).map((line) => JSON.parse(line) as RecordedCase);
  } catch (error) {
    throw new DataError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Lines of a text that may be compressed. */
export function linesOf(file: string): string[] {
  const raw = readFileSync(file);
  const text = (file.endsWith(".br") ? brotliDecompressSync(raw) : raw).toString("utf8");
  return text.split("\n").filter((line) => line !== "");
}

/** A step's name in reports. */
export function stepName(step: { readonly i: number; readonly rep?: number }): string {
  return step.rep === undefined ? `step ${step.i}` : `step ${step.i}.${step.rep}`;
}
