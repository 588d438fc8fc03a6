// SPDX-License-Identifier: GPL-2.0-only
/** A word as a shell would have it written. */

/** As it is, or in quotes where a shell (and `shellWords`) would take it apart. */
export function quoted(word: string): string {
  return /^[\w./:+=@%,~^-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`;
}
