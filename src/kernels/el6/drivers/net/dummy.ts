// SPDX-License-Identifier: GPL-2.0-only
/** drivers/net/dummy.c: a device that swallows what it is given. */
import { fate, note, refuse, traced } from "../../../../trace/traced.ts";
import { EADDRNOTAVAIL } from "../../../../uapi/errno.ts";
import {
  dev_count,
  ETH_ALEN,
  IFF_MULTICAST,
  IFF_NOARP,
  NETDEV_TX_OK,
  NETIF_F_FRAGLIST,
  NETIF_F_HIGHDMA,
  NETIF_F_HW_CSUM,
  NETIF_F_LLTX,
  NETIF_F_SG,
  NETIF_F_TSO,
  type NetDevice,
  type NetDeviceOps,
} from "../../include/linux/netdevice.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import type { Kernel } from "../../kernel.ts";
import { consume_skb } from "../../net/core/skbuff.ts";
import {
  eth_validate_addr,
  ether_setup,
  is_valid_ether_addr,
  random_ether_addr,
} from "../../net/ethernet/eth.ts";

const FILE = "drivers/net/dummy.c";

/** Count a packet, and free it. */
export const dummy_xmit = traced(
  FILE,
  "dummy_xmit(skb, dev)",
  (k: Kernel, skb: SkBuff, dev: NetDevice): number => {
    note(k, "dummy device: counted as sent and freed");
    fate(k, "sent", skb, "", {
      dev: dev.name,
      behind: false,
      len: skb.len,
    });
    dev_count(k, dev, "tx_packets");
    dev_count(k, dev, "tx_bytes", skb.len);
    consume_skb(k, skb);
    return NETDEV_TX_OK;
  },
);

/** Any valid address, even while the device is up. */
export const dummy_set_address = traced(
  FILE,
  "dummy_set_address(dev, p)",
  (k: Kernel, dev: NetDevice, p: Uint8Array): number => {
    if (!is_valid_ether_addr(p)) {
      return refuse(k, -EADDRNOTAVAIL, "the hardware address is zero or multicast");
    }
    dev.dev_addr = p.slice(0, ETH_ALEN);
    return 0;
  },
);

/** Pretend to load the multicast list. */
export const set_multicast_list = traced(
  FILE,
  "set_multicast_list(dev)",
  (_k: Kernel, _dev: NetDevice): void => {},
);

const dummy_netdev_ops: NetDeviceOps = {
  ndo_start_xmit: dummy_xmit,
  ndo_validate_addr: eth_validate_addr,
  ndo_set_multicast_list: set_multicast_list,
  ndo_set_mac_address: dummy_set_address,
};

/** Set a device up as a dummy. */
export const dummy_setup = traced(FILE, "dummy_setup(dev)", (k: Kernel, dev: NetDevice): void => {
  ether_setup(k, dev);
  dev.netdev_ops = dummy_netdev_ops;
  dev.tx_queue_len = 0;
  dev.flags = (dev.flags | IFF_NOARP) & ~IFF_MULTICAST;
  dev.features |=
    NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_TSO | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA | NETIF_F_LLTX;
  random_ether_addr(k, dev.dev_addr);
});
