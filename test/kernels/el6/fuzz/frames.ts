// SPDX-License-Identifier: GPL-2.0-only
/** Random frames that arrive: IP with UDP, ICMP, IGMP or anything inside, ARP, and what is none of these. */
import fc, { type Arbitrary } from "fast-check";
import { set16, set32 } from "../../../../src/wire/bytes.ts";
import { csum_fold, csum_partial, csum_tcpudp_magic } from "../../../../src/wire/checksum.ts";
import { ipOptions } from "./calls.ts";
import { addr, anyU32, bytes, port, rarely, some } from "./values.ts";

const MTU = 1500;
const cut = (b: Uint8Array): Uint8Array => b.subarray(0, MTU - 60);

const mac = some(
  Uint8Array.of(2, 0, 0, 0, 0, 1),
  Uint8Array.of(255, 255, 255, 255, 255, 255),
  Uint8Array.of(1, 0, 0x5e, 1, 2, 3),
  Uint8Array.of(2, 0, 0, 0, 0, 9),
);

/** A frame from the neighbour. */
export function ethernet(to: Uint8Array, type: number, payload: Uint8Array): Uint8Array {
  const f = new Uint8Array(14 + payload.length);
  f.set(to, 0);
  f.set([2, 0, 0, 0, 0, 2], 6);
  set16(f, 12, type);
  f.set(payload, 14);
  return f;
}

interface Ip {
  readonly src: number;
  readonly dst: number;
  readonly proto: number;
  readonly data: Uint8Array;
  readonly options: Uint8Array;
  readonly tos: number;
  readonly ttl: number;
  readonly frag: number;
  readonly id: number;
}

/** An IPv4 packet with its checksum. */
export function ipv4(p: Ip): Uint8Array {
  const options = p.options.subarray(0, 40);
  const hlen = 20 + ((options.length + 3) & ~3);
  const b = new Uint8Array(hlen + p.data.length);
  b[0] = 0x40 | (hlen >> 2);
  b[1] = p.tos;
  set16(b, 2, b.length);
  set16(b, 4, p.id);
  set16(b, 6, p.frag);
  b[8] = p.ttl;
  b[9] = p.proto;
  set32(b, 12, p.src);
  set32(b, 16, p.dst);
  b.set(options, 20);
  set16(b, 10, csum_fold(csum_partial(b, 0, hlen, 0)));
  b.set(p.data, hlen);
  return b;
}

/** A datagram with its checksum. */
export function udp(
  src: number,
  dst: number,
  proto: number,
  ports: readonly [number, number],
  data: Uint8Array,
): Uint8Array {
  const d = new Uint8Array(8 + data.length);
  set16(d, 0, ports[0]);
  set16(d, 2, ports[1]);
  set16(d, 4, d.length);
  d.set(data, 8);
  set16(d, 6, csum_tcpudp_magic(src, dst, d.length, proto, csum_partial(d, 0, d.length, 0)));
  return d;
}

/** An ICMP or IGMP message with its checksum. */
export function icmp(type: number, code: number, rest: Uint8Array): Uint8Array {
  const m = new Uint8Array(4 + rest.length);
  m[0] = type;
  m[1] = code;
  m.set(rest, 4);
  set16(m, 2, csum_fold(csum_partial(m, 0, m.length, 0)));
  return m;
}

const ports = fc.tuple(port, port);
const data = bytes.map(cut);

/** What an ICMP error quotes: a packet that may have left this machine. */
const quoted = fc
  .tuple(addr, addr, some(17, 136, 1, 6, 255), ports, ipOptions)
  .map(([src, dst, proto, at, options]) =>
    ipv4({
      ...{ src, dst, proto, options, tos: 0, ttl: 63, frag: 0x4000, id: 0 },
      data: udp(src, dst, proto, at, new Uint8Array(4)),
    }),
  );
const icmpMessage = fc
  .tuple(
    rarely(some(3, 8, 5, 11, 4, 12, 13, 0, 17, 18), fc.nat(255)),
    some(3, 0, 4, 1, 2, 13, 15, 99),
    anyU32,
    quoted,
    data,
  )
  .map(([type, code, word, inner, other]) => {
    const body = [3, 4, 5, 11, 12].includes(type) ? inner : other;
    const rest = new Uint8Array(4 + body.length);
    set32(rest, 0, type === 3 && code === 4 ? word % 2000 : word);
    rest.set(body, 4);
    return icmp(type, code, rest);
  });
/** An error about what this machine has most likely sent. */
const likelyError = fc
  .tuple(some([3, 4], [3, 3], [5, 1], [11, 0], [12, 0]), some(576, 1400, 68, 0), some(17, 1), ports)
  .map(([[type, code], word, proto, at]) => {
    const sent = { src: 0x0a000001, dst: 0x0a000002, proto, tos: 0, ttl: 64, frag: 0x4000, id: 0 };
    const inner = ipv4({
      ...sent,
      options: new Uint8Array(),
      data: udp(sent.src, sent.dst, proto, at, new Uint8Array()),
    });
    const rest = new Uint8Array(4 + inner.length);
    set32(rest, 0, type === 5 ? 0x0a000003 : type === 12 ? word << 24 : word);
    rest.set(inner, 4);
    return icmp(type, code, rest);
  });
const igmpMessage = fc
  .tuple(some(0x11, 0x12, 0x16, 0x17, 0x22, 0x13, 0x99), fc.nat(255), addr, fc.uint8Array({ maxLength: 24 }))
  .map(([type, code, group, more]) => {
    const rest = new Uint8Array(4 + more.length);
    set32(rest, 0, group);
    rest.set(more, 4);
    return icmp(type, code, rest);
  });

/** A payload with the protocol that it is for. */
const transport: Arbitrary<(src: number, dst: number) => readonly [number, Uint8Array]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(ports, data, some(17, 136)).map(
      ([at, d, proto]) =>
        (s: number, t: number) =>
          [proto, udp(s, t, proto, at, d)] as const,
    ),
  },
  { weight: 3, arbitrary: likelyError.map((m) => () => [1, m] as const) },
  { weight: 4, arbitrary: icmpMessage.map((m) => () => [1, cut(m)] as const) },
  { weight: 2, arbitrary: igmpMessage.map((m) => () => [2, m] as const) },
  {
    weight: 1,
    arbitrary: fc.tuple(some(6, 50, 4, 47, 255, 132), data).map(
      ([proto, d]) =>
        () =>
          [proto, d] as const,
    ),
  },
);

const packet = fc
  .tuple(
    transport,
    addr,
    addr,
    rarely(fc.constant(new Uint8Array()), ipOptions, 5),
    some(0x4000, 0, 0x2000, 0x2003, 3, 0x1fff),
    some(64, 1, 0, 255),
    some(0, 0x10, 0xff),
    fc.nat(3),
  )
  .map(([make, src, dst, options, frag, ttl, tos, id]) => {
    const [proto, payload] = make(src, dst);
    return ipv4({ src, dst, proto, data: payload, options, frag, ttl, tos, id });
  });

const arp = fc.tuple(some(1, 2, 3), addr, addr, mac, some(1, 6, 0)).map(([op, sip, tip, who, hw]) => {
  const b = new Uint8Array(28);
  set16(b, 0, hw);
  set16(b, 2, 0x0800);
  b.set([6, 4], 4);
  set16(b, 6, op);
  b.set(who, 8);
  set32(b, 14, sip);
  set32(b, 24, tip);
  return b;
});

/** Some bytes are not what they were, and the end may be missing. */
const damaged = (whole: Arbitrary<Uint8Array>): Arbitrary<Uint8Array> =>
  fc
    .tuple(whole, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), fc.nat(400))
    .map(([b, changes, keep]) => {
      const copy = b.slice(0, keep < 300 ? b.length : keep - 300);
      for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
      return copy;
    });

const to =
  (type: number) =>
  ([host, payload]: [Uint8Array, Uint8Array]): Uint8Array =>
    ethernet(host, type, payload);

/** Any one frame. */
export const frame: Arbitrary<Uint8Array> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(mac, packet).map(to(0x0800)) },
  { weight: 4, arbitrary: fc.tuple(mac, damaged(packet)).map(to(0x0800)) },
  { weight: 3, arbitrary: fc.tuple(mac, rarely(arp, damaged(arp), 4)).map(to(0x0806)) },
  { weight: 1, arbitrary: fc.tuple(mac, packet).map(to(0x8100)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);
