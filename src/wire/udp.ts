// SPDX-License-Identifier: GPL-2.0-only
/** The UDP header (RFC 768) and UDP-Lite's (RFC 3828): byte offsets. */
export const UDP_SOURCE = 0;
export const UDP_DEST = 2;
export const UDP_LEN = 4;
export const UDP_CHECK = 6;
export const UDP_HLEN = 8;
