// SPDX-License-Identifier: GPL-2.0-only
/** The Internet checksum (RFC 1071, RFC 1624). A partial sum is an unsigned 32-bit number in big-endian word order. */

/** Add the 16-bit words of `b[from, to)` to `sum`; an odd last byte counts as the high half of a word. */
export function csum_partial(b: Uint8Array, from: number, to: number, sum: number): number {
  let s = sum;
  let i = from;
  for (; i + 1 < to; i += 2) s += ((b[i] as number) << 8) | (b[i + 1] as number);
  if (i < to) s += (b[i] as number) << 8;
  // 64 KiB of 0xffff words sum below 2^53, so one reduction at the end is enough.
  while (s > 0xffffffff) s = (s % 0x100000000) + Math.floor(s / 0x100000000);
  return s;
}

/** One's complement sum of two partial sums. */
export function csum_add(a: number, b: number): number {
  const s = a + b;
  return s > 0xffffffff ? s - 0xffffffff : s;
}

/** Add the sum of a block that begins at `offset`: at an odd offset its bytes are swapped. */
export function csum_block_add(sum: number, block: number, offset: number): number {
  const b = (offset & 1) !== 0 ? (((block & 0xff00ff) << 8) | ((block >>> 8) & 0xff00ff)) >>> 0 : block;
  return csum_add(sum, b);
}
export function csum_sub(a: number, b: number): number {
  return csum_add(a, ~b >>> 0);
}

/** Fold to 16 bits and complement: what stands in a header. */
export function csum_fold(sum: number): number {
  let s = (sum & 0xffff) + (sum >>> 16);
  s = (s & 0xffff) + (s >>> 16);
  return ~s & 0xffff;
}

/** Partial sum of the pseudo header of UDP, UDP-Lite and TCP over IPv4. */
export function csum_tcpudp_nofold(
  saddr: number,
  daddr: number,
  len: number,
  proto: number,
  sum: number,
): number {
  return csum_add(sum, csum_add(csum_add(saddr >>> 0, daddr >>> 0), len + proto));
}
/** Checksum with the pseudo header, folded and complemented. */
export function csum_tcpudp_magic(
  saddr: number,
  daddr: number,
  len: number,
  proto: number,
  sum: number,
): number {
  return csum_fold(csum_tcpudp_nofold(saddr, daddr, len, proto, sum));
}

/** Checksum of an IPv4 header of `ihl` 32-bit words. */
export function ip_fast_csum(b: Uint8Array, at: number, ihl: number): number {
  return csum_fold(csum_partial(b, at, at + ihl * 4, 0));
}
