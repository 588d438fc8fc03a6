// SPDX-License-Identifier: GPL-2.0-only
/** The IPv4 header (RFC 791; struct iphdr of linux/ip.h): byte offsets. */

export const IP_VIHL = 0;
export const IP_TOS_OFF = 1;
export const IP_TOT_LEN = 2;
export const IP_ID = 4;
export const IP_FRAG_OFF = 6;
export const IP_TTL_OFF = 8;
export const IP_PROTOCOL = 9;
export const IP_CHECK = 10;
export const IP_SADDR = 12;
export const IP_DADDR = 16;
export const IP_HLEN = 20;

export const IP_CE = 0x8000;
export const IP_DF = 0x4000;
export const IP_MF = 0x2000;
export const IP_OFFSET = 0x1fff;

/** `127.0.0.1` for 0x7f000001. */
export function formatIpv4(addr: number): string {
  return `${addr >>> 24}.${(addr >>> 16) & 255}.${(addr >>> 8) & 255}.${addr & 255}`;
}
/** A strict dotted quad as a host-order number, or undefined. */
export function parseDottedQuad(text: string): number | undefined {
  const m = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (m === null) return undefined;
  let v = 0;
  for (let i = 1; i <= 4; i++) {
    const n = Number(m[i]);
    if (n > 255) return undefined;
    v = v * 256 + n;
  }
  return v;
}
