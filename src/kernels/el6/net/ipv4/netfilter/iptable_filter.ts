// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/netfilter/iptable_filter.c: iptables' filter table, and the three points of a packet's way at which it is asked. */
import { IP_HLEN, IP_VIHL } from "../../../../../wire/ipv4.ts";
import type { Filter, Netfilter } from "../../../../config.ts";
import { NF_INET_FORWARD, NF_INET_LOCAL_IN, NF_INET_LOCAL_OUT } from "../../../include/linux/netfilter.ts";
import { type Kernel, NF_ACCEPT, NF_DROP, type NfHook } from "../../../kernel.ts";
import { do_ipt_set_ctl, type FilterChain, type FilterTable, ipt_do_table, new_chain } from "./ip_tables.ts";

/** The points at which the table has a chain, and the chains' names. */
const HOOKS: readonly (readonly [string, number])[] = [
  ["INPUT", NF_INET_LOCAL_IN],
  ["FORWARD", NF_INET_FORWARD],
  ["OUTPUT", NF_INET_LOCAL_OUT],
];

/** The module's initialisation: an empty table, and a hook for each of its chains. */
function iptable_filter_init(k: Kernel): FilterTable {
  const table: FilterTable = new Map(HOOKS.map(([name]) => [name, new_chain(name, NF_ACCEPT)]));
  for (const [name, hooknum] of HOOKS) {
    const chain = table.get(name) as FilterChain;
    const hook: NfHook = {
      name: "iptable_filter",
      hook: (m, _hooknum, skb, indev, outdev) => {
        // A raw socket may send a header too short to look at: let it pass.
        const ihl = ((skb.head.bytes[skb.network_header + IP_VIHL] as number) & 15) * 4;
        if (hooknum === NF_INET_LOCAL_OUT && (skb.len < IP_HLEN || ihl < IP_HLEN)) return NF_ACCEPT;
        return ipt_do_table(m, skb, table, chain, indev, outdev);
      },
    };
    const hooks = k.nf_hooks[hooknum] as NfHook[];
    const at = hooks.findIndex((h) => h.name === hook.name);
    if (at >= 0) hooks.splice(at, 1, hook);
    else hooks.push(hook);
  }
  k.filter_table = table;
  return table;
}

/** `nf CHAIN accept|drop`, `nf output drop-dst A`: the whole table anew, as the recordings have it. */
export function nf_configure(k: Kernel, change: Netfilter): number {
  const chain = iptable_filter_init(k).get(change.chain.toUpperCase()) as FilterChain;
  const verdict = change.verdict === "drop" ? NF_DROP : NF_ACCEPT;
  if (change.dst === undefined) chain.policy = verdict;
  else if (change.chain === "output" && verdict === NF_DROP) {
    chain.rules.push({
      match: { dst: { addr: change.dst, mask: 0xffffffff } },
      target: { kind: "drop" },
      text: "",
    });
  }
  return 0;
}

/** iptables: one change to the table, 0 or -errno. */
export function iptables(k: Kernel, change: Filter): number {
  return do_ipt_set_ctl(k, k.filter_table ?? iptable_filter_init(k), change);
}
