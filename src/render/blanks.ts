// SPDX-License-Identifier: GPL-2.0-only
/** So many blanks: an indent is asked for at every line. */

const MADE: string[] = [];
const MOST = 128;

/** As " ".repeat(n), made once where n is no large number. */
export function blanks(n: number): string {
  if (n >= MOST) return " ".repeat(n);
  MADE[n] ??= " ".repeat(n);
  return MADE[n];
}
