// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from "vitest";
import { get16 } from "../../../../../src/wire/bytes.ts";
import { dummy, network, run } from "../../network.ts";
import { frames, sendTo, udpSocket, VETH, visited } from "../../send.ts";

/** An ARP packet in its frame: from 02:…:02 at `sip`, asking for (or answering with) `tip`. */
function arp(op: number, sip: string, tip: string, to = "ffffffffffff"): Uint8Array {
  const ip = (a: string): string => Buffer.from(a.split(".").map(Number)).toString("hex");
  const target = op === 1 ? "000000000000" : "020000000001";
  const text = `${to}020000000002 0806 0001 0800 06 04 000${op} 020000000002 ${ip(sip)} ${target} ${ip(tip)}`;
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

describe("requests", () => {
  test("one for our address is answered, and the asker learned", () => {
    const m = network(VETH);
    const seen = frames(m);
    m.inject("v1", arp(1, "10.0.0.2", "10.0.0.1"));
    const reply = seen.find((f) => f.dev === "v0" && f.type === 4)?.bytes as Uint8Array;
    expect(Buffer.from(reply).toString("hex")).toBe(
      "020000000002020000000001080600010800060400020200000000010a0000010200000000020a000002",
    );
    expect(m.dump("neigh")).toContain("v0 10.0.0.2 stale 02:00:00:00:00:02");
  });

  test.each([
    ["for another host", arp(1, "10.0.0.2", "10.0.0.77")],
    ["for a multicast group", arp(1, "10.0.0.2", "224.0.0.1")],
    ["for loopback", arp(1, "10.0.0.2", "127.0.0.1")],
    ["addressed to another host's hardware", arp(1, "10.0.0.2", "10.0.0.1", "020000000077")],
    ["cut short", arp(1, "10.0.0.2", "10.0.0.1").subarray(0, 30)],
  ])("one %s is not", (_, frame) => {
    const m = network(VETH);
    const seen = frames(m);
    m.inject("v1", frame);
    expect(seen.filter((f) => f.dev === "v0" && f.type === 4)).toEqual([]);
    expect(m.dump("neigh").filter((line) => line.includes("10.0.0.2"))).toEqual([]);
  });

  test("ours name our address on the link, and nobody as target", () => {
    const m = network(VETH);
    const seen = frames(m);
    sendTo(m, udpSocket(m), "10.0.0.2:9");
    m.advance(10);
    expect(Buffer.from(seen[0]?.bytes ?? new Uint8Array()).toString("hex")).toBe(
      "ffffffffffff020000000001080600010800060400010200000000010a0000010000000000000a000002",
    );
  });
});

test("with arp_filter, one whose answer would leave elsewhere is counted and not answered", () => {
  const far = [...VETH, ...dummy("d0", "10.9.0.1/24"), "sysctl -w net.ipv4.conf.v0.arp_filter=1"];
  const m = network(far);
  const seen = frames(m);
  m.inject("v1", arp(1, "10.0.0.2", "10.0.0.1"));
  expect(seen.filter((f) => f.dev === "v0" && f.type === 4).length).toBe(1);
  const { notes } = visited(m, () => m.inject("v1", arp(1, "10.9.0.9", "10.0.0.1")));
  expect(notes).toContain("arp_filter: the reverse route uses another device");
  expect(seen.filter((f) => f.dev === "v0" && f.type === 4).length).toBe(1);
  const [names = "", values = ""] = (m.proc("netstat") ?? "").split("\n").map((line) => line.split(" "));
  expect(values[names.indexOf("ArpFilter")]).toBe("1");
});

test("an answer to nobody's question is not learned", () => {
  const m = network(VETH);
  const { notes } = visited(m, () => m.inject("v1", arp(2, "10.0.0.2", "10.0.0.1", "020000000001")));
  expect(notes).toContain("unsolicited ARP: ignored");
  expect(m.dump("neigh")).toEqual([]);
});

test("two answers within a second: the first is believed", () => {
  const m = network(VETH);
  sendTo(m, udpSocket(m), "10.0.0.2:9");
  m.inject("v1", arp(2, "10.0.0.2", "10.0.0.1", "020000000001"));
  const second = arp(2, "10.0.0.2", "10.0.0.1", "020000000001");
  second[27] = 0x99;
  expect(get16(second, 20)).toBe(2);
  m.inject("v1", second);
  expect(m.dump("neigh")).toContain("v0 10.0.0.2 reachable 02:00:00:00:00:02");
});

describe("requests for a host behind another device", () => {
  const BEHIND = [...VETH, ...dummy("d0", "10.9.0.1/24"), "sysctl -w net.ipv4.ip_forward=1"];
  const ASKED = arp(1, "10.0.0.2", "10.9.0.9");
  const answers = (m: ReturnType<typeof network>, work: () => void): number => {
    const seen = frames(m);
    work();
    return seen.filter((f) => f.dev === "v0" && f.type === 4 && f.protocol === 0x0806).length;
  };

  test("without proxy_arp the table of single addresses is looked at", () => {
    const m = network(BEHIND);
    let fns: string[] = [];
    expect(answers(m, () => (fns = visited(m, () => m.inject("v1", ASKED)).fns))).toBe(0);
    const at = fns.indexOf("pneigh_lookup");
    expect(fns.slice(at, at + 3)).toEqual(["pneigh_lookup", "pneigh_hash", "__pneigh_lookup_1"]);
  });

  test("with proxy_arp it is put off, without its route, then answered", () => {
    const m = network([...BEHIND, "sysctl -w net.ipv4.conf.v0.proxy_arp=1"]);
    const { fns } = visited(m, () => m.inject("v1", ASKED));
    const at = fns.indexOf("pneigh_enqueue");
    expect(fns.slice(at, at + 2)).toEqual(["pneigh_enqueue", "dst_release"]);
    const later = visited(m, () => expect(answers(m, () => m.advance(1000))).toBe(1)).fns;
    expect(later.slice(0, 4)).toEqual(["neigh_proxy_process", "parp_redo", "arp_process", "ip_route_input"]);
  });

  test("each at its own time, however soon the others are", () => {
    const delays = [700, 100];
    const m = network([...BEHIND, "sysctl -w net.ipv4.conf.v0.proxy_arp=1"], (what) =>
      what === "proxy ARP delay" ? delays.shift() : undefined,
    );
    m.inject("v1", ASKED);
    m.inject("v1", arp(1, "10.0.0.2", "10.9.0.8"));
    expect(answers(m, () => m.advance(300))).toBe(1);
    expect(answers(m, () => m.advance(300))).toBe(0);
    expect(answers(m, () => m.advance(300))).toBe(1);
  });

  test("not when a device goes down before", () => {
    const m = network([...BEHIND, "sysctl -w net.ipv4.conf.v0.proxy_arp=1"]);
    m.inject("v1", ASKED);
    const { fns } = visited(m, () => run(m, "ip link set d0 down"));
    const at = fns.indexOf("pneigh_ifdown");
    expect(fns.slice(at, at + 3)).toEqual(["pneigh_ifdown", "pneigh_queue_purge", "skb_dequeue"]);
    expect(answers(m, () => m.advance(1000))).toBe(0);
  });
});
