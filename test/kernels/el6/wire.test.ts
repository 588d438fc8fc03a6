// SPDX-License-Identifier: GPL-2.0-only
/** What comes in from other hosts, and what a machine says of them. */
import { describe, expect, test } from "vitest";
import { outcome, User } from "./calls.ts";
import { arrive, ETH0, HOST, OWN, sockets } from "./hosts.ts";
import { dummy, network } from "./network.ts";

describe("frames from outside", () => {
  test("come in on a device that is up, and on lo never", () => {
    const u = new User(network([...ETH0, ...dummy("eth1", "198.51.100.1/24"), "ip link set eth1 down"]));
    const frame = new Uint8Array(60);
    expect(outcome(u.m.receive("eth1", frame))).toBe("ENETDOWN");
    expect(outcome(u.m.receive("lo", frame))).toBe("ENXIO");
    expect(outcome(u.m.receive("eth7", frame))).toBe("ENXIO");
  });

  test("are counted, and go up", () => {
    const { u, a } = sockets();
    arrive(u.m, 1001, 0, "hello");
    expect(Buffer.from(u.recv(a).data ?? []).toString()).toBe("hello");
    expect(u.m.counters().get("dev:eth0.rx_packets")).toBe(1);
    expect(u.m.counters().get("dev:eth0.rx_bytes")).toBe(33);
  });

  test("of a VLAN come in with their tag beside them", () => {
    const { u, a } = sockets([
      "ip link add card address 02:00:00:00:00:10 type dummy",
      "ip link set card up",
      "ip link add link card name eth0 type vlan id 7",
      "ip link set eth0 up",
      "ip addr add 192.0.2.10/24 dev eth0",
    ]);
    arrive(u.m, 1001, 0);
    expect(u.recv(a).ret).toBe(2);
    expect(u.m.counters().get("dev:card.rx_packets")).toBe(1);
  });

  test("the way to an address is told, and leaves no trace", () => {
    const { u } = sockets([...ETH0, "ip route add default via 192.0.2.1"]);
    const before = u.m.dump("rtcache").length;
    expect(u.m.nexthop(0x08080808)).toEqual({ dev: "eth0", via: 0xc0000201, src: OWN, local: false });
    expect(u.m.nexthop(HOST)).toMatchObject({ via: 0, local: false });
    expect(u.m.nexthop(OWN)).toMatchObject({ via: 0, local: true });
    expect(u.m.dump("rtcache")).toHaveLength(before);
    expect(new User(network([])).m.nexthop(HOST)).toBeUndefined();
  });

  test("what waits can be looked at", () => {
    const { u, a, b } = sockets();
    u.connect(a, "127.0.0.1:9");
    u.sendto(a, null, 1);
    expect(u.m.waiting(a)).toEqual({ data: false, error: 111, queued: false });
    expect(outcome(u.recv(a).ret)).toBe("ECONNREFUSED");
    const nothing = { data: false, error: 0, queued: false };
    expect([u.m.waiting(a), u.m.waiting(99)]).toEqual([nothing, nothing]);
    arrive(u.m, 1002, 0);
    expect(u.m.waiting(b).data).toBe(true);
    u.call({ name: "shutdown", fd: a, how: 0 });
    expect(u.m.waiting(a).data).toBe(true);
  });
});
