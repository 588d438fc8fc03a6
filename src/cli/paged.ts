// SPDX-License-Identifier: GPL-2.0-only
/** A program that reads what would have gone to standard output. */
import { writeAll, writeNamed } from "./buffered.ts";
import type { Program } from "./io.ts";

/** A program that is being written to. */
interface Reader {
  /** Throws a `ClosedPipe` once it has had enough. */
  write(bytes: Uint8Array): void;
  /** There is no more: wait until it has ended. */
  end(): Promise<void>;
}

/** What is used of a child's standard input beside its documented face: all else would hold what is written in memory. */
interface Handle {
  readonly fd?: number;
}

/** Start it on this terminal; undefined where it cannot be. Keys like Ctrl-C are its business while it runs. */
export function pipeTo({ words, env }: Program): Reader | undefined {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const [program = "", ...args] = words;
  const child = spawn(program, args, {
    stdio: ["pipe", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  child.on("error", () => {});
  const { stdin } = child;
  const fd = (stdin as unknown as { _handle?: Handle } | null)?._handle?.fd;
  if (child.pid === undefined || stdin === null || fd === undefined || fd < 0) {
    child.kill();
    return undefined;
  }
  stdin.on("error", () => {});
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  return {
    write: (bytes) => writeAll(fd, bytes),
    async end() {
      stdin.end();
      await ended;
      process.removeListener("SIGINT", ignore);
    },
  };
}

/** Standard output, or the program that takes its place once there is something to write. */
export class Paged {
  readonly #isTerminal: (fd: number) => boolean;
  #program: Program | undefined;
  /** Something has been written: now it is too late for another way. */
  #begun = false;
  #reader: Reader | undefined;

  constructor(isTerminal: (fd: number) => boolean) {
    this.#isTerminal = isTerminal;
  }

  through(program: Program): void {
    if (!this.#begun) this.#program = program;
  }

  /** A pager would take the keys that are meant for us. */
  readsStdin(): void {
    if (this.#isTerminal(0)) this.#program = undefined;
  }

  write(bytes: Uint8Array): void {
    const program = this.#program;
    this.#program = undefined;
    this.#begun = true;
    if (program !== undefined) this.#reader = pipeTo(program);
    if (this.#reader !== undefined) this.#reader.write(bytes);
    else writeNamed(1, bytes, "standard output");
  }

  writeError(bytes: Uint8Array): void {
    if (this.#reader !== undefined && this.#isTerminal(2)) this.#reader.write(bytes);
    else writeAll(2, bytes);
  }

  async close(): Promise<void> {
    await this.#reader?.end();
  }
}
