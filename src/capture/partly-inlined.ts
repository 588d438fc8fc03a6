// SPDX-License-Identifier: GPL-2.0-only
/** What a recording of the ordinary el6 build cannot tell. */

/**
 * Functions that gcc inlines at some of their calls and not at others, found by comparing recordings of two builds:
 * there one is missing, nobody can say whether it was called.
 */
export const PARTLY_INLINED: ReadonlySet<string> = new Set([
  "__dev_get_by_index",
  "__skb_checksum_complete_head",
  "fib_get_table",
  "ip_finish_output2",
  "move_addr_to_kernel",
  "skb_queue_tail",
  "sock_release",
  "sock_update_classid",
  "sock_update_netprioidx",
]);
