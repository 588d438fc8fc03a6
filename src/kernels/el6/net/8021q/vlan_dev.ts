// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/8021q/vlan.c, vlan_dev.c, vlan_core.c, vlan_netlink.c: a device for one VLAN on top of another. Its functions are
 * not among those that the recordings show, so they speak in notes alone.
 */
import { note, refuse } from "../../../../trace/traced.ts";
import { EEXIST, EINVAL, ENETDOWN, ENODEV, EOPNOTSUPP, ERANGE } from "../../../../uapi/errno.ts";
import {
  __vlan_hwaccel_put_tag,
  skb_vlan_tag_get,
  VLAN_HLEN,
  VLAN_VID_MASK,
} from "../../include/linux/if_vlan.ts";
import {
  dev_count,
  dev_hard_header,
  type HeaderOps,
  IFF_ALLMULTI,
  IFF_MASTER,
  IFF_PROMISC,
  IFF_SLAVE,
  IFF_UP,
  IFF_XMIT_DST_RELEASE,
  NET_XMIT_CN,
  NET_XMIT_SUCCESS,
  NETDEV_TX_OK,
  NETIF_F_GRO,
  NETIF_F_GSO,
  NETIF_F_HW_VLAN_TX,
  NETIF_F_LLTX,
  NETIF_F_RXCSUM,
  NETIF_F_VLAN_CHALLENGED,
  type NetDevice,
  type NetDeviceOps,
  netdev_intersect_features,
  netif_carrier_ok,
} from "../../include/linux/netdevice.ts";
import {
  NETDEV_CHANGE,
  NETDEV_CHANGEMTU,
  NETDEV_DOWN,
  NETDEV_UNREGISTER,
  NETDEV_UP,
} from "../../include/linux/notifier.ts";
import { PACKET_HOST, PACKET_MULTICAST, PACKET_OTHERHOST, type SkBuff } from "../../include/linux/skbuff.ts";
import type { Kernel } from "../../kernel.ts";
import {
  dev_change_flags,
  dev_queue_xmit,
  dev_set_allmulti,
  dev_set_mtu,
  dev_set_promiscuity,
  dev_unicast_sync,
  dev_unicast_unsync,
  register_netdevice,
  unregister_netdevice,
} from "../core/dev.ts";
import { dev_mc_sync, dev_mc_unsync } from "../core/dev_mcast.ts";
import { linkwatch_fire_event } from "../core/link_watch.ts";
import { eth_mac_addr, eth_validate_addr, ether_setup } from "../ethernet/eth.ts";
import { netif_carrier_off, netif_carrier_on } from "../sched/sch_generic.ts";

function real_dev_of(dev: NetDevice): NetDevice {
  return (dev.vlan as NonNullable<NetDevice["vlan"]>).real_dev;
}

/** vlan_dev_hard_header: the header is the device's below; the tag goes beside the frame. */
const vlan_header_ops: HeaderOps = {
  create: (k, skb, dev, type, daddr, saddr, len) => {
    note(k, "write the underlying device's link-layer header; the tag is added on transmit");
    return dev_hard_header(k, skb, real_dev_of(dev), type, daddr, saddr ?? dev.dev_addr, len);
  },
  rebuild: null,
  cache: null,
  cache_update: null,
};

/** vlan_dev_hard_start_xmit: tag the frame, and send it through the device below. */
function vlan_dev_hard_start_xmit(k: Kernel, skb: SkBuff, dev: NetDevice): number {
  const { real_dev, vlan_id } = dev.vlan as NonNullable<NetDevice["vlan"]>;
  note(k, "tag the frame and send it through the underlying device", { vlan_id, dev: real_dev.name });
  __vlan_hwaccel_put_tag(skb, vlan_id);
  skb.dev = real_dev;
  const len = skb.len;
  const ret = dev_queue_xmit(k, skb);
  if (ret === NET_XMIT_SUCCESS || ret === NET_XMIT_CN) {
    dev_count(k, dev, "tx_packets");
    dev_count(k, dev, "tx_bytes", len);
  } else dev_count(k, dev, "tx_dropped");
  return NETDEV_TX_OK;
}

/** vlan_dev_init: most of it is as the device below. */
function vlan_dev_init(_k: Kernel, dev: NetDevice): number {
  const real = real_dev_of(dev);
  dev.carrier = real.carrier;
  dev.flags = real.flags & ~(IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_MASTER | IFF_SLAVE);
  dev.iflink = real.ifindex;
  dev.features |= real.vlan_features | NETIF_F_LLTX;
  dev.gso_max_size = real.gso_max_size;
  if (dev.dev_addr.every((b) => b === 0)) dev.dev_addr = real.dev_addr.slice();
  if (dev.broadcast.every((b) => b === 0)) dev.broadcast = real.broadcast.slice();
  dev.needed_headroom = real.needed_headroom;
  const offload = (real.features & NETIF_F_HW_VLAN_TX) !== 0;
  dev.header_ops = offload ? real.header_ops : vlan_header_ops;
  dev.hard_header_len = real.hard_header_len + (offload ? 0 : VLAN_HLEN);
  return 0;
}

/** vlan_dev_fix_features: no more than the device below can do for tagged frames. */
function vlan_dev_fix_features(_k: Kernel, dev: NetDevice, features: number): number {
  const real = real_dev_of(dev);
  let f = netdev_intersect_features(features, real.vlan_features) | (real.features & NETIF_F_RXCSUM);
  f = netdev_intersect_features(f, real.features);
  return f | (features & (NETIF_F_GSO | NETIF_F_GRO)) | NETIF_F_LLTX;
}

/** vlan_dev_set_rx_mode: the device below must take what this one listens to. */
function vlan_dev_set_rx_mode(k: Kernel, dev: NetDevice): void {
  dev_mc_sync(k, real_dev_of(dev), dev);
  dev_unicast_sync(k, real_dev_of(dev), dev);
}

/** vlan_dev_change_rx_flags: …and as much as this one takes. */
function vlan_dev_change_rx_flags(k: Kernel, dev: NetDevice, change: number): void {
  if ((dev.flags & IFF_UP) === 0) return;
  const real = real_dev_of(dev);
  if ((change & IFF_ALLMULTI) !== 0) dev_set_allmulti(k, real, (dev.flags & IFF_ALLMULTI) !== 0 ? 1 : -1);
  if ((change & IFF_PROMISC) !== 0) dev_set_promiscuity(k, real, (dev.flags & IFF_PROMISC) !== 0 ? 1 : -1);
}

const vlan_netdev_ops: NetDeviceOps = {
  ndo_init: vlan_dev_init,
  ndo_open: (k, dev) => {
    const real = real_dev_of(dev);
    if ((real.flags & IFF_UP) === 0) {
      return refuse(k, -ENETDOWN, "the underlying device is down", { dev: real.name });
    }
    if ((dev.flags & IFF_ALLMULTI) !== 0) dev_set_allmulti(k, real, 1);
    if ((dev.flags & IFF_PROMISC) !== 0) dev_set_promiscuity(k, real, 1);
    if (netif_carrier_ok(real)) netif_carrier_on(k, dev);
    return 0;
  },
  ndo_stop: (k, dev) => {
    const real = real_dev_of(dev);
    dev_mc_unsync(k, real, dev);
    dev_unicast_unsync(k, real, dev);
    if ((dev.flags & IFF_ALLMULTI) !== 0) dev_set_allmulti(k, real, -1);
    if ((dev.flags & IFF_PROMISC) !== 0) dev_set_promiscuity(k, real, -1);
    netif_carrier_off(k, dev);
    return 0;
  },
  ndo_set_multicast_list: vlan_dev_set_rx_mode,
  ndo_change_rx_flags: vlan_dev_change_rx_flags,
  ndo_start_xmit: vlan_dev_hard_start_xmit,
  ndo_validate_addr: eth_validate_addr,
  ndo_set_mac_address: eth_mac_addr,
  ndo_change_mtu: (k, dev, new_mtu) => {
    if (real_dev_of(dev).mtu < new_mtu) {
      return refuse(k, -ERANGE, "MTU exceeds the underlying device's MTU", {
        mtu: new_mtu,
        real_mtu: real_dev_of(dev).mtu,
      });
    }
    dev.mtu = new_mtu;
    return 0;
  },
  ndo_fix_features: vlan_dev_fix_features,
};

/** vlan_setup. */
export function vlan_setup(k: Kernel, dev: NetDevice): void {
  ether_setup(k, dev);
  dev.priv_flags &= ~IFF_XMIT_DST_RELEASE;
  dev.tx_queue_len = 0;
  dev.netdev_ops = vlan_netdev_ops;
  dev.broadcast.fill(0);
}

/** vlan_newlink: `ip link add link D name N type vlan id ID`. */
export function vlan_newlink(
  k: Kernel,
  dev: NetDevice,
  real_dev: NetDevice | null,
  id: number | undefined,
  mtu: number | undefined,
): number {
  if (id === undefined) {
    return refuse(k, -EINVAL, "no VLAN id given");
  }
  if (id >= VLAN_VID_MASK) {
    return refuse(k, -ERANGE, "VLAN id is out of range", { id });
  }
  if (real_dev === null) {
    return refuse(k, -ENODEV, "no underlying device");
  }
  if ((real_dev.features & NETIF_F_VLAN_CHALLENGED) !== 0) {
    return refuse(k, -EOPNOTSUPP, "the underlying device does not support VLANs (NETIF_F_VLAN_CHALLENGED)", {
      dev: real_dev.name,
    });
  }
  if (vlan_find_dev(real_dev, id) !== null) {
    return refuse(k, -EEXIST, "the underlying device already has a VLAN with this id", {
      id,
      dev: real_dev.name,
    });
  }
  dev.vlan = { real_dev, vlan_id: id };
  if (mtu === undefined) dev.mtu = real_dev.mtu;
  else if (mtu > real_dev.mtu) {
    return refuse(k, -EINVAL, "MTU exceeds the underlying device's MTU", { mtu, real_mtu: real_dev.mtu });
  }
  const err = register_netdevice(k, dev);
  if (err < 0) return err;
  transfer_operstate(k, real_dev, dev);
  linkwatch_fire_event(k, dev);
  return 0;
}

/** netif_stacked_transfer_operstate: a carrier below is a carrier here. */
function transfer_operstate(k: Kernel, real_dev: NetDevice, dev: NetDevice): void {
  if (netif_carrier_ok(real_dev)) netif_carrier_on(k, dev);
  else netif_carrier_off(k, dev);
}

/** vlan_find_dev: the device of a VLAN on another. */
function vlan_find_dev(real_dev: NetDevice, vlan_id: number): NetDevice | null {
  return real_dev.vlan_devices.find((dev) => dev.vlan?.vlan_id === vlan_id) ?? null;
}

/** vlan_do_receive: hand a tagged frame to the device of its VLAN. False where there is none. */
export function vlan_do_receive(k: Kernel, skb: SkBuff): boolean {
  const vlan_id = skb_vlan_tag_get(skb) & VLAN_VID_MASK;
  const dev = vlan_find_dev(skb.dev as NetDevice, vlan_id);
  if (dev === null) {
    note(k, "no device with this VLAN id", { vlan_id });
    return false;
  }
  note(k, "VLAN tag: receive the frame on the VLAN device", { vlan_id, dev: dev.name });
  skb.dev = dev;
  if (
    skb.pkt_type === PACKET_OTHERHOST &&
    dev.dev_addr.every((b, i) => skb.head.bytes[skb.mac_header + i] === b)
  )
    skb.pkt_type = PACKET_HOST;
  skb.priority = 0;
  skb.vlan_tci = 0;
  dev_count(k, dev, "rx_packets");
  dev_count(k, dev, "rx_bytes", skb.len);
  if (skb.pkt_type === PACKET_MULTICAST) dev_count(k, dev, "multicast");
  return true;
}

/** vlan_device_event: what happens to a device happens to the VLANs on it. */
export function vlan_device_event(k: Kernel, event: number, dev: NetDevice): void {
  for (const vlan of [...dev.vlan_devices]) {
    switch (event) {
      case NETDEV_CHANGE:
        transfer_operstate(k, dev, vlan);
        break;
      case NETDEV_CHANGEMTU:
        if (vlan.mtu > dev.mtu) dev_set_mtu(k, vlan, dev.mtu);
        break;
      case NETDEV_DOWN:
        if ((vlan.flags & IFF_UP) === 0) break;
        dev_change_flags(k, vlan, vlan.flags & ~IFF_UP);
        transfer_operstate(k, dev, vlan);
        break;
      case NETDEV_UP:
        if ((vlan.flags & IFF_UP) !== 0) break;
        dev_change_flags(k, vlan, vlan.flags | IFF_UP);
        transfer_operstate(k, dev, vlan);
        break;
      case NETDEV_UNREGISTER:
        unregister_netdevice(k, vlan);
        break;
    }
  }
}
