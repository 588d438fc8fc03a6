// SPDX-License-Identifier: GPL-2.0-only
/** Sockets of AF_INET6 that speak IPv4; what IPv6 itself would do is refused by its name. */
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../../../src/kernels/release.ts";
import { errnoName } from "../../../../../src/uapi/errno.ts";
import { network } from "../../network.ts";
import { brief, frames, sockaddr, visited } from "../../send.ts";

const name = (ret: number): number | string => (ret < 0 ? (errnoName(-ret) ?? ret) : ret);
const machine = (): Machine => network(["ip link set lo up"]);
const socket6 = (m: Machine, type = 2, protocol = 0): number =>
  m.syscall({ name: "socket", domain: 10, type, protocol }).ret;

/** struct sockaddr_in6 of port 9; `tail`: the last bytes of its address. */
function sin6(...tail: number[]): Uint8Array {
  const b = new Uint8Array(28);
  b.set([10, 0, 0, 9]);
  b.set(tail, 24 - tail.length);
  return b;
}
const MAPPED = sin6(0xff, 0xff, 127, 0, 0, 1);
const LOOPBACK = sin6(1);

function send(m: Machine, fd: number, to: Uint8Array | null, len = to?.length ?? 0): number | string {
  const addr = to === null ? null : { bytes: to };
  const buf = { bytes: Uint8Array.of(0x78) };
  return name(m.syscall({ name: "sendto", fd, buf, len: 1, flags: 0, addr, addrlen: len }).ret);
}

describe("an IPv6 UDP socket", () => {
  test.each([
    ["an IPv4 address", sockaddr("127.0.0.1:9")],
    ["an IPv4-mapped address", MAPPED],
  ])("sends to %s as UDP over IPv4 does", (_what, to) => {
    const m = machine();
    const fd = socket6(m);
    expect(fd).toBe(3);
    const seen = frames(m);
    const { fns } = visited(m, () => expect(send(m, fd, to)).toBe(1));
    expect(brief(seen).slice(0, 2)).toEqual(["lo:4:43", "lo:0:43"]);
    expect(fns).toEqual(
      expect.arrayContaining(["inet_sendmsg", "inet_autobind", "udp_lib_get_port", "udp_sendmsg"]),
    );
    expect(fns).not.toContain("udp_v4_get_port");
    const own = m.syscall({ name: "getsockname", fd, addrlen: 28 }).addr;
    expect(own).toHaveLength(28);
    expect(own?.[0]).toBe(10);
    expect(own?.subarray(2, 4)).not.toEqual(new Uint8Array(2));
    expect(m.sockets()).toMatchObject([[3, "family=10,len=28", 0]]);
    // /proc/net/udp lists IPv4's alone.
    expect(m.proc("/proc/net/udp")?.trim().split("\n")).toHaveLength(1);
    expect(m.syscall({ name: "close", fd }).ret).toBe(0);
  });

  test.each([
    ["an IPv6 address", LOOPBACK, 28, "ENETUNREACH"],
    ["an address that is too short", MAPPED, 23, "EINVAL"],
    ["one byte of an address", MAPPED, 1, "EINVAL"],
    ["another family", Uint8Array.from([1, 0, 0, 0]), 4, "EINVAL"],
    ["no family", new Uint8Array(16), 16, "EDESTADDRREQ"],
    ["not an address", null, 0, "EDESTADDRREQ"],
  ] as const)("refuses %s", (_what, to, len, errno) => {
    const m = machine();
    expect(send(m, socket6(m), to, len)).toBe(errno);
  });

  test("says by name what is not modelled", () => {
    const m = machine();
    const fd = socket6(m);
    const refused = (work: () => number, errno: string): string => {
      const { notes } = visited(m, () => expect(name(work())).toBe(errno));
      return notes.filter((note) => note.startsWith("not modelled: ")).join();
    };
    const addr = { bytes: LOOPBACK };
    expect(refused(() => m.syscall({ name: "bind", fd, addr, addrlen: 28 }).ret, "EADDRNOTAVAIL")).toMatch(
      /addresses/,
    );
    expect(refused(() => m.syscall({ name: "connect", fd, addr, addrlen: 28 }).ret, "EOPNOTSUPP")).toMatch(
      /connected/,
    );
    const optval = { bytes: new Uint8Array(4) };
    const option = { name: "setsockopt", fd, level: 41, optname: 26, optval, optlen: 4 } as const;
    expect(refused(() => m.syscall(option).ret, "ENOPROTOOPT")).toMatch(/options/);
    expect(m.syscall({ ...option, level: 0, optname: 1 }).ret).toBe(0);
    expect(refused(() => socket6(m, 1), "EAFNOSUPPORT")).toMatch(/other than UDP/);
    expect(name(socket6(m, 2, 256))).toBe("EINVAL");
    expect(name(socket6(m, 2, 33))).toBe("EPROTONOSUPPORT");
  });
});
