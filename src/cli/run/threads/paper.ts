// SPDX-License-Identifier: GPL-2.0-only
/** What the threads tell, written file after file: in the order in which one thread would have written it. */
import type { Chunk, Io, Replacement } from "../../io.ts";
import type { Target } from "../../output.ts";
import type { FileAt } from "../shard.ts";
import { LEDGER, sizeOf, type Where } from "./messages.ts";

interface Page {
  readonly held: [readonly (readonly [Where, Chunk])[], Int32Array][];
  end: "open" | "done" | Error;
}

export class Paper {
  private readonly pages: readonly Page[];
  private readonly targets: readonly Target[];
  private readonly sinks = new Map<string, Replacement>();
  private readonly io: Io;
  /** The file whose turn it is. */
  private turn = 0;

  constructor(files: readonly FileAt[], targets: readonly Target[], io: Io) {
    this.pages = files.map((): Page => ({ held: [], end: "open" }));
    this.targets = targets;
    this.io = io;
  }

  open(): void {
    for (const { file } of this.targets) {
      if (file !== undefined) this.sinks.set(file, this.io.createFile(file));
    }
  }

  /** All went well: the files take their places. */
  commit(): void {
    for (const sink of this.sinks.values()) sink.finish();
    for (const sink of this.sinks.values()) sink.commit();
    this.sinks.clear();
  }

  /** What was not committed is forgotten. */
  close(): void {
    for (const sink of this.sinks.values()) sink.abandon();
  }

  add(n: number, chunks: readonly (readonly [Where, Chunk])[], ledger: Int32Array): void {
    (this.pages[n] as Page).held.push([chunks, ledger]);
    this.write();
  }

  finish(n: number): void {
    (this.pages[n] as Page).end = "done";
    this.write();
  }

  fail(n: number, error: Error): void {
    (this.pages[n] as Page).end = error;
    this.write();
  }

  /** Write what can be written; a file that failed ends the run when its turn comes. */
  private write(): void {
    for (let page = this.pages[this.turn]; page !== undefined; page = this.pages[++this.turn]) {
      for (const [chunks, ledger] of page.held.splice(0)) {
        for (const [where, chunk] of chunks) this.put(where, chunk);
        const size = chunks.reduce((sum, [, chunk]) => sum + sizeOf(chunk), 0);
        Atomics.sub(ledger, LEDGER.unwritten, size);
        Atomics.notify(ledger, LEDGER.unwritten);
      }
      if (page.end === "open") return;
      if (page.end !== "done") throw page.end;
    }
  }

  private put(where: Where, chunk: Chunk): void {
    if (where === "out") this.io.stdout(chunk);
    else if (where === "err") this.io.stderr(String(chunk));
    else this.sinks.get(where.file)?.write(chunk);
  }
}
