// SPDX-License-Identifier: GPL-2.0-only
/** --multicast-* and --join as options of ip(7). */
import { expect, test } from "vitest";
import { parseJoin } from "../../../src/cli/sendto/multicast.ts";
import { socketOptions } from "../../../src/cli/sendto/socket-options.ts";
import { toHex } from "../../../src/wire/hexdump.ts";
import { DEVICES } from "./devices.ts";

const plain = (o: { level: number; name: number; value: Uint8Array }): string =>
  `${o.level} ${o.name} ${toHex(o.value)}`;
const options = (raw: object): string[] => socketOptions({ ...raw }, DEVICES).map(plain);

test("--multicast-if by address is struct in_addr, by device struct ip_mreqn", () => {
  expect(options({ multicastIf: "10.0.0.1" })).toEqual(["0 32 0a000001"]);
  expect(options({ multicastIf: "eth0" })).toEqual(["0 32 000000000000000002000000"]);
});

test("--multicast-ttl and --multicast-loop are ints", () => {
  expect(options({ multicastTtl: "3", multicastLoop: "off" })).toEqual(["0 33 03000000", "0 34 00000000"]);
  expect(options({ multicastTtl: "-1", multicastLoop: "on" })).toEqual(["0 33 ffffffff", "0 34 01000000"]);
  expect(options({})).toEqual([]);
});

test.each([
  ["239.1.2.3", "0 35 ef01020300000000"],
  ["239.1.2.3@10.0.0.1", "0 35 ef0102030a000001"],
  ["239.1.2.3@lo", "0 35 ef0102030000000001000000"],
])("--join %s", (text, bytes) => {
  expect(plain(parseJoin(text, DEVICES))).toBe(bytes);
});

test.each([
  [() => parseJoin("239.1.2", DEVICES), /--join '239\.1\.2': expected GROUP/],
  [() => parseJoin("@lo", DEVICES), /expected GROUP/],
  [() => parseJoin("239.1.2.3@", DEVICES), /no device ''/],
  [() => options({ multicastIf: "etho" }), /--multicast-if 'etho': .* did you mean eth0\?/],
  [() => options({ multicastTtl: "256" }), /--multicast-ttl '256': expected a number from -1 to 255/],
  [() => options({ multicastLoop: "offf" }), /--multicast-loop 'offf': expected on, off; did you mean off\?/],
])("refusal %#", (wrong, message) => {
  expect(wrong).toThrow(message);
});
