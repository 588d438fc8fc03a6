// SPDX-License-Identifier: GPL-2.0-only
/** The real outside world: descriptors, files, other programs, threads. */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { reason, UsageError } from "./errors.ts";
import {
  type Chunk,
  ClosedPipe,
  type Finished,
  type Io,
  type Replacement,
  type Sink,
  type Thread,
} from "./io.ts";

/** Pieces of this many bytes or more go to the system in one write. */
const PIECE = 65_536;

/** Write all of `bytes`: a pipe that is full is waited for, one that nobody reads is a `ClosedPipe`. */
export function writeAll(fd: number, bytes: Uint8Array, write: typeof writeSync = writeSync): void {
  let at = 0;
  let wait = 1;
  while (at < bytes.length) {
    try {
      at += write(fd, bytes, at, bytes.length - at);
      wait = 1;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE") throw new ClosedPipe();
      if (code !== "EAGAIN") throw error;
      sleep(wait);
      wait = Math.min(wait * 2, 50);
    }
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** node:tty costs a start three milliseconds, and pipes and files need no asking. */
function isTerminal(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    // Major number 1 on Linux: /dev/null and its kin.
    if (process.platform === "linux" && stat.rdev >> 8 === 1) return false;
    return stat.isCharacterDevice() && process.getBuiltinModule("node:tty").isatty(fd);
  } catch {
    return false;
  }
}

/** Text of about this many characters is put together before it becomes bytes: in bigger ropes V8 loses its way. */
const STRAND = 2048;

/** Collects small pieces of text and hands them on in big ones. */
class Buffered implements Sink {
  readonly #fd: number;
  readonly #name: string;
  #text = "";
  #bytes: Buffer | undefined;
  #used = 0;

  constructor(fd: number, name: string) {
    this.#fd = fd;
    this.#name = name;
  }

  write(chunk: Chunk): void {
    if (typeof chunk === "string") {
      this.#text += chunk;
      if (this.#text.length >= STRAND) this.#encode();
    } else {
      this.flush();
      this.#out(chunk);
    }
  }

  /** Text to bytes; these leave when there are enough. No character takes more than three. */
  #encode(): void {
    const text = this.#text;
    this.#text = "";
    if (text.length * 3 > PIECE) {
      this.#release();
      this.#out(Buffer.from(text, "utf8"));
      return;
    }
    if (this.#used + text.length * 3 > PIECE) this.#release();
    this.#bytes ??= Buffer.allocUnsafeSlow(PIECE);
    this.#used += this.#bytes.write(text, this.#used, "utf8");
  }

  #release(): void {
    if (this.#used === 0) return;
    const bytes = (this.#bytes as Buffer).subarray(0, this.#used);
    this.#used = 0;
    this.#out(bytes);
  }

  flush(): void {
    if (this.#text !== "") this.#encode();
    this.#release();
  }

  #out(bytes: Uint8Array): void {
    try {
      writeAll(this.#fd, bytes);
    } catch (error) {
      if (error instanceof ClosedPipe) throw error;
      throw new UsageError(`cannot write ${this.#name}: ${reason(error)}`);
    }
  }

  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.#fd);
    }
  }
}

/** An `Io` that holds output back until it is worth a write: call `flush` at the end. */
export type ProcessIo = Io & { flush(): void };

/** The real thing: descriptors 0, 1 and 2, the environment, the file system. `launcher`: the file that starts a thread. */
export function processIo(launcher?: string): ProcessIo {
  const out = new Buffered(1, "standard output");
  return {
    stdout: (chunk) => out.write(chunk),
    stderr(text) {
      out.flush();
      try {
        writeAll(2, Buffer.from(text, "utf8"));
      } catch (error) {
        if (!(error instanceof ClosedPipe)) throw error;
      }
    },
    env: process.env,
    get stdoutIsTTY() {
      return isTerminal(1);
    },
    get stderrIsTTY() {
      return isTerminal(2);
    },
    get stdinIsTTY() {
      return isTerminal(0);
    },
    get columns() {
      return isTerminal(1) ? terminalWidth() : undefined;
    },
    readStdin: () => attempt("read standard input", readStdin),
    readFile: (path) => attempt(`read ${path}`, () => readFileSync(path)),
    chunks,
    identity,
    createFile: (path) =>
      new Buffered(
        attempt(`write ${path}`, () => openSync(path, "w")),
        path,
      ),
    replaceFile: (path) => attempt(`write ${path}`, () => replaceFile(path)),
    createFolder: (path) => attempt(`make folder ${path}`, () => void mkdirSync(path, { recursive: true })),
    runProgram,
    startThread: () => (launcher === undefined ? undefined : startThread(launcher)),
    flush: () => out.flush(),
  };
}

/**
 * The new file stands in the same folder, so that one rename(2) is all; links are followed, permissions kept. There may
 * be no old one.
 */
function replaceFile(path: string): Replacement {
  const old = statSync(path, { throwIfNoEntry: false });
  const target = old === undefined ? path : realpathSync(path);
  const fresh = `${target}.${process.pid}.new`;
  const sink = new Buffered(openSync(fresh, "wx", old?.mode ?? 0o666), fresh);
  return {
    write: (chunk) => sink.write(chunk),
    commit() {
      sink.close();
      renameSync(fresh, target);
    },
    abandon() {
      try {
        sink.close();
      } finally {
        rmSync(fresh, { force: true });
      }
    },
  };
}

/** Do what may fail on a user's file: the failure is one clear line. */
function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UsageError(`cannot ${what}: ${reason(error)}`);
  }
}

/** No program that is asked something takes longer, or says more. */
const PROGRAM_LIMITS = { timeout: 20_000, maxBuffer: 256 * 1024 * 1024 };

/** node:child_process is loaded by those few runs that need it. */
function runProgram(program: string, args: readonly string[]): Finished | undefined {
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const env = { ...process.env, LC_ALL: "C" };
  const done = spawnSync(program, args, { ...PROGRAM_LIMITS, env, stdio: ["ignore", "pipe", "pipe"] });
  const code = (done.error as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ENOENT") return undefined;
  if (done.error !== undefined) throw new UsageError(`cannot run ${program}: ${reason(done.error)}`);
  return { status: done.status, stdout: done.stdout, stderr: done.stderr.toString("utf8") };
}

/** What a thread of ours finds as its first argument; no shell can write it. */
export const THREAD = "\0thread";

function startThread(launcher: string): Thread {
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const worker = new Worker(launcher, { argv: [THREAD] });
  return {
    send: (message) => worker.postMessage(message),
    listen(said, died) {
      worker.removeAllListeners("message").removeAllListeners("error");
      worker.on("message", said).on("error", died);
    },
    end: () => void worker.terminate(),
  };
}

/** The width of the terminal on descriptor 1. process.stdout knows, and is never written to. */
function terminalWidth(): number | undefined {
  return process.stdout.columns || undefined;
}

/** Read descriptor 0 to its end; one that does not block is waited for. */
function readStdin(): Uint8Array {
  if (fstatSync(0).isFile()) return readFileSync(0);
  const pieces: Uint8Array[] = [];
  for (let piece = readPiece(0); piece.length > 0; piece = readPiece(0)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The next bytes of a descriptor, none at its end. */
function readPiece(fd: number): Uint8Array {
  const piece = new Uint8Array(PIECE);
  for (;;) {
    try {
      return piece.subarray(0, readSync(fd, piece, 0, piece.length, null));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EOF") return piece.subarray(0, 0);
      if (code !== "EAGAIN") throw error;
      sleep(5);
    }
  }
}

function* chunks(path: string | undefined): Generator<Uint8Array> {
  const what = path === undefined ? "read standard input" : `read ${path}`;
  const fd = path === undefined ? 0 : attempt(what, () => openSync(path, "r"));
  try {
    for (;;) {
      const piece = attempt(what, () => readPiece(fd));
      if (piece.length === 0) return;
      yield piece;
    }
  } finally {
    if (fd !== 0) closeSync(fd);
  }
}

function identity(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? `${stat.dev}:${stat.ino}` : undefined;
}
