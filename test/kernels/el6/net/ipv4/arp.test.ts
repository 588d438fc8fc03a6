// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from "vitest";
import { get16 } from "../../../../../src/wire/bytes.ts";
import { network } from "../../network.ts";
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

test("an answer to nobody's question is not learned", () => {
  const m = network(VETH);
  const { notes } = visited(m, () => m.inject("v1", arp(2, "10.0.0.2", "10.0.0.1", "020000000001")));
  expect(notes).toContain("nobody asked for this: not learned");
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
