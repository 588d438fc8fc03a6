// SPDX-License-Identifier: GPL-2.0-only
/** Policy rules: the walk over them, and what may be added and deleted. */
import { describe, expect, test } from "vitest";
import { dummy, lookup, network, run } from "../../network.ts";

const D0 = dummy("d0", "192.0.2.10/24");
const NET = 0xcb007105; // 203.0.113.5
const ROUTES = [
  "ip route add 203.0.113.0/24 via 192.0.2.1 table 100",
  "ip route add prohibit 203.0.113.0/24 table 200",
];

test("a machine starts with three rules", () => {
  expect(network([]).dump("rules")).toEqual([
    "0: lookup 255 flags 0x1",
    "32766: lookup 254",
    "32767: lookup 253",
  ]);
});

test("a rule that names no preference goes before the second", () => {
  const m = network(["ip rule add to 203.0.113.0/24 lookup 100", "ip rule add fwmark 0x10/0xf0 blackhole"]);
  expect(m.dump("rules").slice(1, 3)).toEqual([
    "32764: fwmark 0x10/0xf0 blackhole",
    "32765: to 203.0.113.0/24 lookup 100",
  ]);
});

describe("the walk", () => {
  test("goes by preference, and past a table that has no answer", () => {
    const m = network([
      ...D0,
      ...ROUTES,
      "ip rule add pref 10 lookup 77",
      "ip rule add pref 20 lookup 100",
      "ip rule add pref 30 lookup 200",
    ]);
    const { answer, notes } = lookup(m, NET);
    expect(answer).toContain("via 192.0.2.1");
    expect(notes).toContain("rule matches, but its table does not exist: try the next rule");
  });
  test("jumps with goto, and passes over one that leads nowhere", () => {
    const m = network([
      ...D0,
      ...ROUTES,
      "ip rule add pref 10 goto 30",
      "ip rule add pref 20 lookup 100",
      "ip rule add pref 40 lookup 200",
    ]);
    expect(m.dump("rules")[1]).toBe("10: goto 30 flags 0x4");
    expect(lookup(m, NET).answer).toContain("via 192.0.2.1");
    run(m, "ip rule add pref 30 nop");
    expect(lookup(m, NET).answer).toBe("EACCES");
  });
  test.each([
    ["unreachable", "ENETUNREACH"],
    ["prohibit", "EACCES"],
    ["blackhole", "EINVAL"],
  ])("ends where a rule says %s", (action, error) => {
    const m = network([...D0, ...ROUTES, `ip rule add pref 10 not to 192.0.2.0/24 ${action}`]);
    expect(lookup(m, NET).answer).toBe(error);
  });
});

describe("refusals", () => {
  const m = network(["ip rule add pref 10 lookup 100"]);
  test.each([
    ["ip rule del pref 0", "EPERM"],
    ["ip rule del pref 11", "ENOENT"],
    ["ip rule add pref 20 goto 10", "EINVAL"],
    ["ip rule add pref 20 tos 0x1 lookup 100", "EINVAL"],
    ["ip rule add pref 20 oif lo lookup 100", "EINVAL"],
  ])("%s: %s", (line, error) => {
    expect(run(m, line)).toBe(error);
  });
});

test("a rule for a device finds it when it comes and loses it when it goes", () => {
  const m = network(["ip rule add pref 10 iif v9 blackhole"]);
  expect(m.dump("rules")[1]).toBe("10: iif v9 blackhole flags 0x8");
  run(m, "ip link add v9 type dummy");
  expect(m.dump("rules")[1]).toBe("10: iif v9 blackhole");
  run(m, "ip link del v9");
  expect(m.dump("rules")[1]).toBe("10: iif v9 blackhole flags 0x8");
});
