// SPDX-License-Identifier: GPL-2.0-only
/** fs/file_table.c: from a descriptor to its file. */
import { note, traced } from "../../../trace/traced.ts";
import type { File } from "../include/linux/net.ts";
import type { Kernel } from "../kernel.ts";
import { files_shared } from "../tasks.ts";

/** What fput_light has to give back: 1 where a reference was taken. */
export interface FputNeeded {
  fput_needed: number;
}

/** The file of a descriptor. A reference is taken only where somebody else could close it meanwhile. */
export const fget_light = traced(
  "fs/file_table.c",
  "fget_light(fd, fput_needed)",
  (k: Kernel, fd: number, fput_needed: FputNeeded): File | null => {
    const file = k.files.get(fd) ?? null;
    fput_needed.fput_needed = 0;
    if (file === null || !files_shared(k)) return file;
    file.f_count++;
    fput_needed.fput_needed = 1;
    note(k, "threads share the descriptor table: take a reference", { f_count: file.f_count });
    return file;
  },
);
