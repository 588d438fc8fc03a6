// SPDX-License-Identifier: GPL-2.0-only
/** drivers/net/ifb.c: the intermediate functional block. What is not redirected to it by tc is dropped. */
import { drop } from "../../../../trace/traced.ts";
import {
  dev_count,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_XMIT_DST_RELEASE,
  NETDEV_TX_OK,
  type NetDevice,
  type NetDeviceOps,
} from "../../include/linux/netdevice.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import type { Kernel } from "../../kernel.ts";
import { consume_skb } from "../../net/core/skbuff.ts";
import { eth_validate_addr, ether_setup, random_ether_addr } from "../../net/ethernet/eth.ts";

const TX_Q_LIMIT = 32;

/** Count a packet as received, and drop it: tc's redirection is not there, so none was redirected. */
export function ifb_xmit(k: Kernel, skb: SkBuff, dev: NetDevice): number {
  drop(k, skb, "NO_REDIRECT", "only packets redirected by tc may enter an ifb device", { dev: dev.name });
  dev_count(k, dev, "rx_packets");
  dev_count(k, dev, "rx_bytes", skb.len);
  consume_skb(k, skb);
  dev_count(k, dev, "rx_dropped");
  return NETDEV_TX_OK;
}

/** Up. */
export function ifb_open(_k: Kernel, dev: NetDevice): number {
  dev.tx.stopped = false;
  return 0;
}

/** Down. */
export function ifb_close(_k: Kernel, dev: NetDevice): number {
  dev.tx.stopped = true;
  return 0;
}

const ifb_netdev_ops: NetDeviceOps = {
  ndo_open: ifb_open,
  ndo_stop: ifb_close,
  ndo_start_xmit: ifb_xmit,
  ndo_validate_addr: eth_validate_addr,
};

/** Set a device up as an ifb. */
export function ifb_setup(k: Kernel, dev: NetDevice): void {
  dev.netdev_ops = ifb_netdev_ops;
  ether_setup(k, dev);
  dev.tx_queue_len = TX_Q_LIMIT;
  dev.flags = (dev.flags | IFF_NOARP) & ~IFF_MULTICAST;
  dev.priv_flags &= ~IFF_XMIT_DST_RELEASE;
  random_ether_addr(k, dev.dev_addr);
}
