// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/core/dev.c: network devices, and the way of every packet out of and into the machine. One CPU, one transmit
 * queue a device. Messages to rtnetlink's listeners (rtmsg_ifinfo) are left out: nobody listens.
 */

import type { Named } from "../../../../trace/record.ts";
import { drop, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import {
  EBUSY,
  EEXIST,
  EINVAL,
  EIO,
  ENETDOWN,
  ENFILE,
  ENODEV,
  ENOENT,
  EOPNOTSUPP,
  EPROTONOSUPPORT,
} from "../../../../uapi/errno.ts";
import { set16 } from "../../../../wire/bytes.ts";
import { csum_fold } from "../../../../wire/checksum.ts";
import { ETH_P_8021Q, ETH_P_IP } from "../../../../wire/ethernet.ts";
import {
  __vlan_put_tag,
  skb_vlan_tag_get,
  skb_vlan_tag_present,
  VLAN_HLEN,
  VLAN_VID_MASK,
} from "../../include/linux/if_vlan.ts";
import {
  ARPHRD_NONE,
  can_checksum_protocol,
  dev_hold,
  dev_net,
  dev_put,
  IFF_ALLMULTI,
  IFF_BROADCAST,
  IFF_DEBUG,
  IFF_LOOPBACK,
  IFF_MASTER,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_NOTRAILERS,
  IFF_POINTOPOINT,
  IFF_PROMISC,
  IFF_RUNNING,
  IFF_SLAVE,
  IFF_UP,
  IFF_XMIT_DST_RELEASE,
  NET_RX_DROP,
  NET_RX_SUCCESS,
  NET_XMIT_DROP,
  NET_XMIT_SUCCESS,
  NETDEV_TX_BUSY,
  NETDEV_TX_OK,
  NETIF_F_ALL_CSUM,
  NETIF_F_ALL_TSO,
  NETIF_F_FRAGLIST,
  NETIF_F_GEN_CSUM,
  NETIF_F_GRO,
  NETIF_F_GSO,
  NETIF_F_GSO_MASK,
  NETIF_F_HIGHDMA,
  NETIF_F_HW_CSUM,
  NETIF_F_HW_VLAN_TX,
  NETIF_F_IP_CSUM,
  NETIF_F_IPV6_CSUM,
  NETIF_F_NO_CSUM,
  NETIF_F_SG,
  NETIF_F_TSO,
  NETIF_F_TSO_ECN,
  NETIF_F_TSO6,
  NETIF_F_UFO,
  type NetDevice,
  type NetdevQueue,
  netdev_intersect_features,
  netif_device_present,
  netif_needs_gso,
  netif_tx_queue_stopped,
  type SoftnetData,
  skb_gso_ok,
  softnet_count,
  txq_trans_update,
} from "../../include/linux/netdevice.ts";
import {
  NETDEV_CHANGE,
  NETDEV_CHANGEADDR,
  NETDEV_CHANGEMTU,
  NETDEV_CHANGENAME,
  NETDEV_DOWN,
  NETDEV_GOING_DOWN,
  NETDEV_PRE_UP,
  NETDEV_REGISTER,
  NETDEV_UNREGISTER,
  NETDEV_UNREGISTER_BATCH,
  NETDEV_UP,
} from "../../include/linux/notifier.ts";
import { AT_EGRESS, SET_TC_AT } from "../../include/linux/pkt_cls.ts";
import {
  __skb_linearize,
  __skb_pull,
  __skb_push,
  CHECKSUM_COMPLETE,
  CHECKSUM_NONE,
  CHECKSUM_PARTIAL,
  PACKET_HOST,
  PACKET_LOOPBACK,
  PACKET_OTHERHOST,
  PACKET_OUTGOING,
  pskb_may_pull,
  type SkBuff,
  skb_checksum_start_offset,
  skb_cloned,
  skb_has_frag_list,
  skb_header_cloned,
  skb_headlen,
  skb_headroom,
  skb_is_gso,
  skb_is_nonlinear,
  skb_orphan,
  skb_reset_mac_header,
  skb_reset_mac_len,
  skb_reset_network_header,
  skb_reset_transport_header,
  skb_set_transport_header,
  skb_transport_header_was_set,
} from "../../include/linux/skbuff.ts";
import { skb_dst_drop } from "../../include/net/dst.ts";
import { qdisc_run } from "../../include/net/pkt_sched.ts";
import {
  __qdisc_update_bstats,
  type Qdisc,
  qdisc_enqueue_root,
  qdisc_qlen,
  TCQ_F_CAN_BYPASS,
} from "../../include/net/sch_generic.ts";
import { trace_napi_poll } from "../../include/trace/events/napi.ts";
import {
  trace_net_dev_queue,
  trace_net_dev_xmit,
  trace_netif_receive_skb,
  trace_netif_rx,
} from "../../include/trace/events/net.ts";
import {
  type Kernel,
  ktime_get_real,
  local_bh_disable,
  local_bh_enable,
  NET_RX_SOFTIRQ,
  NET_TX_SOFTIRQ,
  type Net,
  printk,
  raise_softirq,
  tick,
} from "../../kernel.ts";
import { vlan_device_event, vlan_do_receive } from "../8021q/vlan_dev.ts";
import { eth_type_trans } from "../ethernet/eth.ts";
import { inet_gso_segment, inet_gso_send_check } from "../ipv4/af_inet.ts";
import { arp_netdev_event } from "../ipv4/arp.ts";
import { inetdev_event } from "../ipv4/devinet.ts";
import { fib_netdev_event } from "../ipv4/fib_frontend.ts";
import { ipmr_device_event } from "../ipv4/ipmr.ts";
import {
  __qdisc_run,
  dev_activate,
  dev_deactivate,
  dev_init_scheduler,
  dev_shutdown,
  sch_direct_xmit,
  sch_init,
} from "../sched/sch_generic.ts";
import { xfrm_dev_event } from "../xfrm/xfrm_policy.ts";
import { dst_dev_event } from "./dst.ts";
import { fib_rules_event } from "./fib_rules.ts";
import { linkwatch_init } from "./link_watch.ts";
import { __rtnl_unlock, rtnl_is_locked } from "./rtnetlink.ts";
import { __kfree_skb, kfree_skb, pskb_expand_head, skb_checksum, skb_vlan_untag } from "./skbuff.ts";
import { net_ratelimit } from "./utils.ts";

const FILE = "net/core/dev.c";
const IFNAMSIZ = 16;
/** This CPU's number: there is one. */
const CPU = 0;

// --- names and numbers -------------------------------------------------------------------------------------------

/** The chain of devices whose name hashes alike: here, which have this name. */
export const dev_name_hash = inlined(
  FILE,
  "dev_name_hash(net, name)",
  (_k: Kernel, net: Net, name: string): NetDevice[] => {
    const dev = net.dev_name_head.get(name);
    return dev === undefined ? [] : [dev];
  },
);

/** The chain of devices whose index hashes alike. */
export const dev_index_hash = inlined(
  FILE,
  "dev_index_hash(net, ifindex)",
  (_k: Kernel, net: Net, ifindex: number): NetDevice[] => {
    const dev = net.dev_index_head.get(ifindex);
    return dev === undefined ? [] : [dev];
  },
);

/** Find a device by name; takes no reference. */
export const __dev_get_by_name = traced(
  FILE,
  "__dev_get_by_name(net, name)",
  (k: Kernel, net: Net, name: string): NetDevice | null => {
    for (const dev of dev_name_hash(k, net, name)) if (dev.name === name) return dev;
    note(k, "no device with this name", { name });
    return null;
  },
);

/** Find a device by name and hold it. */
export const dev_get_by_name = traced(
  FILE,
  "dev_get_by_name(net, name)",
  (k: Kernel, net: Net, name: string): NetDevice | null => {
    const dev = __dev_get_by_name(k, net, name);
    if (dev !== null) dev_hold(dev);
    return dev;
  },
);

/** Find a device by index; takes no reference. */
export const __dev_get_by_index = traced(
  FILE,
  "__dev_get_by_index(net, ifindex)",
  (k: Kernel, net: Net, ifindex: number): NetDevice | null => {
    for (const dev of dev_index_hash(k, net, ifindex)) if (dev.ifindex === ifindex) return dev;
    note(k, "no device with this index", { ifindex });
    return null;
  },
);

/** Find a device by index and hold it. */
export const dev_get_by_index = traced(
  FILE,
  "dev_get_by_index(net, ifindex)",
  (k: Kernel, net: Net, ifindex: number): NetDevice | null => {
    const dev = __dev_get_by_index(k, net, ifindex);
    if (dev !== null) dev_hold(dev);
    return dev;
  },
);

/** Is this a name that a device may have? */
export const dev_valid_name = traced(FILE, "dev_valid_name(name)", (_k: Kernel, name: string): number => {
  if (name === "" || name.length >= IFNAMSIZ || name === "." || name === "..") return 0;
  return /[/\s]/.test(name) ? 0 : 1;
});

/** Fill in the number in a name such as `dummy%d`: the first that is free. Returns it, or -errno. */
export const dev_alloc_name = traced(
  FILE,
  "dev_alloc_name(dev, name)",
  (k: Kernel, dev: NetDevice, name: string): number => {
    const net = dev_net(dev);
    const percent = name.indexOf("%");
    if (percent >= 0 && (name[percent + 1] !== "d" || name.indexOf("%", percent + 2) >= 0))
      return refuse(k, -EINVAL, "a name with % that is not one %d", { name });
    let i = 0;
    const full = () => (percent < 0 ? name : name.replace("%d", String(i)));
    while (percent >= 0 && net.dev_name_head.has(full())) i++;
    const found = full();
    if (found.length >= IFNAMSIZ || __dev_get_by_name(k, net, found) !== null)
      return refuse(k, -ENFILE, "no free name of this form", { name });
    set_dev_name(k, dev, found);
    return i;
  },
);

function set_dev_name(k: Kernel, dev: NetDevice, name: string): void {
  const { dev_name_head } = dev_net(dev);
  const listed = dev_name_head.get(dev.name) === dev;
  if (listed) dev_name_head.delete(dev.name);
  dev.name = name;
  if (listed) dev_name_head.set(name, dev);
  k.object_names.set(dev.oid, name);
}

/** Check a name, fill in its number where it asks for one, and give it to the device. */
export const dev_get_valid_name = traced(
  FILE,
  "dev_get_valid_name(net, dev, name, fmt)",
  (k: Kernel, net: Net, dev: NetDevice, name: string, fmt: boolean): number => {
    if (dev_valid_name(k, name) === 0)
      return refuse(k, -EINVAL, "invalid device name: empty, too long, or with a slash or white space", {
        name,
      });
    if (fmt && name.includes("%")) return dev_alloc_name(k, dev, name);
    if (__dev_get_by_name(k, net, name) !== null)
      return refuse(k, -EEXIST, "a device already has this name", { name });
    set_dev_name(k, dev, name);
    return 0;
  },
);

/** Rename a device that is down. */
export const dev_change_name = traced(
  FILE,
  "dev_change_name(dev, newname)",
  (k: Kernel, dev: NetDevice, newname: string): number => {
    if ((dev.flags & IFF_UP) !== 0) {
      return refuse(k, -EBUSY, "the device is up: it cannot be renamed", { dev: dev.name });
    }
    if (newname === dev.name) return 0;
    const err = dev_get_valid_name(k, dev_net(dev), dev, newname, true);
    if (err < 0) return err;
    call_netdevice_notifiers(k, NETDEV_CHANGENAME, dev);
    return err;
  },
);

// --- who is told of a device's fate ------------------------------------------------------------------------------

/** Tell the rest of the stack what happens to a device, in the order in which it asked to be told. */
export const call_netdevice_notifiers = traced(
  FILE,
  "call_netdevice_notifiers(val, dev)",
  (k: Kernel, val: number, dev: NetDevice): number => {
    if (val === NETDEV_UNREGISTER) dst_dev_event(k, "unregister", dev);
    else if (val === NETDEV_DOWN) dst_dev_event(k, "down", dev);
    fib_rules_event(k, val, dev);
    arp_netdev_event(k, val, dev);
    inetdev_event(k, val, dev);
    fib_netdev_event(k, val, dev);
    xfrm_dev_event(k, val, dev);
    const ret = ipmr_device_event(k, val, dev);
    vlan_device_event(k, val, dev);
    return ret;
  },
);

/** A device's state changed while it is up: say so. */
export const netdev_state_change = traced(
  FILE,
  "netdev_state_change(dev)",
  (k: Kernel, dev: NetDevice): void => {
    if ((dev.flags & IFF_UP) !== 0) call_netdevice_notifiers(k, NETDEV_CHANGE, dev);
  },
);

// --- up and down -------------------------------------------------------------------------------------------------

/** Bring a device up. */
export const dev_open = traced(FILE, "dev_open(dev)", (k: Kernel, dev: NetDevice): number => {
  rtnl_is_locked(k);
  if ((dev.flags & IFF_UP) !== 0) return 0;
  if (!netif_device_present(dev)) return -ENODEV;
  call_netdevice_notifiers(k, NETDEV_PRE_UP, dev);
  dev.running = true;
  let ret = dev.netdev_ops.ndo_validate_addr?.(k, dev) ?? 0;
  if (ret === 0) ret = dev.netdev_ops.ndo_open?.(k, dev) ?? 0;
  if (ret !== 0) {
    note(k, "ndo_open failed", { dev: dev.name });
    dev.running = false;
    return ret;
  }
  dev.flags |= IFF_UP;
  dev_set_rx_mode(k, dev);
  dev_activate(k, dev);
  call_netdevice_notifiers(k, NETDEV_UP, dev);
  return 0;
});

/** Take a device down. */
export const dev_close = traced(FILE, "dev_close(dev)", (k: Kernel, dev: NetDevice): number => {
  if ((dev.flags & IFF_UP) !== 0) dev_close_many(k, [dev]);
  return 0;
});

/** Take devices down together. */
export const dev_close_many = traced(
  FILE,
  "dev_close_many(head)",
  (k: Kernel, head: readonly NetDevice[]): number => {
    const up = head.filter((dev) => (dev.flags & IFF_UP) !== 0);
    for (const dev of up) {
      call_netdevice_notifiers(k, NETDEV_GOING_DOWN, dev);
      dev.running = false;
    }
    for (const dev of up) dev_deactivate(k, dev);
    for (const dev of up) {
      dev.netdev_ops.ndo_stop?.(k, dev);
      dev.flags &= ~IFF_UP;
    }
    for (const dev of up) call_netdevice_notifiers(k, NETDEV_DOWN, dev);
    return 0;
  },
);

const IFF_VOLATILE = IFF_LOOPBACK | IFF_POINTOPOINT | IFF_BROADCAST | IFF_MASTER | IFF_SLAVE | IFF_RUNNING;
const IFF_PORTSEL = 0x2000;
const IFF_AUTOMEDIA = 0x4000;
const IFF_DYNAMIC = 0x8000;
const IFF_LOWER_UP = 0x10000;

/** A device's flags as user space sees them. */
export const dev_get_flags = traced(FILE, "dev_get_flags(dev)", (_k: Kernel, dev: NetDevice): number => {
  let flags =
    (dev.flags & ~(IFF_PROMISC | IFF_ALLMULTI | IFF_RUNNING | IFF_LOWER_UP)) |
    (dev.gflags & (IFF_PROMISC | IFF_ALLMULTI));
  if (dev.running && dev.carrier) flags |= IFF_RUNNING | IFF_LOWER_UP;
  return flags;
});

/** Change a device's flags: IFF_UP among them takes it up or down. */
export const dev_change_flags = traced(
  FILE,
  "dev_change_flags(dev, flags)",
  (k: Kernel, dev: NetDevice, flags: number): number => {
    rtnl_is_locked(k);
    const old_flags = dev.flags;
    dev.flags =
      (flags &
        (IFF_DEBUG |
          IFF_NOTRAILERS |
          IFF_NOARP |
          IFF_DYNAMIC |
          IFF_MULTICAST |
          IFF_PORTSEL |
          IFF_AUTOMEDIA)) |
      (dev.flags & (IFF_UP | IFF_VOLATILE | IFF_PROMISC | IFF_ALLMULTI));
    if (((old_flags ^ flags) & IFF_MULTICAST) !== 0) dev_change_rx_flags(k, dev, IFF_MULTICAST);
    dev_set_rx_mode(k, dev);
    let ret = 0;
    if (((old_flags ^ flags) & IFF_UP) !== 0) {
      ret = (old_flags & IFF_UP) !== 0 ? dev_close(k, dev) : dev_open(k, dev);
      if (ret === 0) dev_set_rx_mode(k, dev);
    }
    if (
      (dev.flags & IFF_UP) !== 0 &&
      ((old_flags ^ dev.flags) & ~(IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_VOLATILE)) !== 0
    )
      call_netdevice_notifiers(k, NETDEV_CHANGE, dev);
    if (((flags ^ dev.gflags) & IFF_PROMISC) !== 0) {
      dev.gflags ^= IFF_PROMISC;
      dev_set_promiscuity(k, dev, (flags & IFF_PROMISC) !== 0 ? 1 : -1);
    }
    if (((flags ^ dev.gflags) & IFF_ALLMULTI) !== 0) {
      dev.gflags ^= IFF_ALLMULTI;
      dev_set_allmulti(k, dev, (flags & IFF_ALLMULTI) !== 0 ? 1 : -1);
    }
    return ret;
  },
);

/** Change a device's MTU. */
export const dev_set_mtu = traced(
  FILE,
  "dev_set_mtu(dev, new_mtu)",
  (k: Kernel, dev: NetDevice, new_mtu: number): number => {
    if (new_mtu === dev.mtu) return 0;
    if (new_mtu < 0) return refuse(k, -EINVAL, "an MTU below 0", { mtu: new_mtu });
    if (!netif_device_present(dev)) return -ENODEV;
    let err = 0;
    if (dev.netdev_ops.ndo_change_mtu !== undefined) err = dev.netdev_ops.ndo_change_mtu(k, dev, new_mtu);
    else dev.mtu = new_mtu;
    if (err !== 0) note(k, "ndo_change_mtu failed", { dev: dev.name, new_mtu });
    else if ((dev.flags & IFF_UP) !== 0) call_netdevice_notifiers(k, NETDEV_CHANGEMTU, dev);
    return err;
  },
);

/** Change a device's link-layer address. */
export const dev_set_mac_address = traced(
  FILE,
  "dev_set_mac_address(dev, sa)",
  (k: Kernel, dev: NetDevice, sa: Uint8Array): number => {
    if (dev.netdev_ops.ndo_set_mac_address === undefined) {
      return refuse(k, -EOPNOTSUPP, "the driver cannot change the hardware address", { dev: dev.name });
    }
    if (!netif_device_present(dev)) return -ENODEV;
    const err = dev.netdev_ops.ndo_set_mac_address(k, dev, sa);
    if (err !== 0) return err;
    call_netdevice_notifiers(k, NETDEV_CHANGEADDR, dev);
    return 0;
  },
);

// --- what a device listens to ------------------------------------------------------------------------------------

/** Tell the driver that a receive flag changed: a VLAN's does as much to the device below. */
export const dev_change_rx_flags = inlined(
  FILE,
  "dev_change_rx_flags(dev, flags)",
  (k: Kernel, dev: NetDevice, flags: number): void => {
    dev.netdev_ops.ndo_change_rx_flags?.(k, dev, flags);
  },
);

/** One more (or less) who wants every frame. */
export const __dev_set_promiscuity = traced(
  FILE,
  "__dev_set_promiscuity(dev, inc)",
  (k: Kernel, dev: NetDevice, inc: number): number => {
    const old_flags = dev.flags;
    rtnl_is_locked(k);
    dev.promiscuity += inc;
    if (dev.promiscuity === 0) dev.flags &= ~IFF_PROMISC;
    else dev.flags |= IFF_PROMISC;
    if (dev.flags !== old_flags) {
      printk(
        k,
        `device ${dev.name} ${(dev.flags & IFF_PROMISC) !== 0 ? "entered" : "left"} promiscuous mode`,
      );
      dev_change_rx_flags(k, dev, IFF_PROMISC);
    }
    return 0;
  },
);

/** Listen to every frame, or stop: `inc` counts who wants it. */
export const dev_set_promiscuity = traced(
  FILE,
  "dev_set_promiscuity(dev, inc)",
  (k: Kernel, dev: NetDevice, inc: number): number => {
    const old_flags = dev.flags;
    const err = __dev_set_promiscuity(k, dev, inc);
    if (err < 0) return err;
    if (dev.flags !== old_flags) dev_set_rx_mode(k, dev);
    return err;
  },
);

/** Listen to every multicast frame, or stop: `inc` counts who wants it. */
export const dev_set_allmulti = traced(
  FILE,
  "dev_set_allmulti(dev, inc)",
  (k: Kernel, dev: NetDevice, inc: number): number => {
    const old_flags = dev.flags;
    rtnl_is_locked(k);
    dev.allmulti += inc;
    if (dev.allmulti === 0) dev.flags &= ~IFF_ALLMULTI;
    else dev.flags |= IFF_ALLMULTI;
    if (dev.flags !== old_flags) {
      dev_change_rx_flags(k, dev, IFF_ALLMULTI);
      dev_set_rx_mode(k, dev);
    }
    return 0;
  },
);

/** Give the driver its address lists. */
export const __dev_set_rx_mode = traced(FILE, "__dev_set_rx_mode(dev)", (k: Kernel, dev: NetDevice): void => {
  if ((dev.flags & IFF_UP) === 0) {
    note(k, "the device is down: address filters are programmed when it comes up", { dev: dev.name });
    return;
  }
  if (!netif_device_present(dev)) return;
  dev.netdev_ops.ndo_set_multicast_list?.(k, dev);
});

/** Give the driver its address lists, under their lock. */
export const dev_set_rx_mode = inlined(FILE, "dev_set_rx_mode(dev)", (k: Kernel, dev: NetDevice): void => {
  local_bh_disable(k);
  __dev_set_rx_mode(k, dev);
  local_bh_enable(k);
});

/** Remove a user of an address from a list. */
export const __dev_addr_delete = traced(
  FILE,
  "__dev_addr_delete(list, addr, alen, glbl)",
  (_k: Kernel, list: Map<string, number>, addr: string, _alen: number, _glbl: number): number => {
    const users = list.get(addr);
    if (users === undefined) return -ENOENT;
    if (users > 1) list.set(addr, users - 1);
    else list.delete(addr);
    return 0;
  },
);

/** Add a user of an address to a list. */
export const __dev_addr_add = traced(
  FILE,
  "__dev_addr_add(list, addr, alen, glbl)",
  (_k: Kernel, list: Map<string, number>, addr: string, _alen: number, _glbl: number): number => {
    list.set(addr, (list.get(addr) ?? 0) + 1);
    return 0;
  },
);

/** Put a device's new multicast addresses on the list of the device below, and take off what nobody wants. */
export const __dev_addr_sync = traced(
  FILE,
  "__dev_addr_sync(to, from)",
  (k: Kernel, to: NetDevice, from: NetDevice): number => {
    // The newest address is the head of the list.
    for (const addr of [...from.mc_list.keys()].reverse()) {
      const users = from.mc_list.get(addr) as number;
      if (!from.mc_synced.has(addr)) {
        const err = __dev_addr_add(k, to.mc_list, addr, to.addr_len, 0);
        if (err < 0) return err;
        from.mc_synced.add(addr);
        from.mc_list.set(addr, users + 1);
      } else if (users === 1) {
        __dev_addr_delete(k, to.mc_list, addr, to.addr_len, 0);
        __dev_addr_delete(k, from.mc_list, addr, from.addr_len, 0);
        from.mc_synced.delete(addr);
      }
    }
    return 0;
  },
);

/** Take a device's multicast addresses off the list of the device below. */
export const __dev_addr_unsync = traced(
  FILE,
  "__dev_addr_unsync(to, from)",
  (k: Kernel, to: NetDevice, from: NetDevice): void => {
    for (const addr of [...from.mc_list.keys()].reverse()) {
      if (!from.mc_synced.delete(addr)) continue;
      __dev_addr_delete(k, to.mc_list, addr, to.addr_len, 0);
      __dev_addr_delete(k, from.mc_list, addr, from.addr_len, 0);
    }
  },
);

/** The same for further addresses of its own: no device has any here. */
export const __hw_addr_sync = traced(
  FILE,
  "__hw_addr_sync(addr_len)",
  (_k: Kernel, _addr_len: number): number => 0,
);
/** …and the other way round. */
export const __hw_addr_unsync = traced(
  FILE,
  "__hw_addr_unsync(addr_len)",
  (_k: Kernel, _addr_len: number): void => {},
);

/** VLANs below each other in which both walks down are made. */
const SHOWN_LEVELS = 6;

/**
 * Every VLAN tells the device below twice, for multicast and for unicast: what is n levels down is told 2^n times, the same
 * each time. Where nobody looks, or after so many levels that nobody could, once is enough.
 */
function is_told(k: Kernel, dev: NetDevice): boolean {
  if (dev.vlan === null || dev.vlan === undefined) return false;
  if (k.rec === null) return true;
  let levels = 0;
  for (let on: NetDevice | undefined = dev; on !== undefined; on = on.vlan?.real_dev) levels++;
  if (levels <= SHOWN_LEVELS) return false;
  note(k, "not modelled: the second walk through this many stacked VLANs, which changes nothing", { levels });
  return true;
}

/** The device below takes frames to the addresses of the one on top of it. */
export const dev_unicast_sync = traced(
  FILE,
  "dev_unicast_sync(to, from)",
  (k: Kernel, to: NetDevice, from: NetDevice): number => {
    if (to.addr_len !== from.addr_len) return -EINVAL;
    local_bh_disable(k);
    const err = __hw_addr_sync(k, to.addr_len);
    if (err === 0 && !is_told(k, to)) __dev_set_rx_mode(k, to);
    local_bh_enable(k);
    return err;
  },
);

/** …and no longer does. */
export const dev_unicast_unsync = traced(
  FILE,
  "dev_unicast_unsync(to, from)",
  (k: Kernel, to: NetDevice, from: NetDevice): void => {
    if (to.addr_len !== from.addr_len) return;
    local_bh_disable(k);
    __hw_addr_unsync(k, to.addr_len);
    if (!is_told(k, to)) __dev_set_rx_mode(k, to);
    local_bh_enable(k);
  },
);

// --- time stamps -------------------------------------------------------------------------------------------------

/** Somebody wants to know when packets came in. */
export const net_enable_timestamp = traced(FILE, "net_enable_timestamp()", (k: Kernel): void => {
  k.netstamp_needed++;
});

/** …and no longer does. */
export const net_disable_timestamp = traced(FILE, "net_disable_timestamp()", (k: Kernel): void => {
  k.netstamp_needed--;
});

/** Stamp a packet with the time, where a socket asked for that. */
export const net_timestamp = inlined(FILE, "net_timestamp(skb)", (k: Kernel, skb: SkBuff): void => {
  if (k.netstamp_needed !== 0) {
    note(k, "a socket asked for time stamps");
    skb.tstamp = ktime_get_real(k);
  } else skb.tstamp = 0;
});

// --- taps --------------------------------------------------------------------------------------------------------

/** TP_STATUS_CSUMNOTREADY: what a packet socket says of a checksum that the device is to fill in. */
const TP_STATUS_CSUMNOTREADY = 8;

/** The bytes of a packet from `from` (an offset in its buffer) on, fragments included. */
export function skb_bytes(skb: SkBuff, from: number): Uint8Array {
  const out = new Uint8Array(skb.data - from + skb.len);
  let n = skb.data + skb_headlen(skb) - from;
  out.set(skb.head.bytes.subarray(from, from + n));
  for (const frag of skb.head.frags) {
    out.set(frag.page.bytes.subarray(frag.page_offset, frag.page_offset + frag.size), n);
    n += frag.size;
  }
  for (let f = skb.head.frag_list; f !== null; f = f.next) {
    out.set(skb_bytes(f, f.data), n);
    n += f.len;
  }
  return out;
}

/**
 * What every listener on ptype_all is given: the recorder, and the machine's tap. Costs the traced packet nothing.
 * Packet sockets do not take the copies of its own multicasts that the machine gives itself.
 */
function tap(k: Kernel, dev: NetDevice, type: number, skb: SkBuff, from: number): void {
  if ((k.rec === null && k.tap === null) || type === PACKET_LOOPBACK) return;
  const status = skb.ip_summed === CHECKSUM_PARTIAL ? TP_STATUS_CSUMNOTREADY : 0;
  const raw = dev.type === ARPHRD_NONE;
  if (k.tap === null && skb.data_len === 0) {
    k.rec?.packet(dev.name, type, status, skb.head.bytes, from, skb.data + skb.len, skb.pkt, raw);
    return;
  }
  const bytes = skb_bytes(skb, from);
  k.rec?.packet(dev.name, type, status, bytes, 0, bytes.length, skb.pkt, raw);
  k.tap?.(dev, type, skb, bytes);
}

// --- out ---------------------------------------------------------------------------------------------------------

/** Put a queue on the list that net_tx_action works off. */
export const __netif_reschedule = inlined(FILE, "__netif_reschedule(q)", (k: Kernel, q: Qdisc): void => {
  k.softnet.output_queue.unshift(q);
  raise_softirq(k, NET_TX_SOFTIRQ);
});

/** Have a queue run in the transmit softirq. */
export const __netif_schedule = traced(FILE, "__netif_schedule(q)", (k: Kernel, q: Qdisc): void => {
  if (q.scheduled) return;
  q.scheduled = true;
  __netif_reschedule(k, q);
});

/** Complain of a packet whose offloads contradict each other. */
export const skb_warn_bad_offload = inlined(
  FILE,
  "skb_warn_bad_offload(skb)",
  (k: Kernel, skb: SkBuff): void => {
    if (net_ratelimit(k) === 0) return;
    printk(
      k,
      `WARNING: : caps=(0x${(skb.dev?.features ?? 0).toString(16)}) len=${skb.len} data_len=${skb.data_len} ip_summed=${skb.ip_summed}`,
    );
  },
);

/** Fill in the checksum that was left to the device, because the device cannot. */
export const skb_checksum_help = traced(FILE, "skb_checksum_help(skb)", (k: Kernel, skb: SkBuff): number => {
  if (skb.ip_summed !== CHECKSUM_COMPLETE) {
    if (skb.head.gso_size !== 0) {
      skb_warn_bad_offload(k, skb);
      return -EINVAL;
    }
    let offset = skb.csum_start - skb_headroom(skb);
    const csum = skb_checksum(k, skb, offset, skb.len - offset, 0);
    offset += skb.csum_offset;
    if (skb_cloned(skb) && (skb_header_cloned(skb) || skb_headroom(skb) + offset + 2 > skb.hdr_len)) {
      const ret = pskb_expand_head(k, skb, 0, 0);
      if (ret !== 0) return ret;
    }
    set16(skb.head.bytes, skb.data + offset, csum_fold(csum));
  }
  skb.ip_summed = CHECKSUM_NONE;
  return 0;
});

/** The network protocol under any VLAN tags. */
export const skb_network_protocol = traced(
  FILE,
  "skb_network_protocol(skb, depth)",
  (k: Kernel, skb: SkBuff, depth: { depth: number }): number => {
    let type = skb.protocol;
    let vlan_depth = skb.mac_len;
    if (type === ETH_P_8021Q) {
      vlan_depth = vlan_depth !== 0 ? vlan_depth - VLAN_HLEN : 14;
      do {
        if (!pskb_may_pull(k, skb, vlan_depth + VLAN_HLEN)) return 0;
        const at = skb.data + vlan_depth;
        type = ((skb.head.bytes[at + 2] as number) << 8) | (skb.head.bytes[at + 3] as number);
        vlan_depth += VLAN_HLEN;
      } while (type === ETH_P_8021Q);
    }
    depth.depth = vlan_depth;
    return type;
  },
);

/** Have the network protocol cut a large packet into segments; null where it only checked the headers. */
export const skb_mac_gso_segment = inlined(
  FILE,
  "skb_mac_gso_segment(skb, features)",
  (k: Kernel, skb: SkBuff, features: number): SkBuff | number | null => {
    const vlan = { depth: skb.mac_len };
    const type = skb_network_protocol(k, skb, vlan);
    if (type === 0) return -EINVAL;
    __skb_pull(skb, vlan.depth);
    let segs: SkBuff | number | null = -EPROTONOSUPPORT;
    if (type === ETH_P_IP) segs = inet_gso(k, skb, features);
    else note(k, "no GSO for this protocol", { protocol: type });
    __skb_push(skb, skb.data - skb.mac_header);
    return segs;
  },
);

function inet_gso(k: Kernel, skb: SkBuff, features: number): SkBuff | number | null {
  if (skb.ip_summed !== CHECKSUM_PARTIAL) {
    const err = inet_gso_send_check(k, skb);
    if (err !== 0) return err;
    if (skb_gso_ok(skb, features)) {
      note(k, "header check only: the device segments the packet");
      return null;
    }
    __skb_push(skb, skb.data - skb.network_header);
  }
  return inet_gso_segment(k, skb, features);
}

/** Is a large packet's checksum in a state that the path it comes on does not make? */
export const skb_needs_check = inlined(
  FILE,
  "skb_needs_check(skb, tx_path)",
  (_k: Kernel, skb: SkBuff, tx_path: boolean): boolean => {
    return tx_path ? skb.ip_summed !== CHECKSUM_PARTIAL : skb.ip_summed === CHECKSUM_NONE;
  },
);

/** Cut a large packet into a list of segments. */
export const __skb_gso_segment = inlined(
  FILE,
  "__skb_gso_segment(skb, features, tx_path)",
  (k: Kernel, skb: SkBuff, features: number, tx_path: boolean): SkBuff | number | null => {
    if (skb_needs_check(k, skb, tx_path)) {
      note(k, "GSO packet without CHECKSUM_PARTIAL", { ip_summed: skb.ip_summed });
      skb_warn_bad_offload(k, skb);
      if (skb_header_cloned(skb)) {
        const err = pskb_expand_head(k, skb, 0, 0);
        if (err !== 0) return err;
      }
    }
    skb_reset_mac_header(skb);
    skb_reset_mac_len(skb);
    return skb_mac_gso_segment(k, skb, features);
  },
);

/** Cut a large packet on its way out. */
export const skb_gso_segment = inlined(
  FILE,
  "skb_gso_segment(skb, features)",
  (k: Kernel, skb: SkBuff, features: number): SkBuff | number | null => {
    return __skb_gso_segment(k, skb, features, true);
  },
);

/** Is a fragment in memory that the device cannot reach? Never on x86-64. */
export const illegal_highdma = inlined(
  FILE,
  "illegal_highdma(dev, skb)",
  (_k: Kernel, _dev: NetDevice, _skb: SkBuff): number => {
    return 0;
  },
);

/** Free the segments that were not sent, then what stood for the whole. */
export const dev_gso_skb_destructor = traced(
  FILE,
  "dev_gso_skb_destructor(skb)",
  (k: Kernel, skb: SkBuff): void => {
    while (skb.next !== null) {
      const nskb: SkBuff = skb.next;
      skb.next = nskb.next;
      nskb.next = null;
      kfree_skb(k, nskb);
    }
    skb.gso_destructor?.(k, skb);
  },
);

/** Cut a large packet in software; the segments hang on skb.next. */
export const dev_gso_segment = inlined(
  FILE,
  "dev_gso_segment(skb, features)",
  (k: Kernel, skb: SkBuff, features: number): number => {
    const segs = skb_gso_segment(k, skb, features);
    if (segs === null) return 0;
    if (typeof segs === "number") return segs;
    skb.next = segs;
    skb.gso_destructor = skb.destructor;
    skb.destructor = dev_gso_skb_destructor;
    return 0;
  },
);

/** Take away the features that do not hold for this very packet. */
export const harmonize_features = traced(
  FILE,
  "harmonize_features(skb, protocol, features)",
  (k: Kernel, skb: SkBuff, _protocol: number, features: number): number => {
    if (
      skb.ip_summed !== CHECKSUM_NONE &&
      !can_checksum_protocol(features, skb_network_protocol(k, skb, { depth: 0 }))
    ) {
      note(k, "no checksum offload for this protocol", { protocol: skb.protocol });
      return features & ~NETIF_F_ALL_CSUM;
    }
    return illegal_highdma(k, skb.dev as NetDevice, skb) !== 0 ? features & ~NETIF_F_SG : features;
  },
);

/** What the device can do for this packet. */
export const netif_skb_features = traced(
  FILE,
  "netif_skb_features(skb)",
  (k: Kernel, skb: SkBuff): number => {
    const dev = skb.dev as NetDevice;
    let protocol = skb.protocol;
    let features = dev.features;
    if (skb.head.gso_segs > dev.gso_max_segs) {
      note(k, "gso_segs exceeds gso_max_segs of the device", {
        gso_segs: skb.head.gso_segs,
        gso_max_segs: dev.gso_max_segs,
      });
      features &= ~NETIF_F_GSO_MASK;
    }
    if (protocol === ETH_P_8021Q) {
      const at = skb.data + 16;
      protocol = ((skb.head.bytes[at] as number) << 8) | (skb.head.bytes[at + 1] as number);
    } else if (!skb_vlan_tag_present(skb)) return harmonize_features(k, skb, protocol, features);
    note(k, "VLAN-tagged: use vlan_features of the device");
    features = netdev_intersect_features(features, dev.vlan_features | NETIF_F_HW_VLAN_TX);
    if (protocol === ETH_P_8021Q)
      features = netdev_intersect_features(
        features,
        NETIF_F_SG | NETIF_F_HIGHDMA | NETIF_F_FRAGLIST | NETIF_F_GEN_CSUM | NETIF_F_HW_VLAN_TX,
      );
    return harmonize_features(k, skb, protocol, features);
  },
);

/** Must a packet's fragments be put together, because the device cannot gather them? */
export const skb_needs_linearize = inlined(
  FILE,
  "skb_needs_linearize(skb, features)",
  (_k: Kernel, skb: SkBuff, features: number): boolean => {
    return (
      skb_is_nonlinear(skb) &&
      ((skb_has_frag_list(skb) && (features & NETIF_F_FRAGLIST) === 0) ||
        (skb.head.frags.length > 0 && (features & NETIF_F_SG) === 0))
    );
  },
);

/** Hand a packet to the driver, after doing in software what the device cannot. */
export const dev_hard_start_xmit = traced(
  FILE,
  "dev_hard_start_xmit(skb, dev, txq)",
  (k: Kernel, skb: SkBuff, dev: NetDevice, txq: NetdevQueue): number => {
    const ops = dev.netdev_ops;
    let whole = skb;
    if (whole.next === null) {
      let features = netif_skb_features(k, whole);
      if (skb_vlan_tag_present(whole) && (features & NETIF_F_HW_VLAN_TX) === 0) {
        note(k, "no VLAN tag offload: insert the tag into the frame", { vlan_tci: whole.vlan_tci });
        const tagged = __vlan_put_tag(k, whole, skb_vlan_tag_get(whole));
        if (tagged === null) return NETDEV_TX_OK;
        whole = tagged;
        whole.vlan_tci = 0;
      }
      if (whole.encapsulation !== 0) features &= NETIF_F_SG;
      if (netif_needs_gso(k, whole, features)) {
        if (dev_gso_segment(k, whole, features) !== 0) {
          drop(k, whole, "SKB_GSO_SEG", "GSO packet cannot be segmented");
          kfree_skb(k, whole);
          return NETDEV_TX_OK;
        }
      } else {
        if (skb_needs_linearize(k, whole, features)) {
          note(k, "no scatter-gather on the device: linearize the packet");
          if (__skb_linearize(k, whole) !== 0) {
            drop(k, whole, "NOMEM", "no memory to linearize the packet");
            kfree_skb(k, whole);
            return NETDEV_TX_OK;
          }
        }
        if (whole.ip_summed === CHECKSUM_PARTIAL) {
          if (whole.encapsulation === 0) skb_set_transport_header(whole, skb_checksum_start_offset(whole));
          if ((features & NETIF_F_ALL_CSUM) !== 0) note(k, "transport checksum offloaded to the device");
          else {
            note(k, "no checksum offload on this device: fill in the transport checksum now");
            if (skb_checksum_help(k, whole) !== 0) {
              drop(k, whole, "SKB_GSO_SEG", "the transport checksum cannot be filled in");
              kfree_skb(k, whole);
              return NETDEV_TX_OK;
            }
          }
        }
      }
      if (whole.next === null) {
        if ((dev.priv_flags & IFF_XMIT_DST_RELEASE) !== 0 && whole.dst !== null) {
          note(k, "the driver does not need the route (IFF_XMIT_DST_RELEASE): release it", { dev: dev.name });
          skb_dst_drop(k, whole);
        }
        tap(k, dev, PACKET_OUTGOING, whole, whole.data);
        const skb_len = whole.len;
        const rc = ops.ndo_start_xmit(k, whole, dev);
        trace_net_dev_xmit(k, whole, rc, dev, skb_len);
        if (rc === NETDEV_TX_OK) txq_trans_update(k, txq);
        return rc;
      }
    }
    while (whole.next !== null) {
      const nskb: SkBuff = whole.next;
      whole.next = nskb.next;
      nskb.next = null;
      tap(k, dev, PACKET_OUTGOING, nskb, nskb.data);
      const skb_len = nskb.len;
      const rc = ops.ndo_start_xmit(k, nskb, dev);
      trace_net_dev_xmit(k, nskb, rc, dev, skb_len);
      if (rc !== NETDEV_TX_OK) {
        nskb.next = whole.next;
        whole.next = nskb;
        return rc;
      }
      txq_trans_update(k, txq);
      if (netif_tx_queue_stopped(txq) && whole.next !== null) return NETDEV_TX_BUSY;
    }
    whole.destructor = whole.gso_destructor;
    kfree_skb(k, whole);
    return NETDEV_TX_OK;
  },
);

/** Choose one of the device's transmit queues: there is one. */
export const netdev_pick_tx = traced(
  FILE,
  "netdev_pick_tx(dev, skb)",
  (_k: Kernel, dev: NetDevice, skb: SkBuff): NetdevQueue => {
    skb.queue_mapping = 0;
    return dev.tx;
  },
);

/** Send through a queueing discipline. */
export const __dev_xmit_skb = inlined(
  FILE,
  "__dev_xmit_skb(skb, q, dev, txq)",
  (k: Kernel, skb: SkBuff, q: Qdisc, dev: NetDevice, txq: NetdevQueue): number => {
    if (q.deactivated) {
      drop(k, skb, "QDISC_DROP", "the qdisc is deactivated", { dev: dev.name });
      kfree_skb(k, skb);
      return NET_XMIT_DROP;
    }
    if ((q.flags & TCQ_F_CAN_BYPASS) !== 0 && qdisc_qlen(q) === 0 && !q.running) {
      note(k, "the qdisc is empty: bypass it, transmit directly", { qdisc: q.ops.id });
      q.running = true;
      __qdisc_update_bstats(q, skb.len);
      if (sch_direct_xmit(k, skb, q, dev, txq) !== 0) __qdisc_run(k, q);
      else q.running = false;
      return NET_XMIT_SUCCESS;
    }
    note(k, "enqueue it, then run the qdisc", {
      qdisc: q.ops.id,
      qlen: qdisc_qlen(q),
    });
    const rc = qdisc_enqueue_root(k, skb, q);
    qdisc_run(k, q);
    return rc;
  },
);

/** Give a packet without a priority that of its sender's control group: no group has a map here. */
export const skb_update_prio = inlined(FILE, "skb_update_prio(skb)", (_k: Kernel, _skb: SkBuff): void => {});

/** Send a packet whose link-layer header is complete; it is consumed either way. */
export const dev_queue_xmit = traced(FILE, "dev_queue_xmit(skb)", (k: Kernel, skb: SkBuff): number => {
  const dev = skb.dev as NetDevice;
  local_bh_disable(k);
  skb_update_prio(k, skb);
  const txq = netdev_pick_tx(k, dev, skb);
  const q = txq.qdisc;
  skb.tc_verd = SET_TC_AT(k, skb.tc_verd, AT_EGRESS);
  trace_net_dev_queue(k, skb);
  if (q.enqueue !== null) {
    const rc = __dev_xmit_skb(k, skb, q, dev, txq);
    local_bh_enable(k);
    return rc;
  }
  if ((dev.flags & IFF_UP) !== 0) {
    if (txq.xmit_lock_owner !== CPU) {
      note(k, "the device has no queue (noqueue): transmit directly, in the sender's call", {
        dev: dev.name,
      });
      HARD_TX_LOCK(dev, txq);
      if (!netif_tx_queue_stopped(txq) && dev_hard_start_xmit(k, skb, dev, txq) === NETDEV_TX_OK) {
        HARD_TX_UNLOCK(dev, txq);
        if (k.softirq_pending !== 0 && k.bh_depth === 1 && k.in_softirq === 0)
          note(k, "bottom halves enabled again: NET_RX_SOFTIRQ runs here, inside the sender's call");
        local_bh_enable(k);
        return NET_XMIT_SUCCESS;
      }
      HARD_TX_UNLOCK(dev, txq);
      drop(k, skb, "DEV_READY", "the device's queue is stopped, and no qdisc can hold the packet", {
        dev: dev.name,
      });
      if (net_ratelimit(k) !== 0) printk(k, `Virtual device ${dev.name} asks to queue packet!`);
    } else {
      drop(k, skb, "DEAD_LOOP", "recursion: the device is already transmitting in this call", {
        dev: dev.name,
      });
      if (net_ratelimit(k) !== 0) printk(k, `Dead loop on virtual device ${dev.name}, fix it urgently!`);
    }
  } else drop(k, skb, "DEV_READY", "the device is down", { dev: dev.name });
  local_bh_enable(k);
  kfree_skb(k, skb);
  return -ENETDOWN;
});

const NETIF_F_LLTX = 4096;
/** The transmit lock, which drivers that say LLTX do not want. */
export function HARD_TX_LOCK(dev: NetDevice, txq: NetdevQueue): void {
  if ((dev.features & NETIF_F_LLTX) === 0) txq.xmit_lock_owner = CPU;
}
export function HARD_TX_UNLOCK(dev: NetDevice, txq: NetdevQueue): void {
  if ((dev.features & NETIF_F_LLTX) === 0) txq.xmit_lock_owner = -1;
}

/** The transmit softirq: free what drivers are done with, run the queues that waited. */
export const net_tx_action = traced(FILE, "net_tx_action(h)", (k: Kernel, _h: Named): void => {
  const sd = k.softnet;
  while (sd.completion_queue.length > 0) __kfree_skb(k, sd.completion_queue.shift() as SkBuff);
  const waiting = sd.output_queue;
  sd.output_queue = [];
  for (const q of waiting) {
    q.scheduled = false;
    qdisc_run(k, q);
  }
});

// --- in ----------------------------------------------------------------------------------------------------------

/** May a packet be moved to this device: is it up, and large enough? */
export const is_skb_forwardable = inlined(
  FILE,
  "is_skb_forwardable(dev, skb)",
  (k: Kernel, dev: NetDevice, skb: SkBuff): boolean => {
    if ((dev.flags & IFF_UP) === 0) {
      drop(k, skb, "DEV_READY", "the peer device is down", { dev: dev.name });
      return false;
    }
    if (skb.len <= dev.mtu + dev.hard_header_len + VLAN_HLEN || skb_is_gso(skb)) return true;
    drop(k, skb, "PKT_TOO_BIG", "larger than the peer device's MTU", { len: skb.len, mtu: dev.mtu });
    return false;
  },
);

/** Move a frame from one device's transmit side to another's receive side. */
export const dev_forward_skb = traced(
  FILE,
  "dev_forward_skb(dev, skb)",
  (k: Kernel, dev: NetDevice, skb: SkBuff): number => {
    skb_orphan(k, skb);
    if (!is_skb_forwardable(k, dev, skb)) {
      kfree_skb(k, skb);
      return NET_RX_DROP;
    }
    skb.iif = 0;
    skb.local_df = 0;
    skb_dst_drop(k, skb);
    skb.tstamp = 0;
    skb.pkt_type = PACKET_HOST;
    skb.protocol = eth_type_trans(k, skb, dev);
    skb.mark = 0;
    return netif_rx(k, skb);
  },
);

/** Put the CPU's backlog on the list of what the receive softirq polls. */
export const ____napi_schedule = inlined(
  FILE,
  "____napi_schedule(sd, napi)",
  (k: Kernel, sd: SoftnetData, _napi: Named): void => {
    sd.backlog_scheduled = true;
    raise_softirq(k, NET_RX_SOFTIRQ);
  },
);

/** struct rps_dev_flow: where a flow's last packet stands in a backlog. */
interface RpsDevFlow {
  last_qtail: number;
}

/** Choose the CPU that is to take a packet in (receive packet steering): -1, this one, where nothing is configured. */
export const get_rps_cpu = traced(
  FILE,
  "get_rps_cpu(dev, skb, rflowp)",
  (_k: Kernel, _dev: NetDevice, _skb: SkBuff, _rflowp: RpsDevFlow): number => {
    return -1;
  },
);

/** Put a packet on the CPU's backlog. */
export const enqueue_to_backlog = traced(
  FILE,
  "enqueue_to_backlog(skb, cpu, qtail)",
  (k: Kernel, skb: SkBuff, _cpu: number, qtail: RpsDevFlow): number => {
    const sd = k.softnet;
    softnet_count(k, "processed");
    if (sd.input_pkt_queue.length > k.netdev_max_backlog >>> 0) {
      drop(k, skb, "CPU_BACKLOG", "the backlog is full", {
        qlen: sd.input_pkt_queue.length,
        netdev_max_backlog: k.netdev_max_backlog,
      });
      softnet_count(k, "dropped");
      kfree_skb(k, skb);
      return NET_RX_DROP;
    }
    if (sd.input_pkt_queue.length === 0 && !sd.backlog_scheduled) {
      note(k, "the backlog was empty: raise NET_RX_SOFTIRQ");
      ____napi_schedule(k, sd, sd.backlog);
    }
    sd.input_pkt_queue.push(skb);
    qtail.last_qtail = sd.input_queue_head + sd.input_pkt_queue.length;
    return NET_RX_SUCCESS;
  },
);

/** Does netpoll (netconsole, a debugger) take the packet? No device here has it set up. */
export const netpoll_rx = inlined(
  "include/linux/netpoll.h",
  "netpoll_rx(skb)",
  (_k: Kernel, _skb: SkBuff): number => 0,
);

/** A driver has received a packet: keep it for the receive softirq. */
export const netif_rx = traced(FILE, "netif_rx(skb)", (k: Kernel, skb: SkBuff): number => {
  netpoll_rx(k, skb);
  if (skb.tstamp === 0) net_timestamp(k, skb);
  trace_netif_rx(k, skb);
  const rflow: RpsDevFlow = { last_qtail: 0 };
  let cpu = get_rps_cpu(k, skb.dev as NetDevice, skb, rflow);
  if (cpu < 0) cpu = CPU;
  return enqueue_to_backlog(k, skb, cpu, rflow);
});

/** Hand a packet to the ingress queue, where one is configured: none ever is here. */
export const handle_ing = inlined(
  FILE,
  "handle_ing(skb, pt_prev, ret, orig_dev)",
  (_k: Kernel, skb: SkBuff, _pt_prev: object, _ret: object, _orig_dev: NetDevice): SkBuff | null => {
    skb.tc_verd = 0;
    return skb;
  },
);

/** Give a received packet to the taps and to its protocol. */
export const __netif_receive_skb = traced(
  FILE,
  "__netif_receive_skb(skb)",
  (k: Kernel, skb: SkBuff): number => {
    let frame = skb;
    if (frame.tstamp === 0) net_timestamp(k, frame);
    trace_netif_receive_skb(k, frame);
    const orig_dev = frame.dev as NetDevice;
    // Where deliver_skb would leave what it did, had a queue for ingress been configured.
    const pt_prev = {};
    const ret = {};
    skb_reset_network_header(frame);
    if (!skb_transport_header_was_set(frame)) skb_reset_transport_header(frame);
    skb_reset_mac_len(frame);
    for (;;) {
      const dev = frame.dev as NetDevice;
      frame.iif = dev.ifindex;
      softnet_count(k, "processed");
      if (frame.protocol === ETH_P_8021Q) {
        const untagged = skb_vlan_untag(k, frame);
        if (untagged === null) return NET_RX_DROP;
        frame = untagged;
      }
      tap(k, dev, frame.pkt_type, frame, frame.mac_header);
      handle_ing(k, frame, pt_prev, ret, orig_dev);
      if (!skb_vlan_tag_present(frame)) break;
      if (vlan_do_receive(k, frame)) continue;
      if ((frame.vlan_tci & VLAN_VID_MASK) !== 0) frame.pkt_type = PACKET_OTHERHOST;
      else note(k, "VLAN id 0 (priority tag): receive the frame as untagged");
      frame.vlan_tci = 0;
      break;
    }
    const handler = k.ptype.get(frame.protocol);
    if (handler === undefined) {
      drop(k, frame, "UNHANDLED_PROTO", "no protocol handler for this EtherType", {
        protocol: frame.protocol,
      });
      kfree_skb(k, frame);
      return NET_RX_DROP;
    }
    return handler(k, frame, frame.dev as NetDevice);
  },
);

/** A driver that polls has received a packet: take it in at once. */
export const netif_receive_skb = traced(FILE, "netif_receive_skb(skb)", (k: Kernel, skb: SkBuff): number => {
  const rflow: RpsDevFlow = { last_qtail: 0 };
  const cpu = get_rps_cpu(k, skb.dev as NetDevice, skb, rflow);
  return cpu >= 0 ? enqueue_to_backlog(k, skb, cpu, rflow) : __netif_receive_skb(k, skb);
});

/** Take in what is on the backlog, `quota` packets at most. */
export const process_backlog = traced(
  FILE,
  "process_backlog(napi, quota)",
  (k: Kernel, _napi: Named, quota: number): number => {
    const sd = k.softnet;
    const start_time = k.jiffies;
    sd.backlog_weight = k.weight_p;
    let work = 0;
    do {
      const skb = sd.input_pkt_queue.shift();
      if (skb === undefined) {
        sd.backlog_scheduled = false;
        break;
      }
      sd.input_queue_head++;
      __netif_receive_skb(k, skb);
      if (k.random.tick?.("process_backlog") === true) tick(k);
    } while (++work < quota && k.jiffies === start_time);
    return work;
  },
);

/** rps_remote_softirq_cpus.mask: there is one CPU. */
const NO_CPUS: object = Object.freeze({});

/** Wake the other CPUs that were given packets: there are none. */
export const net_rps_action = inlined(FILE, "net_rps_action(mask)", (_k: Kernel, _mask: object): void => {});

/** The receive softirq: poll until nothing is left, or until it has had its share. */
export const net_rx_action = traced(FILE, "net_rx_action(h)", (k: Kernel, _h: Named): void => {
  const time_limit = k.jiffies + 2;
  let budget = k.netdev_budget;
  while (k.softnet.backlog_scheduled) {
    if (budget <= 0 || k.jiffies > time_limit) {
      note(k, "softirq budget or time used up: NET_RX_SOFTIRQ is raised again for the rest", { budget });
      softnet_count(k, "time_squeeze");
      raise_softirq(k, NET_RX_SOFTIRQ);
      break;
    }
    budget -= process_backlog(k, k.softnet.backlog, k.softnet.backlog_weight);
    trace_napi_poll(k, k.softnet.backlog);
  }
  net_rps_action(k, NO_CPUS);
});

// --- register, unregister ----------------------------------------------------------------------------------------

/** The next interface index that is free. */
export const dev_new_index = traced(FILE, "dev_new_index(net)", (k: Kernel, net: Net): number => {
  for (;;) {
    const ifindex = k.next_ifindex++;
    if (__dev_get_by_index(k, net, ifindex) === null) return ifindex;
  }
});

/** Take away features that need others which are absent. */
export const __netdev_fix_features = traced(
  FILE,
  "__netdev_fix_features(dev, name, features)",
  (_k: Kernel, _dev: NetDevice, _name: string, features: number): number => {
    let f = features;
    if ((f & NETIF_F_HW_CSUM) !== 0) f &= ~(NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM);
    if ((f & NETIF_F_NO_CSUM) !== 0) f &= ~(NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM | NETIF_F_HW_CSUM);
    if ((f & NETIF_F_SG) === 0) f &= ~(NETIF_F_ALL_TSO | NETIF_F_GSO | NETIF_F_UFO);
    if ((f & (NETIF_F_HW_CSUM | NETIF_F_NO_CSUM | NETIF_F_IP_CSUM)) === 0)
      f &= ~(NETIF_F_TSO | NETIF_F_TSO_ECN);
    if ((f & (NETIF_F_HW_CSUM | NETIF_F_NO_CSUM | NETIF_F_IPV6_CSUM)) === 0) f &= ~NETIF_F_TSO6;
    const both = NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM;
    if ((f & NETIF_F_GEN_CSUM) === 0 && (f & both) !== both) f &= ~NETIF_F_UFO;
    return f;
  },
);

function list_netdevice(net: Net, dev: NetDevice): void {
  net.devices.push(dev);
  net.dev_name_head.set(dev.name, dev);
  net.dev_index_head.set(dev.ifindex, dev);
  dev.vlan?.real_dev.vlan_devices.push(dev);
}

function unlist_netdevice(net: Net, dev: NetDevice): void {
  const at = net.devices.indexOf(dev);
  if (at < 0) return;
  net.devices.splice(at, 1);
  net.dev_name_head.delete(dev.name);
  net.dev_index_head.delete(dev.ifindex);
  const vlans = dev.vlan?.real_dev.vlan_devices ?? [];
  if (vlans.includes(dev)) vlans.splice(vlans.indexOf(dev), 1);
}

/** Enter a device that has been set up into the machine. */
export const register_netdevice = traced(
  FILE,
  "register_netdevice(dev)",
  (k: Kernel, dev: NetDevice): number => {
    const net = dev_net(dev);
    dev.iflink = -1;
    const ret = dev.netdev_ops.ndo_init?.(k, dev) ?? 0;
    if (ret !== 0) return ret > 0 ? -EIO : ret;
    const err = dev_get_valid_name(k, net, dev, dev.name, false);
    if (err !== 0) return err;
    dev.ifindex = dev_new_index(k, net);
    if (dev.iflink === -1) dev.iflink = dev.ifindex;
    dev.features |= NETIF_F_GSO | NETIF_F_GRO;
    dev.vlan_features |= NETIF_F_GRO | NETIF_F_HIGHDMA;
    dev.reg_state = "registered";
    const wanted = dev.netdev_ops.ndo_fix_features?.(k, dev, dev.features) ?? dev.features;
    dev.features = __netdev_fix_features(k, dev, dev.name, wanted);
    dev.present = true;
    dev_init_scheduler(k, dev);
    dev_hold(dev);
    list_netdevice(net, dev);
    call_netdevice_notifiers(k, NETDEV_REGISTER, dev);
    return 0;
  },
);

/** Take a device out of the machine. */
export const rollback_registered = traced(
  FILE,
  "rollback_registered(dev)",
  (k: Kernel, dev: NetDevice): void => {
    dev_close_many(k, [dev]);
    const net = dev_net(dev);
    unlist_netdevice(net, dev);
    dev.reg_state = "unregistering";
    dev_shutdown(k, dev);
    call_netdevice_notifiers(k, NETDEV_UNREGISTER, dev);
    dev.mc_list.clear();
    dev.netdev_ops.ndo_uninit?.(k, dev);
    call_netdevice_notifiers(k, NETDEV_UNREGISTER_BATCH, dev);
    dev_put(dev);
  },
);

/** Take a device out of the machine; what is left is done when the configuration lock is given back. */
export const unregister_netdevice = traced(
  FILE,
  "unregister_netdevice(dev)",
  (k: Kernel, dev: NetDevice): void => {
    rollback_registered(k, dev);
    k.net_todo_list.push(dev);
  },
);

/** Finish with the devices that were taken out while the configuration lock was held. */
export const netdev_run_todo = traced(FILE, "netdev_run_todo()", (k: Kernel): void => {
  const list = k.net_todo_list.splice(0);
  __rtnl_unlock(k);
  for (const dev of list) {
    dev.reg_state = "unregistered";
    const queue = k.softnet.input_pkt_queue;
    for (let i = queue.length - 1; i >= 0; i--) {
      if ((queue[i] as SkBuff).dev !== dev) continue;
      const skb = queue.splice(i, 1)[0] as SkBuff;
      drop(k, skb, "DEV_READY", "the input device is gone", { dev: dev.name });
      kfree_skb(k, skb);
    }
    dev.reg_state = "released";
  }
});

/** net_dev_init. */
export function net_dev_init(k: Kernel): void {
  linkwatch_init(k);
  sch_init(k);
  k.softirq_vec[NET_TX_SOFTIRQ] = (m) => net_tx_action(m, m.net_tx_softirq);
  k.softirq_vec[NET_RX_SOFTIRQ] = (m) => net_rx_action(m, m.net_rx_softirq);
}
