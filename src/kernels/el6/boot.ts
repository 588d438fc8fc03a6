// SPDX-License-Identifier: GPL-2.0-only
/** A fresh machine: the initcalls of the network code, in the kernel's order. lo is there, down and unconfigured. */
import type { BootOptions } from "../release.ts";
import { loopback_net_init } from "./drivers/net/loopback.ts";
import { Kernel, type Net, type Randomness } from "./kernel.ts";
import { net_dev_init } from "./net/core/dev.ts";
import { dst_init } from "./net/core/dst.ts";
import { inet_init } from "./net/ipv4/af_inet.ts";
import { arp_init } from "./net/ipv4/arp.ts";
import { devinet_init } from "./net/ipv4/devinet.ts";
import { ip_fib_init } from "./net/ipv4/fib_frontend.ts";
import { icmp_init } from "./net/ipv4/icmp.ts";
import { inet_initpeers } from "./net/ipv4/inetpeer.ts";
import { ipfrag_init } from "./net/ipv4/ip_fragment.ts";
import { ip_init } from "./net/ipv4/ip_input.ts";
import { ip_mr_init } from "./net/ipv4/ipmr.ts";
import { ip_rt_init } from "./net/ipv4/route.ts";
import { udplite4_register } from "./net/ipv4/udplite.ts";
import { inet6_init } from "./net/ipv6/af_inet6.ts";

/** splitmix32: small, fast, and every seed gives another row. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

/** Every random choice of the machine: the caller's, where it makes one, else the seed's. */
function randomness({ seed, choose, tick, grace }: BootOptions): Randomness {
  const next = generator(seed);
  return {
    u32: (what) => choose?.(what) ?? next(),
    ...(tick === undefined ? {} : { tick }),
    ...(grace === undefined ? {} : { grace }),
  };
}

/** The first namespace before any initcall: what it refers to is made by them. */
function init_net(k: Kernel): Net {
  const later: Pick<
    Net,
    "oid" | "devices" | "dev_name_head" | "dev_index_head" | "unresolved_rules" | "fib_tables" | "rules"
  > = {
    oid: k.oid("net"),
    devices: [],
    dev_name_head: new Map(),
    dev_index_head: new Map(),
    unresolved_rules: 0,
    fib_tables: new Map(),
    rules: [],
  };
  const settings = {
    rt_genid: k.random.u32("rt_genid"),
    sysctl_icmp_echo_ignore_all: 0,
    sysctl_icmp_echo_ignore_broadcasts: 1,
    sysctl_icmp_ignore_bogus_error_responses: 1,
    sysctl_icmp_ratelimit: 0,
    sysctl_icmp_ratemask: 0,
    sysctl_icmp_errors_use_inbound_ifaddr: 0,
    sysctl_ip_fwd_use_pmtu: 0,
    sysctl_rt_cache_rebuild_count: 4,
    current_rt_cache_rebuild_count: 0,
    sysctl_somaxconn: 128,
  };
  return Object.assign(later as Net, settings);
}

/** Trace ids of the sockets that the kernel makes for itself begin far off: user space's first is sk#1. */
const KERNEL_SOCKETS = 1_000_000;

/** The sockets of the kernel's own, by their names. */
function kernel_sockets(k: Kernel): void {
  k.seqs.sk = KERNEL_SOCKETS;
  k.seqs.sock = KERNEL_SOCKETS;
  icmp_init(k);
  const { icmp_sk } = k.init_net;
  k.object_names.set(icmp_sk.oid, "icmp_sk");
  if (icmp_sk.sk_socket !== null) k.object_names.set(icmp_sk.sk_socket.oid, "icmp_socket");
  k.seqs.sk = 0;
  k.seqs.sock = 0;
}

export function boot(options: BootOptions): Kernel {
  const k = new Kernel(randomness(options), options.build ?? "stock");
  k.init_net = init_net(k);

  net_dev_init(k);
  dst_init(k);

  inet_init(k);
  arp_init(k);
  ip_init(k);
  ip_rt_init(k);
  inet_initpeers(k);
  devinet_init(k);
  ip_fib_init(k);
  udplite4_register(k);
  inet6_init(k);
  kernel_sockets(k);
  ip_mr_init(k);
  ipfrag_init(k);

  loopback_net_init(k);
  k.dst_entries += options.elsewhere?.routes ?? 0;
  k.arp_entries += options.elsewhere?.neighbours ?? 0;
  return k;
}
