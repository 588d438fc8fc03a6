// SPDX-License-Identifier: GPL-2.0-only
/** Calls that sleep: what they wait for, for how long, what happens meanwhile, and what wakes them. */
import { describe, expect, test } from "vitest";
import type { Syscall } from "../../../../../src/kernels/release.ts";
import { User } from "../../calls.ts";
import { network } from "../../network.ts";

const CARD = [
  "ip link add eth0 address 02:00:00:00:00:10 type e1000",
  "ip link set eth0 up",
  "ip addr add 192.0.2.10/24 brd + dev eth0",
];
const [SOL_SOCKET, SO_SNDBUF, SO_RCVTIMEO, SO_SNDTIMEO] = [1, 7, 20, 21];

/** struct timeval. */
function timeval(usec: number): Uint8Array {
  const b = new DataView(new ArrayBuffer(16));
  b.setBigUint64(8, BigInt(usec), true);
  return new Uint8Array(b.buffer);
}

/** Contexts, functions of interest and notes with their facts of a call, in order. */
function story(u: User, call: Syscall, fns: readonly string[]): string[] {
  const rec = u.m.newRecorder();
  u.m.record(rec);
  u.m.syscall(call);
  u.m.record(null);
  return [...rec].flatMap((ev) => {
    if (ev.ev === "context") return [`${ev.on ? "+" : "-"}${ev.name}`];
    if (ev.ev === "enter") return fns.includes(ev.fn) ? [ev.fn] : [];
    if ((ev.ev === "note" || ev.ev === "fate") && /wait|woke|wake|sleep|within SO_|resolved:/.test(ev.text))
      return [`${ev.text} ${Object.values(ev.facts ?? {}).join(" ")}`.trim()];
    return [];
  });
}

const send = (fd: number, to: string): Syscall => {
  const [addr = "", port = ""] = to.split(":");
  const b = Uint8Array.of(2, 0, 0, Number(port), ...addr.split(".").map(Number), 0, 0, 0, 0, 0, 0, 0, 0);
  return {
    name: "sendto",
    fd,
    buf: { bytes: new Uint8Array(1400) },
    len: 1400,
    flags: 0,
    addr: { bytes: b },
    addrlen: 16,
  };
};

describe("a send into a full buffer", () => {
  const full = (): { u: User; a: number } => {
    const u = new User(network(CARD));
    const a = u.open();
    u.set(a, SOL_SOCKET, SO_SNDBUF, 1);
    for (let i = 0; i < 2; i++) u.sendto(a, "192.0.2.20:9", 1400);
    return { u, a };
  };

  test("sleeps while a neighbour is asked for, and is woken by what was sent then", () => {
    const { u, a } = full();
    const told = story(u, send(a, "192.0.2.20:9"), [
      "arp_solicit",
      "e1000_xmit_frame",
      "sock_def_write_space",
    ]);
    expect(told).toEqual([
      "the send buffer is full: wait for room 3409 2048 indefinitely",
      "+sleep",
      "+timer",
      "arp_solicit",
      "e1000_xmit_frame",
      "-timer",
      "+interrupt",
      "-interrupt",
      "+softirq",
      "resolved: send the packets in arp_queue 2",
      "e1000_xmit_frame",
      "sock_def_write_space",
      "e1000_xmit_frame",
      "sock_def_write_space",
      "wake the task sleeping on this socket",
      "-softirq",
      "-sleep",
      "woken: check again 1 ms",
      "e1000_xmit_frame",
      "sock_def_write_space",
    ]);
  });

  test("or until its time is up", () => {
    const u = new User(network([...CARD, "ip route add 203.0.113.0/24 dev eth0"]));
    const a = u.open();
    u.set(a, SOL_SOCKET, SO_SNDBUF, 1);
    u.set(a, SOL_SOCKET, SO_SNDTIMEO, timeval(30_000));
    for (let i = 0; i < 2; i++) u.sendto(a, "203.0.113.20:9", 1400);
    const told = story(u, send(a, "203.0.113.20:9"), []);
    expect(told.filter((line) => !/^[+-]/.test(line))).toEqual([
      "the send buffer is full: wait for room 3409 2048 30 ms",
      "not woken: timed out 30 ms",
      "timed out: no room in the send buffer within SO_SNDTIMEO 3409 2048",
    ]);
  });
});

describe("a receive from an empty queue", () => {
  test("sleeps on where there is room to send", () => {
    const u = new User(network(CARD));
    const a = u.open();
    u.set(a, SOL_SOCKET, SO_RCVTIMEO, timeval(50_000));
    u.sendto(a, "192.0.2.20:9", 1);
    const call: Syscall = { name: "recvfrom", fd: a, len: 10, flags: 0, addrlen: 0 };
    const told = story(u, call, ["receiver_wake_function", "wait_for_packet"]);
    expect(told.filter((line) => !/^[+-]/.test(line))).toEqual([
      "wait_for_packet",
      "the receive queue is empty: wait for a packet, an error or shutdown 50 ms",
      "resolved: send the packets in arp_queue 1",
      "receiver_wake_function",
      "wakeup is not for POLLIN or POLLERR: keep sleeping",
      "not woken: timed out 50 ms",
      "timed out: nothing received within SO_RCVTIMEO 50",
    ]);
  });
});
