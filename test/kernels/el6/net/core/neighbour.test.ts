// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from "vitest";
import { dummy, network, run } from "../../network.ts";
import { brief, frames, sendTo, udpSocket, VETH, visited } from "../../send.ts";

const ARP = 0x0806;

describe("an address that is not known", () => {
  test("the packet waits; a timer asks three times, a second apart; then the entry has failed", () => {
    const m = network(VETH);
    const seen = frames(m);
    expect(sendTo(m, udpSocket(m), "10.0.0.2:9")).toBe(1);
    expect(seen).toEqual([]);
    expect(m.dump("neigh")).toContain("v0 10.0.0.2 incomplete");
    const asked: number[] = [];
    for (let ms = 0; ms < 5000; ms += 10) {
      const before = seen.length;
      m.advance(10);
      if (seen.slice(before).some((f) => f.protocol === ARP && f.type === 4)) asked.push(ms);
    }
    expect(asked).toEqual([0, 1000, 2000]);
    expect(m.dump("neigh")).toContain("v0 10.0.0.2 failed");
  });

  test("an answer lets go what waited, oldest first, and three packets at most wait", () => {
    const m = network(VETH);
    const fd = udpSocket(m);
    for (const len of [1, 2, 3, 4]) sendTo(m, fd, "10.0.0.2:9", len);
    const seen = frames(m);
    const reply =
      "02000000000102000000000208060001080006040002" + "0200000000020a000002" + "0200000000010a000001";
    m.inject("v1", Uint8Array.from(Buffer.from(reply, "hex")));
    expect(brief(seen.filter((f) => f.dev === "v0" && f.type === 4))).toEqual([
      "v0:4:44",
      "v0:4:45",
      "v0:4:46",
    ]);
    expect(m.dump("neigh")).toContain("v0 10.0.0.2 reachable 02:00:00:00:00:02");
  });

  test("no ARP on the device: its own address stands for every neighbour", () => {
    const m = network([
      "ip link add d0 address 02:00:00:00:00:10 type dummy",
      "ip link set d0 up",
      "ip addr add 192.0.2.1/24 dev d0",
    ]);
    sendTo(m, udpSocket(m), "192.0.2.2:9");
    expect(m.dump("neigh")).toEqual(["d0 192.0.2.2 noarp 02:00:00:00:00:10"]);
  });
});

describe("the life of an entry", () => {
  test("stale, in use: delay; nobody confirms: probe, with requests to its address alone; then failed", () => {
    const m = network([...VETH, "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:09 nud stale dev v0"]);
    const seen = frames(m);
    sendTo(m, udpSocket(m), "10.0.0.2:9");
    expect(m.dump("neigh")).toContain("v0 10.0.0.2 delay 02:00:00:00:00:09");
    m.advance(5000);
    expect(m.dump("neigh")).toContain("v0 10.0.0.2 probe 02:00:00:00:00:09");
    const request = seen.find((f) => f.protocol === ARP);
    expect(Buffer.from((request?.bytes ?? new Uint8Array()).subarray(0, 6)).toString("hex")).toBe(
      "020000000009",
    );
    m.advance(4000);
    expect(m.dump("neigh")).toContain("v0 10.0.0.2 failed");
  });

  test("another address set by hand is written into the ready-made header", () => {
    const m = network([...VETH, "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0"]);
    const fd = udpSocket(m);
    sendTo(m, fd, "10.0.0.2:9");
    run(m, "ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:33 dev v0");
    const seen = frames(m);
    const { fns } = visited(m, () => sendTo(m, fd, "10.0.0.2:9"));
    expect(fns).toContain("neigh_hh_output");
    expect(Buffer.from((seen[0]?.bytes ?? new Uint8Array()).subarray(0, 6)).toString("hex")).toBe(
      "020000000033",
    );
  });

  test("a device that goes down forgets who is behind it", () => {
    const m = network(dummy("d0", "192.0.2.1/24"));
    sendTo(m, udpSocket(m), "192.0.2.2:9");
    run(m, "ip link set d0 down");
    expect(m.dump("neigh")).toEqual([]);
  });
});

test.each([
  ["ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:03 dev v0", "EEXIST"],
  ["ip neigh change 10.0.0.7 lladdr 02:00:00:00:00:03 dev v0", "ENOENT"],
  ["ip neigh del 10.0.0.7 dev v0", "ENOENT"],
  ["ip neigh del 10.0.0.7 dev nosuch", "ENODEV"],
  ["ip neigh add 10.0.0.7 dev v0", "EINVAL"],
  ["ip neigh del 10.0.0.2 dev v0", "ok"],
])("%s: %s", (line, answer) => {
  const m = network([...VETH, "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0"]);
  expect(run(m, line)).toBe(answer);
});

test("ip neigh names the device by its index", () => {
  const m = network(VETH);
  const { fns } = visited(m, () => run(m, "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0"));
  expect(fns.slice(0, 2)).toEqual(["neigh_add", "dev_get_by_index"]);
});
