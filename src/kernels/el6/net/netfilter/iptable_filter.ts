// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/ipv4/netfilter/iptable_filter.c: iptables' filter table, as far as scenarios use it: a policy for each chain, and
 * one rule of OUTPUT that drops a destination. Every change replaces the whole table.
 */
import { note } from "../../../../trace/traced.ts";
import { get32 } from "../../../../wire/bytes.ts";
import { IP_DADDR, IP_HLEN, IP_VIHL } from "../../../../wire/ipv4.ts";
import type { Netfilter } from "../../../config.ts";
import { NF_INET_FORWARD, NF_INET_LOCAL_IN, NF_INET_LOCAL_OUT } from "../../include/linux/netfilter.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import { type Kernel, NF_ACCEPT, NF_DROP, type NfHook } from "../../kernel.ts";

/** The points at which the table has a chain. */
const CHAINS: readonly (readonly [Netfilter["chain"], number])[] = [
  ["input", NF_INET_LOCAL_IN],
  ["forward", NF_INET_FORWARD],
  ["output", NF_INET_LOCAL_OUT],
];

/** ipt_do_table with this table's one possible rule, then the policy. */
function do_table(k: Kernel, skb: SkBuff, drop_dst: number | undefined, policy: number): number {
  const b = skb.head.bytes;
  const iph = skb.network_header;
  if (drop_dst !== undefined && get32(b, iph + IP_DADDR) === drop_dst) {
    note(k, "a rule drops this destination", { daddr: drop_dst });
    return NF_DROP;
  }
  if (policy === NF_DROP) note(k, "no rule matches, and the chain's policy is to drop");
  return policy;
}

/** `nf CHAIN accept|drop`, `nf output drop-dst A`: load the table anew. */
export function nf_configure(k: Kernel, change: Netfilter): number {
  for (const [chain, hooknum] of CHAINS) {
    const mine = chain === change.chain;
    const drop_dst = mine && change.chain === "output" ? change.dst : undefined;
    const policy = mine && change.verdict === "drop" && change.dst === undefined ? NF_DROP : NF_ACCEPT;
    const hook: NfHook = {
      name: "iptable_filter",
      hook: (m, _hooknum, skb) => {
        // A raw socket may send a header too short to look at: let it pass.
        const ihl = ((skb.head.bytes[skb.network_header + IP_VIHL] as number) & 15) * 4;
        if (hooknum === NF_INET_LOCAL_OUT && (skb.len < IP_HLEN || ihl < IP_HLEN)) return NF_ACCEPT;
        return do_table(m, skb, drop_dst, policy);
      },
    };
    const hooks = k.nf_hooks[hooknum] as NfHook[];
    const at = hooks.findIndex((h) => h.name === hook.name);
    if (at >= 0) hooks.splice(at, 1, hook);
    else hooks.push(hook);
  }
  return 0;
}
