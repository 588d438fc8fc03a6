// SPDX-License-Identifier: GPL-2.0-only
/** A card on a wire: what it sends leaves, hosts answer ARP, and the machine has nothing of what is out there. */
import { describe, expect, test } from "vitest";
import { User } from "../../../calls.ts";
import { arrive } from "../../../hosts.ts";
import { network, run } from "../../../network.ts";
import { brief, frames, sendTo, udpSocket, visited } from "../../../send.ts";

const CARD = [
  "ip link add eth0 address 02:00:00:00:00:10 type e1000",
  "ip link set eth0 up",
  "ip addr add 192.0.2.10/24 brd + dev eth0",
  "ip route add default via 192.0.2.1",
];
const neighbours = (u: User) => u.m.dump("neigh").filter((line) => line.startsWith("eth0"));
const counter = (u: User, name: string): number => u.m.counters().get(name) ?? 0;

describe("a card", () => {
  test("goes by its queue, sums, pads what is short, and counts the padding", () => {
    const u = new User(
      network([...CARD, "ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 nud permanent dev eth0"]),
    );
    const seen = frames(u.m);
    const { fns, notes } = visited(u.m, () => sendTo(u.m, udpSocket(u.m), "8.8.8.8:53"));
    expect(brief(seen)).toEqual(["eth0:4:43"]);
    expect(seen[0]?.status).toBe(8);
    for (const fn of ["__dev_xmit_skb", "sch_direct_xmit", "e1000_xmit_frame", "e1000_tx_csum"])
      expect(fns).toContain(fn);
    expect(notes).toContain("the NIC fills in the transport checksum");
    expect([counter(u, "dev:eth0.tx_packets"), counter(u, "dev:eth0.tx_bytes")]).toEqual([1, 60]);
    sendTo(u.m, udpSocket(u.m), "8.8.8.8:53", 1400);
    expect(counter(u, "dev:eth0.tx_bytes")).toBe(60 + 1442);
  });

  test("is the only device beside lo, and has a carrier while it is up", () => {
    const m = network(CARD);
    const [, eth0, ...others] = m.links();
    expect(others).toEqual([]);
    expect(eth0).toMatchObject({
      name: "eth0",
      txqlen: 1000,
      qdisc: "pfifo_fast",
      operstate: 6,
      mtu: 1500,
      iflink: 2,
    });
    expect(run(m, "ip link set eth0 down")).toBe("ok");
    expect(m.links()[1]).toMatchObject({ operstate: 2 });
  });

  test.each([
    ["ip link add eth0 type e1000", "EEXIST"],
    ["ip link add x mtu 16111 type e1000", "EINVAL"],
    ["ip link add x mtu 16110 type e1000", "ok"],
    ["ip link add x address 01:00:00:00:00:01 type e1000", "EADDRNOTAVAIL"],
    ["ip link set eth0 mtu 45", "EINVAL"],
    ["ip link set eth0 mtu 46", "ok"],
    ["ip link set eth0 address 02:00:00:00:00:77", "ok"],
    ["ip link set eth0 address 03:00:00:00:00:77", "EADDRNOTAVAIL"],
    ["ip link del eth0", "EOPNOTSUPP"],
  ])("%s: %s", (line, answer) => {
    expect(run(network(CARD), line)).toBe(answer);
  });
});

describe("the hosts on its wire", () => {
  test("answer ARP before the next tick, and then the datagram leaves", () => {
    const u = new User(network(CARD));
    const seen = frames(u.m);
    sendTo(u.m, udpSocket(u.m), "192.0.2.77:9");
    expect(seen).toEqual([]);
    u.m.advance(10);
    expect(brief(seen)).toEqual(["eth0:4:42", "eth0:0:60", "eth0:4:43"]);
    expect(neighbours(u)).toEqual(["eth0 192.0.2.77 reachable 02:00:c0:00:02:4d"]);
    expect([
      counter(u, "dev:eth0.rx_packets"),
      counter(u, "Ip.InReceives"),
      counter(u, "rt.in_slow_tot"),
    ]).toEqual([1, 0, 0]);
  });

  test("are those of its networks, the machine's own addresses not among them", () => {
    const u = new User(
      network([...CARD, "ip route add 203.0.113.0/24 dev eth0", "ip addr add 192.0.2.11/32 dev lo"]),
    );
    sendTo(u.m, udpSocket(u.m), "203.0.113.5:9");
    u.m.advance(20);
    expect(neighbours(u)).toEqual(["eth0 203.0.113.5 incomplete"]);
    u.m.advance(5000);
    expect(neighbours(u).join()).not.toContain("reachable");
  });

  test("answer in a VLAN, with its tag", () => {
    const u = new User(
      network([
        ...CARD,
        "ip link add link eth0 name eth0.5 type vlan id 5",
        "ip link set eth0.5 up",
        "ip addr add 10.0.5.1/24 dev eth0.5",
      ]),
    );
    const seen = frames(u.m);
    sendTo(u.m, udpSocket(u.m), "10.0.5.9:9");
    u.m.advance(10);
    expect(brief(seen).filter((frame) => frame.startsWith("eth0:4"))).toEqual(["eth0:4:42", "eth0:4:43"]);
    expect(u.m.dump("neigh").filter((line) => line.startsWith("eth0.5"))).toEqual([
      "eth0.5 10.0.5.9 reachable 02:00:0a:00:05:09",
    ]);
  });

  test("do not send a broadcast back", () => {
    const u = new User(network(CARD));
    const [a, b] = [u.open(), u.open()];
    u.bind(a, "0.0.0.0:9");
    u.set(b, 1, 6, 1);
    expect(u.sendto(b, "192.0.2.255:9", 1)).toBe(1);
    u.m.advance(1000);
    expect(u.recv(a).ret).toBe(1);
    expect(u.recv(a).ret).toBe(-11);
    expect(counter(u, "Ip.InReceives")).toBe(1);
  });

  test("send: the card has checked the sum of what arrives, unless it is wrong", () => {
    const u = new User(network(CARD));
    const a = u.open();
    u.bind(a, "0.0.0.0:1001");
    const { fns } = visited(u.m, () => arrive(u.m, 1001, 0, "hello"));
    expect(fns).toContain("udp_rcv");
    expect(fns).not.toContain("__skb_checksum_complete");
    expect(Buffer.from(u.recv(a).data ?? []).toString()).toBe("hello");
    expect(counter(u, "dev:eth0.rx_bytes")).toBe(60);
  });
});
