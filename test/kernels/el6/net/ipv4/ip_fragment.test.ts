// SPDX-License-Identifier: GPL-2.0-only
/** Reassembly: order, overlap, what never comes, and how much may wait. */
import { expect, test } from "vitest";
import type { Machine } from "../../../../../src/kernels/release.ts";
import { network, run } from "../../network.ts";
import { arrive, hex, left, NEIGHBOUR, udp } from "../../packets.ts";
import { frames, sockaddr, udpSocket } from "../../send.ts";

const PAYLOAD = Uint8Array.from({ length: 56 }, (_, i) => i);
const DATAGRAM = udp(9999, PAYLOAD);

/** A piece of the datagram, from a byte to a byte. */
function piece(m: Machine, from: number, to: number, id = 7): void {
  const data = DATAGRAM.slice(from, to);
  arrive(m, { proto: 17, data, id, offset: from, more: to < DATAGRAM.length });
}
function receiver(): { m: Machine; take: () => string | undefined } {
  const m = network(NEIGHBOUR);
  const fd = udpSocket(m);
  m.syscall({ name: "bind", fd, addr: { bytes: sockaddr("0.0.0.0:9999") }, addrlen: 16 });
  const take = (): string | undefined => {
    const { data } = m.syscall({ name: "recvmsg", fd, len: 2000, flags: 0x40, controllen: 0 });
    return data === undefined ? undefined : hex(data);
  };
  return { m, take };
}
const counter = (m: Machine, name: string): number | undefined => m.counters().get(name);

test.each([
  [
    "in order",
    [
      [0, 24],
      [24, 48],
      [48, 64],
    ],
  ],
  [
    "the last first",
    [
      [48, 64],
      [24, 48],
      [0, 24],
    ],
  ],
  [
    "with a repetition",
    [
      [0, 24],
      [0, 24],
      [24, 64],
    ],
  ],
  [
    "overlapping before",
    [
      [0, 32],
      [24, 64],
    ],
  ],
  [
    "overlapping behind",
    [
      [24, 64],
      [0, 32],
    ],
  ],
  [
    "one inside another",
    [
      [24, 32],
      [16, 48],
      [0, 16],
      [48, 64],
    ],
  ],
])("%s", (_name, pieces) => {
  const { m, take } = receiver();
  for (const [from, to] of pieces) piece(m, from as number, to as number);
  expect(take()).toBe(hex(PAYLOAD));
  expect([counter(m, "Ip.ReasmReqds"), counter(m, "Ip.ReasmOKs")]).toEqual([pieces.length, 1]);
});

test("two datagrams at once are kept apart by their ids", () => {
  const { m, take } = receiver();
  piece(m, 0, 32, 1);
  piece(m, 0, 32, 2);
  piece(m, 32, 64, 1);
  expect(take()).toBe(hex(PAYLOAD));
  expect(take()).toBe(undefined);
  expect(m.proc("sockstat")).toMatch(/^FRAG: inuse 1 memory [1-9]\d*$/m);
});

test("after half a minute the rest is given up, and the sender told, if the first fragment came", () => {
  const { m } = receiver();
  const seen = frames(m);
  piece(m, 0, 32, 1);
  piece(m, 32, 64, 2);
  m.advance(29_000);
  expect(left(seen)).toEqual([]);
  m.advance(2_000);
  expect(left(seen).map((p) => hex(p.data.slice(0, 2)))).toEqual(["0b01"]);
  expect([counter(m, "Ip.ReasmTimeout"), counter(m, "Ip.ReasmFails")]).toEqual([2, 2]);
  expect(m.proc("sockstat")).toMatch(/^FRAG: inuse 0 memory 0$/m);
});

test("a last fragment that contradicts another is dropped", () => {
  const { m, take } = receiver();
  piece(m, 0, 32);
  arrive(m, { proto: 17, data: DATAGRAM.slice(32, 48), id: 7, offset: 32 });
  expect(take()).toBe(undefined);
  const again = receiver();
  arrive(again.m, { proto: 17, data: DATAGRAM.slice(32, 48), id: 7, offset: 32 });
  piece(again.m, 32, 64);
  expect(again.take()).toBe(undefined);
});

test("over the high threshold the oldest are dropped", () => {
  const { m } = receiver();
  run(m, "sysctl net.ipv4.ipfrag_high_thresh=4000");
  run(m, "sysctl net.ipv4.ipfrag_low_thresh=2000");
  const inuse = (): number => Number(/FRAG: inuse (\d+)/.exec(m.proc("sockstat") ?? "")?.[1]);
  const memory = (): number => Number(/ memory (\d+)$/m.exec(m.proc("sockstat") ?? "")?.[1]);
  // Each CPU hands in what it counts in lumps of 130,000 bytes: until then nobody knows.
  let id = 0;
  for (; memory() < 130_000; id++) piece(m, 0, 32, id);
  expect([inuse(), counter(m, "Ip.ReasmFails")]).toEqual([id, 0]);
  piece(m, 0, 32, id);
  expect(inuse()).toBeLessThan(10);
  expect(counter(m, "Ip.ReasmFails")).toBeGreaterThan(100);
});
