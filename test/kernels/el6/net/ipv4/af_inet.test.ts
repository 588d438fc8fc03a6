// SPDX-License-Identifier: GPL-2.0-only
/** IPv4 sockets: made, bound, connected, shut down; and IP's own options. */
import { describe, expect, test } from "vitest";
import {
  IP_FREEBIND,
  IP_HDRINCL,
  IP_MINTTL,
  IP_MTU,
  IP_MTU_DISCOVER,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_OPTIONS,
  IP_ORIGDSTADDR,
  IP_PASSSEC,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVOPTS,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_RETOPTS,
  IP_ROUTER_ALERT,
  IP_TOS,
  IP_TRANSPARENT,
  IP_TTL,
} from "../../../../../src/uapi/in.ts";
import { SOL_IP } from "../../../../../src/uapi/socket.ts";
import { get16, get32, get32le } from "../../../../../src/wire/bytes.ts";
import { User } from "../../calls.ts";
import { dummy, network } from "../../network.ts";

const user = (lines: readonly string[] = []) => new User(network(lines));

describe("socket(2)", () => {
  test.each([
    ["a datagram of protocol 0 is UDP", 2, 0, 3],
    ["UDP by name", 2, 17, 3],
    ["UDP-Lite", 2, 136, 3],
    ["TCP", 1, 0, 3],
    ["a raw socket", 3, 89, 3],
    ["a protocol beyond 255", 2, 256, "EINVAL"],
    ["a negative protocol", 2, -1, "EINVAL"],
    ["datagrams of TCP", 2, 6, "EPROTONOSUPPORT"],
    ["a stream of UDP", 1, 17, "EPROTONOSUPPORT"],
    ["a raw socket of no protocol", 3, 0, "EPROTONOSUPPORT"],
    ["a type without protocols", 9, 0, "ESOCKTNOSUPPORT"],
    ["ping where the group may not", 2, 1, "EACCES"],
  ])("%s", (_what, type, protocol, ret) => {
    expect(user().socket(type, protocol)).toBe(ret);
  });
  test("raw sockets need privilege", () => {
    const u = user();
    u.m.setuid(1000);
    expect(u.socket(3, 89)).toBe("EPERM");
  });
});

describe("bind(2)", () => {
  const lines = dummy("dummy0", "192.0.2.10/24");
  test.each([
    ["an own address", "192.0.2.10:5000", 0],
    ["a broadcast address, for receiving", "192.0.2.255:5000", 0],
    ["a multicast group", "239.1.2.3:5000", 0],
    ["somebody else's address", "192.0.2.99:5000", "EADDRNOTAVAIL"],
  ])("%s", (_what, addr, ret) => {
    const u = user(lines);
    expect(u.bind(u.open(), addr)).toBe(ret);
  });
  test("somebody else's address after all: IP_FREEBIND", () => {
    const u = user();
    const fd = u.open();
    u.set(fd, SOL_IP, IP_FREEBIND, 1);
    expect(u.bind(fd, "192.0.2.99:5000")).toBe(0);
  });
  test("once only, with a whole address, on a port that is free and allowed", () => {
    const u = user();
    const [a, b] = [u.open(), u.open()];
    expect(u.bind(a, "127.0.0.1:5000", 15)).toBe("EINVAL");
    expect(u.bind(a, "127.0.0.1:5000")).toBe(0);
    expect(u.bind(a, "127.0.0.1:5001")).toBe("EINVAL");
    expect(u.bind(b, "127.0.0.1:5000")).toBe("EADDRINUSE");
    u.m.setuid(1000);
    expect(u.bind(b, "127.0.0.1:53")).toBe("EACCES");
  });
});

describe("connect(2)", () => {
  test("fixes both ends; AF_UNSPEC undoes it", () => {
    const u = user();
    const fd = u.open();
    expect(u.name(fd, "getpeername")).toBe("ENOTCONN");
    expect(u.connect(fd, "127.0.0.9:9")).toBe(0);
    expect(u.name(fd, "getpeername")).toBe("127.0.0.9:9");
    expect(u.name(fd, "getsockname")).toMatch(/^127\.0\.0\.9:\d+$/);
    expect(u.connect(fd, "127.0.0.9:9", 0)).toBe(0);
    expect(u.name(fd, "getpeername")).toBe("ENOTCONN");
  });
  test.each([
    ["another family", "127.0.0.1:9", 10, "EAFNOSUPPORT"],
    ["a broadcast address", "127.255.255.255:9", 2, "EACCES"],
    ["where no route leads", "203.0.113.1:9", 2, "ENETUNREACH"],
  ])("refuses %s", (_what, addr, family, ret) => {
    const u = user();
    expect(u.connect(u.open(), addr, family)).toBe(ret);
  });
  test("shows the route's MTU", () => {
    const u = user(dummy("dummy0", "192.0.2.10/24"));
    const fd = u.open();
    expect(u.get(fd, SOL_IP, IP_MTU)).toBe("ENOTCONN");
    u.connect(fd, "192.0.2.20:9");
    expect(u.get(fd, SOL_IP, IP_MTU)).toBe(1500);
  });
});

test("a socket that is the socket is shut down for sending breaks the pipe, even though shutdown(2) fails", () => {
  const u = user();
  const fd = u.open();
  expect(u.call({ name: "shutdown", fd, how: 1 })).toBe("ENOTCONN");
  expect(u.sendto(fd, "127.0.0.1:9", 1)).toBe("EPIPE");
  expect(u.call({ name: "shutdown", fd, how: 3 })).toBe("EINVAL");
});

describe("an option of IP", () => {
  test.each([
    IP_PKTINFO,
    IP_RECVTTL,
    IP_RECVTOS,
    IP_RECVOPTS,
    IP_RETOPTS,
    IP_PASSSEC,
    IP_ORIGDSTADDR,
    IP_RECVERR,
    IP_FREEBIND,
    IP_TRANSPARENT,
    IP_TOS,
    IP_TTL,
    IP_MINTTL,
    IP_MTU_DISCOVER,
    IP_MULTICAST_TTL,
    IP_MULTICAST_LOOP,
    IP_MULTICAST_ALL,
  ])("%i is what it was set to", (opt) => {
    const u = user();
    const fd = u.open();
    for (const value of [0, 1]) {
      if (opt === IP_TTL && value === 0) continue;
      expect(u.set(fd, SOL_IP, opt, value)).toBe(0);
      expect(u.get(fd, SOL_IP, opt)).toBe(value);
    }
    expect(u.set(fd, SOL_IP, opt, Uint8Array.of(1))).toBe(0);
    expect(u.get(fd, SOL_IP, opt, 1)).toBe(1);
  });
  test.each([
    ["a TTL of 0", IP_TTL, 0, "EINVAL"],
    ["a TTL of 256", IP_TTL, 256, "EINVAL"],
    ["path MTU discovery nobody knows", IP_MTU_DISCOVER, 9, "EINVAL"],
    ["own headers without a raw socket", IP_HDRINCL, 1, "ENOPROTOOPT"],
    ["router alerts without a raw socket", IP_ROUTER_ALERT, 1, "EINVAL"],
    ["an interface that is not there", IP_MULTICAST_IF, 0x01020304, "EADDRNOTAVAIL"],
    ["a name nobody knows", 77, 1, "ENOPROTOOPT"],
  ])("refuses %s", (_what, opt, value, ret) => {
    const u = user();
    expect(u.set(u.open(), SOL_IP, opt, value)).toBe(ret);
  });
  test("IP_OPTIONS come back as they were given", () => {
    const u = user();
    const fd = u.open();
    const options = Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 0);
    expect(u.set(fd, SOL_IP, IP_OPTIONS, options)).toBe(0);
    const r = u.m.syscall({ name: "getsockopt", fd, level: SOL_IP, optname: IP_OPTIONS, optlen: 40 });
    expect(r.value).toEqual(options);
  });
});

describe("MSG_ERRQUEUE", () => {
  test("gives back the packet that nobody wanted, and why", () => {
    const u = user();
    const fd = u.open();
    u.set(fd, SOL_IP, IP_RECVERR, 1);
    expect(u.sendto(fd, "127.0.0.1:9", Uint8Array.of(1, 2, 3))).toBe(3);
    const r = u.recv(fd, 0x2040, 512);
    expect([...(r.data ?? [])]).toEqual([1, 2, 3]);
    const [level, type, ee] = r.cmsgs?.[0] ?? [0, 0, new Uint8Array(32)];
    expect([level, type, get32le(ee, 0)]).toEqual([SOL_IP, IP_RECVERR, 111]);
    expect([get32(r.addr as Uint8Array, 4), get16(r.addr as Uint8Array, 2)]).toEqual([0x7f000001, 9]);
    expect(u.recv(fd, 0x2040, 512).ret).toBe(-11);
  });
});

describe("a raw socket", () => {
  test("sees the packets of its protocol, header and all", () => {
    const u = user();
    const [raw, udp] = [u.open(3, 17), u.open()];
    u.sendto(udp, "127.0.0.1:9", Uint8Array.of(42));
    const data = u.recv(raw).data as Uint8Array;
    expect([data.length, data[0], data[9], data[28]]).toEqual([29, 0x45, 17, 42]);
  });
  test("sends what the caller wrote, with length and checksum filled in", () => {
    const u = user();
    const raw = u.open(3, 255);
    const packet = new Uint8Array(28);
    packet.set([0x45, 0, 0, 0, 0, 1, 0, 0, 9, 17, 0, 0, 0, 0, 0, 0, 127, 0, 0, 1]);
    const seen: string[] = [];
    u.m.tap((frame) => seen.push(Buffer.from(frame.bytes.subarray(14, 34)).toString("hex")));
    expect(u.sendto(raw, "127.0.0.1:0", packet)).toBe(28);
    expect(seen[0]).toBe("4500001c000100000911b3ce7f0000017f000001");
  });
});
