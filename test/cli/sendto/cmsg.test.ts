// SPDX-License-Identifier: GPL-2.0-only
/** --cmsg: control messages laid out as sendmsg(2) of x86-64 takes them. */
import { expect, test } from "vitest";
import { controlData } from "../../../src/cli/sendto/cmsg.ts";
import { toHex } from "../../../src/wire/hexdump.ts";
import { DEVICES } from "./devices.ts";

const hex = (...specs: string[]): string => toHex(controlData(specs, DEVICES) ?? new Uint8Array());
const header = (len: string, type: string): string => `${len}00000000000000${"00000000"}${type}000000`;

test("no message is no control data at all", () => {
  expect(controlData([], DEVICES)).toBeNull();
});

test.each([
  ["pktinfo=eth0", `${header("1c", "08")}02000000${"00".repeat(8)}00000000`],
  ["pktinfo=eth0,10.0.0.1", `${header("1c", "08")}020000000a0000010000000000000000`],
  ["pktinfo=-,10.0.0.1", `${header("1c", "08")}000000000a0000010000000000000000`],
  ["ttl=5", `${header("14", "02")}0500000000000000`],
  ["tos=-1", `${header("14", "01")}ffffffff00000000`],
  ["retopts=rr:1", `${header("17", "07")}0707040000000000`],
  ["raw=1,2,00ff", `1200000000000000010000000200000000ff000000000000`],
  ["raw=0,2,", `${header("10", "02")}`],
])("%s", (spec, bytes) => {
  expect(hex(spec)).toBe(bytes);
});

test("several stand one after the other, each on its eight bytes", () => {
  expect(hex("ttl=1", "tos=2")).toBe(
    `${header("14", "02")}0100000000000000${header("14", "01")}0200000000000000`,
  );
});

test.each([
  ["pktinf=lo", /did you mean pktinfo\?/],
  ["pktinfo", /expected pktinfo=DEV,ADDR, ttl=N/],
  ["pktinfo=", /expected DEV, DEV,ADDR or -,ADDR/],
  ["pktinfo=lo,localhost", /expected DEV/],
  ["pktinfo=lo,1.2.3.4,5", /expected DEV/],
  ["pktinfo=eth1", /no device 'eth1' on this machine; did you mean eth0\?/],
  ["ttl=many", /--cmsg ttl 'many': expected a number/],
  ["retopts=rrr", /--cmsg retopts 'rrr': .*did you mean rr\?/],
  ["raw=0,2", /expected LEVEL,TYPE,HEX/],
  ["raw=0,2,0", /expected LEVEL,TYPE,HEX/],
  ["raw=x,2,00", /level 'x'/],
  ["constructor=1", /expected pktinfo/],
])("%s is refused", (spec, message) => {
  expect(() => controlData([spec], DEVICES)).toThrow(message);
});
