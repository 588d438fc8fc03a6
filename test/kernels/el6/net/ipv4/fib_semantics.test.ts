// SPDX-License-Identifier: GPL-2.0-only
/** What makes a route valid, and which of several next hops is taken. */
import { describe, expect, test } from "vitest";
import { dummy, lookup, network, routes, run } from "../../network.ts";

const D0 = dummy("d0", "192.0.2.10/24");
const D1 = dummy("d1", "198.51.100.10/24");

describe("refusals", () => {
  const m = network([...D0, "ip link add down0 type dummy"]);
  test.each([
    ["a gateway that no route leads to", "ip route add 203.0.113.0/24 via 10.77.0.1", "ENETUNREACH"],
    ["a gateway that is a broadcast address", "ip route add 203.0.113.0/24 via 192.0.2.255", "EINVAL"],
    ["a device that is down", "ip route add 203.0.113.0/24 dev down0", "ENETDOWN"],
    ["a device that is not there", "ip route add 203.0.113.0/24 dev nosuch", "ENODEV"],
    ["a source that is not ours", "ip route add 203.0.113.0/24 dev d0 src 192.0.2.11", "EINVAL"],
    ["a local route of too wide a scope", "ip route add local 203.0.113.7 dev d0 scope global", "EINVAL"],
    ["an error that names a device", "ip route add blackhole 203.0.113.0/24 dev d0", "EINVAL"],
    ["onlink without a device", "ip route add 203.0.113.0/24 via 10.77.0.1 onlink", "ENODEV"],
  ])("%s", (_why, line, error) => {
    expect(run(m, line)).toBe(error);
  });
  test("but onlink with a device is taken at its word", () => {
    expect(run(m, "ip route add 203.0.113.0/24 via 10.77.0.1 dev d0 onlink")).toBe("ok");
  });
});

test.each([
  ["blackhole", "EINVAL"],
  ["unreachable", "EHOSTUNREACH"],
  ["prohibit", "EACCES"],
  ["throw", "ENETUNREACH"],
])("a route of type %s answers %s", (type, error) => {
  const m = network([...D0, `ip route add ${type} 203.0.113.0/24`]);
  expect(lookup(m, 0xcb007105).answer).toBe(error);
});

test("equal next hops take turns, and weights are shares", () => {
  const m = network(
    [...D0, ...D1, "ip route add 203.0.113.0/24 nexthop via 192.0.2.1 weight 2 nexthop via 198.51.100.1"],
    // The kernel takes the clock for chance: here it stands still.
    (what) => (what.startsWith("fib_select_multipath") ? 0 : undefined),
  );
  const taken = [1, 2, 3, 4, 5, 6].map((i) => / dev (\S+)/.exec(lookup(m, 0xcb007100 + i).answer)?.[1]);
  expect(taken).toEqual(["d0", "d0", "d1", "d0", "d0", "d1"]);
});

test("a device that goes down takes its routes with it, but not the local ones", () => {
  const m = network([
    ...D0,
    ...D1,
    "ip route add 203.0.113.0/24 nexthop via 192.0.2.1 nexthop via 198.51.100.1",
  ]);
  run(m, "ip link set d0 down");
  const multipath = (): string => routes(m, 254).find((line) => line.includes("203.0.113.0/24")) ?? "";
  expect(multipath()).toContain("via 192.0.2.1 dev d0 weight 1 flags 1");
  expect(multipath()).toContain("via 198.51.100.1 dev d1 weight 1 flags 0");
  expect(routes(m, 254)).toHaveLength(2);
  expect(routes(m, 255)).toContain("local 192.0.2.10/32 scope 254 proto 2 dev d0 src 192.0.2.10");
  expect(lookup(m, 0xcb007105).notes).toContain("next hop is dead (RTNH_F_DEAD): its device is down");
  run(m, "ip link set d0 up");
  expect(multipath()).toContain("dev d0 weight 1 flags 0");
});
