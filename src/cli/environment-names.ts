// SPDX-License-Identifier: GPL-2.0-only
/** The variables that hold options: what a start needs to know of them. */

/** Variables that are the value of one option. */
export const VALUES = [
  ["NETTRACE_NET", "--net"],
  ["NETTRACE_KERNEL", "--kernel"],
] as const;

/** The variable that holds any options. */
export const OPTS = "NETTRACE_OPTS";

/** Whether any of them is set. */
export function isSet(env: Readonly<Record<string, string | undefined>>): boolean {
  return (env[OPTS] ?? "") !== "" || VALUES.some(([name]) => (env[name] ?? "") !== "");
}
