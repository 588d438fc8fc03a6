// SPDX-License-Identifier: GPL-2.0-only
/** Packets for others: passed on, or refused with an error that says why. */
import { expect, test } from "vitest";
import { dummy, network, run } from "../../network.ts";
import { arrive, bytes, hex, left, NEIGHBOUR } from "../../packets.ts";
import { frames, visited } from "../../send.ts";

const ROUTER = [
  ...NEIGHBOUR,
  ...dummy("d0", "192.0.2.10/24"),
  "ip neigh add 192.0.2.20 lladdr 02:00:00:00:00:20 nud permanent dev d0",
  "sysctl net.ipv4.ip_forward=1",
];
const PACKET = { dst: "192.0.2.20", proto: 200, data: new Uint8Array(100) };

test("a router passes it on, one hop less to live", () => {
  const m = network(ROUTER);
  const seen = frames(m);
  arrive(m, PACKET);
  expect(left(seen, "d0")).toMatchObject([{ src: "10.0.0.2", dst: "192.0.2.20", ttl: 63 }]);
  expect(m.counters().get("Ip.ForwDatagrams")).toBe(1);
});

test("a host does not", () => {
  const m = network(ROUTER);
  run(m, "sysctl net.ipv4.ip_forward=0");
  const seen = frames(m);
  const { fns } = visited(m, () => arrive(m, PACKET));
  expect(fns).not.toContain("ip_forward");
  expect(left(seen, "d0")).toEqual([]);
});

test.each([
  ["its time is over", { ...PACKET, ttl: 1 }, "0b00", "00000000"],
  ["too large, with DF", { ...PACKET, data: new Uint8Array(1400), df: true }, "0304", "00000514"],
  [
    "a strict source route to a network behind a gateway",
    { ...PACKET, dst: "203.0.113.1" },
    "0305",
    "00000000",
  ],
])("%s: ICMP to the sender", (name, packet, typeAndCode, rest) => {
  const m = network([...ROUTER, "ip link set d0 mtu 1300", "ip route add 203.0.113.0/24 via 192.0.2.20"]);
  run(m, "sysctl net.ipv4.conf.all.accept_source_route=1");
  const strict = name.startsWith("a strict");
  const options = strict ? [...bytes("890704cb00710100")] : [];
  const seen = frames(m);
  arrive(m, { ...packet, ...(strict ? { dst: "10.0.0.1" } : {}), options });
  const errors = left(seen);
  expect(errors.map((p) => `${p.dst} ${hex(p.data.slice(0, 2))} ${hex(p.data.slice(4, 8))}`)).toEqual([
    `10.0.0.2 ${typeAndCode} ${rest}`,
  ]);
});

test("back out where it came in: a redirect tells the sender the better first hop", () => {
  const m = network([...ROUTER, "ip route add 203.0.113.0/24 via 10.0.0.9"]);
  run(m, "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 nud permanent dev v0");
  const seen = frames(m);
  arrive(m, { ...PACKET, dst: "203.0.113.1" });
  const [redirect, passed] = left(seen);
  expect(hex((redirect?.data ?? bytes("")).slice(0, 8)).replace(/^(....)..../, "$1")).toBe("05010a000009");
  expect(passed).toMatchObject({ dst: "203.0.113.1", ttl: 63 });
});
