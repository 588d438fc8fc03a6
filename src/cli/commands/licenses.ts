// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace licenses`: whose work the program is, and under which licences. */
import { EXIT } from "../errors.ts";
import type { Register } from "./register.ts";

/** Ours and those of what is bundled: whoever builds or tests the program defines it (tools/notices.mjs). */
declare const NOTICES: string;

export const licenses: Register = (program, io, exit) => {
  program
    .command("licenses")
    .description("print the licences of nettrace and of the software bundled with it")
    .action(() => {
      io.stdout(NOTICES);
      exit(EXIT.ok);
    });
};
