// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from "vitest";
import type { UserPtr } from "../../../../../src/kernels/release.ts";
import { EADDRNOTAVAIL, EINVAL } from "../../../../../src/uapi/errno.ts";
import { int, User } from "../../calls.ts";
import { network } from "../../network.ts";
import { visited } from "../../send.ts";

const SOL_IP = 0;
const IP_ROUTER_ALERT = 5;
const IP_PASSSEC = 18;
const IP_MULTICAST_IF = 32;
const IP_ADD_MEMBERSHIP = 35;
const IP_BLOCK_SOURCE = 38;
const IP_MSFILTER = 41;
const MCAST_JOIN_GROUP = 42;
const MCAST_JOIN_SOURCE_GROUP = 46;
const MCAST_MSFILTER = 48;
const UNREADABLE: UserPtr = { bytes: new Uint8Array(0) };

describe("control messages of a received packet", () => {
  test("IP_PASSSEC asks the security module, which has no labels", () => {
    const u = new User(network([]));
    const fd = u.open();
    u.bind(fd, "127.0.0.1:7000");
    expect(u.set(fd, SOL_IP, IP_PASSSEC, 1)).toBe(0);
    u.sendto(u.open(), "127.0.0.1:7000", 3);
    const { fns } = visited(u.m, () => expect(u.recv(fd, 0x40, 256).cmsgs).toEqual([]));
    const at = fns.indexOf("ip_cmsg_recv_security");
    expect(fns.slice(at, at + 2)).toEqual(["ip_cmsg_recv_security", "security_socket_getpeersec_dgram"]);
  });
});

describe("an option that is refused", () => {
  const group = (len: number): Uint8Array => new Uint8Array(len);
  test.each([
    ["unreadable", IP_MULTICAST_IF, UNREADABLE, 4, "EFAULT"],
    ["unreadable", IP_MULTICAST_IF, UNREADABLE, 12, "EFAULT"],
    ["unreadable", IP_ADD_MEMBERSHIP, UNREADABLE, 8, "EFAULT"],
    ["unreadable", IP_BLOCK_SOURCE, UNREADABLE, 12, "EFAULT"],
    ["unreadable", IP_MSFILTER, UNREADABLE, 16, "EFAULT"],
    ["unreadable", MCAST_JOIN_GROUP, UNREADABLE, 136, "EFAULT"],
    ["unreadable", MCAST_JOIN_SOURCE_GROUP, UNREADABLE, 264, "EFAULT"],
    ["unreadable", MCAST_MSFILTER, UNREADABLE, 144, "EFAULT"],
    ["of another family", MCAST_JOIN_GROUP, group(136), 136, "EINVAL"],
    ["of another family", MCAST_JOIN_SOURCE_GROUP, group(264), 264, "EADDRNOTAVAIL"],
    ["of another family", MCAST_MSFILTER, group(144), 144, "EADDRNOTAVAIL"],
    ["longer than optmem_max", IP_MSFILTER, group(30000), 30000, "ENOBUFS"],
    ["longer than optmem_max", MCAST_MSFILTER, group(30000), 30000, "ENOBUFS"],
    ["too short", IP_MSFILTER, group(15), 15, "EINVAL"],
    ["not of the size", IP_BLOCK_SOURCE, group(13), 13, "EINVAL"],
  ] as const)("because it is %s says why (option %i)", (_why, optname, value, optlen, error) => {
    const u = new User(network([]));
    const fd = u.open();
    const seen = visited(u.m, () => expect(u.set(fd, SOL_IP, optname, value, optlen)).toBe(error));
    expect(seen.notes.length).toBeGreaterThan(0);
  });

  test("because it was not on says why", () => {
    const u = new User(network([]));
    const fd = u.open(3, 2);
    expect(u.set(fd, SOL_IP, IP_ROUTER_ALERT, 1)).toBe(0);
    expect(u.set(fd, SOL_IP, IP_ROUTER_ALERT, 1)).toBe("EADDRINUSE");
    expect(u.set(fd, SOL_IP, IP_ROUTER_ALERT, int(0))).toBe(0);
    const { notes } = visited(u.m, () => expect(u.set(fd, SOL_IP, IP_ROUTER_ALERT, 0)).toBe("ENOBUFS"));
    expect(notes).toContain("IP_ROUTER_ALERT is not set on the socket");
  });
});

test("IP_MSFILTER is read for the group that the buffer asks for", () => {
  const u = new User(network([]));
  const fd = u.open();
  const group = Uint8Array.of(239, 1, 1, 1);
  const loopback = Uint8Array.of(127, 0, 0, 1);
  const source = Uint8Array.of(10, 0, 0, 7);
  expect(u.set(fd, SOL_IP, 39, Uint8Array.of(...group, ...loopback, ...source))).toBe(0);
  const ask = (optval: Uint8Array) =>
    u.m.syscall({ name: "getsockopt", fd, level: SOL_IP, optname: IP_MSFILTER, optlen: 20, optval });
  const asked = Uint8Array.of(...group, ...loopback, ...int(0), ...int(1));
  const include = Uint8Array.of(...group, ...loopback, ...int(1), ...int(1), ...source);
  expect(ask(asked)).toEqual({ ret: 0, value: include });
  expect(u.get(fd, SOL_IP, IP_MSFILTER, 20)).toBe("EINVAL");
  const none = { name: "getsockopt", fd, level: SOL_IP, optname: 4, optlen: 4, optval: int(5) } as const;
  expect(u.m.syscall(none)).toEqual({ ret: 0, value: new Uint8Array(0) });
});

test("MCAST_MSFILTER is read by interface number, and its sources as far as there is room", () => {
  const u = new User(network([]));
  const fd = u.open();
  const storage = (a: number, b: number, c: number, d: number): Uint8Array => {
    const out = new Uint8Array(128);
    out.set([2, 0, 0, 0, a, b, c, d]);
    return out;
  };
  const filter = (ifindex: number, group: Uint8Array, fmode: number, numsrc: number, ...list: Uint8Array[]) =>
    Uint8Array.of(
      ...int(ifindex),
      0,
      0,
      0,
      0,
      ...group,
      ...int(fmode),
      ...int(numsrc),
      ...list.flatMap((s) => [...s]),
    );
  const group = storage(239, 1, 1, 1);
  const sources = [storage(10, 0, 0, 7), storage(10, 0, 0, 8)];
  expect(u.set(fd, SOL_IP, MCAST_JOIN_GROUP, filter(1, group, 0, 0).subarray(0, 136))).toBe(0);
  expect(u.set(fd, SOL_IP, MCAST_MSFILTER, filter(1, group, 1, 2, ...sources))).toBe(0);
  const ask = (optval?: Uint8Array) =>
    u.m.syscall({
      name: "getsockopt",
      fd,
      level: SOL_IP,
      optname: MCAST_MSFILTER,
      optlen: 400,
      ...(optval && { optval }),
    });
  expect(ask(filter(1, group, 0, 1))).toEqual({
    ret: 0,
    value: filter(1, group, 1, 2, ...sources.slice(0, 1)),
  });
  expect(ask(filter(1, group, 0, 9))).toEqual({ ret: 0, value: filter(1, group, 1, 2, ...sources) });
  expect(ask(filter(2, group, 0, 9))).toEqual({ ret: -EADDRNOTAVAIL });
  expect(ask(filter(1, storage(10, 0, 0, 7), 0, 9))).toEqual({ ret: -EINVAL });
  expect(ask()).toEqual({ ret: -EINVAL });
});
