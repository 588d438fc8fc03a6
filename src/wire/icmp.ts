// SPDX-License-Identifier: GPL-2.0-only
/** The ICMP header (RFC 792; linux/icmp.h): byte offsets, types, codes. */
export const ICMP_TYPE = 0;
export const ICMP_CODE = 1;
export const ICMP_CHECKSUM = 2;
/** Rest of header: gateway, or echo id and sequence, or unused and next-hop MTU. */
export const ICMP_REST = 4;
export const ICMP_FRAG_MTU = 6;
export const ICMP_HLEN = 8;

export const ICMP_ECHOREPLY = 0;
export const ICMP_DEST_UNREACH = 3;
export const ICMP_SOURCE_QUENCH = 4;
export const ICMP_REDIRECT = 5;
export const ICMP_ECHO = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETERPROB = 12;
export const ICMP_TIMESTAMP = 13;
export const ICMP_TIMESTAMPREPLY = 14;
export const ICMP_INFO_REQUEST = 15;
export const ICMP_INFO_REPLY = 16;
export const ICMP_ADDRESS = 17;
export const ICMP_ADDRESSREPLY = 18;
export const NR_ICMP_TYPES = 18;

export const ICMP_NET_UNREACH = 0;
export const ICMP_HOST_UNREACH = 1;
export const ICMP_PROT_UNREACH = 2;
export const ICMP_PORT_UNREACH = 3;
export const ICMP_FRAG_NEEDED = 4;
export const ICMP_SR_FAILED = 5;
export const ICMP_PKT_FILTERED = 13;
export const NR_ICMP_UNREACH = 15;
export const ICMP_EXC_TTL = 0;
export const ICMP_EXC_FRAGTIME = 1;

/** What a type is called (RFC 792). */
export const ICMP_TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [0, "echo reply"],
  [3, "destination unreachable"],
  [4, "source quench"],
  [5, "redirect"],
  [8, "echo request"],
  [11, "time exceeded"],
  [12, "parameter problem"],
  [13, "timestamp"],
  [14, "timestamp reply"],
]);
/** What is unreachable, by code. */
export const ICMP_UNREACH_NAMES: readonly string[] = [
  "net",
  "host",
  "protocol",
  "port",
  "fragmentation needed",
  "source route failed",
];
