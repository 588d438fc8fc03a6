// SPDX-License-Identifier: GPL-2.0-only
/** Stands for src/cli/memory-io.ts where the built program is tested: it remembers what a run starts from. */
import { type MemoryIo, type MemoryOptions, memoryIo as real } from "../../src/cli/memory-io.ts";

export type { MemoryIo, MemoryOptions };

interface Start {
  readonly options: MemoryOptions;
  /** The world as it was made: a test may change it. */
  readonly made: Record<string, PropertyDescriptor>;
}

const starts = new WeakMap<object, Start>();

/** As the real one. */
export function memoryIo(options: MemoryOptions = {}): MemoryIo {
  const io = real(options);
  starts.set(io, { options, made: Object.getOwnPropertyDescriptors(io) });
  return io;
}

/** From what it starts, if a process can: one with real files, pipes and no more. */
export function startOf(io: object): MemoryOptions | undefined {
  const start = starts.get(io);
  if (start === undefined || isChanged(io, start)) return undefined;
  const { options } = start;
  if (options.tty || options.programs || options.startThread) return undefined;
  return Object.keys(options.files ?? {}).every(isOrdinary) ? options : undefined;
}

/** A file below the folder in which a process is started, under a name that a file system takes. */
function isOrdinary(path: string): boolean {
  return (
    !path.startsWith("/") &&
    !path.split("/").some((name) => name === ".." || name.length > 200 || name === "")
  );
}

function isChanged(io: object, { made }: Start): boolean {
  const now = Object.getOwnPropertyDescriptors(io) as Record<string, PropertyDescriptor>;
  return (
    Object.keys(now).length !== Object.keys(made).length ||
    Object.keys(now).some((key) => now[key]?.value !== made[key]?.value || now[key]?.get !== made[key]?.get)
  );
}
