// SPDX-License-Identifier: GPL-2.0-only
/** Whole packets made of their parts, with their checksums: what other hosts send. Addresses in host order. */
import { set16, set32 } from "./bytes.ts";
import { csum_fold, csum_partial, csum_tcpudp_magic, ip_fast_csum } from "./checksum.ts";
import { ETH_DEST, ETH_PROTO, ETH_SOURCE } from "./ethernet.ts";
import { ICMP_CHECKSUM, ICMP_CODE, ICMP_DEST_UNREACH, ICMP_HLEN, ICMP_REST, ICMP_TYPE } from "./icmp.ts";
import {
  IP_CHECK,
  IP_DADDR,
  IP_DF,
  IP_FRAG_OFF,
  IP_HLEN,
  IP_ID,
  IP_MF,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOT_LEN,
  IP_TTL_OFF,
  IP_VIHL,
} from "./ipv4.ts";
import { UDP_CHECK, UDP_DEST, UDP_HLEN, UDP_LEN, UDP_SOURCE } from "./udp.ts";

const ETH_HLEN = 14;
const IPPROTO_ICMP = 1;
const IPPROTO_UDP = 17;
/** What nobody tells: how far away the sender was, and how it counts its packets. */
const TTL = 64;
const FRAGMENT_ID = 1;

/** Both ends of a packet. */
export interface Ends {
  readonly saddr: number;
  readonly daddr: number;
}

/** …with their ports. */
export interface UdpEnds extends Ends {
  readonly sport: number;
  readonly dport: number;
}

/** A UDP datagram with its header, or a UDP-Lite one: `protocol` says which. */
export function udpDatagram(ends: UdpEnds, payload: Uint8Array, protocol: number = IPPROTO_UDP): Uint8Array {
  const len = UDP_HLEN + payload.length;
  const b = new Uint8Array(len);
  set16(b, UDP_SOURCE, ends.sport);
  set16(b, UDP_DEST, ends.dport);
  // In UDP-Lite the field is the checksum's coverage: all of it.
  set16(b, UDP_LEN, len);
  b.set(payload, UDP_HLEN);
  const sum = csum_tcpudp_magic(ends.saddr, ends.daddr, len, protocol, csum_partial(b, 0, len, 0));
  set16(b, UDP_CHECK, sum === 0 ? 0xffff : sum);
  return b;
}

/** "Destination unreachable" about a packet: its header and the first eight bytes behind it are quoted. */
export function icmpUnreachable(code: number, packet: Uint8Array): Uint8Array {
  return icmpError({ type: ICMP_DEST_UNREACH, code, rest: 0 }, packet, IP_HLEN + 8);
}

/** An ICMP error about a packet, of which so many bytes are `quoted`; `rest`: the 32 bits before them (an MTU, a pointer). */
export function icmpError(
  error: { readonly type: number; readonly code: number; readonly rest: number },
  packet: Uint8Array,
  quoted: number,
): Uint8Array {
  const about = packet.subarray(0, quoted);
  const b = new Uint8Array(ICMP_HLEN + about.length);
  b[ICMP_TYPE] = error.type;
  b[ICMP_CODE] = error.code;
  set32(b, ICMP_REST, error.rest);
  b.set(about, ICMP_HLEN);
  set16(b, ICMP_CHECKSUM, csum_fold(csum_partial(b, 0, b.length, 0)));
  return b;
}

/** An IPv4 packet; it may be one of several that its payload is cut into. */
export function ipv4Packet(
  { saddr, daddr }: Ends,
  protocol: number,
  payload: Uint8Array,
  fragment: { readonly id: number; readonly offset: number } = { id: 0, offset: IP_DF },
): Uint8Array {
  const b = new Uint8Array(IP_HLEN + payload.length);
  b[IP_VIHL] = 0x45;
  set16(b, IP_TOT_LEN, b.length);
  set16(b, IP_ID, fragment.id);
  set16(b, IP_FRAG_OFF, fragment.offset);
  b[IP_TTL_OFF] = TTL;
  b[IP_PROTOCOL] = protocol;
  set32(b, IP_SADDR, saddr);
  set32(b, IP_DADDR, daddr);
  set16(b, IP_CHECK, ip_fast_csum(b, 0, IP_HLEN / 4));
  b.set(payload, IP_HLEN);
  return b;
}

/** As many packets as an MTU makes of a payload. */
export function ipv4Packets(ends: Ends, protocol: number, payload: Uint8Array, mtu: number): Uint8Array[] {
  if (IP_HLEN + payload.length <= mtu) return [ipv4Packet(ends, protocol, payload)];
  const most = Math.max((mtu - IP_HLEN) & ~7, 8);
  const packets: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += most) {
    const more = at + most < payload.length ? IP_MF : 0;
    const fragment = { id: FRAGMENT_ID, offset: more | (at / 8) };
    packets.push(ipv4Packet(ends, protocol, payload.subarray(at, at + most), fragment));
  }
  return packets;
}

/** An ICMP message as a packet. */
export function icmpPacket(ends: Ends, message: Uint8Array): Uint8Array {
  return ipv4Packet(ends, IPPROTO_ICMP, message);
}

/** A packet in an Ethernet frame. */
export function ethernetFrame(
  dest: Uint8Array,
  source: Uint8Array,
  protocol: number,
  packet: Uint8Array,
): Uint8Array {
  const b = new Uint8Array(ETH_HLEN + packet.length);
  b.set(dest.subarray(0, 6), ETH_DEST);
  b.set(source.subarray(0, 6), ETH_SOURCE);
  set16(b, ETH_PROTO, protocol);
  b.set(packet, ETH_HLEN);
  return b;
}

/** The Ethernet address of a multicast group. */
export function ethernetGroup(group: number): Uint8Array {
  return Uint8Array.of(0x01, 0x00, 0x5e, (group >>> 16) & 0x7f, (group >>> 8) & 0xff, group & 0xff);
}
