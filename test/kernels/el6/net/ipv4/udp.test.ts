// SPDX-License-Identifier: GPL-2.0-only

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Frame, Machine, SysResult } from "../../../../../src/kernels/release.ts";
import { isReason } from "../../../../../src/trace/event.ts";
import { errnoName } from "../../../../../src/uapi/errno.ts";
import { get16, get32, set16, set32 } from "../../../../../src/wire/bytes.ts";
import { csum_fold, csum_partial, csum_tcpudp_nofold } from "../../../../../src/wire/checksum.ts";
import { parseDottedQuad } from "../../../../../src/wire/ipv4.ts";
import { User } from "../../calls.ts";
import { dummy, network, run } from "../../network.ts";
import { visited } from "../../send.ts";

const MSG_OOB = 1;
const MSG_MORE = 0x8000;

function sin(addr: string, port: number, family = 2): Uint8Array {
  const b = new Uint8Array(16);
  b[0] = family;
  set16(b, 2, port);
  set32(b, 4, parseDottedQuad(addr) as number);
  return b;
}
const ret = (r: SysResult): number | string => (r.ret < 0 ? (errnoName(-r.ret) ?? r.ret) : r.ret);
const socket = (m: Machine): number => m.syscall({ name: "socket", domain: 2, type: 2, protocol: 0 }).ret;

function sendto(m: Machine, fd: number, data: Uint8Array | number, to: Uint8Array | null, flags = 0) {
  const bytes = typeof data === "number" ? new Uint8Array(data) : data;
  const addr = to === null ? null : { bytes: to };
  return ret(
    m.syscall({
      name: "sendto",
      fd,
      buf: { bytes },
      len: bytes.length,
      flags,
      addr,
      addrlen: to?.length ?? 0,
    }),
  );
}
const bind = (m: Machine, fd: number, to: Uint8Array) =>
  ret(m.syscall({ name: "bind", fd, addr: { bytes: to }, addrlen: 16 }));
const connect = (m: Machine, fd: number, to: Uint8Array) =>
  ret(m.syscall({ name: "connect", fd, addr: { bytes: to }, addrlen: 16 }));
function recv(m: Machine, fd: number) {
  const r = m.syscall({ name: "recvmsg", fd, len: 65536, flags: 0x40, controllen: 0 });
  return r.ret < 0 ? (errnoName(-r.ret) ?? r.ret) : r.data;
}
function port(m: Machine, fd: number): number {
  return get16(m.syscall({ name: "getsockname", fd }).addr as Uint8Array, 2);
}
function listener(m: Machine, addr: string, at: number): number {
  const fd = socket(m);
  expect(bind(m, fd, sin(addr, at))).toBe(0);
  return fd;
}
const LO = "127.0.0.1";
const text = (s: string) => new TextEncoder().encode(s);

describe("an ephemeral port", () => {
  test("is the one that the random number names, or the next one of its chain that is free", () => {
    const [low, high] = [32768, 60999];
    const choose = () => Math.ceil(((40000 - low) * 2 ** 32) / (high - low + 1));
    const m = network([], (what) => (what === "udp port" ? choose() : undefined));
    const [a, b] = [socket(m), socket(m)];
    sendto(m, a, text("x"), sin(LO, 9));
    sendto(m, b, text("x"), sin(LO, 9));
    expect(port(m, a)).toBe(40000);
    expect(port(m, b)).not.toBe(40000);
    expect((port(m, b) - 40000) % 128).toBe(0);
  });

  test("comes from the range, not from what is reserved, until there is none", () => {
    const m = network([
      "sysctl net.ipv4.ip_local_port_range=40000,40003",
      "sysctl net.ipv4.ip_local_reserved_ports=40002",
    ]);
    const fds = [socket(m), socket(m), socket(m)];
    for (const fd of fds) expect(sendto(m, fd, text("x"), sin(LO, 9))).toBe(1);
    expect(fds.map((fd) => port(m, fd)).sort()).toEqual([40000, 40001, 40003]);
    expect(sendto(m, socket(m), text("x"), sin(LO, 9))).toBe("EAGAIN");
  });
});

describe("sendto(2) refuses", () => {
  test.each([
    ["more than a UDP length field can say", 65536, sin(LO, 9), 0, "EMSGSIZE"],
    ["more than an IP packet can hold", 65508, sin(LO, 9), 0, "EMSGSIZE"],
    ["out-of-band data", 1, sin(LO, 9), MSG_OOB, "EOPNOTSUPP"],
    ["port 0", 1, sin(LO, 0), 0, "EINVAL"],
    ["another address family", 1, sin(LO, 9, 10), 0, "EAFNOSUPPORT"],
    ["a short address", 1, sin(LO, 9).slice(0, 8), 0, "EINVAL"],
    ["no address at all", 1, null, 0, "EDESTADDRREQ"],
    ["a broadcast address without SO_BROADCAST", 1, sin("127.255.255.255", 9), 0, "EACCES"],
    ["a network it does not know", 1, sin("203.0.113.1", 9), 0, "ENETUNREACH"],
  ])("%s", (_what, len, to, flags, want) => {
    const m = network([]);
    expect(sendto(m, socket(m), len, to, flags)).toBe(want);
  });

  test("and says why in the trace", () => {
    const m = network([]);
    const fd = socket(m);
    const rec = m.newRecorder();
    m.record(rec);
    sendto(m, fd, 1, null);
    m.record(null);
    const why = [...rec].flatMap((ev) => (isReason(ev) && ev.fn === "udp_sendmsg" ? [ev.text] : []));
    expect(why).toEqual(["no destination address, and the socket is not connected"]);
  });
});

/** The sum over a UDP datagram and its pseudo header: 0xffff where the checksum in it is right. */
function sum(frame: Frame): number {
  const ip = frame.bytes.subarray(14);
  const udp = ip.subarray(20, get16(ip, 2));
  const pseudo = csum_tcpudp_nofold(get32(ip, 12), get32(ip, 16), udp.length, 17, 0);
  return ~csum_fold(csum_partial(udp, 0, udp.length, pseudo)) & 0xffff;
}

describe("a datagram", () => {
  test("arrives as it was sent, with nothing but the pseudo header summed on lo", () => {
    const m = network([]);
    const r = listener(m, LO, 9999);
    const a = socket(m);
    const frames: Frame[] = [];
    m.tap((f) => frames.push(f));
    expect(sendto(m, a, text("aaaaa"), sin(LO, 9999))).toBe(5);
    expect(recv(m, r)).toEqual(text("aaaaa"));
    expect(frames.map((f) => [f.type, f.status])).toEqual([
      [4, 8],
      [0, 8],
    ]);
    const udp = (frames[0] as Frame).bytes.subarray(34);
    expect([get16(udp, 0), get16(udp, 2), get16(udp, 4)]).toEqual([port(m, a), 9999, 13]);
    expect(get16(udp, 6)).toBe(0xfe20);
  });

  test("has a checksum that is right, or none with SO_NO_CHECK", () => {
    const m = network(dummy("d0", "192.0.2.1/24"));
    const a = socket(m);
    const frames: Frame[] = [];
    m.tap((f) => frames.push(f));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        (x, y) => {
          frames.length = 0;
          // Held back and then sent, the pieces are summed in software only where there are several buffers.
          sendto(m, a, x, sin("192.0.2.255", 9));
          m.syscall({
            name: "setsockopt",
            fd: a,
            level: 1,
            optname: 6,
            optval: { bytes: Uint8Array.of(1, 0, 0, 0) },
            optlen: 4,
          });
          expect(sendto(m, a, x, sin("192.0.2.255", 9), MSG_MORE)).toBe(x.length);
          expect(sendto(m, a, y, null)).toBe(y.length);
          const out = frames.filter((f) => f.type === 4 && f.dev === "d0").at(-1) as Frame;
          expect(get16(out.bytes, 14 + 20 + 4)).toBe(8 + x.length + y.length);
          if (out.status !== 8) expect([0, 0xffff]).toContain(sum(out));
        },
      ),
      { numRuns: 20 },
    );
    m.syscall({
      name: "setsockopt",
      fd: a,
      level: 1,
      optname: 11,
      optval: { bytes: Uint8Array.of(1, 0, 0, 0) },
      optlen: 4,
    });
    frames.length = 0;
    sendto(m, a, text("x"), sin("192.0.2.255", 9));
    expect(get16((frames[0] as Frame).bytes, 14 + 20 + 6)).toBe(0);
  });

  test("goes to the socket that fits best", () => {
    const m = network([]);
    const any = listener(m, "0.0.0.0", 9999);
    const lo = listener(m, LO, 9998);
    const a = socket(m);
    bind(m, a, sin(LO, 5000));
    sendto(m, a, text("any"), sin(LO, 9999));
    sendto(m, a, text("lo"), sin(LO, 9998));
    expect(recv(m, any)).toEqual(text("any"));
    expect(recv(m, lo)).toEqual(text("lo"));
    expect(connect(m, lo, sin(LO, 5001))).toBe(0);
    sendto(m, a, text("not its peer"), sin(LO, 9998));
    expect(recv(m, lo)).toBe("EAGAIN");
  });

  test("to nobody comes back as ICMP, which a connected socket hears of", () => {
    const m = network([]);
    const a = socket(m);
    connect(m, a, sin(LO, 9999));
    expect(sendto(m, a, text("x"), null)).toBe(1);
    expect(sendto(m, a, text("x"), null)).toBe("ECONNREFUSED");
    expect(m.counters().get("Udp.NoPorts")).toBe(1);
  });

  test("to a multicast group reaches every member once", () => {
    const m = network(["ip route add 224.0.0.0/4 dev lo"]);
    const members = [socket(m), socket(m)];
    for (const fd of members) {
      m.syscall({
        name: "setsockopt",
        fd,
        level: 1,
        optname: 2,
        optval: { bytes: Uint8Array.of(1, 0, 0, 0) },
        optlen: 4,
      });
      expect(bind(m, fd, sin("0.0.0.0", 7000))).toBe(0);
      const mreq = Uint8Array.of(239, 1, 2, 3, 127, 0, 0, 1);
      const joined = m.syscall({
        name: "setsockopt",
        fd,
        level: 0,
        optname: 35,
        optval: { bytes: mreq },
        optlen: 8,
      });
      expect(joined.ret).toBe(0);
    }
    const a = socket(m);
    expect(sendto(m, a, text("all"), sin("239.1.2.3", 7000))).toBe(3);
    for (const fd of members) {
      expect(recv(m, fd)).toEqual(text("all"));
    }
  });
});

describe("corking", () => {
  test("joins pieces of any size into one datagram", () => {
    const m = network(dummy("d0", "192.0.2.1/24"));
    const r = listener(m, LO, 9999);
    const a = socket(m);
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 2000 }), { minLength: 1, maxLength: 5 }), (pieces) => {
        for (const piece of pieces) expect(sendto(m, a, piece, sin(LO, 9999), MSG_MORE)).toBe(piece.length);
        expect(recv(m, r)).toBe("EAGAIN");
        expect(sendto(m, a, text("."), null)).toBe(1);
        expect(recv(m, r)).toEqual(Uint8Array.from([...pieces, text(".")].flatMap((p) => [...p])));
      }),
      { numRuns: 30 },
    );
  });

  test("forgets everything when it grows too long", () => {
    const m = network([]);
    const a = socket(m);
    expect(sendto(m, a, 60000, sin(LO, 9999), MSG_MORE)).toBe(60000);
    expect(sendto(m, a, 6000, null, MSG_MORE)).toBe("EMSGSIZE");
    expect(m.sockets().map((s) => s[2])).toEqual([0]);
    expect(sendto(m, a, text("x"), null)).toBe("EDESTADDRREQ");
  });

  test("of more than 8192 bytes at once into pages panics, as on the real machine", () => {
    const m = network(["ip link set lo mtu 40000"]);
    const a = socket(m);
    expect(run(m, "sysctl net.core.wmem_default=1000000")).toBe("ok");
    expect(sendto(m, a, 100, sin(LO, 9999), MSG_MORE)).toBe(100);
    expect(() => sendto(m, a, 9000, null, MSG_MORE)).toThrow(/past the end of a page/);
  });
});

test("a buffer that is too small loses the rest, unless the datagram is only looked at", () => {
  const m = network([]);
  const u = new User(m);
  const r = listener(m, LO, 9999);
  sendto(m, socket(m), text("aaaaa"), sin(LO, 9999));
  const peeked = visited(m, () => expect(u.recv(r, 0x42, 0, 2).mflags).toBe(0x20)).notes;
  expect(peeked).toContain("buffer too small: datagram truncated (MSG_PEEK: it stays queued)");
  const taken = visited(m, () => expect(u.recv(r, 0x40, 0, 2).mflags).toBe(0x20)).notes;
  expect(taken).toContain("buffer too small: datagram truncated, the rest is lost");
});

test("SIOCOUTQ tells what it is, where el6 takes more off a send queue than it put on", () => {
  const m = network(["ip link set lo mtu 1500"]);
  const to = sin("127.0.0.1", 9999);
  const listener = socket(m);
  m.syscall({ name: "bind", fd: listener, addr: { bytes: to }, addrlen: 16 });
  const fd = socket(m);
  for (let i = 0; i < 5; i++) sendto(m, fd, 700, to, MSG_MORE);
  sendto(m, fd, 5000, to);
  expect(m.syscall({ name: "ioctl", fd, request: "SIOCOUTQ" })).toEqual({ ret: 0, number: -1788 });
  expect(m.sockets()).toContainEqual([fd, expect.any(String), -1788]);
});
