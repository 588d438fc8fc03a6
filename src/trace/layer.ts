// SPDX-License-Identifier: GPL-2.0-only
/** Which layer of the stack a function belongs to: by its file, and by name where a file serves several. */
import { memo } from "./memo.ts";

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
  ["fs/", "socket"],
  ["include/linux/file.h", "socket"],
  ["include/linux/netdevice.h", "dev"],
  ["include/linux/netfilter.h", "ip"],
  ["include/linux/netpoll.h", "dev"],
  ["include/linux/pkt_cls.h", "dev"],
  ["include/linux/skbuff.h", "dev"],
  ["include/net/dst.h", "route"],
  ["include/net/inet_sock.h", "socket"],
  ["include/net/ip.h", "ip"],
  ["include/net/neighbour.h", "neigh"],
  ["include/net/pkt_sched.h", "dev"],
  ["include/net/route.h", "route"],
  ["include/net/sch_generic.h", "dev"],
  ["include/net/udp", "udp"],
  ["include/net/xfrm.h", "route"],
  ["include/trace/", "dev"],
  ["kernel/", "socket"],
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

/** How functions of other kernels are called, leading underscores and system calls' prefixes left out. */
const BY_BEGINNING: readonly (readonly [RegExp, Layer])[] = [
  [/^(?:(?:x64|ia32|arm64|se|do|compat)_)*(?:sys|SyS)_/, "socket"],
  [
    /^(?:sock|sk|inet_(?:send|recv|auto|bind|create|dgram)|security_(?:sock|sk)|move_addr|release_sock|lock_sock)/,
    "socket",
  ],
  [/^(?:udp|ip4_datagram)/, "udp"],
  [/^icmp/, "icmp"],
  [/^(?:neigh|arp)/, "neigh"],
  [
    /^(?:fib|fn_hash|ip_(?:route|mkroute)|rt_|ipv4_(?:dst|mtu|neigh|sk)|mkroute|dst_|inet_(?:select|addr|dev|peer)|inetdev|xfrm)/,
    "route",
  ],
  [/^(?:ip_|ip4_|nf_|ipt_|iptable|ipv4_|inet_)/, "ip"],
  [/^(?:loopback|veth|dummy|ifb|tun|e1000)_/, "driver"],
  [
    /^(?:dev_|netif|netdev|net_rx|net_tx|process_backlog|napi|skb|kfree_skb|consume_skb|alloc_skb|qdisc|pfifo|sch_|eth_|enqueue_to|validate_xmit)/,
    "dev",
  ],
];

/** The layer of a function of which only its name is known; undefined: the network has nothing of that name. */
export function guessLayer(fn: string): Layer | undefined {
  const name = fn.replace(/^_+/, "");
  return BY_BEGINNING.find(([begins]) => begins.test(name))?.[1];
}

/** The layer of a file's functions; each file is looked for once. */
const layerOfFile = memo((file): Layer => BY_PREFIX.find((row) => file.startsWith(row[0]))?.[1] ?? "socket");

/** The layer of a function, given its name and its path in the Linux tree (empty: not known). */
export function layerOf(fn: string, file: string): Layer {
  const named = BY_NAME.get(fn);
  if (named !== undefined) return named;
  if (file === "") return guessLayer(fn) ?? "socket";
  return layerOfFile(file);
}
