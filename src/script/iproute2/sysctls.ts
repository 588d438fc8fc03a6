// SPDX-License-Identifier: GPL-2.0-only
/** Which settings have a say in what becomes of a datagram of IPv4: the others are taken, and change nothing. */

/** Settings that are other protocols', TCP's, or of what is not modelled. */
const UNMET: readonly RegExp[] = [
  /^(?:abi|bus|crypto|debug|dev|fs|kernel|pm|sunrpc|user|vm|xen)\./,
  /^net\.(?!core\.|ipv4\.)[\w-]+\./,
  /^net\.ipv4\.(?:tcp_|cipso|cipv4|netfilter\.|ip_conntrack|vs\.|xfrm4_|ip_early_demux|udp_early_demux)/,
  /^net\.ipv4\.(?:udp_l3mdev|raw_l3mdev|fwmark_reflect|bpf|ip_autobind_reuse|fib_sync_mem|nexthop)/,
  /^net\.core\.(?:bpf|busy_|default_qdisc|dev_weight_|devconf_|fb_tunnels|flow_limit|gro_|high_order|max_skb_frags)/,
  /^net\.core\.(?:message_|netdev_budget_usecs|netdev_rss|netdev_tstamp|netdev_unregister|rps_|skb_defer|tstamp)/,
  /^net\.core\.(?:txrehash|warnings|xfrm_(?:acq|aevent)|mem_pcpu)/,
];

/** Does anything here look at it? */
export function isMet(key: string): boolean {
  const dotted = key.includes("/") ? key.replaceAll("/", ".") : key;
  return !UNMET.some((pattern) => pattern.test(dotted));
}
