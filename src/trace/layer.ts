// SPDX-License-Identifier: GPL-2.0-only
/** Which layer of the stack a function belongs to: by its file, and by name where a file serves several. */

export const LAYERS = ["socket", "udp", "route", "ip", "neigh", "dev", "driver", "icmp"] as const;
export type Layer = (typeof LAYERS)[number];

const BY_NAME: ReadonlyMap<string, Layer> = new Map([
  ["dst_output", "ip"],
  ["dst_input", "ip"],
  ["ip_route_connect", "route"],
  ["lock_sock", "socket"],
]);

const BY_PREFIX: readonly (readonly [string, Layer])[] = [
  ["drivers/net/", "driver"],
  ["include/linux/netdevice.h", "dev"],
  ["include/linux/netfilter.h", "ip"],
  ["include/linux/skbuff.h", "dev"],
  ["include/net/dst.h", "route"],
  ["include/net/ip.h", "ip"],
  ["include/net/neighbour.h", "neigh"],
  ["include/net/pkt_sched.h", "dev"],
  ["include/net/route.h", "route"],
  ["include/net/sch_generic.h", "dev"],
  ["include/net/udp", "udp"],
  ["include/net/xfrm.h", "route"],
  ["net/core/datagram.c", "socket"],
  ["net/core/dev", "dev"],
  ["net/core/dst.c", "route"],
  ["net/core/fib_rules.c", "route"],
  ["net/core/flow.c", "route"],
  ["net/core/kmap_skb.h", "dev"],
  ["net/core/neighbour.c", "neigh"],
  ["net/core/rtnetlink.c", "dev"],
  ["net/core/skbuff.c", "dev"],
  ["net/core/utils.c", "dev"],
  ["net/core/", "socket"],
  ["net/ethernet/", "dev"],
  ["net/ipv4/af_inet.c", "socket"],
  ["net/ipv4/arp.c", "neigh"],
  ["net/ipv4/datagram.c", "udp"],
  ["net/ipv4/devinet.c", "route"],
  ["net/ipv4/fib_", "route"],
  ["net/ipv4/icmp.c", "icmp"],
  ["net/ipv4/inet_connection_sock.c", "udp"],
  ["net/ipv4/inetpeer.c", "route"],
  ["net/ipv4/ping.c", "socket"],
  ["net/ipv4/raw.c", "socket"],
  ["net/ipv4/route.c", "route"],
  ["net/ipv4/tcp", "socket"],
  ["net/ipv4/udp", "udp"],
  ["net/ipv4/xfrm4", "route"],
  ["net/ipv4/", "ip"],
  ["net/netfilter/", "ip"],
  ["net/netlink/", "route"],
  ["net/sched/", "dev"],
  ["net/xfrm/", "route"],
];

/** The layer of a function, given its name and its path in the Linux tree. */
export function layerOf(fn: string, file: string): Layer {
  const named = BY_NAME.get(fn);
  if (named !== undefined) return named;
  for (const [prefix, layer] of BY_PREFIX) if (file.startsWith(prefix)) return layer;
  return "socket";
}
