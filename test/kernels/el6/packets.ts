// SPDX-License-Identifier: GPL-2.0-only
/** Frames for tests: IPv4 packets that arrive from a neighbour at v0 of a veth pair, and reading what leaves. */
import type { Frame, Machine } from "../../../src/kernels/release.ts";
import { get16, get32, set16, set32 } from "../../../src/wire/bytes.ts";
import { csum_fold, csum_partial, csum_tcpudp_magic } from "../../../src/wire/checksum.ts";
import { formatIpv4, parseDottedQuad } from "../../../src/wire/ipv4.ts";
import { VETH } from "./send.ts";

/** v0 with 10.0.0.1/24, and the neighbour 10.0.0.2 at its other end. */
export const NEIGHBOUR: readonly string[] = [
  ...VETH,
  "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 nud permanent dev v0",
];

const ETH = 14;

export interface Ip {
  readonly src?: string;
  readonly dst?: string;
  readonly proto: number;
  readonly data: Uint8Array;
  readonly id?: number;
  /** In bytes. */
  readonly offset?: number;
  readonly more?: boolean;
  readonly df?: boolean;
  readonly ttl?: number;
  readonly options?: readonly number[];
  /** Link-layer destination; v0's own when absent. */
  readonly mac?: readonly number[];
}

export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
export function hex(b: Uint8Array): string {
  return [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
}

/** An IPv4 packet in an Ethernet frame. */
export function ipFrame(p: Ip): Uint8Array {
  const options = p.options ?? [];
  const hlen = 20 + options.length;
  const f = new Uint8Array(ETH + hlen + p.data.length);
  f.set(p.mac ?? [2, 0, 0, 0, 0, 1], 0);
  f.set([2, 0, 0, 0, 0, 2], 6);
  set16(f, 12, 0x0800);
  f[ETH] = 0x40 | (hlen / 4);
  set16(f, ETH + 2, hlen + p.data.length);
  set16(f, ETH + 4, p.id ?? 1);
  set16(f, ETH + 6, ((p.offset ?? 0) >> 3) | (p.more === true ? 0x2000 : 0) | (p.df === true ? 0x4000 : 0));
  f[ETH + 8] = p.ttl ?? 64;
  f[ETH + 9] = p.proto;
  set32(f, ETH + 12, parseDottedQuad(p.src ?? "10.0.0.2") as number);
  set32(f, ETH + 16, parseDottedQuad(p.dst ?? "10.0.0.1") as number);
  f.set(options, ETH + 20);
  f.set(p.data, ETH + hlen);
  set16(f, ETH + 10, csum_fold(csum_partial(f, ETH, ETH + hlen, 0)));
  return f;
}

/** An ICMP (or IGMP) message with its checksum. */
export function icmp(type: number, code: number, rest: Uint8Array): Uint8Array {
  const m = new Uint8Array(4 + rest.length);
  m.set([type, code]);
  m.set(rest, 4);
  set16(m, 2, csum_fold(csum_partial(m, 0, m.length, 0)));
  return m;
}

/** A UDP datagram from 10.0.0.2:1000 to 10.0.0.1. */
export function udp(port: number, payload: Uint8Array): Uint8Array {
  const d = new Uint8Array(8 + payload.length);
  set16(d, 0, 1000);
  set16(d, 2, port);
  set16(d, 4, d.length);
  d.set(payload, 8);
  set16(d, 6, csum_tcpudp_magic(0x0a000002, 0x0a000001, d.length, 17, csum_partial(d, 0, d.length, 0)));
  return d;
}

export function arrive(m: Machine, p: Ip): number {
  return m.inject("v1", ipFrame(p));
}

/** An IPv4 packet taken apart. */
export interface Parsed {
  readonly src: string;
  readonly dst: string;
  readonly tos: number;
  readonly ttl: number;
  readonly proto: number;
  readonly options: Uint8Array;
  readonly data: Uint8Array;
}
export function parse(f: Frame): Parsed {
  const b = f.bytes;
  const hlen = ((b[ETH] as number) & 15) * 4;
  return {
    src: formatIpv4(get32(b, ETH + 12)),
    dst: formatIpv4(get32(b, ETH + 16)),
    tos: b[ETH + 1] as number,
    ttl: b[ETH + 8] as number,
    proto: b[ETH + 9] as number,
    options: b.slice(ETH + 20, ETH + hlen),
    data: b.slice(ETH + hlen, ETH + get16(b, ETH + 2)),
  };
}

/** What left by a device so far; the list starts again. */
export function left(seen: Frame[], dev = "v0"): Parsed[] {
  const out = seen.filter((f) => f.dev === dev && f.type === 4 && f.protocol === 0x0800).map(parse);
  seen.length = 0;
  return out;
}

/** Is a checksum over all of it right? */
export function sumsUp(b: Uint8Array): boolean {
  return csum_fold(csum_partial(b, 0, b.length, 0)) === 0;
}
