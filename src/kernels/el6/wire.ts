// SPDX-License-Identifier: GPL-2.0-only
/**
 * The other end of the cable: frames that come from other hosts, and which way those are. A network card's driver is
 * none of the modelled ones, so nothing of it is traced but what it calls.
 */
import { ENETDOWN, ENXIO } from "../../uapi/errno.ts";
import { VLAN_TAG_PRESENT } from "./include/linux/if_vlan.ts";
import { IFF_LOOPBACK, IFF_UP, NET_RX_SUCCESS, type NetDevice } from "./include/linux/netdevice.ts";
import { alloc_skb, type SkBuff, skb_reserve } from "./include/linux/skbuff.ts";
import { Flowi } from "./include/net/flow.ts";
import { FIB_RES_DEV, FIB_RES_GW, fib_res_put, new_fib_result } from "./include/net/ip_fib.ts";
import { do_softirq, type Kernel, mod_timer, new_timer } from "./kernel.ts";
import { netif_rx } from "./net/core/dev.ts";
import { skb_put } from "./net/core/skbuff.ts";
import { eth_type_trans } from "./net/ethernet/eth.ts";
import { fib_lookup } from "./net/ipv4/fib_rules.ts";
import { FIB_RES_PREFSRC } from "./net/ipv4/route.ts";
import { packet_snd } from "./net/packet/af_packet.ts";

/** Room before a frame that puts its IP header at a multiple of 4. */
const NET_IP_ALIGN = 2;
const RTN_LOCAL = 2;

/** Which way an address is: the first hop's device and address (0: it is on the link), and the source that goes with it. */
export function nexthop(
  k: Kernel,
  dst: number,
): { dev: string; via: number; src: number; local: boolean } | undefined {
  const fl = new Flowi();
  fl.fl4_dst = dst;
  const res = new_fib_result();
  if (fib_lookup(k, k.init_net, fl, res) !== 0) return undefined;
  const dev = FIB_RES_DEV(res);
  const src = FIB_RES_PREFSRC(k, res);
  const found = { dev: dev?.name ?? "", via: FIB_RES_GW(res), src, local: res.type === RTN_LOCAL };
  fib_res_put(k, res);
  return dev === null ? undefined : found;
}

/** A frame comes in on a device, now or in so many ticks: 0, or -errno. A veth's comes from its other end. */
export function receive_frame(k: Kernel, dev: NetDevice | null, frame: Uint8Array, ticks: number): number {
  if (dev === null || (dev.flags & IFF_LOOPBACK) !== 0) return -ENXIO;
  if ((dev.flags & IFF_UP) === 0) return -ENETDOWN;
  const arrive = (): number => (dev.peer === null ? interrupt(k, dev, frame) : sent(k, dev.peer, frame));
  if (ticks <= 0) return arrive();
  mod_timer(k, new_timer(arrive, "interrupt"), k.jiffies + ticks);
  return 0;
}

function sent(k: Kernel, peer: NetDevice, frame: Uint8Array): number {
  return Math.min(packet_snd(k, peer, frame), 0);
}

/** What a driver does with a frame: a device of a VLAN has it from the one below, with the tag beside it. */
function interrupt(k: Kernel, dev: NetDevice, frame: Uint8Array): number {
  const skb = alloc_skb(k, frame.length + NET_IP_ALIGN) as SkBuff;
  skb_reserve(skb, NET_IP_ALIGN);
  skb.head.bytes.set(frame, skb_put(k, skb, frame.length));
  const card = dev.vlan?.real_dev ?? dev;
  skb.protocol = eth_type_trans(k, skb, card);
  if (dev.vlan !== null && dev.vlan !== undefined) skb.vlan_tci = VLAN_TAG_PRESENT | dev.vlan.vlan_id;
  const { len } = skb;
  // No function of el6's counts here.
  if (netif_rx(k, skb) === NET_RX_SUCCESS) {
    card.stats.rx_packets++;
    card.stats.rx_bytes += len;
  } else card.stats.rx_dropped++;
  if (k.bh_depth === 0) do_softirq(k);
  return 0;
}
