// SPDX-License-Identifier: GPL-2.0-only
/**
 * drivers/net/tun.c: devices whose other end is a program: tun takes and gives IP packets, tap Ethernet frames.
 * The program itself is outside: it reads what it is sent at once, or it is not there (`ip tuntap add` leaves the device
 * without one).
 */
import { drop, fate, refuse, traced } from "../../../../trace/traced.ts";
import { EBADFD, EINVAL } from "../../../../uapi/errno.ts";
import { ETH_P_IP, ETH_P_IPV6 } from "../../../../wire/ethernet.ts";
import {
  ARPHRD_NONE,
  dev_count,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_POINTOPOINT,
  NETDEV_TX_OK,
  NETIF_F_ALL_TSO,
  NETIF_F_FRAGLIST,
  NETIF_F_HW_CSUM,
  NETIF_F_SG,
  NETIF_F_UFO,
  type NetDevice,
  type NetDeviceOps,
} from "../../include/linux/netdevice.ts";
import {
  alloc_skb,
  type SkBuff,
  skb_orphan,
  skb_reserve,
  skb_reset_mac_header,
} from "../../include/linux/skbuff.ts";
import { do_softirq, type Kernel } from "../../kernel.ts";
import { netif_rx } from "../../net/core/dev.ts";
import { consume_skb, kfree_skb, skb_put } from "../../net/core/skbuff.ts";
import {
  eth_mac_addr,
  eth_type_trans,
  eth_validate_addr,
  ether_setup,
  random_ether_addr,
} from "../../net/ethernet/eth.ts";

const FILE = "drivers/net/tun.c";
const TUN_READQ_SIZE = 500;
const MIN_MTU = 68;
const MAX_MTU = 65535;
/** Room before a frame that puts its IP header at a multiple of 4. */
const NET_IP_ALIGN = 2;

/** Up. */
export const tun_net_open = traced(FILE, "tun_net_open(dev)", (_k: Kernel, dev: NetDevice): number => {
  dev.tx.stopped = false;
  return 0;
});

/** Down. */
export const tun_net_close = traced(FILE, "tun_net_close(dev)", (_k: Kernel, dev: NetDevice): number => {
  dev.tx.stopped = true;
  return 0;
});

/** Give a packet to the program that has the device open. */
export const tun_net_xmit = traced(
  FILE,
  "tun_net_xmit(skb, dev)",
  (k: Kernel, skb: SkBuff, dev: NetDevice): number => {
    if (!dev.tfile) {
      drop(k, skb, "DEV_READY", "no process has the tun device open", { dev: dev.name });
      dev_count(k, dev, "tx_dropped");
      kfree_skb(k, skb);
      return NETDEV_TX_OK;
    }
    fate(k, "sent", skb, "queued for the process that has the tun device open", {
      dev: dev.name,
      len: skb.len,
    });
    skb_orphan(k, skb);
    read(k, skb, dev);
    return NETDEV_TX_OK;
  },
);

/** tun_do_read: no trace, since the program's own call is not this machine's. */
function read(k: Kernel, skb: SkBuff, dev: NetDevice): void {
  dev_count(k, dev, "tx_packets");
  dev_count(k, dev, "tx_bytes", skb.len);
  consume_skb(k, skb);
}

/** The program writes a packet (tun) or a frame (tap): 0, or -errno. */
export function tun_get_user(k: Kernel, dev: NetDevice, bytes: Uint8Array): number {
  if (!dev.tfile) {
    return refuse(k, -EBADFD, "no process has the tun device open", { dev: dev.name });
  }
  const protocol = PROTOCOLS.get((bytes[0] as number) >> 4);
  if (dev.type === ARPHRD_NONE && protocol === undefined) {
    dev_count(k, dev, "rx_dropped");
    return refuse(k, -EINVAL, "IP version is neither 4 nor 6");
  }
  const align = protocol !== undefined && dev.type === ARPHRD_NONE ? 0 : NET_IP_ALIGN;
  const skb = alloc_skb(k, bytes.length + align) as SkBuff;
  skb_reserve(skb, align);
  skb.head.bytes.set(bytes, skb_put(k, skb, bytes.length));
  if (dev.type === ARPHRD_NONE) {
    skb_reset_mac_header(skb);
    skb.protocol = protocol as number;
    skb.dev = dev;
  } else skb.protocol = eth_type_trans(k, skb, dev);
  fate(k, "arrived", skb, "", { dev: dev.name, len: bytes.length });
  netif_rx(k, skb);
  dev_count(k, dev, "rx_packets");
  dev_count(k, dev, "rx_bytes", bytes.length);
  if (k.bh_depth === 0) do_softirq(k);
  return 0;
}

const PROTOCOLS: ReadonlyMap<number, number> = new Map([
  [4, ETH_P_IP],
  [6, ETH_P_IPV6],
]);

/** A tap's multicast list filters what the program writes: everything is taken. */
export const tun_net_mclist = traced(FILE, "tun_net_mclist(dev)", (_k: Kernel, _dev: NetDevice): void => {});

/** Is this an MTU for a tun or tap device? */
export function is_valid_tun_mtu(dev: NetDevice, new_mtu: number): boolean {
  return new_mtu >= MIN_MTU && new_mtu + dev.hard_header_len <= MAX_MTU;
}

/** Another MTU. */
export const tun_net_change_mtu = traced(
  FILE,
  "tun_net_change_mtu(dev, new_mtu)",
  (k: Kernel, dev: NetDevice, new_mtu: number): number => {
    if (!is_valid_tun_mtu(dev, new_mtu)) {
      return refuse(k, -EINVAL, "MTU is out of range for a tun device", { mtu: new_mtu });
    }
    dev.mtu = new_mtu;
    return 0;
  },
);

const tun_netdev_ops: NetDeviceOps = {
  ndo_open: tun_net_open,
  ndo_stop: tun_net_close,
  ndo_start_xmit: tun_net_xmit,
  ndo_change_mtu: tun_net_change_mtu,
};

const tap_netdev_ops: NetDeviceOps = {
  ...tun_netdev_ops,
  ndo_set_multicast_list: tun_net_mclist,
  ndo_set_mac_address: eth_mac_addr,
  ndo_validate_addr: eth_validate_addr,
};

/** Set a device up: a tun has no link-layer header and a single peer, a tap is Ethernet. */
export const tun_net_init = traced(FILE, "tun_net_init(dev)", (k: Kernel, dev: NetDevice): void => {
  if (dev.kind === "tap") {
    dev.netdev_ops = tap_netdev_ops;
    ether_setup(k, dev);
    random_ether_addr(k, dev.dev_addr);
  } else {
    dev.netdev_ops = tun_netdev_ops;
    dev.hard_header_len = 0;
    dev.addr_len = 0;
    dev.mtu = 1500;
    dev.type = ARPHRD_NONE;
    dev.flags = IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
  }
  dev.tx_queue_len = TUN_READQ_SIZE;
  dev.vlan_features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM | NETIF_F_ALL_TSO | NETIF_F_UFO;
});
