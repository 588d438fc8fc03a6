// SPDX-License-Identifier: GPL-2.0-only
/** What the main thread and the threads that run scenarios tell each other. */
import type { Use } from "../../claims.ts";
import type { Chunk } from "../../io.ts";
import type { Missed } from "../../unmatched.ts";
import type { FileResult } from "../run.ts";
import type { Common } from "../session.ts";
import type { FileAt } from "../shard.ts";
import type { Survey } from "../survey.ts";

/** What a thread and the main one both count, an Int32Array each. */
export const LEDGER = {
  /** How much the thread has told that has not been written yet. */
  unwritten: 0,
  /** How many steps it has done. */
  steps: 1,
} as const;

export function newLedger(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * 2));
}

export type ToThread =
  | {
      readonly kind: "begin";
      readonly common: Common;
      /** Standard input, if one of the files is. */
      readonly stdin: Uint8Array;
      readonly ledger: SharedArrayBuffer;
    }
  | ({ readonly kind: "prepare" } & FileAt)
  | ({ readonly kind: "run"; readonly survey: Survey } & FileAt);

/** Where a chunk goes: standard output, standard error, or a file of -o. */
export type Where = "out" | "err" | { readonly file: string };

export type FromThread =
  | {
      readonly kind: "prepared";
      readonly index: number;
      readonly survey: Survey;
      /** What was read for it. */
      readonly claims: readonly (readonly [string, Use])[];
    }
  | { readonly kind: "chunks"; readonly index: number; readonly chunks: readonly (readonly [Where, Chunk])[] }
  | {
      readonly kind: "done";
      readonly index: number;
      readonly result: FileResult;
      /** What --only looked at. */
      readonly missed?: Missed | undefined;
    }
  /** `usage`: somebody else's mistake, to be told in one line. */
  | {
      readonly kind: "failed";
      readonly index: number;
      readonly usage: boolean;
      readonly message: string;
      readonly stack: string;
    };

/** How long a chunk counts. */
export function sizeOf(chunk: Chunk): number {
  return chunk.length;
}
