// SPDX-License-Identifier: GPL-2.0-only
/**
 * drivers/net/e1000/e1000_main.c: a network card, Intel's 82540 and its kin, as far as it sends. The card itself is
 * outside (wire.ts): it takes every frame at once, so its ring is always empty, and the interrupt that counts what was
 * sent and frees its buffers (e1000_clean_tx_irq) comes before the driver returns. The link is up as long as the device.
 */
import { fate, inlined, note, refuse, traced } from "../../../../../trace/traced.ts";
import { EADDRNOTAVAIL, EINVAL, ENOMEM } from "../../../../../uapi/errno.ts";
import type { LinkAdd } from "../../../../config.ts";
import { skb_vlan_tag_get, skb_vlan_tag_present } from "../../../include/linux/if_vlan.ts";
import {
  dev_count,
  ETH_ALEN,
  ETH_HLEN,
  NETDEV_TX_OK,
  NETIF_F_HIGHDMA,
  NETIF_F_HW_CSUM,
  NETIF_F_HW_VLAN_TX,
  NETIF_F_SG,
  NETIF_F_TSO,
  NetDevice,
  type NetDeviceOps,
} from "../../../include/linux/netdevice.ts";
import {
  CHECKSUM_PARTIAL,
  MAX_SKB_FRAGS,
  type SkBuff,
  skb_headlen,
  skb_transport_offset,
} from "../../../include/linux/skbuff.ts";
import { type Kernel, printk } from "../../../kernel.ts";
import { dev_alloc_name, register_netdevice } from "../../../net/core/dev.ts";
import { consume_skb, skb_pad } from "../../../net/core/skbuff.ts";
import {
  eth_validate_addr,
  ether_setup,
  is_valid_ether_addr,
  random_ether_addr,
} from "../../../net/ethernet/eth.ts";
import { netif_carrier_off, netif_carrier_on } from "../../../net/sched/sch_generic.ts";
import { on_wire } from "../../../wire.ts";

const FILE = "drivers/net/e1000/e1000_main.c";
/** The shortest frame of an Ethernet, without its checksum. */
const ETH_ZLEN = 60;
const ETHERNET_FCS_SIZE = 4;
const MINIMUM_ETHERNET_FRAME_SIZE = 64;
const MAX_JUMBO_FRAME_SIZE = 0x3f00;
/** Bytes that one descriptor can name (E1000_MAX_DATA_PER_TXD). */
const MAX_DATA_PER_TXD = 4096;

function descriptors(len: number): number {
  return Math.ceil(len / MAX_DATA_PER_TXD);
}

/** Is there room in the ring? It is always empty here. */
export const e1000_maybe_stop_tx = inlined(
  FILE,
  "e1000_maybe_stop_tx(netdev, size)",
  (_k: Kernel, _netdev: NetDevice, _size: number): number => 0,
);

/** Have the card cut a large TCP segment: no datagram is one. */
export const e1000_tso = inlined(FILE, "e1000_tso(skb)", (_k: Kernel, _skb: SkBuff): number => 0);

/** Tell the card where to sum from, and where to put the sum. */
export const e1000_tx_csum = inlined(FILE, "e1000_tx_csum(skb)", (k: Kernel, skb: SkBuff): number => {
  if (skb.ip_summed !== CHECKSUM_PARTIAL) return 0;
  const tucss = skb_transport_offset(skb);
  note(k, "the NIC fills in the transport checksum", { tucss, tucso: tucss + skb.csum_offset });
  return 1;
});

/** Map the packet's pieces for the card: how many descriptors they take. */
export const e1000_tx_map = inlined(FILE, "e1000_tx_map(skb)", (_k: Kernel, skb: SkBuff): number =>
  skb.head.frags.reduce((count, { size }) => count + descriptors(size), descriptors(skb_headlen(skb))),
);

/** Write the descriptors into the ring, and tell the card that they are there. */
export const e1000_tx_queue = inlined(
  FILE,
  "e1000_tx_queue(count)",
  (_k: Kernel, _count: number): void => {},
);

/** Give a frame to the card. */
export const e1000_xmit_frame = traced(
  FILE,
  "e1000_xmit_frame(skb, netdev)",
  (k: Kernel, skb: SkBuff, netdev: NetDevice): number => {
    if (eth_skb_pad(k, skb) !== 0) return NETDEV_TX_OK;
    e1000_maybe_stop_tx(k, netdev, skb.head.frags.length + 4);
    if (skb_vlan_tag_present(skb))
      note(k, "the NIC inserts the VLAN tag", { vlan_tci: skb_vlan_tag_get(skb) });
    if (e1000_tso(k, skb) === 0) e1000_tx_csum(k, skb);
    e1000_tx_queue(k, e1000_tx_map(k, skb));
    e1000_maybe_stop_tx(k, netdev, MAX_SKB_FRAGS + 2);
    fate(k, "sent", skb, "frame queued to the NIC: it leaves this host", { dev: netdev.name });
    dev_count(k, netdev, "tx_bytes", skb.len);
    dev_count(k, netdev, "tx_packets");
    on_wire(k, netdev, skb);
    consume_skb(k, skb);
    return NETDEV_TX_OK;
  },
);

/** include/linux/etherdevice.h: a frame that is too short gets zeros behind it. */
function eth_skb_pad(k: Kernel, skb: SkBuff): number {
  const pad = ETH_ZLEN - skb.len;
  if (pad <= 0) return 0;
  note(k, "shorter than the minimum Ethernet frame: pad it with zeros", { len: skb.len, pad });
  if (skb_pad(k, skb, pad) !== 0) return -ENOMEM;
  skb.tail += pad;
  skb.len += pad;
  return 0;
}

/** Is this an MTU for the card? */
function is_valid_mtu(new_mtu: number): boolean {
  const max_frame = new_mtu + ETH_HLEN + ETHERNET_FCS_SIZE;
  return max_frame >= MINIMUM_ETHERNET_FRAME_SIZE && max_frame <= MAX_JUMBO_FRAME_SIZE;
}

/** Another MTU. */
function e1000_change_mtu(k: Kernel, netdev: NetDevice, new_mtu: number): number {
  if (!is_valid_mtu(new_mtu)) {
    printk(k, `${netdev.name}: Invalid MTU setting`);
    return refuse(k, -EINVAL, "the card does not take this MTU", { mtu: new_mtu });
  }
  netdev.mtu = new_mtu;
  return 0;
}

/** Another hardware address. */
function e1000_set_mac(k: Kernel, netdev: NetDevice, p: Uint8Array): number {
  if (!is_valid_ether_addr(p)) return refuse(k, -EADDRNOTAVAIL, "the hardware address is zero or multicast");
  netdev.dev_addr = p.slice(0, ETH_ALEN);
  return 0;
}

const e1000_netdev_ops: NetDeviceOps = {
  // e1000_watchdog finds the link.
  ndo_open: (k, netdev) => {
    netif_carrier_on(k, netdev);
    return 0;
  },
  ndo_stop: (k, netdev) => {
    netif_carrier_off(k, netdev);
    return 0;
  },
  ndo_start_xmit: e1000_xmit_frame,
  ndo_set_mac_address: e1000_set_mac,
  ndo_change_mtu: e1000_change_mtu,
  // e1000_set_rx_mode writes the card's filters; this card lets everything in.
  ndo_set_multicast_list: () => {},
  ndo_validate_addr: eth_validate_addr,
};

/** e1000_probe: there is a card. No `ip link add` makes one on a real machine: it is found on the bus. */
export function e1000_probe(k: Kernel, { name, address, mtu, txqueuelen }: LinkAdd): number {
  if (address !== undefined && address.length !== ETH_ALEN)
    return refuse(k, -EINVAL, "a hardware address has six bytes", { len: address.length });
  if (address !== undefined && !is_valid_ether_addr(address))
    return refuse(k, -EADDRNOTAVAIL, "the hardware address is zero or multicast");
  if (mtu !== undefined && !is_valid_mtu(mtu))
    return refuse(k, -EINVAL, "the card does not take this MTU", { mtu });
  const net = k.init_net;
  const netdev = new NetDevice(k.oid("dev"), name, "e1000", e1000_netdev_ops, net);
  ether_setup(k, netdev);
  netdev.features |= NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_HW_VLAN_TX | NETIF_F_TSO | NETIF_F_HIGHDMA;
  netdev.vlan_features |= NETIF_F_TSO | NETIF_F_HW_CSUM | NETIF_F_SG | NETIF_F_HIGHDMA;
  if (mtu !== undefined) netdev.mtu = mtu;
  if (txqueuelen !== undefined) netdev.tx_queue_len = txqueuelen;
  if (address === undefined) random_ether_addr(k, netdev.dev_addr);
  else netdev.dev_addr = address.slice();
  if (name.includes("%")) {
    const err = dev_alloc_name(k, netdev, name);
    if (err < 0) return err;
  }
  const err = register_netdevice(k, netdev);
  if (err === 0) netif_carrier_off(k, netdev);
  return err;
}
