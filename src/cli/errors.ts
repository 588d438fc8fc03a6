// SPDX-License-Identifier: GPL-2.0-only
/** The exit statuses, and the error that turns bad input into one line and status 2. */

/** What a status means to whoever called the program. */
export const EXIT = {
  ok: 0,
  /** The simulated call failed with an errno. */
  errno: 1,
  /** Bad usage or bad input. */
  usage: 2,
  /** A mistake of ours, or an installation that cannot run (EX_SOFTWARE of sysexits.h). */
  internal: 70,
} as const;

/** Bad usage or bad input: `main` prints the message as one line and returns 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Why a system call of Node failed, in words: "no such file or directory". */
export function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^[A-Z0-9_]+: /, "").replace(/, [a-z]+( '.*')?$/s, "");
}
