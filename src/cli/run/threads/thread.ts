// SPDX-License-Identifier: GPL-2.0-only
/** A thread that runs scenarios for the main one: it touches no descriptor, and tells what it would have written. */
import { UsageError } from "../../errors.ts";
import type { Chunk, Io } from "../../io.ts";
import { Output } from "../../output.ts";
import type { Missed } from "../../unmatched.ts";
import type { FileResult } from "../run.ts";
import { Session } from "../session.ts";
import { type FromThread, LEDGER, sizeOf, type ToThread, type Where } from "./messages.ts";

/** Two ends of a channel are all that a thread needs. */
export interface Port {
  postMessage(message: FromThread): void;
  on(event: "message", handler: (message: ToThread) => void): void;
}

/** Do what the main thread asks for, one after the other. `io`: the real world, for files to read. */
export function serve(port: Port, io: Io): void {
  let worker: Promise<Worker> | undefined;
  let last: Promise<void> = Promise.resolve();
  port.on("message", (message) => {
    if (message.kind === "begin") worker = Worker.open(message, port, io);
    else last = last.then(async () => (await (worker as Promise<Worker>)).work(message));
  });
}

type Work = Exclude<ToThread, { kind: "begin" }>;

class Worker {
  private readonly session: Session;
  private readonly outbox: Outbox;
  private readonly io: Io;
  private readonly port: Port;

  private constructor(session: Session, outbox: Outbox, io: Io, port: Port) {
    this.session = session;
    this.outbox = outbox;
    this.io = io;
    this.port = port;
  }

  static async open(begin: ToThread & { kind: "begin" }, port: Port, real: Io): Promise<Worker> {
    const ledger = new Int32Array(begin.ledger);
    const outbox = new Outbox(port, ledger);
    const io: Io = {
      ...real,
      stdout: (chunk) => outbox.put("out", chunk),
      stderr: (text) => outbox.put("err", text),
      // The main thread knows whether somebody looks.
      stdoutIsTTY: false,
      stderrIsTTY: false,
      stdinIsTTY: false,
      columns: undefined,
      chunks: (path) => (path === undefined ? [begin.stdin] : real.chunks(path)),
      createFile: (file) => ({
        write: (chunk) => outbox.put({ file }, chunk),
        finish: () => {},
        commit: () => {},
        abandon: () => {},
      }),
    };
    return new Worker(
      await Session.open(begin.common, io, () => Atomics.add(ledger, LEDGER.steps, 1)),
      outbox,
      io,
      port,
    );
  }

  async work(work: Work): Promise<void> {
    const { index } = work;
    this.outbox.index = index;
    try {
      if (work.kind === "prepare") {
        const { survey } = this.session.prepare(work.file);
        const claims = this.io.claims.all();
        this.port.postMessage({ kind: "prepared", index, survey, claims });
      } else {
        const { result, missed } = await this.run(work);
        this.outbox.flush();
        this.port.postMessage({ kind: "done", index, result, missed });
      }
    } catch (error) {
      this.outbox.flush();
      this.port.postMessage({ kind: "failed", index, ...told(error) });
    }
  }

  private async run({
    file,
    index,
    survey,
  }: Work & { kind: "run" }): Promise<{ result: FileResult; missed: Missed | undefined }> {
    const output = new Output();
    try {
      await output.open(this.session.targets, this.session.view, this.io);
      const result = this.session.run(this.session.resume(file, survey), index, output);
      return { result, missed: output.unmatched?.missed };
    } finally {
      output.close();
    }
  }
}

function told(error: unknown): { usage: boolean; message: string; stack: string } {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { usage: error instanceof UsageError, message, stack: stack ?? "" };
}

/** Chunks are told in parcels of this size… */
const PARCEL = 65_536;
/** …and no more than this is told before the main thread has written what it knows. */
const MOST_UNWRITTEN = 2 * 1024 * 1024;

class Outbox {
  /** Of which file it is. */
  index = 0;
  private readonly port: Port;
  private readonly ledger: Int32Array;
  private chunks: [Where, Chunk][] = [];
  private size = 0;

  constructor(port: Port, ledger: Int32Array) {
    this.port = port;
    this.ledger = ledger;
  }

  put(where: Where, chunk: Chunk): void {
    const last = this.chunks.at(-1);
    if (
      last !== undefined &&
      isSame(last[0], where) &&
      typeof last[1] === "string" &&
      typeof chunk === "string"
    ) {
      last[1] += chunk;
    } else this.chunks.push([where, chunk]);
    this.size += sizeOf(chunk);
    if (this.size >= PARCEL) this.flush();
  }

  flush(): void {
    if (this.chunks.length === 0) return;
    const { ledger } = this;
    const unwritten = (): number => Atomics.load(ledger, LEDGER.unwritten);
    Atomics.add(ledger, LEDGER.unwritten, this.size);
    this.port.postMessage({ kind: "chunks", index: this.index, chunks: this.chunks });
    this.chunks = [];
    this.size = 0;
    for (let n = unwritten(); n > MOST_UNWRITTEN; n = unwritten()) Atomics.wait(ledger, LEDGER.unwritten, n);
  }
}

function isSame(a: Where, b: Where): boolean {
  return typeof a === "string" || typeof b === "string" ? a === b : a.file === b.file;
}
