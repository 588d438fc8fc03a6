// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/netdevice.h, inetdevice.h: a network device and IPv4's part of it. */
// First, so that whoever loads this file in a circle finds the structures there.
export * from "./struct_netdevice.ts";

import { inlined, note } from "../../../../trace/traced.ts";
import type { Kernel, Net } from "../../kernel.ts";
import {
  CHECKSUM_PARTIAL,
  CHECKSUM_UNNECESSARY,
  type SkBuff,
  skb_has_frag_list,
  skb_is_gso,
} from "./skbuff.ts";
import {
  type InDevice,
  NETIF_F_ALL_CSUM,
  NETIF_F_FRAGLIST,
  NETIF_F_GEN_CSUM,
  NETIF_F_GSO_SHIFT,
  NETIF_F_V4_CSUM,
  type NetDevice,
  type NetDeviceStats,
  type NetdevQueue,
} from "./struct_netdevice.ts";

const FILE = "include/linux/netdevice.h";

export function dev_net(dev: NetDevice): Net {
  return dev.nd_net;
}
export function dev_hold(dev: NetDevice): void {
  dev.refcnt++;
}
export function dev_put(dev: NetDevice): void {
  dev.refcnt--;
}
/** LL_RESERVED_SPACE: headroom for the link-layer header, a multiple of 16. */
export function LL_RESERVED_SPACE(dev: NetDevice): number {
  return ((dev.hard_header_len + dev.needed_headroom) & ~15) + 16;
}
/** LL_ALLOCATED_SPACE: head and tail together. */
export function LL_ALLOCATED_SPACE(dev: NetDevice): number {
  return ((dev.hard_header_len + dev.needed_headroom + dev.needed_tailroom) & ~15) + 16;
}
export function __in_dev_get_rcu(dev: NetDevice): InDevice | null {
  return dev.ip_ptr;
}
export function in_dev_get(dev: NetDevice): InDevice | null {
  if (dev.ip_ptr !== null) dev.ip_ptr.refcnt++;
  return dev.ip_ptr;
}
export function in_dev_put(idev: InDevice): void {
  idev.refcnt--;
}
/** What the recordings call the columns of /proc/net/dev. */
export const DEV_COLUMNS: Readonly<Record<keyof NetDeviceStats, string>> = {
  rx_packets: "rx_packets",
  tx_packets: "tx_packets",
  rx_bytes: "rx_bytes",
  tx_bytes: "tx_bytes",
  rx_errors: "rx_errs",
  tx_errors: "tx_errs",
  rx_dropped: "rx_drop",
  tx_dropped: "tx_drop",
  multicast: "rx_multicast",
  collisions: "tx_colls",
};
/** `dev:lo.rx_bytes`, made once for each name that a device has. */
function counter_name(dev: NetDevice, field: keyof NetDeviceStats): string {
  if (dev.counter_names.of !== dev.name) dev.counter_names = { of: dev.name };
  const known = dev.counter_names[field];
  if (known !== undefined) return known;
  const made = `dev:${dev.name}.${DEV_COLUMNS[field]}`;
  dev.counter_names[field] = made;
  return made;
}

/** Move a device counter. `field` is a column of /proc/net/dev. */
export function dev_count(k: Kernel, dev: NetDevice, field: keyof NetDeviceStats, by = 1): void {
  dev.stats[field] += by;
  (k.rec ?? k.tally)?.count(counter_name(dev, field), by);
}

/** Move a counter of /proc/net/softnet_stat. */
export function softnet_count(k: Kernel, field: "processed" | "dropped" | "time_squeeze"): void {
  k.softnet[field]++;
  (k.rec ?? k.tally)?.count(SOFTNET_NAMES[field], 1);
}
const SOFTNET_NAMES = {
  processed: "softnet.processed",
  dropped: "softnet.dropped",
  time_squeeze: "softnet.time_squeeze",
} as const;

export function netif_running(dev: NetDevice): boolean {
  return dev.running;
}
export function netif_device_present(dev: NetDevice): boolean {
  return dev.present;
}
export function netif_carrier_ok(dev: NetDevice): boolean {
  return dev.carrier;
}
export function netif_tx_queue_stopped(txq: NetdevQueue): boolean {
  return txq.stopped;
}
export function netif_tx_queue_frozen(txq: NetdevQueue): boolean {
  return txq.frozen;
}
export function txq_trans_update(k: Kernel, txq: NetdevQueue): void {
  if (txq.xmit_lock_owner !== -1) txq.trans_start = k.jiffies;
}

/** Can a device with these features sum packets of this ethertype? */
export function can_checksum_protocol(features: number, protocol: number): boolean {
  return (features & NETIF_F_GEN_CSUM) !== 0 || ((features & NETIF_F_V4_CSUM) !== 0 && protocol === 0x0800);
}
/** What two sets of features have in common: a general checksum includes the special ones. */
export function netdev_intersect_features(f1: number, f2: number): number {
  const all = NETIF_F_ALL_CSUM & ~NETIF_F_GEN_CSUM;
  const a = (f1 & NETIF_F_GEN_CSUM) !== 0 ? f1 | all : f1;
  const b = (f2 & NETIF_F_GEN_CSUM) !== 0 ? f2 | all : f2;
  const both = a & b;
  return (both & NETIF_F_GEN_CSUM) !== 0 ? both & ~all : both;
}
export function net_gso_ok(features: number, gso_type: number): boolean {
  const feature = gso_type << NETIF_F_GSO_SHIFT;
  return (features & feature) === feature;
}
export function skb_gso_ok(skb: SkBuff, features: number): boolean {
  return (
    net_gso_ok(features, skb.head.gso_type) &&
    (!skb_has_frag_list(skb) || (features & NETIF_F_FRAGLIST) !== 0)
  );
}

/** Must a large packet be cut in software, because the device cannot? */
export const netif_needs_gso = inlined(
  FILE,
  "netif_needs_gso(skb, features)",
  (k: Kernel, skb: SkBuff, features: number): boolean => {
    if (!skb_is_gso(skb)) return false;
    if (!skb_gso_ok(skb, features)) {
      note(k, "no GSO support for this packet on the device", {
        gso_type: skb.head.gso_type,
        gso_size: skb.head.gso_size,
      });
      return true;
    }
    if (skb.ip_summed !== CHECKSUM_PARTIAL && skb.ip_summed !== CHECKSUM_UNNECESSARY) {
      note(k, "GSO packet without CHECKSUM_PARTIAL: segment in software", { ip_summed: skb.ip_summed });
      return true;
    }
    note(k, "the device segments the packet (GSO)", { len: skb.len, gso_size: skb.head.gso_size });
    return false;
  },
);

/** Have the device's own function write the link-layer header. */
export const dev_hard_header = inlined(
  FILE,
  "dev_hard_header(skb, dev, type, daddr, saddr, len)",
  (
    k: Kernel,
    skb: SkBuff,
    dev: NetDevice,
    type: number,
    daddr: Uint8Array | null,
    saddr: Uint8Array | null,
    len: number,
  ): number => {
    if (dev.header_ops === null) {
      note(k, "the device has no link-layer header");
      return 0;
    }
    return dev.header_ops.create(k, skb, dev, type, daddr, saddr, len);
  },
);
