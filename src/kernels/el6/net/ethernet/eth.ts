// SPDX-License-Identifier: GPL-2.0-only
/** net/ethernet/eth.c: Ethernet headers, written, read and kept ready. */
import { dump, note, refuse, traced } from "../../../../trace/traced.ts";
import { EADDRNOTAVAIL, EBUSY, EINVAL } from "../../../../uapi/errno.ts";
import { get16, set16 } from "../../../../wire/bytes.ts";
import {
  ETH_DEST,
  ETH_P_802_2,
  ETH_P_802_3,
  ETH_P_IP,
  ETH_PROTO,
  ETH_SOURCE,
} from "../../../../wire/ethernet.ts";
import {
  ARPHRD_ETHER,
  ETH_ALEN,
  ETH_HLEN,
  type HeaderOps,
  IFF_BROADCAST,
  IFF_LOOPBACK,
  IFF_MULTICAST,
  IFF_NOARP,
  type NetDevice,
  netif_running,
} from "../../include/linux/netdevice.ts";
import {
  PACKET_BROADCAST,
  PACKET_MULTICAST,
  PACKET_OTHERHOST,
  type SkBuff,
  skb_reset_mac_header,
} from "../../include/linux/skbuff.ts";
import type { HhCache, Neighbour } from "../../include/net/neighbour.ts";
import { type Kernel, printk } from "../../kernel.ts";
import { skb_pull, skb_push } from "../core/skbuff.ts";
import { arp_find } from "../ipv4/arp.ts";

const FILE = "net/ethernet/eth.c";
const ETH_DATA_LEN = 1500;

/** Not multicast and not all zero. */
export function is_valid_ether_addr(addr: Uint8Array): boolean {
  if (((addr[0] as number) & 1) !== 0) return false;
  for (let i = 0; i < ETH_ALEN; i++) if (addr[i] !== 0) return true;
  return false;
}
/** random_ether_addr: a locally administered address. */
export function random_ether_addr(k: Kernel, addr: Uint8Array): void {
  for (let i = 0; i < ETH_ALEN; i++) addr[i] = k.random.u32("hardware address") & 0xff;
  addr[0] = ((addr[0] as number) & 0xfe) | 0x02;
}
function same_ether_addr(b: Uint8Array, at: number, addr: Uint8Array): boolean {
  for (let i = 0; i < ETH_ALEN; i++) if (b[at + i] !== addr[i]) return false;
  return true;
}

/** Write the Ethernet header before the packet: to `daddr`, from `saddr` or the device itself. */
export const eth_header = traced(
  FILE,
  "eth_header(skb, dev, type, daddr, saddr, len)",
  (
    k: Kernel,
    skb: SkBuff,
    dev: NetDevice,
    type: number,
    daddr: Uint8Array | null,
    saddr: Uint8Array | null,
    len: number,
  ): number => {
    const at = skb_push(k, skb, ETH_HLEN);
    const b = skb.head.bytes;
    set16(b, at + ETH_PROTO, type !== ETH_P_802_3 && type !== ETH_P_802_2 ? type : len);
    b.set((saddr ?? dev.dev_addr).subarray(0, ETH_ALEN), at + ETH_SOURCE);
    let ret = ETH_HLEN;
    if (daddr !== null) b.set(daddr.subarray(0, ETH_ALEN), at + ETH_DEST);
    else if ((dev.flags & (IFF_LOOPBACK | IFF_NOARP)) !== 0)
      b.fill(0, at + ETH_DEST, at + ETH_DEST + ETH_ALEN);
    else {
      note(k, "no destination address yet: header incomplete");
      ret = -ETH_HLEN;
    }
    dump(k, "ethernet header", b, at, at + ETH_HLEN);
    return ret;
  },
);

/** Fill in the destination of a header that was written without one. */
export const eth_rebuild_header = traced(
  FILE,
  "eth_rebuild_header(skb)",
  (k: Kernel, skb: SkBuff): number => {
    const dev = skb.dev as NetDevice;
    const type = get16(skb.head.bytes, skb.data + ETH_PROTO);
    if (type === ETH_P_IP) {
      const dest = skb.head.bytes.subarray(skb.data + ETH_DEST, skb.data + ETH_DEST + ETH_ALEN);
      return arp_find(k, dest, skb);
    }
    printk(k, `${dev.name}: unable to resolve type ${type.toString(16).toUpperCase()} addresses.`);
    skb.head.bytes.set(dev.dev_addr.subarray(0, ETH_ALEN), skb.data + ETH_SOURCE);
    return 0;
  },
);

/** Take off the Ethernet header of a received frame: whom it is for, and its protocol. */
export const eth_type_trans = traced(
  FILE,
  "eth_type_trans(skb, dev)",
  (k: Kernel, skb: SkBuff, dev: NetDevice): number => {
    skb.dev = dev;
    skb_reset_mac_header(skb);
    skb_pull(k, skb, ETH_HLEN);
    const b = skb.head.bytes;
    const eth = skb.mac_header;
    if (((b[eth + ETH_DEST] as number) & 1) !== 0) {
      if (same_ether_addr(b, eth + ETH_DEST, dev.broadcast)) {
        note(k, "destination is the broadcast address");
        skb.pkt_type = PACKET_BROADCAST;
      } else {
        note(k, "destination is a multicast address");
        skb.pkt_type = PACKET_MULTICAST;
      }
    } else if (!same_ether_addr(b, eth + ETH_DEST, dev.dev_addr)) {
      note(k, "destination is another host's address");
      skb.pkt_type = PACKET_OTHERHOST;
    }
    const proto = get16(b, eth + ETH_PROTO);
    if (proto >= 1536) return proto;
    note(k, "length instead of EtherType: an 802.3 frame", { proto });
    return get16(b, skb.data) === 0xffff ? ETH_P_802_3 : ETH_P_802_2;
  },
);

/** Make a header once for all packets to a neighbour. */
export const eth_header_cache = traced(
  FILE,
  "eth_header_cache(neigh, hh)",
  (k: Kernel, neigh: Neighbour, hh: HhCache): number => {
    if (hh.hh_type === ETH_P_802_3) {
      note(k, "ETH_P_802_3: the length differs by packet, no header cache");
      return -1;
    }
    hh.hh_data = new Uint8Array(ETH_HLEN);
    hh.hh_data.set(neigh.ha.subarray(0, ETH_ALEN), ETH_DEST);
    hh.hh_data.set(neigh.dev.dev_addr.subarray(0, ETH_ALEN), ETH_SOURCE);
    set16(hh.hh_data, ETH_PROTO, hh.hh_type);
    hh.hh_len = ETH_HLEN;
    return 0;
  },
);

/** A neighbour has another address: put it into the ready header. */
export const eth_header_cache_update = traced(
  FILE,
  "eth_header_cache_update(hh, dev, haddr)",
  (_k: Kernel, hh: HhCache, _dev: NetDevice, haddr: Uint8Array): void => {
    hh.hh_data.set(haddr.subarray(0, ETH_ALEN), ETH_DEST);
  },
);

/** Give a device that is down another address. */
export const eth_mac_addr = traced(
  FILE,
  "eth_mac_addr(dev, p)",
  (k: Kernel, dev: NetDevice, p: Uint8Array): number => {
    if (netif_running(dev)) {
      return refuse(k, -EBUSY, "the device is up: its hardware address cannot be changed", { dev: dev.name });
    }
    if (!is_valid_ether_addr(p)) {
      return refuse(k, -EADDRNOTAVAIL, "the hardware address is zero or multicast: invalid");
    }
    dev.dev_addr = p.slice(0, ETH_ALEN);
    return 0;
  },
);

/** An MTU that fits an Ethernet frame. */
export const eth_change_mtu = traced(
  FILE,
  "eth_change_mtu(dev, new_mtu)",
  (k: Kernel, dev: NetDevice, new_mtu: number): number => {
    if (new_mtu < 68 || new_mtu > ETH_DATA_LEN) {
      return refuse(k, -EINVAL, "MTU is out of range for an Ethernet device", {
        mtu: new_mtu,
        min: 68,
        max: ETH_DATA_LEN,
      });
    }
    dev.mtu = new_mtu;
    return 0;
  },
);

/** Has the device an address that it may use? */
export const eth_validate_addr = traced(
  FILE,
  "eth_validate_addr(dev)",
  (k: Kernel, dev: NetDevice): number => {
    if (is_valid_ether_addr(dev.dev_addr)) return 0;
    return refuse(k, -EADDRNOTAVAIL, "the device has no valid hardware address", { dev: dev.name });
  },
);

export const eth_header_ops: HeaderOps = {
  create: eth_header,
  rebuild: eth_rebuild_header,
  cache: eth_header_cache,
  cache_update: eth_header_cache_update,
};

/** Set a device up as an Ethernet device. */
export const ether_setup = traced(FILE, "ether_setup(dev)", (_k: Kernel, dev: NetDevice): void => {
  dev.header_ops = eth_header_ops;
  dev.type = ARPHRD_ETHER;
  dev.hard_header_len = ETH_HLEN;
  dev.mtu = ETH_DATA_LEN;
  dev.addr_len = ETH_ALEN;
  dev.tx_queue_len = 1000;
  dev.flags = IFF_BROADCAST | IFF_MULTICAST;
  dev.broadcast.fill(0xff);
});
