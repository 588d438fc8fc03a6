// SPDX-License-Identifier: GPL-2.0-only
/** The table of the sender's options: each row is one setsockopt(2), and says which. */
import { expect, test } from "vitest";
import { SOCKET_ROWS, socketOptions } from "../../../src/cli/sendto/socket-options.ts";
import { IP_NAMES, UDP_NAMES } from "../../../src/uapi/in.ts";
import { SO_NAMES } from "../../../src/uapi/socket.ts";
import { nameOf } from "../../../src/uapi/xlat.ts";
import { toHex } from "../../../src/wire/hexdump.ts";
import { DEVICES } from "./devices.ts";

const set = (raw: Record<string, unknown>): string[] =>
  socketOptions({ check: true, ipOptions: [], ...raw }, DEVICES).map(
    (o) => `${o.level} ${o.name} ${toHex(o.value)}`,
  );

test.each(SOCKET_ROWS.map((row) => [row.flags, row] as const))("%s says which option it sets", (_, row) => {
  const table = row.level === 1 ? SO_NAMES : row.level === 0 ? IP_NAMES : UDP_NAMES;
  expect(row.help).toContain(nameOf(table, row.name));
  const flag = row.flags.replace(/ .*/, "").replace(/^--(no-)?/, "");
  expect(row.key).toBe(flag.replace(/-(.)/g, (_, c: string) => c.toUpperCase()));
});

test("what is not given is not set", () => {
  expect(set({})).toEqual([]);
  expect(set({ udplite: "all" })).toEqual([]);
});

test("switches, numbers and words", () => {
  expect(set({ broadcast: true, check: false, udplite: "8", ttl: "-1", mtuDiscover: "do" })).toEqual([
    "1 6 01000000",
    "1 11 01000000",
    "136 10 08000000",
    "0 2 ffffffff",
    "0 10 02000000",
  ]);
  expect(set({ device: "eth0", ipOptions: ["nop", "ra"], mark: "0xffffffff" })).toEqual([
    "1 36 ffffffff",
    "1 25 6574683000",
    "0 4 0194040000",
  ]);
});

test.each([
  [{ tos: "256" }, "--tos '256': expected a number from 0 to 255"],
  [{ mtuDiscover: "wnat" }, "--mtu-discover 'wnat' is unknown; did you mean WANT?"],
])("%o is refused", (raw, message) => {
  expect(() => set(raw)).toThrow(message);
});
