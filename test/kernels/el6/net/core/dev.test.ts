// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from "vitest";
import {
  NETIF_F_HW_CSUM,
  NETIF_F_IP_CSUM,
  NETIF_F_SG,
  netdev_intersect_features,
} from "../../../../../src/kernels/el6/include/linux/netdevice.ts";
import { get16 } from "../../../../../src/wire/bytes.ts";
import { csum_fold, csum_partial, csum_tcpudp_nofold } from "../../../../../src/wire/checksum.ts";
import { dummy, network, run } from "../../network.ts";
import { brief, frames, sendTo, udpSocket, VETH, visited } from "../../send.ts";

describe("the way out and in on lo", () => {
  test("what is sent is received, and the receive softirq runs inside the sender's call", () => {
    const m = network([]);
    const seen = frames(m);
    const fd = udpSocket(m);
    const { fns, depth } = visited(m, () => sendTo(m, fd, "127.0.0.1:9"));
    expect(brief(seen).slice(0, 2)).toEqual(["lo:4:43", "lo:0:43"]);
    expect(fns.indexOf("net_rx_action")).toBeGreaterThan(fns.indexOf("netif_rx"));
    expect(depth.get("net_rx_action")).toBe((depth.get("dev_queue_xmit") as number) + 1);
  });

  test("the first packet resolves and fills the header cache, the next one copies from it", () => {
    const m = network([]);
    const fd = udpSocket(m);
    const first = visited(m, () => sendTo(m, fd, "127.0.0.1:9")).fns;
    const second = visited(m, () => sendTo(m, fd, "127.0.0.1:9")).fns;
    expect(first).toContain("neigh_resolve_output");
    expect(first).toContain("eth_header_cache");
    expect(second).toContain("neigh_hh_output");
    expect(second).not.toContain("eth_header");
  });

  test("with lo down packets are dropped, and the sender does not learn of it", () => {
    const m = network(["ip link set lo down"]);
    const seen = frames(m);
    const { fns } = visited(m, () => expect(sendTo(m, udpSocket(m), "0.0.0.0:9")).toBe(1));
    expect(fns).toContain("noop_enqueue");
    expect(seen).toEqual([]);
  });
});

describe("devices", () => {
  test.each([
    ["ip link add d0 type dummy", "EEXIST"],
    ["ip link add x type nosuch", "EOPNOTSUPP"],
    ["ip link add x address 01:00:00:00:00:01 type dummy", "EADDRNOTAVAIL"],
    ["ip link add x mtu 60 type veth peer name y", "EINVAL"],
    ["ip link del lo", "EOPNOTSUPP"],
    ["ip link del nosuch", "ENODEV"],
    ["ip link set d0 name e0", "EBUSY"],
    ["ip link set d0 address 03:00:00:00:00:01", "EADDRNOTAVAIL"],
    ["ip link set v0 address 02:00:00:00:00:09", "EBUSY"],
    ["ip link add link lo name lo.5 type vlan id 5", "EOPNOTSUPP"],
    ["ip link add link d0 name d0.5 type vlan id 4095", "ERANGE"],
    ["ip link set d0 address 02:00:00:00:00:09", "ok"],
  ])("%s: %s", (line, answer) => {
    expect(run(network([...dummy("d0", "192.0.2.1/24"), ...VETH]), line)).toBe(answer);
  });

  test("indices are given in order and not again", () => {
    const m = network(dummy("d0", "192.0.2.1/24"));
    const first = m.ifindex("d0") as number;
    run(m, "ip link del d0");
    run(m, "ip link add d1 type dummy");
    expect(m.ifindex("d0")).toBeUndefined();
    expect(m.ifindex("d1")).toBe(first + 1);
  });

  test("features in common: a general checksum includes the special one", () => {
    expect(netdev_intersect_features(NETIF_F_HW_CSUM | NETIF_F_SG, NETIF_F_IP_CSUM | NETIF_F_SG)).toBe(
      NETIF_F_IP_CSUM | NETIF_F_SG,
    );
  });
});

describe("what a device cannot do is done for it", () => {
  test("ifb sums nothing and takes no fragments: the frame on it is whole and its checksum right", () => {
    const m = network([
      "ip link add i0 type ifb",
      "ip link set i0 up",
      "ip addr add 192.0.2.1/24 dev i0",
      "ip link set i0 mtu 9000",
    ]);
    const seen = frames(m);
    expect(sendTo(m, udpSocket(m), "192.0.2.2:9", 600)).toBe(600);
    const [frame] = seen;
    const ip = frame?.bytes.subarray(14) as Uint8Array;
    expect(frame?.status).toBe(0);
    const pseudo = csum_tcpudp_nofold(0xc0000201, 0xc0000202, ip.length - 20, 17, 0);
    expect(get16(ip, 26)).not.toBe(0);
    expect(csum_fold(csum_partial(ip, 20, ip.length, pseudo))).toBe(0);
  });

  test("a VLAN device's frames carry its tag on the device below", () => {
    const m = network([
      "ip link add d0 address 02:00:00:00:00:10 type dummy",
      "ip link set d0 up",
      "ip link add link d0 name d0.5 type vlan id 5",
      "ip link set d0.5 up",
      "ip addr add 192.0.2.1/24 dev d0.5",
    ]);
    const seen = frames(m);
    sendTo(m, udpSocket(m), "192.0.2.2:9");
    expect(brief(seen)).toEqual(["d0.5:4:43", "d0:4:47"]);
    expect([get16(seen[1]?.bytes as Uint8Array, 12), get16(seen[1]?.bytes as Uint8Array, 14)]).toEqual([
      0x8100, 5,
    ]);
  });

  test("a VLAN on a veth pair: the other end takes the frame in on its own VLAN device", () => {
    const m = network([
      ...VETH,
      "ip link add link v0 name v0.5 type vlan id 5",
      "ip link add link v1 name v1.5 type vlan id 5",
      "ip link set v0.5 up",
      "ip link set v1.5 up",
      "ip addr add 192.0.2.1/24 dev v0.5",
      "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0.5",
    ]);
    const seen = frames(m);
    sendTo(m, udpSocket(m), "192.0.2.2:9");
    expect(brief(seen)).toEqual(["v0.5:4:43", "v0:4:43", "v1:0:43", "v1.5:0:43"]);
  });
});

describe("veth", () => {
  const lines = [...VETH, "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0"];

  test("what one end sends the other receives, and both count it", () => {
    const m = network(lines);
    const seen = frames(m);
    sendTo(m, udpSocket(m), "10.0.0.2:9");
    expect(brief(seen)).toEqual(["v0:4:43", "v1:0:43"]);
    const c = m.counters();
    expect([c.get("dev:v0.tx_bytes"), c.get("dev:v1.rx_packets")]).toEqual([43, 1]);
  });

  test("for a second after the other end went down frames are lost there, then the queue is gone", () => {
    const m = network([...lines, "ip link set v1 down"]);
    const fd = udpSocket(m);
    expect(visited(m, () => sendTo(m, fd, "10.0.0.2:9")).notes).toContain("the peer device is down");
    m.advance(1100);
    expect(visited(m, () => sendTo(m, fd, "10.0.0.2:9")).fns).toContain("noop_enqueue");
  });
});

describe("a VLAN tag in a frame that arrives", () => {
  const VLAN = [
    ...VETH,
    "ip link add link v0 name v0.5 type vlan id 5",
    "ip link set v0.5 up",
    "ip addr add 10.5.0.1/24 dev v0.5",
  ];
  /** An ARP request for `tip` with this tag, to everybody. */
  const tagged = (tci: string, tip: string, type = "0806"): Uint8Array =>
    Uint8Array.from(
      Buffer.from(
        `ffffffffffff020000000002 8100 ${tci} ${type} 0001 0800 06 04 0001 020000000002 ${tip.replace(/.$/, "2")} 000000000000 ${tip}`.replaceAll(
          " ",
          "",
        ),
        "hex",
      ),
    );
  const answered = (m: ReturnType<typeof network>, frame: Uint8Array): string[] => {
    const seen = frames(m);
    m.inject("v1", frame);
    return seen.filter((f) => f.dev.startsWith("v0") && f.type === 4).map((f) => f.dev);
  };

  test("it is taken out, and the frame is its VLAN's", () => {
    const m = network(VLAN);
    const { fns, notes } = visited(m, () => m.inject("v1", tagged("0005", "0a050001")));
    const at = fns.indexOf("skb_vlan_untag");
    expect(fns.slice(at, at + 3)).toEqual(["skb_vlan_untag", "skb_pull_rcsum", "skb_reorder_vlan_header"]);
    expect(notes).toContain("VLAN tag: receive the frame on the VLAN device");
    expect(answered(network(VLAN), tagged("0005", "0a050001"))).toEqual(["v0.5", "v0"]);
  });

  test("receivers see the frame without it", () => {
    const m = network(VLAN);
    const seen = frames(m);
    m.inject("v1", tagged("0005", "0a050001"));
    const got = seen.find((f) => f.dev === "v0.5" && f.type === 1)?.bytes as Uint8Array;
    expect(Buffer.from(got.subarray(0, 14)).toString("hex")).toBe("ffffffffffff0200000000020806");
  });

  test("a VLAN that is not here is another host's; VLAN 0 is nobody's but a priority", () => {
    expect(answered(network(VLAN), tagged("0007", "0a000001"))).toEqual([]);
    expect(answered(network(VLAN), tagged("e000", "0a000001"))).toEqual(["v0"]);
  });

  test("a group joined on a VLAN is listened to by the device below, until the VLAN goes down", () => {
    const m = network(VLAN);
    const up = visited(m, () => run(m, "ip link set v0.5 down"));
    const at = up.fns.indexOf("dev_mc_unsync");
    expect(up.fns.slice(at, at + 4)).toEqual([
      "dev_mc_unsync",
      "__dev_addr_unsync",
      "__dev_addr_delete",
      "__dev_addr_delete",
    ]);
    const down = visited(m, () => run(m, "ip link set v0.5 up")).fns;
    const sync = down.lastIndexOf("dev_mc_add");
    expect(down.slice(sync, sync + 6)).toEqual([
      "dev_mc_add",
      "__dev_addr_add",
      "__dev_set_rx_mode",
      "dev_mc_sync",
      "__dev_addr_sync",
      "__dev_addr_add",
    ]);
  });
});

test("a negative netdev_max_backlog is no limit at all", () => {
  const m = network(["sysctl -w net.core.netdev_max_backlog=-1"]);
  const { notes } = visited(m, () => sendTo(m, udpSocket(m), "127.0.0.1:9"));
  expect(notes).not.toContain("the backlog is full: drop");
});

test("net.core.dev_weight counts from the backlog's next run on", () => {
  const m = network(["sysctl -w net.core.dev_weight=1"]);
  const polls = (): number =>
    visited(m, () => sendTo(m, udpSocket(m), "127.0.0.1:9")).fns.filter((fn) => fn === "process_backlog")
      .length;
  expect(polls()).toBe(1);
  expect(polls()).toBeGreaterThan(1);
});

test("several changes of a device are one request: the name before the flags, whatever the order of the words", () => {
  const m = network(["ip link add d0 type dummy", "ip link add d1 type dummy", "ip link set d1 up"]);
  expect(run(m, "ip link set d0 up name e0")).toBe("ok");
  expect(run(m, "ip link set d1 down mtu 1400 name e1")).toBe("EBUSY");
  const d1 = m.links().find((link) => link.name === "d1");
  expect(d1?.mtu).toBe(1400);
  expect((d1?.flags ?? 0) & 1).toBe(1);
});
