// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/jhash.h: Bob Jenkins' hash, the version of 1996 that 2.6.32 has. */

const JHASH_GOLDEN_RATIO = 0x9e3779b9;

/** Hash three words with a seed. */
export function jhash_3words(x: number, y: number, z: number, initval: number): number {
  let a = (x + JHASH_GOLDEN_RATIO) | 0;
  let b = (y + JHASH_GOLDEN_RATIO) | 0;
  let c = (z + initval) | 0;
  a = (a - b - c) ^ (c >>> 13);
  b = (b - c - a) ^ (a << 8);
  c = (c - a - b) ^ (b >>> 13);
  a = (a - b - c) ^ (c >>> 12);
  b = (b - c - a) ^ (a << 16);
  c = (c - a - b) ^ (b >>> 5);
  a = (a - b - c) ^ (c >>> 3);
  b = (b - c - a) ^ (a << 10);
  c = (c - a - b) ^ (b >>> 15);
  return c >>> 0;
}
/** Hash two words with a seed. */
export function jhash_2words(x: number, y: number, initval: number): number {
  return jhash_3words(x, y, 0, initval);
}
/** Hash one word with a seed. */
export function jhash_1word(x: number, initval: number): number {
  return jhash_3words(x, 0, 0, initval);
}
