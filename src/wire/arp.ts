// SPDX-License-Identifier: GPL-2.0-only
/** ARP for IPv4 on Ethernet (RFC 826): byte offsets behind the Ethernet header, and how a host answers. */
import { get16, get32, set16, set32 } from "./bytes.ts";

export const ARP_LEN = 28;
export const ARP_PROTOCOL = 2;
export const ARP_OP = 6;
export const ARP_SENDER_MAC = 8;
export const ARP_SENDER = 14;
export const ARP_TARGET_MAC = 18;
export const ARP_TARGET = 24;
export const ARPOP_REQUEST = 1;
export const ARPOP_REPLY = 2;
const ETH_P_IP = 0x0800;

/** Whom a packet asks for, or undefined where it is no question about an IPv4 address. */
export function arpAsksFor(packet: Uint8Array): number | undefined {
  if (packet.length < ARP_LEN || get16(packet, ARP_PROTOCOL) !== ETH_P_IP) return undefined;
  return get16(packet, ARP_OP) === ARPOP_REQUEST ? get32(packet, ARP_TARGET) : undefined;
}

/** What the host with this Ethernet address answers. */
export function arpReply(request: Uint8Array, mac: Uint8Array): Uint8Array {
  const b = request.slice(0, ARP_LEN);
  set16(b, ARP_OP, ARPOP_REPLY);
  b.set(mac, ARP_SENDER_MAC);
  set32(b, ARP_SENDER, get32(request, ARP_TARGET));
  b.set(request.subarray(ARP_SENDER_MAC, ARP_SENDER_MAC + 10), ARP_TARGET_MAC);
  return b;
}

/** The Ethernet address of a host that nobody described: it says which host it is, `02:00:c0:00:02:01` for 192.0.2.1. */
export function hostMac(addr: number): Uint8Array {
  const b = Uint8Array.of(0x02, 0, 0, 0, 0, 0);
  set32(b, 2, addr);
  return b;
}
