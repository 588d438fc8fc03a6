// SPDX-License-Identifier: GPL-2.0-only
/** Other hosts: what they send comes in as frames on the device that they are reached by, and takes the whole way up. */
import type { Link, Machine } from "../../../kernels/release.ts";
import type { TraceEvent } from "../../../trace/event.ts";
import { ECONNREFUSED, EHOSTUNREACH, ENETUNREACH } from "../../../uapi/errno.ts";
import { hostMac } from "../../../wire/arp.ts";
import { ETH_P_IP, parseMac } from "../../../wire/ethernet.ts";
import { ICMP_HOST_UNREACH, ICMP_NET_UNREACH, ICMP_PORT_UNREACH } from "../../../wire/icmp.ts";
import { formatIpv4, IP_HLEN } from "../../../wire/ipv4.ts";
import {
  ethernetFrame,
  ethernetGroup,
  icmpError,
  icmpPacket,
  icmpUnreachable,
  ipv4Packet,
  ipv4Packets,
  udpDatagram,
} from "../../../wire/packet.ts";
import { UDP_HLEN } from "../../../wire/udp.ts";

/** An address and a port. */
export interface Endpoint {
  readonly addr: number;
  readonly port: number;
}

/** A datagram. */
export interface Sent {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  /** IPPROTO_UDP or IPPROTO_UDPLITE. */
  readonly protocol: number;
}

const BROADCAST = 0xffffffff;
const IPPROTO_UDP = 17;
const IPPROTO_UDPLITE = 136;
/** Of the machine's clock, in ms. */
const TICK = 1;
const IFF_BROADCAST = 0x2;
/** A device without a link-layer header. */
const ARPHRD_NONE = 0xfffe;

/** Why what comes from an address cannot come. */
export const NO_WAY = "no route to";

/** Errors that come as "destination unreachable": the code. */
const CODES: ReadonlyMap<number, number> = new Map([
  [ECONNREFUSED, ICMP_PORT_UNREACH],
  [EHOSTUNREACH, ICMP_HOST_UNREACH],
  [ENETUNREACH, ICMP_NET_UNREACH],
]);

/** Is it a group's address, or everybody's? */
export function isMulticast(addr: number): boolean {
  return addr >>> 28 === 14;
}

/** An ICMP error: who tells it, about which datagram. */
export interface Told {
  readonly error: { readonly type: number; readonly code: number; readonly rest: number };
  readonly by: number;
  readonly sent: Sent;
  /** Bytes of its data that are quoted. */
  readonly quoted: number;
}

const isUdp = (protocol: number): boolean => protocol === IPPROTO_UDP || protocol === IPPROTO_UDPLITE;

/** Does something between two calls, and says what happened. Undefined: the machine panicked. */
export type Between = (work: () => void) => Iterable<TraceEvent> | undefined;

export class Hosts {
  /** What happened when something came in last. */
  events: Iterable<TraceEvent> = [];
  private readonly machine: Machine;
  private readonly between: Between;

  constructor(machine: Machine, between: Between) {
    this.machine = machine;
    this.between = between;
  }

  /** Is it this machine's address? */
  isLocal(addr: number): boolean {
    return (
      addr >>> 24 === 127 || this.links().some(({ addresses }) => addresses.some((a) => a.local === addr))
    );
  }

  /** Has a device an address of its own? */
  hasAddress(device: string): boolean {
    return this.links().some(({ name, addresses }) => name === device && addresses.length > 0);
  }

  /** The address that the machine would use towards another. */
  source(addr: number): number | undefined {
    const src = this.machine.nexthop(addr)?.src ?? 0;
    return src === 0 ? undefined : src;
  }

  private links(): Link[] {
    return this.machine.links();
  }

  /** A datagram from another host, in `ms`: why it cannot come, or undefined. */
  datagram({ from, to, bytes, protocol }: Sent, device: string | undefined, ms: number): string | undefined {
    const ends = { saddr: from.addr, daddr: to.addr, sport: from.port, dport: to.port };
    const payload = udpDatagram(ends, bytes, protocol);
    const link = this.towards(from.addr, device);
    if (link === undefined) return `${NO_WAY} ${formatIpv4(from.addr)}`;
    return this.arrive(link, from.addr, to.addr, ipv4Packets(ends, protocol, payload, link.mtu), ms);
  }

  /** A packet as a raw socket received it. */
  packet(from: number, to: number, packet: Uint8Array, ms: number): string | undefined {
    const link = this.towards(from);
    if (link === undefined || packet.length < IP_HLEN) return `${NO_WAY} ${formatIpv4(from)}`;
    return this.arrive(link, from, to, [packet], ms);
  }

  /** Somebody says that a datagram did not get there: the host itself, or the gateway. Why that cannot be, or undefined. */
  unreachable(errno: number, { from, to, bytes, protocol }: Sent, ms: number): string | undefined {
    const code = CODES.get(errno);
    const way = this.machine.nexthop(to.addr);
    const link = this.towards(to.addr);
    if (code === undefined || way === undefined || link === undefined)
      return `${NO_WAY} ${formatIpv4(to.addr)}`;
    const teller = errno === ECONNREFUSED ? to.addr : way.via;
    if (teller === 0) return "no gateway to report it";
    const ends = { saddr: from.addr, daddr: to.addr, sport: from.port, dport: to.port };
    const lost = ipv4Packet(ends, protocol, udpDatagram(ends, bytes, protocol));
    const told = icmpPacket({ saddr: teller, daddr: from.addr }, icmpUnreachable(code, lost));
    return this.arrive(link, teller, from.addr, [told], ms);
  }

  /** Somebody on the way, or at its end, tells an error about a datagram. Why that cannot be, or undefined. */
  error({ error, by, sent, quoted }: Told, ms: number): string | undefined {
    const { from, to, bytes, protocol } = sent;
    const link = this.towards(to.addr);
    if (link === undefined) return `${NO_WAY} ${formatIpv4(to.addr)}`;
    const ends = { saddr: from.addr, daddr: to.addr, sport: from.port, dport: to.port };
    const inner = isUdp(protocol) ? udpDatagram(ends, bytes, protocol) : bytes;
    const lost = ipv4Packet(ends, protocol, inner);
    const head = isUdp(protocol) ? IP_HLEN + UDP_HLEN : IP_HLEN;
    const told = icmpPacket(
      { saddr: by, daddr: from.addr },
      icmpError(error, lost, Math.max(head + quoted, IP_HLEN + 8)),
    );
    return this.arrive(link, by, from.addr, [told], ms);
  }

  /** The device that a socket is bound to, or that an address is reached by; who has no address of his own is on the first link with others on it. */
  private towards(addr: number, device?: string): Link | undefined {
    const links = this.links();
    if (device !== undefined) return links.find(({ name }) => name === device);
    if (addr === 0)
      return links.find(({ flags, addresses }) => (flags & IFF_BROADCAST) !== 0 && addresses.length > 0);
    const way = this.machine.nexthop(addr);
    return way === undefined || way.local ? undefined : links.find(({ name }) => name === way.dev);
  }

  private arrive(
    link: Link,
    from: number,
    to: number,
    packets: readonly Uint8Array[],
    ms: number,
  ): string | undefined {
    const dest = isMulticast(to) ? ethernetGroup(to) : to === BROADCAST ? link.broadcast : link.address;
    const source = this.addressOf(from);
    const frames =
      link.type === ARPHRD_NONE
        ? packets
        : packets.map((packet) => ethernetFrame(dest, source, ETH_P_IP, packet));
    let ret = 0;
    const events = this.between(() => {
      for (const frame of frames) ret = Math.min(ret, this.machine.receive(link.name, frame, ms));
    });
    this.events = events ?? [];
    if (events === undefined) return "the kernel panicked";
    return ret < 0 ? `${link.name} does not receive frames` : undefined;
  }

  /** Who answers has been asked: the machine must have found out where to send, which takes at most `ms`. */
  greet(addr: number, ms: number): void {
    for (let passed = 0; passed < ms && this.isAsking(addr); passed += TICK) {
      if (this.between(() => this.machine.advance(TICK)) === undefined) return;
    }
  }

  /** Who a frame is from: the next hop's address as far as it is known. */
  private addressOf(from: number): Uint8Array {
    const hop = this.machine.nexthop(from)?.via || from;
    return parseMac(this.neighbour(hop)?.at(-1) ?? "") ?? hostMac(hop);
  }

  /** `eth0 192.0.2.1 reachable 02:00:00:00:00:01`, word by word. */
  private neighbour(addr: number): string[] | undefined {
    const words = this.machine.dump("neigh").map((line) => line.split(" "));
    return words.find((word) => word[1] === formatIpv4(addr));
  }

  /** Is the machine still asking for the Ethernet address on the way to somebody? */
  private isAsking(addr: number): boolean {
    return this.stateOf(addr) === "incomplete";
  }

  /** …or has it given up? */
  isUnresolved(addr: number): boolean {
    return this.isAsking(addr) || this.stateOf(addr) === "failed";
  }

  private stateOf(addr: number): string | undefined {
    return this.neighbour(this.machine.nexthop(addr)?.via || addr)?.[2];
  }
}
