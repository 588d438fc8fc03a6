// SPDX-License-Identifier: GPL-2.0-only
/** So many blanks: an indent is asked for at every line. */

const MADE: readonly string[] = Array.from({ length: 128 }, (_, n) => " ".repeat(n));

/** As " ".repeat(n), ready made where n is no large number. */
export function blanks(n: number): string {
  return MADE[n] ?? " ".repeat(n);
}
