/** The route cache in front of the tables: what it keeps, what makes it forget, what it refuses. */
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../../../src/kernels/release.ts";
import { EINVAL, ENETUNREACH } from "../../../../../src/uapi/errno.ts";
import { parseDottedQuad } from "../../../../../src/wire/ipv4.ts";
import { dummy, lookup, network, run } from "../../network.ts";

const ip = (text: string): number => parseDottedQuad(text) as number;
const moved = (m: Machine, name: string, work: () => void): number => {
  const before = m.counters().get(name) ?? 0;
  work();
  return (m.counters().get(name) ?? 0) - before;
};

describe("an outgoing route", () => {
  test("to one of our own addresses leads through lo, whichever device has the address", () => {
    const m = network(dummy("dummy0", "192.0.2.10/24"));
    expect(m.routeGet({ dst: ip("192.0.2.10") })).toBe(
      "table 254 local 192.0.2.10/32 scope 0 proto 0 dev lo src 192.0.2.10 mtu 65520 hoplimit 64 flags 0x80000200",
    );
  });
  test("takes the source address that its route prefers, and names the gateway", () => {
    const m = network([...dummy("dummy0", "192.0.2.10/24"), "ip route add default via 192.0.2.1"]);
    expect(m.routeGet({ dst: ip("203.0.113.1") })).toBe(
      "table 254 unicast 203.0.113.1/32 scope 0 proto 0 via 192.0.2.1 dev dummy0 src 192.0.2.10 mtu 1500 hoplimit 64 flags 0x200",
    );
  });
  test("needs a source address that is ours", () => {
    const m = network(dummy("dummy0", "192.0.2.10/24"));
    expect(m.routeGet({ dst: ip("192.0.2.20"), src: ip("192.0.2.99") })).toBe(-EINVAL);
  });
  test("that no table has is refused, unless the device is given", () => {
    const m = network(dummy("dummy0", "192.0.2.10/24"));
    expect(m.routeGet({ dst: ip("203.0.113.1") })).toBe(-ENETUNREACH);
    expect(m.routeGet({ dst: ip("203.0.113.1"), oif: "dummy0" })).toMatch(/ dev dummy0 src 192\.0\.2\.10 /);
  });
});

describe("the cache", () => {
  test("answers the second time", () => {
    const m = network([]);
    const ask = (): unknown => m.routeGet({ dst: ip("127.0.0.1") });
    expect(moved(m, "rt.out_slow_tot", ask)).toBe(1);
    expect(moved(m, "rt.out_hit", ask)).toBe(1);
    expect(lookup(m, ip("127.0.0.1")).notes).toEqual(["cached"]);
  });
  test("keeps one entry for each TOS on one chain, newest first", () => {
    const m = network([]);
    for (const tos of [0, 4, 8]) m.routeGet({ dst: ip("127.0.0.1"), tos });
    expect(m.dump("rtcache").map((l) => l.split(" ")[11])).toEqual(["08", "04", "00"]);
  });
  test("forgets when routes change", () => {
    const m = network(dummy("dummy0", "192.0.2.10/24"));
    m.routeGet({ dst: ip("192.0.2.20") });
    expect(m.dump("rtcache")).toEqual([
      "dummy0 140200C0 140200C0 0 0 0 0 0A0200C0 1500 0 0 00 -1 0 0A0200C0",
    ]);
    expect(run(m, "ip route add 203.0.113.0/24 dev dummy0")).toBe("ok");
    expect(m.dump("rtcache")).toEqual([]);
  });
  test("does not grow beyond max_size", () => {
    const m = network([
      ...dummy("dummy0", "192.0.2.10/24"),
      "sysctl net.ipv4.route.gc_thresh=2",
      "sysctl net.ipv4.route.max_size=4",
    ]);
    const answers = Array.from({ length: 6 }, (_, i) => m.routeGet({ dst: ip("192.0.2.20") + i }));
    expect(answers.some((a) => typeof a === "number")).toBe(true);
  });
});
