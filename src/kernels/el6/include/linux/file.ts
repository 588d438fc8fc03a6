// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/file.h: giving a file back. */
import { inlined, note } from "../../../../trace/traced.ts";
import type { Kernel } from "../../kernel.ts";
import { fput } from "../../net/socket.ts";
import type { File } from "./net.ts";

/** Give back the reference that fget_light took, if it took one. */
export const fput_light = inlined(
  "include/linux/file.h",
  "fput_light(file, fput_needed)",
  (k: Kernel, file: File, fput_needed: number): void => {
    if (fput_needed === 0) {
      note(k, "fget_light took no reference: none to give back");
      return;
    }
    note(k, "give back the reference that fget_light took", { f_count: file.f_count });
    if (file.f_count > 1) file.f_count--;
    else fput(k, file);
  },
);
