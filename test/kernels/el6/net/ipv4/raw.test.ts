// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from "vitest";
import type { UserPtr } from "../../../../../src/kernels/release.ts";
import { sin, User } from "../../calls.ts";
import { network } from "../../network.ts";
import { visited } from "../../send.ts";

const SOCK_RAW = 3;
const IPPROTO_ICMP = 1;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const MSG_DONTWAIT = 0x40;
const LO = "127.0.0.1:0";

function raw(protocol = IPPROTO_ICMP): { u: User; fd: number } {
  const u = new User(network([]));
  return { u, fd: u.open(SOCK_RAW, protocol) };
}

/** sendmsg(2) with pieces at these places. */
function sendmsg(u: User, fd: number, pieces: readonly (readonly [UserPtr, number])[]): string | number {
  return u.call({
    name: "sendmsg",
    fd,
    msgname: { bytes: sin(LO) },
    namelen: 16,
    iov: pieces.map(([base, len]) => ({ base, len })),
    control: null,
    controllen: 0,
    flags: 0,
  });
}

describe("a raw ICMP packet is routed by its type and code", () => {
  const one: UserPtr = { bytes: Uint8Array.of(8) };
  test("which nobody reads from NULL: the packet is routed, and then the data faults", () => {
    const { u, fd } = raw();
    const { fns } = visited(u.m, () => expect(sendmsg(u, fd, [[null, 5]])).toBe("EFAULT"));
    expect(fns).toContain("ip_append_data");
  });
  test("but the code is taken to lie behind a type at NULL, and faults at once", () => {
    const { u, fd } = raw();
    const pieces = [
      [null, 5],
      [one, 1],
    ] as const;
    const { fns } = visited(u.m, () => expect(sendmsg(u, fd, pieces)).toBe("EFAULT"));
    expect(fns).not.toContain("ip_route_output_flow");
  });
  test("from two pieces as well as from one", () => {
    const { u, fd } = raw();
    const pieces = [
      [one, 1],
      [null, 0],
      [{ bytes: new Uint8Array(7) }, 7],
    ] as const;
    expect(sendmsg(u, fd, pieces)).toBe(8);
  });
});

describe("ICMP_FILTER", () => {
  test("keeps types out, and says so", () => {
    const { u, fd } = raw();
    expect(u.set(fd, SOL_RAW, ICMP_FILTER, 1 << 8)).toBe(0);
    expect(u.get(fd, SOL_RAW, ICMP_FILTER)).toBe(1 << 8);
    const { notes } = visited(u.m, () =>
      u.sendto(u.open(SOCK_RAW, 1), LO, Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0)),
    );
    expect(notes).toContain("ICMP_FILTER blocks this type");
    expect(u.recv(fd, MSG_DONTWAIT).data?.[20]).not.toBe(8);
  });
  test("is zero where it could not be read", () => {
    const { u, fd } = raw();
    expect(u.set(fd, SOL_RAW, ICMP_FILTER, -1)).toBe(0);
    expect(u.set(fd, SOL_RAW, ICMP_FILTER, { bytes: Uint8Array.of(5) }, 2)).toBe("EFAULT");
    expect(u.get(fd, SOL_RAW, ICMP_FILTER)).toBe(0xffff0005 | 0);
  });
});
