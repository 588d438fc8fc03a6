// SPDX-License-Identifier: GPL-2.0-only
/** Other hosts, for tests: a datagram comes in on eth0, and calls are watched while they wait for it. */

import type { Machine, Syscall, SysResult } from "../../../src/kernels/release.ts";
import { isReason } from "../../../src/trace/event.ts";
import { ETH_P_IP } from "../../../src/wire/ethernet.ts";
import { ethernetFrame, ipv4Packets, udpDatagram } from "../../../src/wire/packet.ts";
import { User } from "./calls.ts";
import { network } from "./network.ts";

export const ETH0: readonly string[] = [
  "ip link add eth0 address 02:00:00:00:00:10 type dummy",
  "ip link set eth0 up",
  "ip addr add 192.0.2.10/24 dev eth0",
];
export const HOST = 0xc0000263;
export const OWN = 0xc000020a;
const OWN_MAC = Uint8Array.of(2, 0, 0, 0, 0, 0x10);
const HOST_MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);

/** A datagram from 192.0.2.99:53 to a port of 192.0.2.10 comes in, in `ms`. */
export function arrive(m: Machine, dport: number, ms: number, text = "hi"): number {
  const ends = { saddr: HOST, daddr: OWN, sport: 53, dport };
  const [packet] = ipv4Packets(ends, 17, udpDatagram(ends, new TextEncoder().encode(text)), 1500);
  return m.receive("eth0", ethernetFrame(OWN_MAC, HOST_MAC, ETH_P_IP, packet as Uint8Array), ms);
}

/** What a call gave back, how often a socket was asked in it, how long it took, and why. */
export function traced(
  m: Machine,
  call: Syscall,
): SysResult & { asked: number; ms: number; notes: string[] } {
  const rec = m.newRecorder();
  const before = m.uptime();
  m.record(rec);
  const result = m.syscall(call);
  m.record(null);
  const events = [...rec];
  const asked = events.filter((ev) => ev.ev === "enter" && ev.fn === "sock_poll").length;
  const notes = events.flatMap((ev) => (isReason(ev) ? [ev.text] : []));
  return { ...result, asked, ms: m.uptime() - before, notes };
}

/** Two sockets, bound to 1001 and 1002. */
export function sockets(lines: readonly string[] = ETH0): { u: User; a: number; b: number } {
  const u = new User(network(lines));
  const a = u.open();
  const b = u.open();
  u.bind(a, "0.0.0.0:1001");
  u.bind(b, "0.0.0.0:1002");
  return { u, a, b };
}
