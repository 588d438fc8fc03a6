// SPDX-License-Identifier: GPL-2.0-only
/**
 * The other end of the cable: frames that come from other hosts and frames that leave for them, and which way those are.
 * Of what a card's interrupt does nothing is traced but what it calls.
 */
import { fate, note, refuse } from "../../trace/traced.ts";
import { ENETDOWN, ENXIO } from "../../uapi/errno.ts";
import { ARP_LEN, ARP_SENDER_MAC, arpAsksFor, arpReply, hostMac } from "../../wire/arp.ts";
import { get16, get32 } from "../../wire/bytes.ts";
import { csum_partial, csum_tcpudp_magic } from "../../wire/checksum.ts";
import { ETH_P_8021Q, ETH_P_ARP, ETH_P_IP, ETH_PROTO, formatMac } from "../../wire/ethernet.ts";
import {
  IP_DADDR,
  IP_FRAG_OFF,
  IP_HLEN,
  IP_MF,
  IP_OFFSET,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOT_LEN,
  IP_VIHL,
} from "../../wire/ipv4.ts";
import { ethernetFrame } from "../../wire/packet.ts";
import { UDP_CHECK, UDP_HLEN } from "../../wire/udp.ts";
import { tun_get_user } from "./drivers/net/tun.ts";
import {
  skb_vlan_tag_get,
  skb_vlan_tag_present,
  VLAN_HLEN,
  VLAN_TAG_PRESENT,
  VLAN_VID_MASK,
} from "./include/linux/if_vlan.ts";
import { inet_ifa_match } from "./include/linux/inetdevice.ts";
import {
  dev_count,
  ETH_HLEN,
  IFF_LOOPBACK,
  IFF_UP,
  NET_RX_SUCCESS,
  type NetDevice,
} from "./include/linux/netdevice.ts";
import { alloc_skb, CHECKSUM_UNNECESSARY, type SkBuff, skb_reserve } from "./include/linux/skbuff.ts";
import { Flowi } from "./include/net/flow.ts";
import { FIB_RES_DEV, FIB_RES_GW, fib_res_put, new_fib_result } from "./include/net/ip_fib.ts";
import { do_softirq, type Kernel, mod_timer, new_timer, within_tick } from "./kernel.ts";
import { netif_rx, skb_bytes } from "./net/core/dev.ts";
import { skb_put } from "./net/core/skbuff.ts";
import { eth_type_trans } from "./net/ethernet/eth.ts";
import { fib_lookup } from "./net/ipv4/fib_rules.ts";
import { FIB_RES_PREFSRC } from "./net/ipv4/route.ts";
import { packet_snd } from "./net/packet/af_packet.ts";

/** Room before a frame that puts its IP header at a multiple of 4. */
const NET_IP_ALIGN = 2;
const RTN_LOCAL = 2;
/** The shortest frame of an Ethernet, without its checksum. */
const ETH_ZLEN = 60;
const IPPROTO_UDP = 17;

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

/** A frame comes in on a device, now or in so many ticks: 0, or -errno. A veth's comes from its other end, a tun's from its program. */
export function receive_frame(k: Kernel, dev: NetDevice | null, frame: Uint8Array, ticks: number): number {
  if (dev === null || (dev.flags & IFF_LOOPBACK) !== 0) {
    return refuse(k, -ENXIO, "no device with this name, or the loopback device");
  }
  if ((dev.flags & IFF_UP) === 0) {
    return refuse(k, -ENETDOWN, "the device is down", { dev: dev.name });
  }
  const arrive = (): number => {
    if (dev.kind === "tun" || dev.kind === "tap") return tun_get_user(k, dev, frame);
    return dev.peer === null ? interrupt(k, dev, frame) : sent(k, dev.peer, frame);
  };
  if (ticks <= 0) return arrive();
  mod_timer(k, new_timer(arrive, "interrupt"), k.jiffies + ticks);
  return 0;
}

function sent(k: Kernel, peer: NetDevice, frame: Uint8Array): number {
  return Math.min(packet_snd(k, peer, frame), 0);
}

/** What a driver does with a frame: a device of a VLAN has it from the one below, with the tag beside it. */
function interrupt(k: Kernel, dev: NetDevice, frame: Uint8Array): number {
  const card = dev.vlan?.real_dev ?? dev;
  const isCard = card.kind === "e1000";
  // No frame on a wire is shorter; e1000 counts all of it, the others what follows the header.
  const length = isCard ? Math.max(frame.length, ETH_ZLEN) : frame.length;
  const skb = alloc_skb(k, length + NET_IP_ALIGN) as SkBuff;
  skb_reserve(skb, NET_IP_ALIGN);
  skb.head.bytes.set(frame, skb_put(k, skb, length));
  if (isCard && summed(frame)) skb.ip_summed = CHECKSUM_UNNECESSARY;
  skb.protocol = eth_type_trans(k, skb, card);
  if (dev.vlan !== null && dev.vlan !== undefined) skb.vlan_tci = VLAN_TAG_PRESENT | dev.vlan.vlan_id;
  fate(k, "arrived", skb, "", { dev: dev.name, len: frame.length });
  const len = isCard ? length : skb.len;
  if (netif_rx(k, skb) === NET_RX_SUCCESS) {
    dev_count(k, card, "rx_packets");
    dev_count(k, card, "rx_bytes", len);
  } else dev_count(k, card, "rx_dropped");
  if (k.bh_depth === 0) do_softirq(k);
  return 0;
}

/** e1000_rx_checksum: did the card find a UDP checksum to be right? */
function summed(frame: Uint8Array): boolean {
  if (frame.length < ETH_HLEN + IP_HLEN || get16(frame, ETH_PROTO) !== ETH_P_IP) return false;
  const ip = frame.subarray(ETH_HLEN);
  const hlen = ((ip[IP_VIHL] as number) & 0xf) * 4;
  const len = get16(ip, IP_TOT_LEN) - hlen;
  const whole = (get16(ip, IP_FRAG_OFF) & (IP_MF | IP_OFFSET)) === 0;
  if (ip[IP_PROTOCOL] !== IPPROTO_UDP || !whole || len < UDP_HLEN || hlen + len > ip.length) return false;
  if (get16(ip, hlen + UDP_CHECK) === 0) return false;
  const sum = csum_partial(ip, hlen, hlen + len, 0);
  return csum_tcpudp_magic(get32(ip, IP_SADDR), get32(ip, IP_DADDR), len, IPPROTO_UDP, sum) === 0;
}

// --- what leaves -------------------------------------------------------------------------------------------------

/**
 * A card has put a frame on the wire: it is out of the machine. Nobody out there counts or answers, but that the hosts of
 * the LAN answer ARP: each address of the device's networks that is not the machine's own is a host, and it answers before the
 * clock's next tick.
 */
export function on_wire(k: Kernel, dev: NetDevice, skb: SkBuff): void {
  const frame = skb_bytes(skb, skb.data);
  const inFrame = get16(frame, ETH_PROTO) === ETH_P_8021Q;
  const at = inFrame ? ETH_HLEN + VLAN_HLEN : ETH_HLEN;
  if (frame.length < at + ARP_LEN || get16(frame, at - 2) !== ETH_P_ARP) return;
  const request = frame.subarray(at);
  const target = arpAsksFor(request);
  const tagged = inFrame || skb_vlan_tag_present(skb);
  const vlan_id = (inFrame ? get16(frame, ETH_HLEN) : skb_vlan_tag_get(skb)) & VLAN_VID_MASK;
  const asked = tagged
    ? k.init_net.devices.find((d) => d.vlan?.real_dev === dev && d.vlan.vlan_id === vlan_id)
    : dev;
  if (asked === undefined || target === undefined || !is_host(k, asked, target)) return;
  const mac = hostMac(target);
  const reply = ethernetFrame(request.subarray(ARP_SENDER_MAC), mac, ETH_P_ARP, arpReply(request, mac));
  const answer = new_timer(() => {
    if ((asked.flags & IFF_UP) === 0) return;
    note(k, "ARP reply from a host on the wire", { addr: target, lladdr: formatMac(mac) });
    interrupt(k, asked, reply);
  }, "interrupt");
  within_tick(k, answer);
}

/** Is there a host of this address on the device's link? */
function is_host(k: Kernel, dev: NetDevice, addr: number): boolean {
  const own = k.init_net.devices.some((d) => d.ip_ptr?.ifa_list.some((ifa) => ifa.ifa_local === addr));
  if (own) return false;
  const nets = dev.ip_ptr?.ifa_list.filter((ifa) => inet_ifa_match(addr, ifa)) ?? [];
  return nets.some((ifa) => addr !== ifa.ifa_broadcast);
}
