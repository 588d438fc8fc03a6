// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/netfilter/ipt_REJECT.c: a packet is dropped, and its sender gets an ICMP error. */
import type { SkBuff } from "../../../include/linux/skbuff.ts";
import { type Kernel, NF_DROP } from "../../../kernel.ts";
import { icmp_send } from "../icmp.ts";

const ICMP_DEST_UNREACH = 3;

/** The target REJECT, with this code. */
export function reject_tg(k: Kernel, skb: SkBuff, code: number): number {
  icmp_send(k, skb, ICMP_DEST_UNREACH, code, 0);
  return NF_DROP;
}
