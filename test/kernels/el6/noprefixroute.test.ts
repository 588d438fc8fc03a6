// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from "vitest";
import { RELEASES } from "../../../src/kernels/index.ts";
import { parseConfig } from "../../../src/script/iproute2.ts";

/** Lines, and then the routes to 192.0.2.0/24 and its like in the main table. */
function routes(...lines: readonly string[]): string[] {
  const machine = RELEASES.el6.boot({ seed: 0 });
  for (const line of ["ip link add d0 type dummy", ...lines]) {
    for (const change of parseConfig(line)) expect(machine.configure(change), line).toBe(0);
  }
  return machine.dump("fib").filter((line) => /\b(?:192.0.2|198.51.100).0\/24 /.test(line));
}

const ADD = "ip addr add 192.0.2.10/24 dev d0 noprefixroute";

test("an address with noprefixroute brings no route to its subnet, whether the device is up already or comes up later", () => {
  expect(routes("ip link set d0 up", ADD)).toEqual([]);
  expect(routes(ADD, "ip link set d0 up")).toEqual([]);
  expect(routes(ADD, "ip link set d0 up", "ip link set d0 down", "ip link set d0 up")).toEqual([]);
});

test("other addresses and routes of the device stay", () => {
  const lines = ["ip link set d0 up", "ip addr add 198.51.100.10/24 dev d0", ADD];
  expect(routes(...lines)).toHaveLength(1);
  expect(routes(...lines, "ip route add 192.0.2.0/24 dev d0 metric 100")).toHaveLength(2);
});
