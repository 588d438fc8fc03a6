// SPDX-License-Identifier: GPL-2.0-only
/** drivers/net/veth.c: a pair of devices; what one sends the other receives. */
import { drop, fate, note, refuse, traced } from "../../../../trace/traced.ts";
import { EINVAL, ENOTCONN } from "../../../../uapi/errno.ts";
import {
  dev_count,
  IFF_UP,
  NET_RX_SUCCESS,
  NETDEV_TX_OK,
  NETIF_F_ALL_TSO,
  NETIF_F_FRAGLIST,
  NETIF_F_HIGHDMA,
  NETIF_F_HW_CSUM,
  NETIF_F_HW_VLAN_TX,
  NETIF_F_LLTX,
  NETIF_F_RXCSUM,
  NETIF_F_SG,
  type NetDevice,
  type NetDeviceOps,
} from "../../include/linux/netdevice.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import type { Kernel } from "../../kernel.ts";
import { dev_forward_skb, unregister_netdevice } from "../../net/core/dev.ts";
import { kfree_skb } from "../../net/core/skbuff.ts";
import { eth_mac_addr, ether_setup } from "../../net/ethernet/eth.ts";
import { netif_carrier_off, netif_carrier_on } from "../../net/sched/sch_generic.ts";

const FILE = "drivers/net/veth.c";
const MIN_MTU = 68;
const MAX_MTU = 65535;

/** Hand a packet to the other end. */
export const veth_xmit = traced(
  FILE,
  "veth_xmit(skb, dev)",
  (k: Kernel, skb: SkBuff, dev: NetDevice): number => {
    const rcv = dev.peer;
    const length = skb.len;
    if (rcv === null) {
      drop(k, skb, "DEV_READY", "no peer device", { dev: dev.name });
      kfree_skb(k, skb);
      dev_count(k, dev, "tx_dropped");
      return NETDEV_TX_OK;
    }
    note(k, "veth: receive the packet on the peer device", { peer: rcv.name });
    fate(k, "looped", skb, "", {
      dev: dev.name,
      to: rcv.name,
      len: skb.len,
    });
    if (dev_forward_skb(k, rcv, skb) === NET_RX_SUCCESS) {
      dev_count(k, dev, "tx_bytes", length);
      dev_count(k, dev, "tx_packets");
      dev_count(k, rcv, "rx_bytes", length);
      dev_count(k, rcv, "rx_packets");
    } else {
      dev_count(k, dev, "tx_dropped");
      dev_count(k, rcv, "rx_dropped");
    }
    return NETDEV_TX_OK;
  },
);

/** Up: with the other end up too, both have a carrier. */
export const veth_open = traced(FILE, "veth_open(dev)", (k: Kernel, dev: NetDevice): number => {
  const peer = dev.peer;
  if (peer === null) return -ENOTCONN;
  if ((peer.flags & IFF_UP) !== 0) {
    netif_carrier_on(k, dev);
    netif_carrier_on(k, peer);
  }
  return 0;
});

/** Down: neither end has a carrier. */
export const veth_close = traced(FILE, "veth_close(dev)", (k: Kernel, dev: NetDevice): number => {
  netif_carrier_off(k, dev);
  if (dev.peer !== null) netif_carrier_off(k, dev.peer);
  return 0;
});

/** Is this an MTU for a veth? */
export function is_valid_veth_mtu(new_mtu: number): boolean {
  return new_mtu >= MIN_MTU && new_mtu <= MAX_MTU;
}

/** Another MTU. */
export const veth_change_mtu = traced(
  FILE,
  "veth_change_mtu(dev, new_mtu)",
  (k: Kernel, dev: NetDevice, new_mtu: number): number => {
    if (!is_valid_veth_mtu(new_mtu))
      return refuse(k, -EINVAL, "veth does not take this MTU", { mtu: new_mtu });
    dev.mtu = new_mtu;
    return 0;
  },
);

const veth_netdev_ops: NetDeviceOps = {
  ndo_open: veth_open,
  ndo_stop: veth_close,
  ndo_start_xmit: veth_xmit,
  ndo_change_mtu: veth_change_mtu,
  ndo_set_mac_address: eth_mac_addr,
};

const VETH_FEATURES =
  NETIF_F_SG |
  NETIF_F_FRAGLIST |
  NETIF_F_ALL_TSO |
  NETIF_F_HW_CSUM |
  NETIF_F_RXCSUM |
  NETIF_F_HIGHDMA |
  NETIF_F_HW_VLAN_TX;

/** Set a device up as one end of a pair. */
export const veth_setup = traced(FILE, "veth_setup(dev)", (k: Kernel, dev: NetDevice): void => {
  ether_setup(k, dev);
  dev.netdev_ops = veth_netdev_ops;
  dev.features |= NETIF_F_LLTX | VETH_FEATURES;
  dev.vlan_features = dev.features;
});

/** Delete a pair. */
export const veth_dellink = traced(FILE, "veth_dellink(dev)", (k: Kernel, dev: NetDevice): void => {
  const peer = dev.peer;
  dev.peer = null;
  unregister_netdevice(k, dev);
  if (peer !== null) {
    peer.peer = null;
    unregister_netdevice(k, peer);
  }
});
