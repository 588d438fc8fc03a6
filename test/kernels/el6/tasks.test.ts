// SPDX-License-Identifier: GPL-2.0-only
/** Tasks and their descriptors, and the receiving calls that a machine offers. */
import { describe, expect, test } from "vitest";
import { RELEASES } from "../../../src/kernels/index.ts";
import type { Machine, Syscall } from "../../../src/kernels/release.ts";
import { EBADF, ECONNREFUSED, EINVAL, EMFILE } from "../../../src/uapi/errno.ts";

const LO = Uint8Array.of(127, 0, 0, 1);

function sockaddr(port: number): { addr: { bytes: Uint8Array }; addrlen: number } {
  const bytes = new Uint8Array(16);
  bytes.set([2, 0, port >> 8, port & 255]);
  bytes.set(LO, 4);
  return { addr: { bytes }, addrlen: 16 };
}

function booted(): Machine {
  const m = RELEASES.el6.boot({ seed: 1 });
  m.configure({ kind: "link-set", dev: "lo", up: true });
  return m;
}

const UDP: Syscall = { name: "socket", domain: 2, type: 2, protocol: 0 };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function send(m: Machine, fd: number, text: string, port: number): number {
  const buf = { bytes: bytes(text) };
  return m.syscall({ name: "sendto", fd, buf, len: text.length, flags: 0, ...sockaddr(port) }).ret;
}

describe("descriptors", () => {
  test("are what is wished for, where that is free", () => {
    const m = booted();
    expect(m.syscall({ ...UDP, at: 7 }).ret).toBe(7);
    expect(m.syscall({ ...UDP, at: 7 }).ret).toBe(3);
    expect(m.syscall({ name: "dup", fd: 7, at: 9 }).ret).toBe(9);
    expect(m.syscall({ name: "dup2", fd: 7, to: 3 }).ret).toBe(3);
    expect(m.syscall({ name: "dup2", fd: 99, to: 3 }).ret).toBe(-EBADF);
    expect(m.sockets().map(([fd]) => fd)).toEqual([3, 7, 9]);
  });

  test("are copied to a number that a task can have", () => {
    const m = booted();
    const { ret: fd } = m.syscall(UDP);
    expect(m.syscall({ name: "dup", fd, to: 1023 }).ret).toBe(1023);
    expect(m.syscall({ name: "dup", fd, to: 1023 }).ret).toBe(-EMFILE);
    expect(m.syscall({ name: "dup", fd, to: 1024 }).ret).toBe(-EINVAL);
    expect(m.syscall({ name: "dup", fd, to: -1 }).ret).toBe(-EINVAL);
  });

  test("a task that ends closes them in their order", () => {
    const m = booted();
    m.task(10);
    const low = m.syscall(UDP).ret;
    m.syscall({ name: "bind", fd: m.syscall(UDP).ret, ...sockaddr(5001) });
    m.syscall({ name: "close", fd: low });
    m.syscall({ name: "bind", fd: m.syscall(UDP).ret, ...sockaddr(5000) });
    const rec = m.newRecorder();
    m.record(rec);
    m.exit(10);
    m.record(null);
    const closed = [...rec].flatMap((ev) => (ev.ev === "enter" && ev.fn === "sock_close" ? [ev.args] : []));
    // The third socket got the first one's number.
    expect(closed.map((args) => JSON.stringify(args))).toEqual([
      expect.stringContaining("sock#3"),
      expect.stringContaining("sock#2"),
    ]);
  });

  test("a forked task has copies, a thread the same ones", () => {
    const m = booted();
    m.syscall(UDP);
    m.task(10, 0);
    expect(m.syscall({ name: "close", fd: 3 }).ret).toBe(0);
    m.task(0);
    expect(send(m, 3, "still open", 9999)).toBe(10);
    m.task(11, 0, true);
    expect(m.syscall({ name: "close", fd: 3 }).ret).toBe(0);
    m.task(0);
    expect(send(m, 3, "closed", 9999)).toBe(-EBADF);
  });

  test("a task that ends closes what it alone held", () => {
    const m = booted();
    m.task(10);
    m.syscall(UDP);
    m.syscall({ name: "bind", fd: 3, ...sockaddr(5000) });
    m.task(0);
    m.syscall(UDP);
    expect(m.adopt(3, 10)).toBe(false);
    m.syscall({ name: "close", fd: 3 });
    expect(m.adopt(3, 10)).toBe(true);
    m.exit(10);
    expect(m.sockets()).toHaveLength(1);
    m.syscall({ name: "close", fd: 3 });
    m.syscall(UDP);
    expect(m.syscall({ name: "bind", fd: 3, ...sockaddr(5000) }).ret).toBe(0);
  });
});

describe("receiving", () => {
  function withMail(): Machine {
    const m = booted();
    m.syscall(UDP);
    m.syscall(UDP);
    m.syscall({ name: "bind", fd: 4, ...sockaddr(5000) });
    for (const text of ["one", "three", "seventeen"]) send(m, 3, text, 5000);
    return m;
  }

  test("recvfrom gives data and address, read the data alone", () => {
    const m = withMail();
    const got = m.syscall({ name: "recvfrom", fd: 4, len: 2, flags: 0x20, addrlen: 16 });
    expect(got).toMatchObject({ ret: 3, data: bytes("on") });
    expect(got.addr?.subarray(4, 8)).toEqual(LO);
    expect(m.syscall({ name: "read", fd: 4, len: 100 })).toEqual({ ret: 5, data: bytes("three") });
    expect(m.syscall({ name: "recvfrom", fd: 4, len: 100, flags: 0, addrlen: 0 })).toEqual({
      ret: 9,
      data: bytes("seventeen"),
    });
  });

  test("recvmmsg takes what is there", () => {
    const m = withMail();
    const room = { len: 100, controllen: 0, namelen: 0 };
    const got = m.syscall({ name: "recvmmsg", fd: 4, messages: [room, room, room, room], flags: 0x40 });
    expect(got.ret).toBe(3);
    expect(got.messages?.map((r) => r.ret)).toEqual([3, 5, 9]);
  });

  test("poll waits as long as it may, ioctl makes non-blocking", () => {
    const m = booted();
    m.syscall(UDP);
    expect(m.syscall({ name: "poll", fds: [{ fd: 3, events: 1 }], timeout: 20 })).toEqual({
      ret: 0,
      fds: [],
    });
    expect(m.syscall({ name: "ioctl", fd: 3, request: "FIONBIO", value: 1 }).ret).toBe(0);
    expect(m.syscall({ name: "fcntl", fd: 3 }).ret).toBe(0x802);
    expect(m.syscall({ name: "fcntl", fd: 3, nonblock: false }).ret).toBe(0);
    expect(m.syscall({ name: "fcntl", fd: 3 }).ret).toBe(2);
  });
});

test("sendmmsg sends message after message, and says how many", () => {
  const m = booted();
  m.syscall(UDP);
  m.syscall({ name: "connect", fd: 3, ...sockaddr(9999) });
  const message = (text: string) => ({
    msgname: null,
    namelen: 0,
    iov: [{ base: { bytes: bytes(text) }, len: text.length }],
    control: null,
    controllen: 0,
  });
  const call: Syscall = { name: "sendmmsg", fd: 3, messages: [message("ab"), message("cde")], flags: 0 };
  // Nobody listens: the second message is told so, and nobody learns of it.
  expect(m.syscall(call)).toEqual({ ret: 1, messages: [{ ret: 2 }] });
  expect(m.syscall({ ...call, messages: [] }).ret).toBe(0);
  expect(m.syscall(call).ret).toBe(1);
  expect(send(m, 3, "x", 9999)).toBe(1);
  expect(send(m, 3, "x", 9999)).toBe(-ECONNREFUSED);
});

test("links tell of devices and addresses", () => {
  const m = booted();
  m.configure({ kind: "addr-add", local: 0x7f000002, prefixlen: 8, dev: "lo", scope: 254 });
  const [lo] = m.links();
  expect(lo).toMatchObject({ index: 1, name: "lo", mtu: 65536, qdisc: "noqueue", operstate: 0, type: 772 });
  expect(lo?.addresses.map((a) => [a.local, a.prefixlen, a.secondary])).toEqual([
    [0x7f000001, 8, false],
    [0x7f000002, 8, true],
  ]);
});
