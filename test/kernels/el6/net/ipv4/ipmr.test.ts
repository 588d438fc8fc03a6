// SPDX-License-Identifier: GPL-2.0-only
/** Multicast routing: what a daemon may say, and what becomes of PIM. */
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../../../src/kernels/release.ts";
import { set16, set32 } from "../../../../../src/wire/bytes.ts";
import { csum_fold, csum_partial } from "../../../../../src/wire/checksum.ts";
import { User } from "../../calls.ts";
import { dummy, network } from "../../network.ts";
import { arrive, bytes, icmp, left, NEIGHBOUR } from "../../packets.ts";
import { frames, visited } from "../../send.ts";

const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOL_IP = 0;
const SOL_UDP = 17;
const MRT_INIT = 200;
const MRT_ADD_VIF = 202;
const MRT_ADD_MFC = 204;
const MRT_ASSERT = 207;
const MRT_PIM = 208;
const MRT_TABLE = 209;
const VIFF_TUNNEL = 1;
const UDP_CORK = 1;
const IGMP_MAC = [1, 0, 0x5e, 0, 0, 13];

/** struct vifctl of 10.0.0.1. */
function vif(number: number, flags = 0): Uint8Array {
  const b = new Uint8Array(16);
  b.set([number, 0, flags, 1]);
  set32(b, 8, 0x0a000001);
  return b;
}
/** struct mfcctl: what 10.0.0.2 sends to 239.1.2.3. */
function mfc(parent: number): Uint8Array {
  const b = new Uint8Array(60);
  set32(b, 0, 0x0a000002);
  set32(b, 4, 0xef010203);
  b[8] = parent & 255;
  b[9] = parent >> 8;
  b.fill(1, 10, 42);
  return b;
}
function daemon(m: Machine): { readonly user: User; readonly fd: number } {
  const user = new User(m);
  const fd = user.open(SOCK_RAW, 2);
  expect(user.set(fd, SOL_IP, MRT_INIT, 1)).toBe(0);
  return { user, fd };
}
const unreachable = (seen: ReturnType<typeof frames>): number =>
  left(seen).filter((p) => p.proto === 1 && p.data[0] === 3).length;

/** A PIM register, version 2, around a datagram to `daddr`. */
function register(daddr: number): Uint8Array {
  const b = new Uint8Array(8 + 28);
  b[0] = 0x21;
  set16(b, 2, csum_fold(csum_partial(b, 0, 8, 0)));
  b[8] = 0x45;
  set16(b, 10, 28);
  set32(b, 24, daddr);
  return b;
}

describe("PIM has a handler, so nobody is told that the protocol is unknown", () => {
  test.each([
    ["too short", bytes("2000dfff00000000"), "too short for a PIM register"],
    ["a hello", new Uint8Array(40).fill(0x20, 0, 1), "not a PIM register message"],
    [
      "a register of no multicast",
      register(0x0a000001),
      "PIM register does not hold a complete multicast packet",
    ],
    ["a register", register(0xef010203), "no PIM register device"],
    ["a wrong checksum", register(0xef010203).fill(9, 1, 2), "bad PIM checksum"],
  ])("version 2: %s", (_what, data, why) => {
    const m = network(NEIGHBOUR);
    const seen = frames(m);
    const { fns, notes } = visited(m, () => arrive(m, { proto: 103, data }));
    expect(fns).toContain("pim_rcv");
    expect(notes).toContain(why);
    expect(unreachable(seen)).toBe(0);
  });

  test("version 1 is IGMP, and heard after MRT_PIM", () => {
    const m = network(NEIGHBOUR);
    const body = new Uint8Array(4 + 28);
    set32(body, 0, 0x10000000);
    const hello = (): ReturnType<typeof visited> =>
      visited(m, () =>
        arrive(m, { proto: 2, dst: "224.0.0.1", data: icmp(0x14, 1, body), ttl: 1, mac: IGMP_MAC }),
      );
    expect(hello().fns).toContain("pim_rcv_v1");
    expect(hello().notes).toContain("the multicast routing daemon has not enabled PIM");
    const { user, fd } = daemon(m);
    const empty = { name: "setsockopt", level: SOL_IP, optname: MRT_PIM, optval: null, optlen: 4 } as const;
    expect(visited(m, () => m.syscall({ ...empty, fd })).notes).toContain(
      "the option's value cannot be read from user space",
    );
    expect(user.set(fd, SOL_IP, MRT_PIM, 7)).toBe(0);
    expect([user.get(fd, SOL_IP, MRT_PIM), user.get(fd, SOL_IP, MRT_ASSERT)]).toEqual([1, 1]);
    expect(hello().notes).toContain("PIM register does not hold a complete multicast packet");
  });
});

describe("tables", () => {
  test("MRT_TABLE makes another; its daemon and the first one's are two", () => {
    const m = network(NEIGHBOUR);
    const { user, fd } = daemon(m);
    expect(user.set(fd, SOL_IP, MRT_TABLE, 5)).toBe("EBUSY");
    const other = user.open(SOCK_RAW, 2);
    expect(user.set(other, SOL_IP, MRT_INIT, 1)).toBe("EADDRINUSE");
    expect(user.set(other, SOL_IP, MRT_TABLE, new Uint8Array(8))).toBe("EINVAL");
    expect(user.set(other, SOL_IP, MRT_TABLE, 5)).toBe(0);
    // A raw socket has one router alert: that of MRT_INIT.
    expect(user.set(other, SOL_IP, MRT_INIT, 1)).toBe(0);
  });

  test("of a UDP socket it is UDP_CORK", () => {
    const user = new User(network(NEIGHBOUR));
    const fd = user.open(SOCK_DGRAM);
    expect(user.set(fd, SOL_IP, MRT_INIT, 1)).toBe("EOPNOTSUPP");
    expect(user.set(fd, SOL_UDP, UDP_CORK, 1)).toBe(0);
    expect(user.set(fd, SOL_IP, MRT_INIT, 1)).toBe("ENOENT");
    const fd2 = user.open(SOCK_DGRAM);
    expect(user.set(fd2, SOL_IP, MRT_TABLE, 3)).toBe(0);
    expect(user.get(fd2, SOL_UDP, UDP_CORK)).toBe(3);
  });
});

test("a tunnel needs tunl0, which nobody has; other kinds of interface are none", () => {
  const m = network(NEIGHBOUR);
  const { user, fd } = daemon(m);
  const { fns } = visited(m, () =>
    expect(user.set(fd, SOL_IP, MRT_ADD_VIF, vif(0, VIFF_TUNNEL))).toBe("ENOBUFS"),
  );
  const at = fns.indexOf("ipmr_new_tunnel");
  expect(fns.slice(at, at + 2)).toEqual(["ipmr_new_tunnel", "__dev_get_by_name"]);
  expect(user.set(fd, SOL_IP, MRT_ADD_VIF, vif(0, 2))).toBe("EINVAL");
});

test("an entry whose parent is no interface forwards nothing", () => {
  const m = network([...NEIGHBOUR, ...dummy("d0", "10.9.0.1/24"), "ip link set v0 multicast on"]);
  const { user, fd } = daemon(m);
  expect(user.set(fd, SOL_IP, MRT_ADD_VIF, vif(0))).toBe(0);
  expect(user.set(fd, SOL_IP, MRT_ADD_MFC, mfc(40))).toBe(0);
  const { notes } = visited(m, () =>
    arrive(m, { proto: 17, dst: "239.1.2.3", data: new Uint8Array(8), mac: [1, 0, 0x5e, 1, 2, 3] }),
  );
  expect(notes).toContain("wrong VIF: not the input interface of this multicast route");
});
