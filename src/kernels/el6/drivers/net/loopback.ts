// SPDX-License-Identifier: GPL-2.0-only
/** drivers/net/loopback.c: lo. What is sent comes back, through the receive softirq. */
import { fate, note, traced } from "../../../../trace/traced.ts";
import {
  ARPHRD_LOOPBACK,
  dev_count,
  ETH_ALEN,
  ETH_HLEN,
  IFF_LOOPBACK,
  IFF_XMIT_DST_RELEASE,
  NET_RX_SUCCESS,
  NETDEV_TX_OK,
  NETIF_F_ALL_TSO,
  NETIF_F_FRAGLIST,
  NETIF_F_HIGHDMA,
  NETIF_F_HW_CSUM,
  NETIF_F_LLTX,
  NETIF_F_LOOPBACK,
  NETIF_F_NETNS_LOCAL,
  NETIF_F_RXCSUM,
  NETIF_F_SG,
  NETIF_F_UFO,
  NETIF_F_VLAN_CHALLENGED,
  NetDevice,
  type NetDeviceOps,
} from "../../include/linux/netdevice.ts";
import { type SkBuff, skb_orphan } from "../../include/linux/skbuff.ts";
import type { Kernel } from "../../kernel.ts";
import { netif_rx, register_netdevice } from "../../net/core/dev.ts";
import { rtnl_lock, rtnl_unlock } from "../../net/core/rtnetlink.ts";
import { eth_header_ops, eth_type_trans } from "../../net/ethernet/eth.ts";

const FILE = "drivers/net/loopback.c";

/** "Send" a packet: it is received at once, and waits on the backlog for the softirq. */
export const loopback_xmit = traced(
  FILE,
  "loopback_xmit(skb, dev)",
  (k: Kernel, skb: SkBuff, dev: NetDevice): number => {
    note(k, "loopback: receive the packet, uncharge the send buffer (skb_orphan)");
    fate(k, "looped", skb, "", {
      dev: dev.name,
      to: dev.name,
      len: skb.len,
    });
    skb_orphan(k, skb);
    skb.protocol = eth_type_trans(k, skb, dev);
    const len = skb.len;
    if (netif_rx(k, skb) === NET_RX_SUCCESS) {
      dev_count(k, dev, "rx_bytes", len);
      dev_count(k, dev, "rx_packets");
      dev_count(k, dev, "tx_bytes", len);
      dev_count(k, dev, "tx_packets");
    } else {
      dev_count(k, dev, "rx_errors");
      dev_count(k, dev, "rx_dropped");
    }
    return NETDEV_TX_OK;
  },
);

const loopback_ops: NetDeviceOps = { ndo_start_xmit: loopback_xmit };

/** loopback_net_init: make lo, the first device of a machine. */
export function loopback_net_init(k: Kernel): void {
  const net = k.init_net;
  const dev = new NetDevice(k.oid("dev"), "lo", "loopback", loopback_ops, net);
  dev.mtu = 64 * 1024;
  dev.hard_header_len = ETH_HLEN;
  dev.addr_len = ETH_ALEN;
  dev.tx_queue_len = 0;
  dev.type = ARPHRD_LOOPBACK;
  dev.flags = IFF_LOOPBACK;
  dev.priv_flags &= ~IFF_XMIT_DST_RELEASE;
  dev.features =
    NETIF_F_SG |
    NETIF_F_FRAGLIST |
    NETIF_F_ALL_TSO |
    NETIF_F_UFO |
    NETIF_F_HW_CSUM |
    NETIF_F_RXCSUM |
    NETIF_F_HIGHDMA |
    NETIF_F_LLTX |
    NETIF_F_NETNS_LOCAL |
    NETIF_F_VLAN_CHALLENGED |
    NETIF_F_LOOPBACK;
  dev.header_ops = eth_header_ops;
  net.loopback_dev = dev;
  rtnl_lock(k);
  register_netdevice(k, dev);
  rtnl_unlock(k);
}
