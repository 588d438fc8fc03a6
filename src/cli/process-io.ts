// SPDX-License-Identifier: GPL-2.0-only
/** The real outside world: descriptors, files, other programs, threads. */
import { closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { Buffered, PIECE, sleep, writeAll } from "./buffered.ts";
import { Claims } from "./claims.ts";
import { reason, UsageError } from "./errors.ts";
import { destination, freshFile } from "./fresh-file.ts";
import { ClosedPipe, type Finished, type Io, type Thread } from "./io.ts";
import { Paged } from "./paged.ts";
import { show, viewerOf } from "./show.ts";

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

/** An `Io` that holds output back until it is worth a write: call `flush` at the end. */
export type ProcessIo = Io & {
  flush(): void;
  /** Wait until people have read what went through their pager, and what they wanted to see is shown. */
  close(): Promise<void>;
};

/** What starts a thread of this program: a file, or its text where the program is in one executable. */
export type Launcher = string | { readonly text: () => string };

/** The real thing: descriptors 0, 1 and 2, the environment, the file system. `build`: the name of what is running. */
export function processIo(launcher?: Launcher, build?: string): ProcessIo {
  const paged = new Paged(isTerminal);
  const out = new Buffered((bytes) => paged.write(bytes));
  const claims = new Claims();
  let temporary: string | undefined;
  const shown: [path: string, ended: Promise<string | null>][] = [];
  return {
    stdout: (chunk) => out.write(chunk),
    stderr(text) {
      out.flush();
      try {
        paged.writeError(Buffer.from(text, "utf8"));
      } catch (error) {
        if (!(error instanceof ClosedPipe)) throw error;
      }
    },
    pageThrough: (program) => paged.through(program),
    env: process.env,
    build,
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
    readStdin(most) {
      paged.readsStdin();
      return whole(undefined, claims, most);
    },
    readFile: (path, most) => whole(path, claims, most),
    chunks(path) {
      if (path === undefined) paged.readsStdin();
      return chunks(path, claims);
    },
    identity,
    place,
    claims,
    createFile(path) {
      claims.writes(path, place(path));
      return freshFile(path);
    },
    replaceFile: freshFile,
    createFolder: (path) =>
      attempt(`create directory ${path}`, () => void mkdirSync(path, { recursive: true })),
    temporaryFile(name) {
      const { tmpdir } = process.getBuiltinModule("node:os");
      temporary ??= attempt("create a temporary directory", () => mkdtempSync(join(tmpdir(), "nettrace-")));
      return join(temporary, name);
    },
    show(path) {
      shown.push([path, show(viewerOf(process.platform, path))]);
    },
    runProgram,
    startThread: () => (launcher === undefined ? undefined : startThread(launcher)),
    flush: () => out.flush(),
    async close() {
      await paged.close();
      for (const [path, ended] of shown) {
        const why = await ended;
        if (why !== null) writeAll(2, Buffer.from(`nettrace: cannot open ${path}: ${why}\n`, "utf8"));
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

function startThread(launcher: Launcher): Thread {
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const isFile = typeof launcher === "string";
  const worker = new Worker(isFile ? launcher : launcher.text(), { argv: [THREAD], eval: !isFile });
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

/** Nothing that is read as a whole is larger. */
const MOST = 256 * 1024 * 1024;

/** A file, or standard input, to its end. */
function whole(path: string | undefined, claims: Claims, most = MOST): Uint8Array {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const piece of chunks(path, claims)) {
    pieces.push(piece);
    length += piece.length;
    if (length > most) throw new UsageError(`cannot ${reading(path)}: larger than ${most} bytes`);
  }
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

const reading = (path: string | undefined): string =>
  path === undefined ? "read standard input" : `read ${path}`;

function* chunks(path: string | undefined, claims: Claims): Generator<Uint8Array> {
  const what = reading(path);
  const fd = path === undefined ? 0 : attempt(what, () => openSync(path, "r"));
  claims.reads(place(path));
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
  const at = fileAt(path);
  return typeof at === "string" ? at : undefined;
}

function place(path: string | undefined): string | undefined {
  const at = fileAt(path);
  if (at !== null) return at;
  try {
    return destination(path as string);
  } catch {
    return undefined;
  }
}

/** Which ordinary file it is; null where there is none yet, undefined for all else, and for what cannot be looked at. */
function fileAt(path: string | undefined): string | null | undefined {
  try {
    const stat =
      path === undefined
        ? fstatSync(0, { bigint: true })
        : statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return null;
    return stat.isFile() ? `${stat.dev}:${stat.ino}` : undefined;
  } catch {
    return undefined;
  }
}
