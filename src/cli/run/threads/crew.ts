// SPDX-License-Identifier: GPL-2.0-only
/** The threads that run scenarios, and who does what. */
import type { Claims } from "../../claims.ts";
import { UsageError } from "../../errors.ts";
import type { Io, Thread } from "../../io.ts";
import type { Unmatched } from "../../unmatched.ts";
import type { FileResult } from "../run.ts";
import type { Common } from "../session.ts";
import type { FileAt } from "../shard.ts";
import type { Survey } from "../survey.ts";
import { type FromThread, LEDGER, newLedger, type ToThread } from "./messages.ts";
import type { Paper } from "./paper.ts";

interface Hand {
  readonly thread: Thread;
  readonly ledger: Int32Array;
}

type Told = Exclude<FromThread, { kind: "failed" }>;

export class Crew {
  private readonly hands: readonly Hand[];
  private readonly claims: Claims;

  private constructor(hands: readonly Hand[], claims: Claims) {
    this.hands = hands;
    this.claims = claims;
  }

  static hire(count: number, begin: { common: Common; stdin: Uint8Array }, io: Io): Crew {
    const hands: Hand[] = [];
    for (let i = 0; i < count; i++) {
      const thread = io.startThread();
      if (thread === undefined) throw new UsageError("--jobs: no threads available");
      const ledger = newLedger();
      const message: ToThread = { kind: "begin", ...begin, ledger: ledger.buffer };
      thread.send(message);
      hands.push({ thread, ledger });
    }
    return new Crew(hands, io.claims);
  }

  /** Steps that all of them have done. */
  get steps(): number {
    return this.hands.reduce((sum, { ledger }) => sum + Atomics.load(ledger, LEDGER.steps), 0);
  }

  dismiss(): void {
    for (const { thread } of this.hands) thread.end();
  }

  /** Read all files through. Throws what is wrong with the first that is wrong, whoever read it. */
  async prepare(files: readonly FileAt[]): Promise<Survey[]> {
    const surveys: Survey[] = [];
    const wrong: (Error | undefined)[] = [];
    await this.share(files, (at) => ({ kind: "prepare", ...at }), {
      told: (n, told) => {
        if (told.kind !== "prepared") return false;
        surveys[n] = told.survey;
        this.claims.add(told.claims);
        return true;
      },
      failed: (n, error) => {
        wrong[n] = error;
      },
    });
    const first = wrong.find((error) => error !== undefined);
    if (first !== undefined) throw first;
    return surveys;
  }

  async run(
    files: readonly FileAt[],
    surveys: readonly Survey[],
    paper: Paper,
    unmatched: Unmatched,
  ): Promise<FileResult[]> {
    const results: FileResult[] = [];
    await this.share(files, (at, n) => ({ kind: "run", ...at, survey: surveys[n] as Survey }), {
      told: (n, told, hand) => {
        if (told.kind === "chunks") paper.add(n, told.chunks, hand.ledger);
        if (told.kind !== "done") return false;
        results[n] = told.result;
        if (told.missed !== undefined) unmatched.add(told.missed);
        paper.finish(n);
        return true;
      },
      failed: (n, error) => paper.fail(n, error),
    });
    return results;
  }

  /** Hand the files out, to whoever is free, in their order; `told` says whether a file is done. */
  private share(
    files: readonly FileAt[],
    order: (at: FileAt, n: number) => ToThread,
    on: {
      told: (n: number, told: Told, hand: Hand) => boolean;
      failed: (n: number, error: Error) => void;
    },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      let next = 0;
      let left = files.length;
      const attempt = (work: () => void): void => {
        try {
          work();
        } catch (error) {
          reject(error);
        }
      };
      const take = (hand: Hand): void => {
        const n = next++;
        const at = files[n];
        if (at === undefined) return;
        const free = (): void => {
          if (--left === 0) resolve();
          else take(hand);
        };
        hand.thread.listen(
          (message) =>
            attempt(() => {
              const told = message as FromThread;
              if (told.kind === "failed") {
                on.failed(n, told.usage ? new UsageError(told.message) : internal(told));
                free();
              } else if (on.told(n, told, hand)) free();
            }),
          reject,
        );
        hand.thread.send(order(at, n));
      };
      for (const hand of this.hands) take(hand);
    });
  }
}

/** A mistake of ours in a thread is one here. */
function internal({ message, stack }: { readonly message: string; readonly stack: string }): Error {
  return Object.assign(new Error(message), { stack });
}
