// SPDX-License-Identifier: GPL-2.0-only
/** net/core/rtnetlink.c: the lock over all configuration, and devices as ip(8) makes, changes and deletes them. */
import { drop, refuse, traced } from "../../../../trace/traced.ts";
import { EADDRNOTAVAIL, EBUSY, EEXIST, EINVAL, ENODEV, EOPNOTSUPP } from "../../../../uapi/errno.ts";
import type { LinkAdd, LinkDel, LinkSet, Neigh } from "../../../config.ts";
import { dummy_setup } from "../../drivers/net/dummy.ts";
import { ifb_setup } from "../../drivers/net/ifb.ts";
import { is_valid_tun_mtu, tun_net_init } from "../../drivers/net/tun.ts";
import { is_valid_veth_mtu, veth_dellink, veth_setup } from "../../drivers/net/veth.ts";
import {
  IFF_ALLMULTI,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_PROMISC,
  IFF_UP,
  NETDEV_TX_OK,
  NetDevice,
  type NetDeviceOps,
} from "../../include/linux/netdevice.ts";
import type { Kernel, Net } from "../../kernel.ts";
import { vlan_newlink, vlan_setup } from "../8021q/vlan_dev.ts";
import { is_valid_ether_addr, random_ether_addr } from "../ethernet/eth.ts";
import { netif_carrier_off } from "../sched/sch_generic.ts";
import {
  __dev_get_by_name,
  dev_alloc_name,
  dev_change_flags,
  dev_change_name,
  dev_get_flags,
  dev_set_mac_address,
  dev_set_mtu,
  netdev_run_todo,
  register_netdevice,
  unregister_netdevice,
} from "./dev.ts";
import { neigh_add, neigh_delete } from "./neighbour.ts";
import { kfree_skb } from "./skbuff.ts";

const FILE = "net/core/rtnetlink.c";

/** Take the lock over all configuration. */
export const rtnl_lock = traced(FILE, "rtnl_lock()", (_k: Kernel): void => {});

/** Give it back, and nothing more. */
export const __rtnl_unlock = traced(FILE, "__rtnl_unlock()", (_k: Kernel): void => {});

/** Is it taken? */
export const rtnl_is_locked = traced(FILE, "rtnl_is_locked()", (_k: Kernel): number => 1);

/** Give it back; devices that were unregistered meanwhile are finished with. */
export const rtnl_unlock = traced(FILE, "rtnl_unlock()", (k: Kernel): void => {
  netdev_run_todo(k);
});

/** struct rtnl_link_ops: a kind of device that can be made. */
interface RtnlLinkOps {
  readonly kind: string;
  readonly setup: (k: Kernel, dev: NetDevice) => void;
  readonly dellink: (k: Kernel, dev: NetDevice) => void;
}
const LINK_OPS: ReadonlyMap<string, RtnlLinkOps> = new Map([
  [
    "dummy",
    {
      kind: "dummy",
      setup: (k, dev) => dummy_setup(k, dev),
      dellink: (k, dev) => unregister_netdevice(k, dev),
    },
  ],
  [
    "ifb",
    { kind: "ifb", setup: (k, dev) => ifb_setup(k, dev), dellink: (k, dev) => unregister_netdevice(k, dev) },
  ],
  [
    "tun",
    {
      kind: "tun",
      setup: (k, dev) => tun_net_init(k, dev),
      dellink: (k, dev) => unregister_netdevice(k, dev),
    },
  ],
  [
    "tap",
    {
      kind: "tap",
      setup: (k, dev) => tun_net_init(k, dev),
      dellink: (k, dev) => unregister_netdevice(k, dev),
    },
  ],
  [
    "veth",
    { kind: "veth", setup: (k, dev) => veth_setup(k, dev), dellink: (k, dev) => veth_dellink(k, dev) },
  ],
  [
    "vlan",
    {
      kind: "vlan",
      setup: (k, dev) => vlan_setup(k, dev),
      dellink: (k, dev) => unregister_netdevice(k, dev),
    },
  ],
]);

/** What else el6's drivers make on request. */
const OTHER_KINDS: ReadonlySet<string> = new Set(
  "bond bridge can gre gretap ip6gre ip6tnl ipip macvlan macvtap sit vcan vxlan".split(" "),
);

/** The operations of a device before its driver gives it its own. */
const no_ops: NetDeviceOps = {
  ndo_start_xmit: (k, skb) => {
    drop(k, skb, "DEV_READY", "the device has no driver operations yet");
    kfree_skb(k, skb);
    return NETDEV_TX_OK;
  },
};

/** The kind of a name. */
export const rtnl_link_ops_get = traced(
  FILE,
  "rtnl_link_ops_get(kind)",
  (_k: Kernel, kind: string): RtnlLinkOps | null => {
    return LINK_OPS.get(kind) ?? null;
  },
);

interface LinkParms {
  readonly address?: Uint8Array;
  readonly mtu?: number;
  readonly txqueuelen?: number;
}

/** Make a device of a kind, not registered yet. */
export const rtnl_create_link = traced(
  FILE,
  "rtnl_create_link(net, ifname, ops, tb)",
  (k: Kernel, net: Net, ifname: string, ops: RtnlLinkOps, tb: LinkParms): NetDevice | number => {
    const dev = new NetDevice(k.oid("dev"), ifname, ops.kind, no_ops, net);
    ops.setup(k, dev);
    if (ifname.includes("%")) {
      const err = dev_alloc_name(k, dev, ifname);
      if (err < 0) return err;
    }
    if (tb.mtu !== undefined) dev.mtu = tb.mtu;
    if (tb.address !== undefined) dev.dev_addr = tb.address.slice(0, 6);
    if (tb.txqueuelen !== undefined) dev.tx_queue_len = tb.txqueuelen;
    return dev;
  },
);

/** veth_newlink (drivers/net/veth.c): the other end is registered first. */
function veth_newlink(k: Kernel, net: Net, dev: NetDevice, ops: RtnlLinkOps, tb: LinkAdd): number {
  const peertb: LinkParms =
    tb.peer !== undefined ? (tb.peer.address !== undefined ? { address: tb.peer.address } : {}) : tb;
  if (peertb.address !== undefined && !is_valid_ether_addr(peertb.address)) {
    return refuse(k, -EADDRNOTAVAIL, "the peer's hardware address is zero or multicast: invalid");
  }
  const peer = rtnl_create_link(k, net, tb.peer?.name ?? tb.name, ops, peertb);
  if (typeof peer === "number") return peer;
  if (peertb.address === undefined) random_ether_addr(k, peer.dev_addr);
  let err = register_netdevice(k, peer);
  if (err < 0) return err;
  netif_carrier_off(k, peer);
  if (tb.address === undefined) random_ether_addr(k, dev.dev_addr);
  err = register_netdevice(k, dev);
  if (err < 0) {
    unregister_netdevice(k, peer);
    return err;
  }
  netif_carrier_off(k, dev);
  dev.peer = peer;
  peer.peer = dev;
  return 0;
}

/** `ip link add`. */
export const rtnl_newlink = traced(FILE, "rtnl_newlink(tb)", (k: Kernel, tb: LinkAdd): number => {
  const net = k.init_net;
  const known = __dev_get_by_name(k, net, tb.name);
  if (tb.address !== undefined && known !== null && tb.address.length < known.addr_len) {
    return refuse(k, -EINVAL, "hardware address shorter than addr_len", { len: tb.address.length });
  }
  const ops = rtnl_link_ops_get(k, tb.type);
  if (ops !== null) {
    if (tb.address !== undefined && tb.address.length !== 6) {
      return refuse(k, -EINVAL, "hardware address is not 6 bytes", { len: tb.address.length });
    }
    if (tb.address !== undefined && !is_valid_ether_addr(tb.address)) {
      return refuse(k, -EADDRNOTAVAIL, "the hardware address is zero or multicast: invalid");
    }
    if (ops.kind === "tun" && tb.address !== undefined) {
      return refuse(k, -EINVAL, "tun device: no hardware address", { name: tb.name });
    }
    if (ops.kind === "veth" && tb.mtu !== undefined && !is_valid_veth_mtu(tb.mtu)) {
      return refuse(k, -EINVAL, "MTU is out of range for a veth device", { mtu: tb.mtu });
    }
  }
  const isTun = tb.type === "tun" || tb.type === "tap";
  if (known !== null && isTun) {
    return refuse(k, -EBUSY, "a device with this name already exists", { name: tb.name });
  }
  if (known !== null) {
    return refuse(k, -EEXIST, "a device with this name already exists", { name: tb.name });
  }
  if (ops === null) {
    if (OTHER_KINDS.has(tb.type)) {
      return refuse(k, -EOPNOTSUPP, "not modelled: this device kind", { kind: tb.type });
    }
    return refuse(k, -EOPNOTSUPP, "no driver for this device kind", { kind: tb.type });
  }
  const dev = rtnl_create_link(k, net, tb.name, ops, tb);
  if (typeof dev === "number") return dev;
  if (isTun) {
    if (tb.mtu !== undefined && !is_valid_tun_mtu(dev, tb.mtu)) {
      return refuse(k, -EINVAL, "MTU is out of range for a tun device", { mtu: tb.mtu });
    }
    dev.tfile = tb.unattended !== true;
  }
  if (ops.kind === "veth") return veth_newlink(k, net, dev, ops, tb);
  if (ops.kind === "vlan") {
    const real_dev = tb.link === undefined ? null : __dev_get_by_name(k, net, tb.link);
    return vlan_newlink(k, dev, real_dev, tb.id, tb.mtu);
  }
  return register_netdevice(k, dev);
});

/**
 * `ip link set`, in the order of do_setlink whatever the order of the words: address, MTU, name, then all flags at once,
 * the queue's length last. What is refused ends it; what came before stays.
 */
export const rtnl_setlink = traced(FILE, "rtnl_setlink(tb)", (k: Kernel, tb: LinkSet): number => {
  const dev = __dev_get_by_name(k, k.init_net, tb.dev);
  if (dev === null) {
    return refuse(k, -ENODEV, "no device with this name", { name: tb.dev });
  }
  let err = 0;
  if (tb.address !== undefined) err = dev_set_mac_address(k, dev, tb.address);
  if (err === 0 && tb.mtu !== undefined) err = dev_set_mtu(k, dev, tb.mtu);
  if (err === 0 && tb.name !== undefined) err = dev_change_name(k, dev, tb.name);
  if (err < 0) return err;
  let set = 0;
  let change = 0;
  const flag = (bit: number, on: boolean | undefined): void => {
    if (on === undefined) return;
    change |= bit;
    if (on) set |= bit;
  };
  flag(IFF_UP, tb.up);
  flag(IFF_NOARP, tb.arp === undefined ? undefined : !tb.arp);
  flag(IFF_MULTICAST, tb.multicast);
  flag(IFF_ALLMULTI, tb.allmulti);
  flag(IFF_PROMISC, tb.promisc);
  if (change !== 0) err = dev_change_flags(k, dev, (dev_get_flags(k, dev) & ~change) | set);
  if (err < 0 || tb.txqueuelen === undefined) return Math.min(err, 0);
  if (tb.txqueuelen < 0) {
    return refuse(k, -EINVAL, "negative txqueuelen", { txqueuelen: tb.txqueuelen });
  }
  dev.tx_queue_len = tb.txqueuelen;
  return 0;
});

/** `ip link del`. */
export const rtnl_dellink = traced(FILE, "rtnl_dellink(tb)", (k: Kernel, tb: LinkDel): number => {
  const dev = __dev_get_by_name(k, k.init_net, tb.dev);
  if (dev === null) {
    return refuse(k, -ENODEV, "no device with this name", { name: tb.dev });
  }
  const ops = rtnl_link_ops_get(k, dev.kind);
  if (ops === null) {
    return refuse(k, -EOPNOTSUPP, "the device has no rtnl_link_ops: it cannot be deleted", { dev: dev.name });
  }
  ops.dellink(k, dev);
  return 0;
});

/** `ip neigh add|replace|change|del`. */
export function rtnl_neigh(k: Kernel, req: Neigh): number {
  return req.op === "del" ? neigh_delete(k, req) : neigh_add(k, req);
}
