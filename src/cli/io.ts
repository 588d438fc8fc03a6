// SPDX-License-Identifier: GPL-2.0-only
/** What a command may touch of the outside world. */
import type { Claims } from "./claims.ts";

/** Text is written as UTF-8, bytes as they are. */
export type Chunk = string | Uint8Array;

/** Everything a command may read or write. Commands get it as a parameter and touch nothing else. */
export interface Io {
  stdout(chunk: Chunk): void;
  stderr(text: string): void;
  /**
   * What is written to standard output from now on, and to standard error if that is a terminal too, goes through this
   * program. Where it cannot be started, or standard input is read from the terminal, nothing changes.
   */
  pageThrough(program: Program): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The name of the build that runs; undefined where it was not built. */
  readonly build?: string | undefined;
  readonly stdoutIsTTY: boolean;
  readonly stderrIsTTY: boolean;
  readonly stdinIsTTY: boolean;
  /** Width of the terminal, if standard output is one that says so. */
  readonly columns: number | undefined;
  /** All of standard input, as bytes; more than `most` of them (256 MiB) is a `UsageError`. */
  readStdin(most?: number): Uint8Array;
  /** A whole file; one that cannot be read, or has more than `most` bytes (256 MiB), is a `UsageError` that says why. */
  readFile(path: string, most?: number): Uint8Array;
  /** A file, or standard input where there is no path, piece by piece; failure is a `UsageError` that says why. */
  chunks(path: string | undefined): Iterable<Uint8Array>;
  /** What tells an ordinary file from all others, under whatever name; undefined for what can be read only once. */
  identity(path: string): string | undefined;
  /**
   * Where a file is, under whatever name, also one that is yet to be made; undefined for devices and pipes.
   * Without a path: standard input.
   */
  place(path: string | undefined): string | undefined;
  /** What is read and written, by place: nothing is both. */
  readonly claims: Claims;
  /**
   * A file for output: it takes the old one's place at once, or never. One that cannot be written, that is read too,
   * or that is another output already, is a `UsageError`.
   */
  createFile(path: string): Replacement;
  /** Make a folder, unless it is there. */
  createFolder(path: string): void;
  /** A new text for a file that is read: it takes the old one's place at once, or never. */
  replaceFile(path: string): Replacement;
  /** The path of a file of this name in a folder of this run, for those who look at it. */
  temporaryFile(name: string): string;
  /** Show a file as this desktop does: what stands in the way is said on standard error. */
  show(path: string): void;
  /** Run another program to its end and take what it prints; undefined where there is no such program. */
  runProgram(program: string, args: readonly string[]): Finished | undefined;
  /** Start a thread of this program (see run/threads); undefined where there can be none. */
  startThread(): Thread | undefined;
}

/** A program and its arguments, and what is added to its environment. */
export interface Program {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Another thread of this program. */
export interface Thread {
  send(message: unknown): void;
  /** Who is told what the thread says from now on, and how it died if it does. */
  listen(said: (message: unknown) => void, died: (error: unknown) => void): void;
  end(): void;
}

/** What became of a program. */
export interface Finished {
  /** Its exit status; null where it was killed. */
  readonly status: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** A file being written beside the one that it is to replace; a device or a pipe is written to as it is. */
export interface Replacement {
  write(chunk: Chunk): void;
  /** All of it is on the disk: what can fail has failed. */
  finish(): void;
  commit(): void;
  /** The old file stays as it is. */
  abandon(): void;
}

/** Nobody reads standard output any more. It ends the program quietly; see `run` in main.ts. */
export class ClosedPipe extends Error {
  override name = "ClosedPipe";
}

/** The same world, in which nobody need read standard output: once it is closed, what is written there is lost. */
export function heedless(io: Io): Io {
  let open = true;
  return {
    ...io,
    stdout(chunk) {
      try {
        if (open) io.stdout(chunk);
      } catch (error) {
        if (!(error instanceof ClosedPipe)) throw error;
        open = false;
      }
    },
  };
}
