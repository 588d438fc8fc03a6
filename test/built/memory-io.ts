// SPDX-License-Identifier: GPL-2.0-only
/** Stands for src/cli/memory-io.ts where the built program is tested: it remembers what a run starts from. */
import { type MemoryIo, type MemoryOptions, memoryIo as real } from "../../src/cli/memory-io.ts";

export type { MemoryIo, MemoryOptions };

const starts = new WeakMap<object, MemoryOptions>();

/** As the real one. */
export function memoryIo(options: MemoryOptions = {}): MemoryIo {
  const io = real(options);
  starts.set(io, options);
  return io;
}

/** From what it starts, if a process can: one with real files, pipes and no more. */
export function startOf(io: object): MemoryOptions | undefined {
  const options = starts.get(io);
  if (options === undefined || options.tty || options.programs || options.startThread) return undefined;
  return Object.keys(options.files ?? {}).every(isOrdinary) ? options : undefined;
}

/** A file below the folder in which a process is started, under a name that a file system takes. */
function isOrdinary(path: string): boolean {
  return (
    !path.startsWith("/") &&
    !path.split("/").some((name) => name === ".." || name.length > 200 || name === "")
  );
}
