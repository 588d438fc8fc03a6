// SPDX-License-Identifier: GPL-2.0-only
/** The route cache in front of the tables: what it keeps, what makes it forget, what it refuses. */
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../../../src/kernels/release.ts";
import type { TraceEvent } from "../../../../../src/trace/event.ts";
import { EACCES, EHOSTUNREACH, EINVAL, ENETUNREACH, ENODEV } from "../../../../../src/uapi/errno.ts";
import { parseDottedQuad } from "../../../../../src/wire/ipv4.ts";
import { User } from "../../calls.ts";
import { dummy, lookup, network, run } from "../../network.ts";
import { arrive, bytes, icmp, ipFrame, NEIGHBOUR, udp } from "../../packets.ts";

const ip = (text: string): number => parseDottedQuad(text) as number;
const moved = (m: Machine, name: string, work: () => void): number => {
  const before = m.counters().get(name) ?? 0;
  work();
  return (m.counters().get(name) ?? 0) - before;
};
/** What happens meanwhile. */
function trace(m: Machine, work: () => void): TraceEvent[] {
  const rec = m.newRecorder();
  m.record(rec);
  work();
  m.record(null);
  return [...rec];
}
const entered = (events: readonly TraceEvent[]): string[] =>
  events.flatMap((ev) => (ev.ev === "enter" ? [ev.fn] : []));

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
    expect(lookup(m, ip("127.0.0.1")).notes).toEqual([
      "cached",
      "take a reference, update __use and lastuse",
      "flow has no protocol: no IPsec policy lookup",
    ]);
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

describe("garbage collection", () => {
  test("looks once, even where the cache is full: its own lock keeps it from looking again", () => {
    const m = network([
      ...dummy("dummy0", "192.0.2.10/24"),
      "sysctl net.ipv4.route.gc_thresh=2",
      "sysctl net.ipv4.route.max_size=4",
      "sysctl net.ipv4.route.gc_min_interval_ms=0",
    ]);
    for (let i = 0; i < 12; i++) {
      m.routeGet({ dst: ip("192.0.2.20") + i });
      m.advance(0);
    }
    const total = m.counters().get("rt.gc_total") ?? 0;
    const missed = m.counters().get("rt.gc_goal_miss") ?? 0;
    expect(missed).toBeGreaterThan(0);
    expect(missed).toBeLessThanOrEqual(total);
  });
  test("by the clock looks at a part of the cache each minute, and at all of it within gc_timeout", () => {
    const m = network([...dummy("dummy0", "192.0.2.10/24"), "sysctl net.ipv4.route.secret_interval=0"]);
    for (let i = 0; i < 40; i++) m.routeGet({ dst: ip("192.0.2.20") + i });
    const left = Array.from({ length: 12 }, () => {
      m.advance(60_000);
      return m.dump("rtcache").length;
    });
    expect(left.slice(0, 4)).toEqual([40, 40, 40, 40]);
    expect(left.filter((n) => n > 0 && n < 40).length).toBeGreaterThan(2);
    expect(left[11]).toBe(0);
  });
});

describe("a long chain of entries that are all held", () => {
  /** Sockets connected to one destination, each with a mark of its own; the functions of the last connect(2). */
  function crowd(size: number): string[] {
    const m = network(dummy("dummy0", "192.0.2.10/24"));
    const u = new User(m);
    let fns: string[] = [];
    for (let mark = 1; mark <= size; mark++) {
      const fd = u.open();
      u.bind(fd, "192.0.2.10:0");
      u.set(fd, 1, 36, mark);
      fns = entered(trace(m, () => u.connect(fd, "192.0.2.20:9")));
    }
    return fns;
  }
  test("is measured where there are more than gc_elasticity: aliases count once", () => {
    expect(crowd(9)).not.toContain("slow_chain_length");
    const fns = crowd(10);
    expect(fns.filter((fn) => fn === "slow_chain_length")).toHaveLength(1);
    expect(fns.filter((fn) => fn === "has_noalias")).toHaveLength(9);
    expect(fns.filter((fn) => fn === "compare_hash_inputs")).toHaveLength(8);
    expect(fns).not.toContain("rt_emergency_hash_rebuild");
  });
});

describe("a redirect", () => {
  const ACCEPT = [
    ...NEIGHBOUR,
    "ip route add default via 10.0.0.2",
    "sysctl net.ipv4.conf.all.secure_redirects=0",
    "sysctl net.ipv4.conf.v0.secure_redirects=0",
  ];
  /** 10.0.0.2 says: to 203.0.113.1 by 10.0.0.3. */
  function redirect(m: Machine): string[] {
    m.routeGet({ dst: ip("203.0.113.1"), src: ip("10.0.0.1") });
    const quoted = ipFrame({
      src: "10.0.0.1",
      dst: "203.0.113.1",
      proto: 17,
      data: udp(9, new Uint8Array(0)),
    });
    const rest = new Uint8Array(4 + 28);
    rest.set(bytes("0a000003"));
    rest.set(quoted.subarray(14), 4);
    return entered(trace(m, () => arrive(m, { proto: 1, data: icmp(5, 1, rest) })));
  }
  const gateway = (m: Machine): string =>
    /via (\S+)/.exec(String(m.routeGet({ dst: ip("203.0.113.1"), src: ip("10.0.0.1") })))?.[1] ?? "none";

  test("to a neighbour that is known takes the old entry's place, and drivers are told", () => {
    const m = network([...ACCEPT, "ip neigh add 10.0.0.3 lladdr 02:00:00:00:00:03 nud permanent dev v0"]);
    const fns = redirect(m);
    expect(fns.slice(fns.indexOf("call_netevent_notifiers"))).toEqual(
      expect.arrayContaining(["call_netevent_notifiers", "rt_del", "rt_intern_hash"]),
    );
    expect(gateway(m)).toBe("10.0.0.3");
  });
  test("to a neighbour that is not known yet only has it asked for", () => {
    const m = network(ACCEPT);
    const fns = redirect(m);
    expect(fns).toContain("__neigh_event_send");
    expect(fns).not.toContain("call_netevent_notifiers");
    expect(gateway(m)).toBe("10.0.0.2");
  });
  test("from somebody else than the gateway in use changes nothing", () => {
    const m = network([...ACCEPT, "ip route replace default via 10.0.0.4"]);
    expect(redirect(m)).not.toContain("rt_del");
    expect(gateway(m)).toBe("10.0.0.4");
  });
});

test("a rule that refuses still gives its realm where the device is named", () => {
  const m = network([
    ...dummy("dummy0", "192.0.2.10/24"),
    "ip rule add pref 10 to 203.0.113.0/24 realms 5 unreachable",
  ]);
  const events = trace(m, () => m.routeGet({ dst: ip("203.0.113.1"), oif: "dummy0" }));
  expect(events.flatMap((ev) => (ev.ev === "exit" && ev.fn === "fib_rules_tclass" ? [ev.ret] : []))).toEqual([
    5,
  ]);
});

describe("an incoming packet's route, asked for", () => {
  const ask = (m: Machine, dst: string, src = "10.0.0.2", iif = "v0"): string | number =>
    m.routeGet({ dst: ip(dst), src: ip(src), iif, attributes: true });
  const ROUTER = [...NEIGHBOUR, ...dummy("dummy0", "192.0.2.10/24"), "sysctl net.ipv4.ip_forward=1"];

  test("for us, for everybody, to be forwarded", () => {
    const m = network(ROUTER);
    expect(ask(m, "10.0.0.1")).toMatch(
      /^table 254 local 10\.0\.0\.1\/32 .* dev lo src 10\.0\.0\.1 flags 0x84000200 iif v0$/,
    );
    expect(ask(m, "10.0.0.255")).toMatch(/^table 254 broadcast .* flags 0x94000200 iif v0$/);
    expect(ask(m, "192.0.2.20")).toMatch(
      /^table 254 unicast .* dev dummy0 .* mtu 1500 .* flags 0x4000200 iif v0$/,
    );
    // Out where it came in, and the sender is on that link: a redirect is due.
    expect(ask(m, "10.0.0.3")).toMatch(/ flags 0x5000200 iif v0$/);
  });
  test("refused", () => {
    const m = network([
      ...ROUTER,
      "ip route add prohibit 203.0.113.0/25",
      "ip route add blackhole 203.0.113.128/25",
    ]);
    expect(ask(m, "203.0.113.1")).toBe(-EACCES);
    expect(ask(m, "203.0.113.129")).toBe(-EINVAL);
    expect(ask(m, "198.51.100.1")).toBe(-ENETUNREACH);
    expect(ask(m, "10.0.0.1", "10.0.0.1")).toBe(-EINVAL);
    expect(ask(m, "10.0.0.1", "10.0.0.2", "nosuch")).toBe(-ENODEV);
    expect(ask(network(NEIGHBOUR), "198.51.100.1")).toBe(-EHOSTUNREACH);
  });
  test("by rp_filter, as the packet would be", () => {
    const strict = network([...ROUTER, "sysctl net.ipv4.conf.v0.rp_filter=1"]);
    const loose = network([...ROUTER, "sysctl net.ipv4.conf.v0.rp_filter=2"]);
    const off = network(ROUTER);
    const let_in = (src: string): boolean[] =>
      [strict, loose, off].map((m) => typeof ask(m, "10.0.0.1", src) === "string");
    expect(let_in("192.0.2.77")).toEqual([false, true, true]);
    expect(let_in("203.0.113.77")).toEqual([false, false, true]);
  });
  test("tells realms: the route's before the rule's", () => {
    const m = network([
      ...ROUTER,
      "ip route add 203.0.113.0/24 via 192.0.2.1 realm 5",
      "ip rule add pref 10 from 10.0.0.9 realms 3/4 lookup main",
    ]);
    expect(ask(m, "203.0.113.1")).toMatch(/ realm 5 iif v0$/);
    expect(ask(m, "203.0.113.1", "10.0.0.9")).toMatch(new RegExp(` realm ${0x30005} iif v0$`));
  });
});
