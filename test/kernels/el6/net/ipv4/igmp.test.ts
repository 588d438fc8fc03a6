// SPDX-License-Identifier: GPL-2.0-only
/** Multicast groups: joining, leaving, what routers are told and when, filters by source. */
import { describe, expect, test } from "vitest";
import type { Frame, Machine } from "../../../../../src/kernels/release.ts";
import { errnoName } from "../../../../../src/uapi/errno.ts";
import { set32, set32le } from "../../../../../src/wire/bytes.ts";
import { parseDottedQuad } from "../../../../../src/wire/ipv4.ts";
import { dummy, network, run } from "../../network.ts";
import { arrive, bytes, hex, icmp, left, NEIGHBOUR, sumsUp } from "../../packets.ts";
import { frames, sockaddr, udpSocket } from "../../send.ts";

const IP_ADD_MEMBERSHIP = 35;
const IP_DROP_MEMBERSHIP = 36;
const IP_ADD_SOURCE_MEMBERSHIP = 39;
const IP_DROP_SOURCE_MEMBERSHIP = 40;
const GROUP = "239.1.2.3";

/** "ok", or the name of the error. */
function option(m: Machine, fd: number, optname: number, optval: Uint8Array): string {
  const { ret } = m.syscall({
    name: "setsockopt",
    fd,
    level: 0,
    optname,
    optval: { bytes: optval },
    optlen: optval.length,
  });
  return ret === 0 ? "ok" : (errnoName(-ret) ?? String(ret));
}
/** struct ip_mreqn. */
function membership(
  m: Machine,
  fd: number,
  optname: number,
  group: string,
  dev: string,
  addr = "0.0.0.0",
): string {
  const b = new Uint8Array(12);
  set32(b, 0, parseDottedQuad(group) as number);
  set32(b, 4, parseDottedQuad(addr) as number);
  set32le(b, 8, m.ifindex(dev) ?? 0);
  return option(m, fd, optname, b);
}
/** struct ip_mreq_source. */
function source(m: Machine, fd: number, optname: number, src: string): string {
  const b = new Uint8Array(12);
  [GROUP, "10.0.0.1", src].forEach((addr, i) => {
    set32(b, 4 * i, parseDottedQuad(addr) as number);
  });
  return option(m, fd, optname, b);
}
/** Messages that left, as destination and bytes without the checksum. */
function reports(seen: Frame[]): string[] {
  return left(seen).map((p) => {
    expect(sumsUp(p.data)).toBe(true);
    expect([p.ttl, p.tos, hex(p.options)]).toEqual([1, 0xc0, "94040000"]);
    return `${p.dst} ${hex(p.data.slice(0, 1))} ${hex(p.data.slice(4))}`;
  });
}
/** A router asks: `code` is the time to answer in tenths of a second. */
function query(m: Machine, body: string, code: number, dst = "224.0.0.1"): void {
  const mac = [1, 0, 0x5e, 0, 0, 1];
  arrive(m, { proto: 2, dst, data: icmp(0x11, code, bytes(body)), ttl: 1, mac, options: [0x94, 4, 0, 0] });
}

const NET = [...NEIGHBOUR, "ip link set v0 multicast on"];

describe("version 3", () => {
  test("a group is reported when joined and when left, twice each", () => {
    const m = network(NET);
    const fd = udpSocket(m);
    const seen = frames(m);
    expect(membership(m, fd, IP_ADD_MEMBERSHIP, GROUP, "v0")).toBe("ok");
    expect(reports(seen)).toEqual([]);
    m.advance(20);
    expect(reports(seen)).toEqual(["224.0.0.22 22 0000000104000000ef010203"]);
    m.advance(11_000);
    expect(reports(seen)).toEqual(["224.0.0.22 22 0000000104000000ef010203"]);
    m.advance(60_000);
    expect(reports(seen)).toEqual([]);
    expect(membership(m, fd, IP_DROP_MEMBERSHIP, GROUP, "v0")).toBe("ok");
    m.advance(60_000);
    const gone = "224.0.0.22 22 0000000103000000ef010203";
    expect(reports(seen)).toEqual([gone, gone]);
  });
  test("closing the socket leaves its groups; another member keeps the device in", () => {
    const m = network(NET);
    const [a, b] = [udpSocket(m), udpSocket(m)];
    membership(m, a, IP_ADD_MEMBERSHIP, GROUP, "v0");
    membership(m, b, IP_ADD_MEMBERSHIP, GROUP, "v0");
    expect(m.proc("igmp")).toMatch(/030201EF {5}2 0:00000000/);
    m.syscall({ name: "close", fd: a });
    expect(m.proc("igmp")).toMatch(/030201EF {5}1 0:00000000/);
    m.syscall({ name: "close", fd: b });
    expect(m.proc("igmp")).not.toContain("030201EF");
  });
  test("a general query is answered within its time, everybody's group left out", () => {
    const m = network(NET);
    const fd = udpSocket(m);
    membership(m, fd, IP_ADD_MEMBERSHIP, GROUP, "v0");
    m.advance(60_000);
    const seen = frames(m);
    query(m, "0000000000000000", 20);
    m.advance(2_100);
    expect(reports(seen)).toEqual(["224.0.0.22 22 0000000102000000ef010203"]);
  });
  test("sources by name: allowed, then blocked", () => {
    const m = network(NET);
    const fd = udpSocket(m);
    const seen = frames(m);
    expect(source(m, fd, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.2")).toBe("ok");
    m.advance(60_000);
    expect(reports(seen)[0]).toContain("03000001ef0102030a000002");
    expect(source(m, fd, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.3")).toBe("ok");
    m.advance(60_000);
    expect(reports(seen)[0]).toBe("224.0.0.22 22 0000000105000001ef0102030a000003");
    expect(source(m, fd, IP_DROP_SOURCE_MEMBERSHIP, "10.0.0.3")).toBe("ok");
    m.advance(60_000);
    expect(reports(seen)[0]).toBe("224.0.0.22 22 0000000106000001ef0102030a000003");
    expect(m.proc("mcfilter")).toContain("0xef010203 0x0a000002      1      0");
    expect(source(m, fd, IP_DROP_SOURCE_MEMBERSHIP, "10.0.0.2")).toBe("ok");
    expect(m.proc("igmp")).not.toContain("030201EF");
  });
});

describe("older versions", () => {
  test("a version-2 query is answered in version 2, to the group; leaving tells all routers", () => {
    const m = network(NET);
    const fd = udpSocket(m);
    membership(m, fd, IP_ADD_MEMBERSHIP, GROUP, "v0");
    m.advance(60_000);
    const seen = frames(m);
    query(m, "00000000", 10);
    m.advance(1_100);
    expect(reports(seen)).toEqual([`${GROUP} 16 ef010203`]);
    membership(m, fd, IP_DROP_MEMBERSHIP, GROUP, "v0");
    expect(reports(seen)).toEqual(["224.0.0.2 17 ef010203"]);
  });
  test("version 1 is spoken where a sysctl says so", () => {
    const m = network([...NET, "sysctl net.ipv4.conf.v0.force_igmp_version=1"]);
    const seen = frames(m);
    membership(m, udpSocket(m), IP_ADD_MEMBERSHIP, GROUP, "v0");
    m.advance(30);
    expect(reports(seen)).toEqual([`${GROUP} 12 ef010203`]);
  });
});

describe("refusals", () => {
  const m = network([...NET, ...dummy("d0", "192.0.2.10/24")]);
  const fd = udpSocket(m);
  test.each([
    ["not multicast", IP_ADD_MEMBERSHIP, "10.0.0.2", "v0", "0.0.0.0", "EINVAL"],
    ["no such address", IP_ADD_MEMBERSHIP, GROUP, "", "1.2.3.4", "ENODEV"],
    ["no route to it", IP_ADD_MEMBERSHIP, GROUP, "", "0.0.0.0", "ENODEV"],
    ["never joined", IP_DROP_MEMBERSHIP, GROUP, "v0", "0.0.0.0", "EADDRNOTAVAIL"],
    ["by address", IP_ADD_MEMBERSHIP, GROUP, "", "192.0.2.10", "ok"],
    ["the same again", IP_ADD_MEMBERSHIP, GROUP, "d0", "0.0.0.0", "EADDRINUSE"],
  ])("%s", (_name, optname, group, dev, addr, answer) => {
    expect(membership(m, fd, optname, group, dev, addr)).toBe(answer);
  });
  test("igmp_max_memberships", () => {
    run(m, "sysctl net.ipv4.igmp_max_memberships=2");
    expect(membership(m, fd, IP_ADD_MEMBERSHIP, "239.0.0.1", "d0")).toBe("ok");
    expect(membership(m, fd, IP_ADD_MEMBERSHIP, "239.0.0.2", "d0")).toBe("ENOBUFS");
  });
});

test("a datagram to a group reaches its members, filtered by source", () => {
  const m = network([...NET, "ip route add 224.0.0.0/4 dev v0"]);
  const fd = udpSocket(m);
  m.syscall({ name: "bind", fd, addr: { bytes: sockaddr("0.0.0.0:9999") }, addrlen: 16 });
  source(m, fd, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.3");
  const data = bytes("03e8270f000900007a");
  const mac = [1, 0, 0x5e, 1, 2, 3];
  const from = (src: string): number => {
    arrive(m, { proto: 17, src, dst: GROUP, data, mac });
    return m.syscall({ name: "recvmsg", fd, len: 10, flags: 0x40, controllen: 0 }).ret;
  };
  expect([from("10.0.0.2"), from("10.0.0.3")]).toEqual([-11, 1]);
});

test("every device that is up has joined 224.0.0.1", () => {
  const m = network(NET);
  expect(m.proc("igmp")).toBe(
    "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n" +
      "1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n" +
      "2\tv1        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n" +
      "3\tv0        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n",
  );
});
