// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/skbuff.h: struct sk_buff_head, in a file that imports no code, so that sockets can be built on it. */
import type { SkBuff } from "./skbuff.ts";

/** struct sk_buff_head. */
export class SkBuffHead {
  readonly list: SkBuff[] = [];
  get qlen(): number {
    return this.list.length;
  }
}
