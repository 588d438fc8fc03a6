// SPDX-License-Identifier: GPL-2.0-only
/** --ip-options: words into the bytes of RFC 791. */
import { expect, test } from "vitest";
import { parseIpOption, parseIpOptions } from "../../../src/cli/sendto/ip-options.ts";
import { toHex } from "../../../src/wire/hexdump.ts";

const hex = (spec: string): string => toHex(parseIpOption("--ip-options", spec));

test.each([
  ["rr:1", "07070400000000"],
  ["rr", `071304${"00000000".repeat(4)}`],
  ["ts:2", "440c05000000000000000000"],
  ["ts-addr:1", "440c05010000000000000000"],
  ["ts-prespec:10.0.0.1", "440c05030a00000100000000"],
  ["lsrr:10.0.0.1,10.0.0.2", "830b040a0000010a000002"],
  ["ssrr:1.2.3.4", "89070401020304"],
  ["ra", "94040000"],
  ["nop", "01"],
  ["hex:0102ff", "0102ff"],
])("%s", (spec, bytes) => {
  expect(hex(spec)).toBe(bytes);
});

test("several options stand one behind the other, in the order given", () => {
  expect(toHex(parseIpOptions("--ip-options", ["nop", "ra"]))).toBe("0194040000");
});

test.each([
  ["rr:0", /--ip-options 'rr:0': number of entries '0': expected a number from 1 to 9/],
  ["rr:10", /expected a number from 1 to 9/],
  ["ts-addr:5", /expected a number from 1 to 4/],
  ["lsrr", /expected 1 to 9 addresses separated by commas, got 0/],
  ["lsrr:", /got 0/],
  ["ssrr:10.0.0.1,10.0.0", /'10\.0\.0' is not an IPv4 address/],
  ["nop:1", /has no argument/],
  ["hex:0", /pairs of hexadecimal digits/],
  ["hex", /pairs of hexadecimal digits/],
  ["lssr:1.2.3.4", /did you mean lsrr\?/],
  ["toString", /expected rr, ts/],
])("%s is refused", (spec, message) => {
  expect(() => parseIpOption("--ip-options", spec)).toThrow(message);
});
