// SPDX-License-Identifier: GPL-2.0-only
/** The program through which people read what is longer than their screen, chosen as git chooses its own. */
import type { Io, Program } from "./io.ts";
import type { OptionRow } from "./option.ts";

export const NO_PAGER: OptionRow = {
  flags: "--no-pager",
  help: "write to the terminal directly (NETTRACE_PAGER and PAGER choose the pager)",
};

/** What less(1) and lv(1) are told where the user tells them nothing: stop at once if it fits a screen, keep colours. */
const SETTINGS = { LESS: "FRX", LV: "-c" } as const;

/** The pager that the environment names; null: none is wanted. */
export function pagerOf(env: Io["env"]): Program | null {
  if (env["TERM"] === "dumb") return null;
  const command = (env["NETTRACE_PAGER"] ?? env["PAGER"] ?? "less").trim();
  if (command === "" || command === "cat") return null;
  const added = Object.entries(SETTINGS).filter(([name]) => env[name] === undefined);
  return { words: wordsOf(command), env: Object.fromEntries(added) };
}

/** A command with anything of the shell's own in it is left to the shell. */
function wordsOf(command: string): string[] {
  return /[|&;<>()$`\\"'\n*?[#~=%]/.test(command) ? ["sh", "-c", command] : command.split(/\s+/);
}

/** Text for people that goes to a terminal goes through their pager, if there is one. */
export function page(io: Io, wanted = true): void {
  if (!wanted || !io.stdoutIsTTY) return;
  const pager = pagerOf(io.env);
  if (pager !== null) io.pageThrough(pager);
}
