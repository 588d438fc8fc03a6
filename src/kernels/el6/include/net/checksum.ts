// SPDX-License-Identifier: GPL-2.0-only
/** include/net/checksum.h. The arithmetic itself is wire/checksum.ts. */
export { csum_add, csum_block_add, csum_sub } from "../../../../wire/checksum.ts";

/** How a checksum that comes out as 0 is sent: 0 would mean that there is none. */
export const CSUM_MANGLED_0 = 0xffff;
