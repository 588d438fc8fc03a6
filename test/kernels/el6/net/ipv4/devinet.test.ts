// SPDX-License-Identifier: GPL-2.0-only
/** Addresses of a device: primaries, secondaries, and the routes they bring. */
import { describe, expect, test } from "vitest";
import { dummy, lookup, network, routes, run } from "../../network.ts";

const D0 = dummy("d0", "192.0.2.10/24");

test("an address brings a route to its subnet and makes itself and the broadcasts local", () => {
  const m = network(D0);
  expect(routes(m, 254)).toEqual(["unicast 192.0.2.0/24 scope 253 proto 2 dev d0 src 192.0.2.10"]);
  const local = routes(m, 255).filter((line) => line.includes("dev d0"));
  expect(local.map((line) => line.split(" ").slice(0, 2).join(" ")).sort()).toEqual([
    "broadcast 192.0.2.0/32",
    "broadcast 192.0.2.255/32",
    "local 192.0.2.10/32",
  ]);
});

describe("refusals", () => {
  const m = network(D0);
  test.each([
    ["ip addr add 192.0.2.10/24 dev d0", "EEXIST"],
    ["ip addr add 192.0.2.11/24 scope link dev d0", "EINVAL"],
    ["ip addr del 192.0.2.99/24 dev d0", "EADDRNOTAVAIL"],
    ["ip addr add 192.0.2.11/24 dev nosuch", "ENODEV"],
  ])("%s: %s", (line, error) => {
    expect(run(m, line)).toBe(error);
  });
});

test("an address is deleted by its length, or, as scripts of old do, without any", () => {
  const m = network(D0);
  expect(run(m, "ip addr del 192.0.2.10/32 dev d0")).toBe("EADDRNOTAVAIL");
  expect(run(m, "ip addr del 192.0.2.10 dev d0")).toBe("ok");
  expect(m.links().find((link) => link.name === "d0")?.addresses).toEqual([]);
});

describe("the primary address goes", () => {
  const secondary = "ip addr add 192.0.2.11/24 dev d0";
  test("and its secondaries with it", () => {
    const m = network([...D0, secondary, "ip addr del 192.0.2.10/24 dev d0"]);
    expect(routes(m, 254)).toEqual([]);
    expect(routes(m, 255).filter((line) => line.includes("d0"))).toEqual([]);
  });
  test("unless promote_secondaries lets one of them take its place", () => {
    const m = network([
      ...D0,
      secondary,
      "sysctl net.ipv4.conf.d0.promote_secondaries=1",
      "ip addr del 192.0.2.10/24 dev d0",
    ]);
    expect(routes(m, 254)).toEqual(["unicast 192.0.2.0/24 scope 253 proto 2 dev d0 src 192.0.2.11"]);
  });
});

test("routes that prefer an address as their source die with it", () => {
  const m = network([
    ...D0,
    ...dummy("d1", "198.51.100.10/24"),
    "ip route add 203.0.113.0/24 dev d1 src 192.0.2.10",
    "ip addr del 192.0.2.10/24 dev d0",
  ]);
  expect(routes(m, 254)).toEqual(["unicast 198.51.100.0/24 scope 253 proto 2 dev d1 src 198.51.100.10"]);
});

test("the source address: the destination's subnet first, another device's address last", () => {
  const m = network([
    ...D0,
    "ip addr add 198.51.100.10/24 dev d0",
    "ip link add bare type dummy",
    "ip link set bare up",
    "ip route add 203.0.113.0/24 dev bare",
    "ip route add 203.0.112.0/24 via 198.51.100.1 dev d0",
  ]);
  expect(lookup(m, 0xcb007005).answer).toContain("src 198.51.100.10");
  const { answer, notes } = lookup(m, 0xcb007105);
  expect(answer).toContain("src 192.0.2.10");
  expect(notes).toContain("no suitable address on the device: use another device's");
});

test("forwarding switched for devices to come leaves cached routes alone; switched for one that is there it does not", () => {
  const m = network(D0);
  const cached = (): number => {
    m.routeGet({ dst: 0xc0000214 });
    return m.dump("rtcache").length;
  };
  expect(cached()).toBe(1);
  expect(run(m, "sysctl net.ipv4.conf.default.forwarding=1")).toBe("ok");
  expect(m.dump("rtcache")).toHaveLength(1);
  expect(run(m, "sysctl net.ipv4.conf.d0.forwarding=1")).toBe("ok");
  expect(m.dump("rtcache")).toHaveLength(0);
  expect(cached()).toBe(1);
  expect(run(m, "sysctl net.ipv4.ip_forward=1")).toBe("ok");
  expect(m.dump("rtcache")).toHaveLength(0);
});

describe("conf/default", () => {
  const read = (m: ReturnType<typeof network>, key: string): string | undefined =>
    m.proc(`/proc/sys/net/ipv4/${key}`)?.trim();
  test("is followed by a device that nobody has set, and has no address", () => {
    const m = network([
      "ip link add d0 type dummy",
      "ip link add d1 type dummy",
      "ip addr add 10.0.0.1/24 dev d1",
    ]);
    run(m, "sysctl net.ipv4.conf.default.rp_filter=1");
    expect([read(m, "conf/d0/rp_filter"), read(m, "conf/d1/rp_filter")]).toEqual(["1", "0"]);
  });
  test("is copied by a new device, the mark that it has been set included: that device follows no more", () => {
    const m = network(["sysctl net.ipv4.conf.default.rp_filter=1", "ip link add d0 type dummy"]);
    run(m, "sysctl net.ipv4.conf.default.rp_filter=0");
    expect(read(m, "conf/d0/rp_filter")).toBe("1");
  });
  test("has a twin, neigh/default, that devices follow likewise", () => {
    const m = network([
      "ip link add d0 type dummy",
      "ip link add d1 type dummy",
      "ip addr add 10.0.0.1/24 dev d1",
      "ip link add d2 type dummy",
      "sysctl net.ipv4.neigh.d2.mcast_solicit=7",
      "sysctl net.ipv4.neigh.default.mcast_solicit=5",
      "sysctl net.ipv4.neigh.default.base_reachable_time_ms=1000",
    ]);
    expect(["d0", "d1", "d2"].map((d) => read(m, `neigh/${d}/mcast_solicit`))).toEqual(["5", "3", "7"]);
    expect(["d0", "d1", "d2"].map((d) => read(m, `neigh/${d}/base_reachable_time`))).toEqual([
      "1",
      "30",
      "1",
    ]);
    run(m, "ip link add d3 type dummy");
    expect(read(m, "neigh/d3/mcast_solicit")).toBe("5");
  });
});
