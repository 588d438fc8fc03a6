// SPDX-License-Identifier: GPL-2.0-only
/** net/netlink/af_netlink.c: messages to user space, as far as a datagram can cause some. Nobody listens. */
import { inlined, note, traced } from "../../../../trace/traced.ts";
import { ESRCH } from "../../../../uapi/errno.ts";
import { type SkBuff, skb_orphan } from "../../include/linux/skbuff.ts";
import type { Kernel } from "../../kernel.ts";
import { consume_skb } from "../core/skbuff.ts";

const FILE = "net/netlink/af_netlink.c";

/** Give up the owner; a message that wastes little memory stays as it is. */
export const netlink_trim = inlined(FILE, "netlink_trim(skb)", (k: Kernel, skb: SkBuff): SkBuff => {
  skb_orphan(k, skb);
  return skb;
});

/** Keep the table of netlink sockets from changing. */
export const netlink_lock_table = inlined(FILE, "netlink_lock_table()", (_k: Kernel): void => {});

/** Let it change again. */
export const netlink_unlock_table = inlined(FILE, "netlink_unlock_table()", (_k: Kernel): void => {});

/** Send a message to everybody in a group. */
export const netlink_broadcast = traced(
  FILE,
  "netlink_broadcast(skb, group)",
  (k: Kernel, skb: SkBuff, _group: number): number => {
    const message = netlink_trim(k, skb);
    netlink_lock_table(k);
    note(k, "no netlink listener in user space");
    consume_skb(k, message);
    netlink_unlock_table(k);
    consume_skb(k, null);
    return -ESRCH;
  },
);
