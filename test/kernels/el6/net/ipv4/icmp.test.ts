// SPDX-License-Identifier: GPL-2.0-only
/** ICMP: what is answered, what errors quote, how often they are sent, what they mean to a socket. */
import { describe, expect, test } from "vitest";
import { icmp_err_convert } from "../../../../../src/kernels/el6/net/ipv4/icmp.ts";
import { User } from "../../calls.ts";
import { network, run } from "../../network.ts";
import { arrive, bytes, hex, icmp, left, NEIGHBOUR, sumsUp, udp } from "../../packets.ts";
import { frames, sendTo, udpSocket, visited } from "../../send.ts";

const ECHO = icmp(8, 0, bytes("12340001aabbccdd"));

describe("questions", () => {
  test("an echo comes back with the same bytes, from the address it was sent to", () => {
    const m = network(NEIGHBOUR);
    const seen = frames(m);
    arrive(m, { proto: 1, data: ECHO });
    const [reply] = left(seen);
    expect(reply).toMatchObject({ src: "10.0.0.1", dst: "10.0.0.2", proto: 1, ttl: 64 });
    expect(hex((reply?.data ?? ECHO).slice(4))).toBe("12340001aabbccdd");
    expect(reply?.data[0]).toBe(0);
    expect(sumsUp(reply?.data ?? ECHO)).toBe(true);
  });
  test("a timestamp request gets the time since midnight twice", () => {
    const m = network(NEIGHBOUR);
    const seen = frames(m);
    arrive(m, { proto: 1, data: icmp(13, 0, bytes("1234000100000007000000000000000000")) });
    const [reply] = left(seen);
    const data = reply?.data ?? ECHO;
    expect([data[0], data.length, hex(data.slice(8, 12)), sumsUp(data)]).toEqual([14, 20, "00000007", true]);
    expect(hex(data.slice(12, 16))).toBe(hex(data.slice(16, 20)));
    expect(hex(data.slice(12, 16))).not.toBe("00000000");
  });
  test.each([
    ["a wrong checksum", { proto: 1, data: bytes("0800000012340001") }, "bad ICMP checksum"],
    [
      "an address mask request",
      { proto: 1, data: icmp(17, 0, bytes("0000000000000000")) },
      "address mask request: ignored",
    ],
    ["an unknown type", { proto: 1, data: icmp(42, 0, bytes("00000000")) }, "unknown ICMP type"],
  ])("no answer: %s", (_name, packet, why) => {
    const m = network(NEIGHBOUR);
    const seen = frames(m);
    expect(visited(m, () => arrive(m, packet)).notes).toContain(why);
    expect(left(seen)).toEqual([]);
  });
  test("icmp_echo_ignore_all is silence; echoes to everybody are ignored unless a sysctl lets them in", () => {
    const m = network(NEIGHBOUR);
    const seen = frames(m);
    const everybody = { dst: "10.0.0.255", proto: 1, data: ECHO, mac: [255, 255, 255, 255, 255, 255] };
    arrive(m, everybody);
    expect(left(seen)).toEqual([]);
    run(m, "sysctl net.ipv4.icmp_echo_ignore_broadcasts=0");
    arrive(m, everybody);
    expect(left(seen)).toMatchObject([{ src: "10.0.0.1", dst: "10.0.0.2" }]);
    run(m, "sysctl net.ipv4.icmp_echo_ignore_all=1");
    arrive(m, { proto: 1, data: ECHO });
    expect(left(seen)).toEqual([]);
  });
});

describe("errors", () => {
  const DATAGRAM = { proto: 17, data: udp(9999, new Uint8Array(1000)) };

  test("port unreachable quotes the datagram, 576 bytes in all, with precedence", () => {
    const m = network(NEIGHBOUR);
    const seen = frames(m);
    arrive(m, DATAGRAM);
    const [error] = left(seen);
    expect(error).toMatchObject({ src: "10.0.0.1", dst: "10.0.0.2", tos: 0xc0, proto: 1 });
    expect(hex((error?.data ?? ECHO).slice(0, 2))).toBe("0303");
    expect(error?.data.length).toBe(576 - 20);
    expect(sumsUp(error?.data ?? ECHO)).toBe(true);
  });
  test("six at once, then one a second", () => {
    const m = network(NEIGHBOUR);
    const seen = frames(m);
    m.advance(60_000);
    for (let i = 0; i < 10; i++) arrive(m, DATAGRAM);
    expect(left(seen).length).toBe(6);
    m.advance(1000);
    for (let i = 0; i < 3; i++) arrive(m, DATAGRAM);
    expect(left(seen).length).toBe(1);
    run(m, "sysctl net.ipv4.icmp_ratemask=0");
    for (let i = 0; i < 3; i++) arrive(m, DATAGRAM);
    expect(left(seen).length).toBe(3);
  });
  test("an unknown protocol: protocol unreachable", () => {
    const m = network(NEIGHBOUR);
    const seen = frames(m);
    arrive(m, { proto: 200, data: new Uint8Array(8) });
    expect(left(seen).map((p) => hex(p.data.slice(0, 2)))).toEqual(["0302"]);
  });
  test.each([
    ["a broadcast", { ...DATAGRAM, dst: "10.0.0.255", mac: [255, 255, 255, 255, 255, 255] }],
    ["a later fragment", { proto: 200, data: new Uint8Array(8), offset: 80, more: true }],
    ["an ICMP error", { proto: 1, data: icmp(3, 3, new Uint8Array(4)) }],
  ])("none about %s", (_name, packet) => {
    const m = network(NEIGHBOUR);
    const seen = frames(m);
    arrive(m, packet);
    expect(left(seen)).toEqual([]);
  });
});

test("a port unreachable on lo is made, delivered and handled within the sender's call", () => {
  const m = network([]);
  const fd = udpSocket(m);
  const { fns } = visited(m, () => expect(sendTo(m, fd, "127.0.0.1:9")).toBe(1));
  const order = [
    "sys_sendto",
    "udp_rcv",
    "icmp_send",
    "icmp_push_reply",
    "icmp_rcv",
    "icmp_unreach",
    "udp_err",
  ];
  expect(fns.filter((fn) => order.includes(fn))).toEqual(order);
});

test("what a socket hears of each code, and whether it is final", () => {
  const final = icmp_err_convert.flatMap(({ fatal }, code) => (fatal ? [code] : []));
  expect(final).toEqual([2, 3, 6, 7, 8, 9, 10, 13, 14, 15]);
  expect(icmp_err_convert.length).toBe(16);
});

test("a redirect about a ping: its socket reads the gateway as it stands in the packet", () => {
  const user = new User(network([...NEIGHBOUR, "sysctl net.ipv4.ping_group_range=0,0"]));
  const fd = user.open(2, 1);
  user.set(fd, 0, 11, 1);
  expect(user.sendto(fd, "10.0.0.9:0", bytes("0800000000000000"))).toBe(8);
  const port = Number(String(user.name(fd, "getsockname")).split(":")[1]);
  const id = port.toString(16).padStart(4, "0");
  const quoted = bytes(
    `4500001c000000004001000a0a0000010a0000090800000000000000`.replace("080000000000", `08000000${id}`),
  );
  const rest = new Uint8Array(4 + quoted.length);
  rest.set([10, 0, 0, 2]);
  rest.set(quoted, 4);
  arrive(user.m, { proto: 1, data: icmp(5, 1, rest) });
  const [, , ee] = user.recv(fd, 0x2040, 256).cmsgs?.[0] ?? [0, 0, new Uint8Array(32)];
  expect(hex(ee.slice(0, 12))).toBe("71000000020501000a000002");
});

test("six errors are saved up for a destination that got none yet, however long each must wait", () => {
  const m = network([...NEIGHBOUR, "sysctl net.ipv4.icmp_ratelimit=100000"]);
  const seen = frames(m);
  for (let i = 0; i < 9; i++) arrive(m, { proto: 17, data: udp(9, bytes("00")) });
  expect(left(seen).length).toBe(6);
});

test("an address mask reply is looked at where it lies", () => {
  const m = network([...NEIGHBOUR, "sysctl net.ipv4.ip_forward=1", "sysctl net.ipv4.conf.v0.log_martians=1"]);
  const { fns } = visited(m, () => arrive(m, { proto: 1, data: icmp(18, 0, bytes("00000000ffff0000")) }));
  const at = fns.indexOf("icmp_address_reply");
  expect(fns.slice(at, at + 2)).toEqual(["icmp_address_reply", "net_ratelimit"]);
});
