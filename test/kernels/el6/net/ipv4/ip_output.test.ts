// SPDX-License-Identifier: GPL-2.0-only
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../../../src/kernels/release.ts";
import { errnoName } from "../../../../../src/uapi/errno.ts";
import { get16, get32, set16, set32, set32le } from "../../../../../src/wire/bytes.ts";
import {
  csum_fold,
  csum_partial,
  csum_tcpudp_nofold,
  ip_fast_csum,
} from "../../../../../src/wire/checksum.ts";
import { IP_DF, IP_MF, IP_OFFSET, parseDottedQuad } from "../../../../../src/wire/ipv4.ts";
import { User } from "../../calls.ts";
import { network, run } from "../../network.ts";
import { visited } from "../../send.ts";

const MSG_MORE = 0x8000;
const IP_TTL = 2;
const IP_MTU_DISCOVER = 10;

function sin(addr: string, port: number): Uint8Array {
  const b = new Uint8Array(16);
  b[0] = 2;
  set16(b, 2, port);
  set32(b, 4, parseDottedQuad(addr) as number);
  return b;
}
const socket = (m: Machine): number => m.syscall({ name: "socket", domain: 2, type: 2, protocol: 0 }).ret;
function sendto(
  m: Machine,
  fd: number,
  bytes: Uint8Array,
  to: Uint8Array | null,
  flags = 0,
): number | string {
  const addr = to === null ? null : { bytes: to };
  const r = m.syscall({
    name: "sendto",
    fd,
    buf: { bytes },
    len: bytes.length,
    flags,
    addr,
    addrlen: to?.length ?? 0,
  });
  return r.ret < 0 ? (errnoName(-r.ret) ?? r.ret) : r.ret;
}
function option(m: Machine, fd: number, optname: number, value: number): number {
  const bytes = new Uint8Array(4);
  set32le(bytes, 0, value);
  return m.syscall({ name: "setsockopt", fd, level: 0, optname, optval: { bytes }, optlen: 4 }).ret;
}

/** A machine with a neighbour that needs no ARP, and what leaves for it: IP packets. */
function wire(mtu: number, kind: "dummy" | "ifb" = "dummy") {
  const m = network([
    `ip link add d0 type ${kind}`,
    "ip link set d0 up",
    "ip addr add 192.0.2.1/24 brd + dev d0",
    `ip link set d0 mtu ${mtu}`,
    "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 nud permanent dev d0",
  ]);
  const packets: Uint8Array[] = [];
  m.tap((f) => {
    if (f.dev === "d0" && f.type === 4) packets.push(f.bytes.slice(14));
  });
  return { m, packets };
}

/** Put fragments together again, holding every rule about them; a whole packet is its own fragment. */
function reassemble(packets: readonly Uint8Array[], mtu: number): Uint8Array {
  const parts = packets.map((p) => {
    const hlen = ((p[0] as number) & 15) * 4;
    const off = get16(p, 6);
    expect(p.length).toBe(get16(p, 2));
    expect(p.length).toBeLessThanOrEqual(mtu);
    expect(ip_fast_csum(p, 0, hlen / 4)).toBe(0);
    return { id: get16(p, 4), at: (off & IP_OFFSET) * 8, more: (off & IP_MF) !== 0, data: p.subarray(hlen) };
  });
  expect(new Set(parts.map((p) => p.id)).size).toBe(1);
  let end = 0;
  for (const [i, p] of parts.entries()) {
    expect(p.at).toBe(end);
    expect(p.more).toBe(i < parts.length - 1);
    if (p.more) expect(p.data.length % 8).toBe(0);
    end += p.data.length;
  }
  return Uint8Array.from(parts.flatMap((p) => [...p.data]));
}

function checksumIsRight(ip: Uint8Array, udp: Uint8Array): void {
  const pseudo = csum_tcpudp_nofold(get32(ip, 12), get32(ip, 16), udp.length, 17, 0);
  expect(csum_fold(csum_partial(udp, 0, udp.length, pseudo))).toBe(0);
}

describe("IP's way out", () => {
  test("cuts what is longer than the MTU into fragments that fit together again", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 68, max: 1600 }),
        fc.integer({ min: 0, max: 6000 }),
        fc.integer(),
        (mtu, len, seed) => {
          const { m, packets } = wire(mtu);
          const data = Uint8Array.from({ length: len }, (_, i) => (i * 7 + (i >> 8) + seed) & 255);
          expect(sendto(m, socket(m), data, sin("192.0.2.2", 9))).toBe(len);
          const udp = reassemble(packets, mtu);
          expect(udp.subarray(8)).toEqual(data);
          if (packets.length > 1) checksumIsRight(packets[0] as Uint8Array, udp);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("builds corked data as fragments from the start, as pages or by copying", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("dummy", "ifb"),
        fc.integer({ min: 68, max: 1600 }),
        fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 6 }),
        (kind, mtu, lens) => {
          const { m, packets } = wire(mtu, kind);
          const fd = socket(m);
          const pieces = lens.map((len, n) => Uint8Array.from({ length: len }, (_, i) => (i * 3 + n) & 255));
          for (const piece of pieces)
            expect(sendto(m, fd, piece, sin("192.0.2.2", 9), MSG_MORE)).toBe(piece.length);
          expect(packets).toEqual([]);
          expect(sendto(m, fd, Uint8Array.of(1), null)).toBe(1);
          const udp = reassemble(packets, mtu);
          expect(udp.subarray(8)).toEqual(Uint8Array.from([...pieces.flatMap((p) => [...p]), 1]));
          if (packets.length > 1) checksumIsRight(packets[0] as Uint8Array, udp);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("takes the pages of splice(2), or copies them where the device cannot gather", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("dummy", "ifb"),
        fc.integer({ min: 68, max: 9000 }),
        fc.integer({ min: 1, max: 12_000 }),
        fc.boolean(),
        (kind, mtu, len, more) => {
          const { m, packets } = wire(mtu, kind);
          const u = new User(m);
          const fd = u.open();
          u.connect(fd, "192.0.2.2:9");
          const bytes = Uint8Array.from({ length: len }, (_, i) => (i * 5 + (i >> 8)) & 255);
          expect(u.call({ name: "splice", fd, bytes, more })).toBe(len);
          expect(packets.length > 0).toBe(!more);
          if (more) expect(u.sendto(fd, null, 0)).toBe(0);
          const udp = reassemble(packets, mtu);
          expect(udp.subarray(8)).toEqual(bytes);
          if (packets.length > 1) checksumIsRight(packets[0] as Uint8Array, udp);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("writes the header that the socket asks for", () => {
    const { m, packets } = wire(1500);
    const fd = socket(m);
    expect(option(m, fd, IP_TTL, 5)).toBe(0);
    sendto(m, fd, Uint8Array.of(1, 2, 3), sin("192.0.2.2", 9));
    const ip = packets[0] as Uint8Array;
    expect([ip[0], ip[8], ip[9], get16(ip, 2)]).toEqual([0x45, 5, 17, 31]);
    expect(get16(ip, 6)).toBe(IP_DF);
    expect([get32(ip, 12), get32(ip, 16)]).toEqual([0xc0000201, 0xc0000202]);
    expect(ip_fast_csum(ip, 0, 5)).toBe(0);
  });

  test("does not cut what may not be cut", () => {
    const { m, packets } = wire(1000);
    const fd = socket(m);
    expect(option(m, fd, IP_MTU_DISCOVER, 2)).toBe(0);
    expect(sendto(m, fd, new Uint8Array(972), sin("192.0.2.2", 9))).toBe(972);
    expect(sendto(m, fd, new Uint8Array(973), sin("192.0.2.2", 9))).toBe("EMSGSIZE");
    expect(packets.length).toBe(1);
  });

  test("leaves the cutting to a device that can do it", () => {
    const m = network(["ip link set lo mtu 1500"]);
    const frames: number[] = [];
    m.tap((f) => frames.push(f.bytes.length));
    const fd = socket(m);
    expect(sendto(m, fd, new Uint8Array(9000), sin("127.0.0.1", 9))).toBe(9000);
    expect(frames[0]).toBe(14 + 28 + 9000);
  });

  /** A route that says this MTU. */
  function route(mtu: number): { u: User; lengths: () => number[] } {
    const { m, packets } = wire(1500);
    expect(run(m, `ip route add 198.51.100.0/24 via 192.0.2.2 mtu ${mtu}`)).toBe("ok");
    return { u: new User(m), lengths: () => packets.map((p) => p.length) };
  }

  test("takes an MTU below the header's length for endless, as unsigned numbers have it", () => {
    const { u, lengths } = route(16);
    const fd = u.open();
    expect(u.sendto(fd, "198.51.100.1:9", 200)).toBe(200);
    u.set(fd, 0, 4, new Uint8Array(40).fill(1));
    expect(u.sendto(fd, "198.51.100.1:9", 200)).toBe(200);
    expect(lengths()).toEqual([228, 268]);
  });

  test("gives up where an MTU leaves no room for eight bytes of data: buffers fill up", () => {
    const { u, lengths } = route(27);
    expect(u.sendto(u.open(), "198.51.100.1:9", 1)).toBe("ENOBUFS");
    expect(lengths()).toEqual([]);
  });

  test("panics where cutting would never end", () => {
    const { u } = route(27);
    const fd = u.open(3, 17);
    expect(u.set(fd, 0, 3, 1)).toBe(0);
    const packet = new Uint8Array(40);
    packet[0] = 0x45;
    expect(() => u.sendto(fd, "198.51.100.1:0", packet)).toThrow("ip_fragment never ends");
  });

  test("does not call the only buffer of a raw packet a fragment", () => {
    const { u } = route(1500);
    const fd = u.open(3, 253);
    const { notes } = visited(u.m, () => expect(u.sendto(fd, "198.51.100.1:0", 10)).toBe(10));
    expect(notes).not.toContain("allocate the next buffer: it will be a fragment");
  });
});
