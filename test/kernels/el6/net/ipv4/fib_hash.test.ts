// SPDX-License-Identifier: GPL-2.0-only
/** A routing table: what may be put in, in which order it is asked. */
import { describe, expect, test } from "vitest";
import { dummy, lookup, network, routes, run } from "../../network.ts";

const D0 = dummy("d0", "192.0.2.10/24");
const NET = 0xcb007105; // 203.0.113.5

test("lo up brings four routes, in the order of the recordings", () => {
  expect(network([]).dump("fib")).toEqual([
    "table 255 broadcast 127.255.255.255/32 scope 253 proto 2 dev lo src 127.0.0.1",
    "table 255 broadcast 127.0.0.0/32 scope 253 proto 2 dev lo src 127.0.0.1",
    "table 255 local 127.0.0.1/32 scope 254 proto 2 dev lo src 127.0.0.1",
    "table 255 local 127.0.0.0/8 scope 254 proto 2 dev lo src 127.0.0.1",
  ]);
});

test("the longest prefix wins, whatever the order of entry", () => {
  const m = network([
    ...D0,
    "ip route add 203.0.113.0/24 via 192.0.2.1",
    "ip route add prohibit 203.0.113.4/30",
    "ip route add unreachable 203.0.0.0/16",
  ]);
  const { answer, notes } = lookup(m, NET);
  expect(answer).toBe("EACCES");
  expect(notes).toContain("matching route is of type prohibit");
});

describe("refusals", () => {
  const m = network([...D0, "ip route add 203.0.113.0/24 via 192.0.2.1"]);
  test.each([
    ["ip route add 203.0.113.0/24 via 192.0.2.2", "EEXIST"],
    ["ip route append 203.0.113.0/24 via 192.0.2.1", "EEXIST"],
    ["ip route add 203.0.113.5/24 via 192.0.2.1", "EINVAL"],
    ["ip route change 198.51.100.0/24 via 192.0.2.1", "ENOENT"],
    ["ip route del 198.51.100.0/24", "ESRCH"],
    ["ip route del 203.0.113.0/24 via 192.0.2.2", "ESRCH"],
    ["ip route del 203.0.113.0/24 table 77", "ESRCH"],
  ])("%s: %s", (line, error) => {
    expect(run(m, line)).toBe(error);
  });
});

test("replace takes the place of the first route, append goes behind the last of its metric", () => {
  const m = network([
    ...D0,
    "ip route add 203.0.113.0/24 via 192.0.2.1",
    "ip route append 203.0.113.0/24 via 192.0.2.2",
    "ip route append 203.0.113.0/24 via 192.0.2.3",
    "ip route add 203.0.113.0/24 via 192.0.2.4 metric 5",
    "ip route add 203.0.113.0/24 via 192.0.2.5 tos 0x10",
    "ip route replace 203.0.113.0/24 via 192.0.2.6",
  ]);
  const gateways = routes(m, 254).flatMap((line) => / via (\S+)/.exec(line)?.[1] ?? []);
  expect(gateways).toEqual(["192.0.2.5", "192.0.2.6", "192.0.2.2", "192.0.2.3", "192.0.2.4"]);
});

test("a zone with many prefixes grows and loses none", () => {
  const hosts = Array.from({ length: 600 }, (_, i) => `198.18.${i >> 8}.${i & 255}`);
  const m = network([...D0, ...hosts.map((host) => `ip route add ${host} dev d0`)]);
  expect(routes(m, 254)).toHaveLength(601);
  for (const host of hosts) expect(run(m, `ip route del ${host}`)).toBe("ok");
  expect(routes(m, 254)).toHaveLength(1);
});
