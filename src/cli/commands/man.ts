// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace man`: the manual page, as man(1) reads it. */
import { EXIT } from "../errors.ts";
import type { Register } from "./register.ts";

export const man: Register = (program, io, exit) => {
  program
    .command("man")
    .description("print the manual page nettrace.1")
    .action(async () => {
      const { manPage } = await import("../manual/man.ts");
      io.stdout(manPage(program));
      exit(EXIT.ok);
    });
};
