// SPDX-License-Identifier: GPL-2.0-only
/** net/xfrm/xfrm_hash.h: where policies and states are kept. */
import { inlined } from "../../../../trace/traced.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/xfrm/xfrm_hash.h";

/** htonl, ntohl: the bytes of a word the other way round. */
function swap32(word: number): number {
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word & 0xff00) << 8) | (word << 24)) >>> 0;
}

/** The sum is of words as they lie in memory. */
function daddr_saddr_hash(daddr: number, saddr: number): number {
  return swap32((swap32(daddr) + swap32(saddr)) >>> 0);
}

/** {@link __addr_hash}, for what is kept there: nobody's call. */
export function addr_hash(daddr: number, saddr: number, hmask: number): number {
  const h = daddr_saddr_hash(daddr, saddr);
  return (h ^ (h >>> 16)) & hmask;
}

/** Hash a pair of addresses. */
export const __xfrm4_daddr_saddr_hash = inlined(
  FILE,
  "__xfrm4_daddr_saddr_hash(daddr, saddr)",
  (_k: Kernel, daddr: number, saddr: number): number => daddr_saddr_hash(daddr, saddr),
);

/** Where states for a destination are. */
export const __xfrm_dst_hash = inlined(
  FILE,
  "__xfrm_dst_hash(daddr, saddr, reqid, family, hmask)",
  (k: Kernel, daddr: number, saddr: number, reqid: number, family: number, hmask: number): number => {
    const h = family ^ reqid ^ __xfrm4_daddr_saddr_hash(k, daddr, saddr);
    return (h ^ (h >>> 16)) & hmask;
  },
);

/** Where policies for exactly two addresses are. */
export const __addr_hash = inlined(
  FILE,
  "__addr_hash(daddr, saddr, family, hmask)",
  (k: Kernel, daddr: number, saddr: number, _family: number, hmask: number): number => {
    const h = __xfrm4_daddr_saddr_hash(k, daddr, saddr);
    return (h ^ (h >>> 16)) & hmask;
  },
);

/** Hash one address. */
export const __xfrm4_addr_hash = inlined(
  FILE,
  "__xfrm4_addr_hash(addr)",
  (_k: Kernel, addr: number): number => addr,
);

/** Where states with an SPI are. */
export const __xfrm_spi_hash = inlined(
  FILE,
  "__xfrm_spi_hash(daddr, spi, proto, family, hmask)",
  (k: Kernel, daddr: number, spi: number, proto: number, _family: number, hmask: number): number => {
    const h = swap32(spi) ^ proto ^ __xfrm4_addr_hash(k, daddr);
    return (h ^ (h >>> 10) ^ (h >>> 20)) & hmask;
  },
);
