// SPDX-License-Identifier: GPL-2.0-only
/** An outside world in memory, for tests. */
import { Claims } from "./claims.ts";
import { UsageError } from "./errors.ts";
import type { Chunk, Io, Program, Replacement, Thread } from "./io.ts";

/** What an in-memory run starts from. */
export interface MemoryOptions {
  stdin?: Chunk;
  env?: Record<string, string | undefined>;
  files?: Record<string, Chunk>;
  /** What programs print, by their command line. */
  programs?: Record<string, string>;
  /** What stands for a thread; without it there are none. */
  startThread?: (io: Io) => Thread | undefined;
  tty?: boolean;
  columns?: number;
}

/** An `Io` in memory, with what was written to it. */
export interface MemoryIo extends Io {
  readonly out: string;
  readonly err: string;
  readonly outBytes: Uint8Array;
  readonly files: Map<string, Uint8Array>;
  /** What standard output was to go through. */
  readonly pagers: readonly Program[];
  /** Files that a desktop was to show. */
  readonly shown: readonly string[];
}

/** For tests: nothing leaves memory. Files that are not there fail as they do on disk. */
export function memoryIo(options: MemoryOptions = {}): MemoryIo {
  const out: Uint8Array[] = [];
  const err: string[] = [];
  const files = new Map(Object.entries(options.files ?? {}).map(([path, chunk]) => [path, toBytes(chunk)]));
  const tty = options.tty ?? false;
  const claims = new Claims();
  const pagers: Program[] = [];
  const shown: string[] = [];
  const readFile = (path: string): Uint8Array => {
    const bytes = files.get(path);
    claims.reads(path);
    if (bytes) return bytes;
    throw new UsageError(`cannot read ${path}: no such file or directory`);
  };
  const replacement = (path: string): Replacement => {
    const pieces: Uint8Array[] = [];
    return {
      write: (chunk) => void pieces.push(toBytes(chunk)),
      finish: () => {},
      commit: () => void files.set(path, Buffer.concat(pieces)),
      abandon: () => {},
    };
  };
  return {
    stdout: (chunk) => void out.push(toBytes(chunk)),
    stderr: (text) => void err.push(text),
    pageThrough: (program) => void pagers.push(program),
    pagers,
    env: options.env ?? {},
    stdoutIsTTY: tty,
    stderrIsTTY: tty,
    stdinIsTTY: tty && options.stdin === undefined,
    columns: options.columns,
    readStdin: () => toBytes(options.stdin ?? ""),
    readFile,
    *chunks(path) {
      const bytes = path === undefined ? toBytes(options.stdin ?? "") : readFile(path);
      for (let i = 0; i < bytes.length; i += 1000) yield bytes.subarray(i, i + 1000);
    },
    identity: (path) => (files.has(path) ? path : undefined),
    place: (path) => path,
    claims,
    createFile(path) {
      claims.writes(path, path);
      return replacement(path);
    },
    createFolder: () => {},
    replaceFile: replacement,
    temporaryFile: (name) => `/tmp/${name}`,
    show: (path) => void shown.push(path),
    shown,
    runProgram(program, args) {
      const text = options.programs?.[[program, ...args].join(" ")];
      return text === undefined ? undefined : { status: 0, stdout: toBytes(text), stderr: "" };
    },
    startThread() {
      return options.startThread?.(this);
    },
    get out() {
      return Buffer.concat(out).toString("utf8");
    },
    get outBytes() {
      return Buffer.concat(out);
    },
    get err() {
      return err.join("");
    },
    files,
  };
}

function toBytes(chunk: Chunk): Uint8Array {
  return typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk;
}
