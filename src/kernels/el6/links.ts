// SPDX-License-Identifier: GPL-2.0-only
/** What rtnetlink tells of a device and of its addresses (rtnl_fill_ifinfo, inet_fill_ifaddr), as plain values. */
import type { Link, LinkAddress } from "../release.ts";
import { IFA_F_SECONDARY, type InIfaddr, type NetDevice } from "./include/linux/netdevice.ts";
import type { Kernel } from "./kernel.ts";
import { dev_get_flags } from "./net/core/dev.ts";

const IF_OPER_UNKNOWN = 0;
const IF_OPER_DOWN = 2;
const IF_OPER_LOWERLAYERDOWN = 3;
const IF_OPER_UP = 6;

/** Devices whose carrier never changes: nobody ever told their operational state. */
const ALWAYS_ON: readonly string[] = ["loopback", "dummy", "ifb", "tun", "tap"];

function operstate(dev: NetDevice): number {
  if (!dev.running) return IF_OPER_DOWN;
  if (ALWAYS_ON.includes(dev.kind)) return IF_OPER_UNKNOWN;
  if (dev.carrier) return IF_OPER_UP;
  return dev.iflink !== dev.ifindex ? IF_OPER_LOWERLAYERDOWN : IF_OPER_DOWN;
}

function address(ifa: InIfaddr): LinkAddress {
  return {
    local: ifa.ifa_local,
    peer: ifa.ifa_address,
    prefixlen: ifa.ifa_prefixlen,
    broadcast: ifa.ifa_broadcast,
    scope: ifa.ifa_scope,
    label: ifa.ifa_label,
    secondary: (ifa.ifa_flags & IFA_F_SECONDARY) !== 0,
  };
}

/** A device as user space sees it. */
export function link_of(k: Kernel, dev: NetDevice): Link {
  const s = dev.stats;
  return {
    index: dev.ifindex,
    name: dev.name,
    flags: dev_get_flags(k, dev),
    mtu: dev.mtu,
    qdisc: dev.qdisc.ops.id,
    operstate: operstate(dev),
    txqlen: dev.tx_queue_len,
    type: dev.type,
    address: dev.dev_addr.slice(0, dev.addr_len),
    broadcast: dev.broadcast.slice(0, dev.addr_len),
    iflink: dev.iflink,
    stats: {
      rx: { bytes: s.rx_bytes, packets: s.rx_packets, errors: s.rx_errors },
      tx: { bytes: s.tx_bytes, packets: s.tx_packets, errors: s.tx_errors },
      rxDropped: s.rx_dropped,
      txDropped: s.tx_dropped,
      multicast: s.multicast,
      collisions: s.collisions,
    },
    addresses: dev.ip_ptr?.ifa_list.map(address) ?? [],
  };
}
