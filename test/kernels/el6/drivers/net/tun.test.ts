// SPDX-License-Identifier: GPL-2.0-only
/** Devices whose other end is a program: without a link-layer header nobody is asked for an address. */
import { describe, expect, test } from "vitest";
import { main } from "../../../../../src/cli/main.ts";
import { memoryIo } from "../../../../../src/cli/memory-io.ts";
import type { Machine } from "../../../../../src/kernels/release.ts";
import { parseDottedQuad } from "../../../../../src/wire/ipv4.ts";
import { ipv4Packet, udpDatagram } from "../../../../../src/wire/packet.ts";
import { network, run } from "../../network.ts";
import { brief, frames, sendTo, udpSocket, visited } from "../../send.ts";

const UP = [
  "ip addr add 10.8.0.2 peer 10.8.0.1/32 dev tun0",
  "ip link set tun0 up",
  "ip route add 10.9.0.0/16 via 10.8.0.1",
];
const OPEN = ["ip link add tun0 type tun", ...UP];
const PERSISTENT = ["ip tuntap add dev tun0 mode tun", ...UP];
const counter = (m: Machine, name: string): number => m.counters().get(`dev:tun0.${name}`) ?? 0;
const addr = (text: string): number => parseDottedQuad(text) as number;

/** A packet as the program writes it. */
function fromPeer(): Uint8Array {
  const ends = { saddr: addr("10.9.0.1"), daddr: addr("10.8.0.2"), sport: 53, dport: 9999 };
  return ipv4Packet(ends, 17, udpDatagram(ends, new Uint8Array(5)));
}

describe("tun", () => {
  test("gives IP packets to the program that has it open: no neighbour is asked", () => {
    const m = network(OPEN);
    const seen = frames(m);
    const { fns, notes } = visited(m, () => sendTo(m, udpSocket(m), "10.9.0.1:53", 2));
    expect(brief(seen)).toEqual(["tun0:4:30"]);
    expect(seen[0]?.bytes[0]).toBe(0x45);
    expect(fns).toContain("arp_constructor");
    expect(fns).not.toContain("neigh_resolve_output");
    expect(notes).toContain("the device has no link-layer header: arp_direct_ops, output is dev_queue_xmit");
    expect(notes).toContain("queued for the process that has the tun device open");
    expect([counter(m, "tx_packets"), counter(m, "tx_bytes"), counter(m, "tx_drop")]).toEqual([1, 30, 0]);
    expect(m.dump("neigh").filter((line) => line.startsWith("tun0"))).toEqual([
      expect.stringContaining("0.0.0.0"),
    ]);
  });

  test("that no program has open drops all, and the call still succeeds", () => {
    const m = network(PERSISTENT);
    const { notes } = visited(m, () => expect(sendTo(m, udpSocket(m), "10.9.0.1:53", 2)).toBe(2));
    expect(notes).toContain("no process has the tun device open");
    expect([counter(m, "tx_packets"), counter(m, "tx_drop")]).toEqual([0, 1]);
  });

  test("takes in what the program writes", () => {
    const m = network(OPEN);
    expect(m.receive("tun0", fromPeer(), 0)).toBe(0);
    expect([counter(m, "rx_packets"), counter(m, "rx_bytes")]).toEqual([1, 33]);
    expect(m.counters().get("Udp.NoPorts")).toBe(1);
    expect(m.receive("tun0", Uint8Array.of(0, 0), 0)).toBe(-22);
    expect(network(PERSISTENT).receive("tun0", fromPeer(), 0)).toBe(-77);
  });

  test("has el6's defaults and refuses what el6 refuses", () => {
    const m = network(OPEN);
    expect(m.links()[1]).toMatchObject({
      type: 0xfffe,
      mtu: 1500,
      txqlen: 500,
      operstate: 0,
      address: new Uint8Array(),
    });
    expect(run(m, "ip link set tun0 mtu 67")).toBe("EINVAL");
    expect(run(m, "ip link set tun0 mtu 65535")).toBe("ok");
    expect(run(m, "ip link set tun0 address 02:00:00:00:00:01")).toBe("EOPNOTSUPP");
    expect(run(m, "ip tuntap add dev tun0 mode tun")).toBe("EBUSY");
    expect(run(m, "ip tuntap del dev tun0 mode tun")).toBe("ok");
    expect(m.links()).toHaveLength(1);
  });

  test("a group of it has no link-layer address", () => {
    const m = network([...OPEN, "ip route add 224.0.0.0/4 dev tun0"]);
    const seen = frames(m);
    sendTo(m, udpSocket(m), "239.1.1.1:9");
    expect(brief(seen)).toContain("tun0:4:29");
  });
});

test("a tap is Ethernet: it asks for addresses, and its frames go to the program", () => {
  const m = network(["ip link add tap0 type tap", "ip addr add 10.8.0.2/24 dev tap0", "ip link set tap0 up"]);
  const seen = frames(m);
  sendTo(m, udpSocket(m), "10.8.0.1:53");
  m.advance(1);
  expect(m.links()[1]).toMatchObject({ type: 1, txqlen: 500 });
  expect(brief(seen)).toEqual(["tap0:4:42"]);
  expect(run(m, "ip link set tap0 mtu 65522")).toBe("EINVAL");
  expect(run(m, "ip link set tap0 mtu 65521")).toBe("ok");
});

test("ip prints a tun as a link without addresses, and no view reads its packets as Ethernet frames", async () => {
  const lines = [
    ...OPEN,
    "ip addr show dev tun0",
    "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3",
    'sendto(3, "hi", 2, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.9.0.1")}, 16) = 2',
    "expect packet tun0 out udp src 10.8.0.2 dst 10.9.0.1:53 len 2",
  ];
  const io = memoryIo({ files: { "s.nt": `${lines.join("\n")}\n` } });
  expect(await main(["run", "s.nt", "--trace", "all", "--format", "graph"], io)).toBe(0);
  expect(io.out).toContain(
    "2: tun0: <POINTOPOINT,MULTICAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UNKNOWN qlen 500\n    link/none \n",
  );
  expect(io.out).toContain("packet leaves by tun0, 30 bytes (20 ip + 8 udp + 2 data)");
  expect(io.out).toMatch(/version 4 .* saddr 10\.8\.0\.2 {2}daddr 10\.9\.0\.1\n/);
  expect(io.out).toMatch(/sport \d+ {2}dport 53/);
  expect(io.out).not.toContain("ethernet:");
});
