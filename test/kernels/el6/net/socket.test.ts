// SPDX-License-Identifier: GPL-2.0-only
/** From a system call on a descriptor to the protocol family, and what refuses on the way. */
import { describe, expect, test } from "vitest";
import { El6 } from "../../../../src/kernels/index.ts";
import type { Machine, Syscall } from "../../../../src/kernels/release.ts";
import { EAFNOSUPPORT, EBADF, EFAULT, EINVAL, EMSGSIZE, ENOTSOCK } from "../../../../src/uapi/errno.ts";

function machine(): Machine {
  const m = El6.boot({ seed: 0 });
  expect(m.configure({ kind: "link-set", dev: "lo", up: true })).toBe(0);
  return m;
}

const socket = (m: Machine, domain = 2, type = 2, protocol = 0): number =>
  m.syscall({ name: "socket", domain, type, protocol }).ret;

/** struct sockaddr_in. */
function sin(a: number, b: number, c: number, d: number, port: number): Uint8Array {
  return Uint8Array.from([2, 0, port >> 8, port & 255, a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0]);
}
const NOWHERE = sin(127, 0, 0, 1, 9999);

function sendto(fd: number, text: string, addrlen = 16): Syscall {
  const bytes = new TextEncoder().encode(text);
  return {
    name: "sendto",
    fd,
    buf: { bytes },
    len: bytes.length,
    flags: 0,
    addr: { bytes: NOWHERE },
    addrlen,
  };
}

describe("socket(2)", () => {
  test("numbers descriptors from 3", () => {
    const m = machine();
    expect([socket(m), socket(m)]).toEqual([3, 4]);
  });
  test.each([
    ["a family out of range", 99, 2, 0, -EAFNOSUPPORT],
    ["a family nobody registered", 0, 2, 0, -EAFNOSUPPORT],
    ["a type out of range", 2, 15, 0, -EINVAL],
    ["flags that mean nothing", 2, 0x102, 0, -EINVAL],
  ])("refuses %s", (_why, domain, type, protocol, ret) => {
    expect(socket(machine(), domain, type, protocol)).toBe(ret);
  });
});

describe("a descriptor", () => {
  test("that is not open", () => {
    expect(machine().syscall(sendto(7, "x")).ret).toBe(-EBADF);
  });
  test("that is no socket", () => {
    const m = machine();
    const { ret } = m.syscall({ name: "open", path: "/dev/null" });
    expect(m.syscall(sendto(ret, "x")).ret).toBe(-ENOTSOCK);
  });
  test("lives as long as its copies", () => {
    const m = machine();
    const fd = socket(m);
    const copy = m.syscall({ name: "dup", fd, to: 100 }).ret;
    expect(copy).toBe(100);
    expect(m.syscall({ name: "close", fd }).ret).toBe(0);
    expect(m.syscall(sendto(copy, "hello")).ret).toBe(5);
    expect(m.syscall({ name: "close", fd: copy }).ret).toBe(0);
    expect(m.syscall(sendto(copy, "hello")).ret).toBe(-EBADF);
  });
});

describe("an address", () => {
  const m = machine();
  const fd = socket(m);
  test.each([
    ["of negative length", -1, -EINVAL],
    ["longer than any", 129, -EINVAL],
    ["reaching into unreadable memory", 17, -EFAULT],
    ["too short for IPv4", 15, -EINVAL],
  ])("%s", (_what, addrlen, ret) => {
    expect(m.syscall(sendto(fd, "aaaaa", addrlen)).ret).toBe(ret);
  });
});

describe("sendmsg(2)", () => {
  const piece = (text: string) => ({ base: { bytes: new TextEncoder().encode(text) }, len: text.length });
  const call = (fd: number): Extract<Syscall, { name: "sendmsg" }> => ({
    name: "sendmsg",
    fd,
    msgname: { bytes: NOWHERE },
    namelen: 16,
    iov: [piece("he"), piece("llo")],
    control: null,
    controllen: 0,
    flags: 0,
  });
  test("gathers the pieces", () => {
    const m = machine();
    expect(m.syscall(call(socket(m))).ret).toBe(5);
  });
  test("refuses too many of them", () => {
    const m = machine();
    expect(m.syscall({ ...call(socket(m)), iovlen: 1025 }).ret).toBe(-EMSGSIZE);
  });
  test("faults on control data that is not there", () => {
    const m = machine();
    expect(m.syscall({ ...call(socket(m)), controllen: 40 }).ret).toBe(-EFAULT);
  });
});

test("write(2) of nothing sends an empty datagram, writev(2) of nothing sends none", () => {
  const m = machine();
  const fd = socket(m);
  const sent = () => m.counters().get("Udp.OutDatagrams");
  expect(m.syscall({ name: "connect", fd, addr: { bytes: NOWHERE }, addrlen: 16 }).ret).toBe(0);
  expect(m.syscall({ name: "writev", fd, iov: [] }).ret).toBe(0);
  expect(sent()).toBe(0);
  expect(m.syscall({ name: "write", fd, buf: null, len: 0 }).ret).toBe(0);
  expect(sent()).toBe(1);
});
