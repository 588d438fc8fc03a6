// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace completion SHELL`: what a shell reads to complete nettrace's words. */
import { EXIT } from "../errors.ts";
import { parseChoice } from "../values.ts";
import type { Register } from "./register.ts";

export const completion: Register = (program, io, exit) => {
  program
    .command("completion")
    .description("print the completion for a shell: bash, zsh or fish")
    .usage("<shell>")
    .argument("<shell>", "bash, zsh or fish")
    .action(async (shell: string) => {
      const { completionFor, SHELLS } = await import("../manual/completion.ts");
      io.stdout(completionFor(parseChoice("shell", shell, SHELLS), program));
      exit(EXIT.ok);
    });
};
