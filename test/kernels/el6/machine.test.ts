// SPDX-License-Identifier: GPL-2.0-only
/** The machine as a whole: one datagram through every layer. */
import { describe, expect, test } from "vitest";
import { El6 } from "../../../src/kernels/index.ts";
import type { Frame, Machine, Syscall } from "../../../src/kernels/release.ts";
import type { Recorder } from "../../../src/trace/record.ts";
import { ECONNREFUSED } from "../../../src/uapi/errno.ts";

const TO = Uint8Array.from([2, 0, 0x27, 0x0f, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
const BUF = { bytes: new TextEncoder().encode("aaaaa") };
const SOCKET: Syscall = { name: "socket", domain: 2, type: 2, protocol: 0 };
const SENDTO: Syscall = {
  name: "sendto",
  fd: 3,
  buf: BUF,
  len: 5,
  flags: 0,
  addr: { bytes: TO },
  addrlen: 16,
};

function machine(seed = 0): Machine {
  const m = El6.boot({ seed });
  m.configure({ kind: "link-set", dev: "lo", up: true });
  return m;
}

/** Functions of a call, in order. */
function calls(m: Machine, call: Syscall): string[] {
  const rec = m.newRecorder();
  m.record(rec);
  m.syscall(call);
  m.record(null);
  return [...rec].flatMap((ev) => (ev.ev === "enter" ? [ev.fn] : []));
}

describe("a datagram to a port nobody has", () => {
  test("is answered inside the same sendto", () => {
    const m = machine();
    m.syscall(SOCKET);
    const frames: Frame[] = [];
    m.tap((f) => frames.push(f));
    expect(m.syscall(SENDTO).ret).toBe(5);
    // Out and in again; then the ICMP error, out and in again.
    expect(frames.map(({ dev, type, status }) => [dev, type, status])).toEqual([
      ["lo", 4, 8],
      ["lo", 0, 8],
      ["lo", 4, 0],
      ["lo", 0, 0],
    ]);
    const c = m.counters();
    const want = {
      "Udp.OutDatagrams": 1,
      "Udp.NoPorts": 1,
      "Icmp.OutDestUnreachs": 1,
      "Icmp.InDestUnreachs": 1,
      "IcmpMsg.InType3": 1,
      "rt.out_hit": 1,
      "rt.out_slow_tot": 2,
      "dev:lo.tx_packets": 2,
      "dev:lo.rx_bytes": 94,
    };
    for (const [name, value] of Object.entries(want)) expect([name, c.get(name)]).toEqual([name, value]);
  });

  test("tells a connected socket on the next call", () => {
    const m = machine();
    m.syscall(SOCKET);
    m.syscall({ name: "connect", fd: 3, addr: { bytes: TO }, addrlen: 16 });
    const send: Syscall = { ...SENDTO, addr: null, addrlen: 0 } as Syscall;
    expect(m.syscall(send).ret).toBe(5);
    expect(m.syscall(send).ret).toBe(-ECONNREFUSED);
  });
});

test("a listener gets the bytes and the sender's address", () => {
  const m = machine();
  m.syscall(SOCKET);
  m.syscall(SOCKET);
  expect(m.syscall({ name: "bind", fd: 4, addr: { bytes: TO }, addrlen: 16 }).ret).toBe(0);
  m.syscall(SENDTO);
  const got = m.syscall({ name: "recvmsg", fd: 4, len: 100, flags: 0x40, controllen: 0 });
  expect(got.ret).toBe(5);
  expect(got.data).toEqual(BUF.bytes);
  const from = m.sockets().find(([fd]) => fd === 3)?.[1] ?? "";
  expect([...(got.addr ?? [])].slice(4, 8)).toEqual([127, 0, 0, 1]);
  expect(from).toBe(`0.0.0.0:${((got.addr?.[2] ?? 0) << 8) | (got.addr?.[3] ?? 0)}`);
});

test("the same seed tells the same story, another seed another port", () => {
  const story = (seed: number): string => {
    const m = machine(seed);
    const rec: Recorder = m.newRecorder();
    m.record(rec);
    m.syscall(SOCKET);
    m.syscall(SENDTO);
    return JSON.stringify([...rec]);
  };
  expect(story(7)).toBe(story(7));
  expect(story(7)).not.toBe(story(8));
});

test("a second send takes the short way", () => {
  const m = machine();
  m.syscall(SOCKET);
  const first = calls(m, SENDTO);
  const second = calls(m, SENDTO);
  expect(first).toContain("inet_autobind");
  expect(first).toContain("ip_route_output_slow");
  expect(second).not.toContain("inet_autobind");
  expect(second).not.toContain("ip_route_output_slow");
  expect(second.length).toBeLessThan(first.length);
});

test("nothing is left of a call that looks", () => {
  const m = machine();
  m.syscall(SOCKET);
  const rec = m.newRecorder();
  m.record(rec);
  m.sockets();
  m.dump("fib");
  m.counters();
  expect([...rec]).toEqual([]);
});
