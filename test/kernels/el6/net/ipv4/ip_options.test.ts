// SPDX-License-Identifier: GPL-2.0-only
/** IP options: what a socket may set, what is recorded on the way, what an answer carries. */
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../../../src/kernels/release.ts";
import { errnoName } from "../../../../../src/uapi/errno.ts";
import { network } from "../../network.ts";
import { arrive, bytes, hex, icmp, left, NEIGHBOUR } from "../../packets.ts";
import { frames, sendTo, udpSocket, visited } from "../../send.ts";

const IP_OPTIONS = 4;

/** setsockopt IP_OPTIONS: "ok", or the name of the error. */
function setOptions(m: Machine, fd: number, text: string): string {
  const value = bytes(text);
  const optval = { bytes: value };
  const { ret } = m.syscall({
    name: "setsockopt",
    fd,
    level: 0,
    optname: IP_OPTIONS,
    optval,
    optlen: value.length,
  });
  return ret === 0 ? "ok" : (errnoName(-ret) ?? String(ret));
}
function getOptions(m: Machine, fd: number): string {
  return hex(
    m.syscall({ name: "getsockopt", fd, level: 0, optname: IP_OPTIONS, optlen: 64 }).value ?? bytes("ff"),
  );
}

describe("what a socket may set", () => {
  const m = network([]);
  const fd = udpSocket(m);
  test.each([
    ["01", "ok"],
    ["070704c0a80101", "ok"], // record route with room for one
    ["07070300000000", "EINVAL"], // its pointer stands in the header
    ["0707040000000007070400000000", "EINVAL"], // two of them
    ["8307040a000001", "ok"], // a loose source route
    ["8307080a000001", "EINVAL"], // not begun at the first stop
    ["83060400000a", "EINVAL"], // no whole address
    ["44080500", "EINVAL"], // a length beyond the end
    ["940300", "EINVAL"], // a router alert is four bytes
    ["86080000000100ff", "EINVAL"], // a security label of an unknown domain
    ["01".repeat(40), "ok"],
    ["01".repeat(41), "EINVAL"],
  ])("%s: %s", (text, answer) => {
    expect(setOptions(m, fd, text)).toBe(answer);
  });
  test("getsockopt shows them as they were set, filled up to whole words", () => {
    setOptions(m, fd, "8307040a000001");
    expect(getOptions(m, fd)).toBe("8307040a00000100");
    setOptions(m, fd, "07070400000000");
    expect(getOptions(m, fd)).toBe("0707040000000000");
    setOptions(m, fd, "");
    expect(getOptions(m, fd)).toBe("");
  });
  test("an unknown option is root's", () => {
    expect(setOptions(m, fd, "9a04aabb")).toBe("ok");
    m.setuid(1000);
    expect(setOptions(m, fd, "9a04aabb")).toBe("EINVAL");
    m.setuid(0);
  });
});

test("a route is recorded where the datagram leaves", () => {
  const m = network(NEIGHBOUR);
  const fd = udpSocket(m);
  setOptions(m, fd, "070b040000000000000000");
  const seen = frames(m);
  sendTo(m, fd, "10.0.0.2:9");
  expect(left(seen).map((p) => hex(p.options))).toEqual(["070b080a0000010000000000"]);
});

test("a source route: the first stop is the header's address, the last the datagram's", () => {
  const m = network([...NEIGHBOUR, "ip route add 203.0.113.0/24 via 10.0.0.2"]);
  const fd = udpSocket(m);
  setOptions(m, fd, "830b040a000002c0000201");
  const seen = frames(m);
  sendTo(m, fd, "203.0.113.9:9");
  expect(left(seen)).toMatchObject([{ dst: "10.0.0.2", options: bytes("830b04c0000201cb00710900") }]);
});

test("fragments made of a corked chain all carry the first one's options: el6 blanks none", () => {
  const m = network(NEIGHBOUR);
  const fd = udpSocket(m);
  setOptions(m, fd, "0707040000000094040000");
  const seen = frames(m);
  sendTo(m, fd, "10.0.0.2:9", 2000);
  const options = "0707080a0000019404000000";
  expect(left(seen).map((p) => hex(p.options))).toEqual([options, options]);
});

describe("in packets that come", () => {
  const ECHO = icmp(8, 0, bytes("00010001"));
  test("an echo's answer records on, and takes the same stops back", () => {
    const m = network([
      ...NEIGHBOUR,
      "ip route add 192.0.2.0/24 via 10.0.0.2",
      "sysctl net.ipv4.conf.all.accept_source_route=1",
    ]);
    const seen = frames(m);
    arrive(m, { proto: 1, data: ECHO, options: [7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0] });
    expect(left(seen).map((p) => hex(p.options))).toEqual(["070b0c0a0000010a00000100"]);
    arrive(m, { proto: 1, data: ECHO, options: [...bytes("830b0cc0000201c000020200")] });
    expect(left(seen)).toMatchObject([{ dst: "192.0.2.2", options: bytes("830b04c00002010a00000200") }]);
  });
  test.each([
    ["a length beyond the end", "07080400", 20],
    ["a pointer into the option's own header", "07070300", 20],
    ["second timestamp option", "440405004404050044040500", 24],
  ])("%s: ICMP says where", (_name, options, pointer) => {
    const m = network(NEIGHBOUR);
    const seen = frames(m);
    const { notes } = visited(m, () => arrive(m, { proto: 1, data: ECHO, options: [...bytes(options)] }));
    expect(notes).toContain("malformed IP options, or not permitted");
    const [error] = left(seen);
    const [type, , , , at] = error?.data ?? [];
    expect([type, at]).toEqual([12, pointer]);
    expect(m.counters().get("Ip.InHdrErrors")).toBe(1);
  });
  test("a source route is dropped where it is not accepted", () => {
    const m = network([...NEIGHBOUR, "sysctl net.ipv4.conf.v0.accept_source_route=0"]);
    const seen = frames(m);
    arrive(m, { proto: 1, data: ECHO, options: [...bytes("830704c000020100")] });
    expect(left(seen)).toEqual([]);
  });
});
