// SPDX-License-Identifier: GPL-2.0-only
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dummy, network, run } from "../../network.ts";
import { frames, sendTo, setOption, udpSocket, visited } from "../../send.ts";

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const IP_RECVERR = 11;
const TO = "192.0.2.2:9";

function queue(line: string) {
  const m = network([...dummy("d0", "192.0.2.1/24"), line]);
  const fd = udpSocket(m);
  setOption(m, fd, 0, IP_RECVERR, 1);
  return { m, fd };
}

describe("fifos", () => {
  test("a limit of 0 packets drops all, and a sender that asked for errors is told", () => {
    const { m, fd } = queue("tc qdisc add dev d0 root pfifo limit 0");
    expect(sendTo(m, fd, TO)).toBe("ENOBUFS");
    setOption(m, fd, 0, IP_RECVERR, 0);
    expect(sendTo(m, fd, TO)).toBe(1);
  });

  test("bfifo counts bytes, link-layer header included", () => {
    const { m, fd } = queue("tc qdisc add dev d0 root bfifo limit 60");
    expect(sendTo(m, fd, TO, 18)).toBe(18);
    expect(sendTo(m, fd, TO, 19)).toBe("ENOBUFS");
  });

  test("pfifo_fast holds no more packets than txqueuelen", () => {
    const { m, fd } = queue("tc qdisc add dev d0 root pfifo_fast");
    expect(visited(m, () => sendTo(m, fd, TO)).notes).toContain("the qdisc is full (txqueuelen)");
  });

  test("the queue that the kernel gives a device by itself is passed by when empty", () => {
    const m = network([
      "ip link add d0 txqueuelen 9 type dummy",
      "ip link set d0 up",
      "ip addr add 192.0.2.1/24 dev d0",
    ]);
    const { fns } = visited(m, () => sendTo(m, udpSocket(m), TO));
    expect(fns).toContain("sch_direct_xmit");
    expect(fns).not.toContain("pfifo_fast_enqueue");
  });
});

describe("a blackhole", () => {
  test("takes everything, lets nothing out, and tells nobody", () => {
    const { m, fd } = queue("tc qdisc add dev d0 root blackhole");
    const seen = frames(m);
    expect(sendTo(m, fd, TO)).toBe(1);
    const { fns, notes } = visited(m, () => sendTo(m, fd, TO));
    expect(fns.filter((fn) => fn.startsWith("blackhole_"))).toEqual([
      "blackhole_enqueue",
      "blackhole_dequeue",
    ]);
    expect(notes).toContain("the qdisc is empty");
    expect(seen).toEqual([]);
    expect(m.counters().get("Udp.OutDatagrams")).toBe(2);
    expect(run(m, "tc qdisc add dev d0 root blackhole")).toBe("EEXIST");
    expect(run(m, "tc qdisc change dev d0 root blackhole limit 3")).toBe("EINVAL");
    expect(run(m, "tc qdisc del dev d0 root")).toBe("ok");
    expect(sendTo(m, fd, TO)).toBe(1);
    expect(seen).toHaveLength(1);
  });
});

describe("tbf", () => {
  test("never sends more than the bucket and the rate allow, and all that was accepted in the end", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        (lengths, ticks) => {
          const rate = 1000;
          const burst = 200;
          const { m, fd } = queue("tc qdisc add dev d0 root tbf rate 8kbit burst 200 limit 1000");
          setOption(m, fd, SOL_SOCKET, SO_SNDBUF, 100_000);
          const seen = frames(m);
          let accepted = 0;
          for (const len of lengths) if (sendTo(m, fd, TO, len) === len) accepted++;
          m.advance(ticks * 10);
          const bytes = seen.reduce((sum, f) => sum + f.bytes.length, 0);
          // Packets pay in slots of eight bytes, rounded up: never less than they weigh.
          expect(bytes).toBeLessThanOrEqual(burst + (rate * ticks) / 100);
          m.advance(5000);
          expect(seen.length).toBe(accepted);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("a packet longer than the bucket could never go", () => {
    const { m, fd } = queue("tc qdisc add dev d0 root tbf rate 8kbit burst 200 limit 3000");
    expect(sendTo(m, fd, TO, 400)).toBe("ENOBUFS");
  });
});

test.each([
  ["tc qdisc add dev d0 root nosuch", "ENOENT"],
  ["tc qdisc add dev nosuch root pfifo", "ENODEV"],
  ["tc qdisc add dev d0 root tbf limit 100 burst 100", "EINVAL"],
  ["tc qdisc del dev d0 root", "ENOENT"],
  ["tc qdisc replace dev d0 root pfifo limit 5", "ok"],
])("%s: %s", (line, answer) => {
  expect(run(network(dummy("d0", "192.0.2.1/24")), line)).toBe(answer);
});

test("a second queue is refused, a replacement is not", () => {
  const { m } = queue("tc qdisc add dev d0 root pfifo limit 5");
  expect(run(m, "tc qdisc add dev d0 root bfifo limit 5")).toBe("EEXIST");
  expect(run(m, "tc qdisc replace dev d0 root bfifo limit 5")).toBe("ok");
  expect(run(m, "tc qdisc del dev d0 root")).toBe("ok");
});

test("tbf cuts a large packet that is too long for the bucket, if its pieces are not", () => {
  const m = network([
    "ip link set lo mtu 1500",
    "tc qdisc add dev lo root tbf rate 80kbit burst 1600 limit 30000",
  ]);
  const seen = frames(m);
  const { fns } = visited(m, () => expect(sendTo(m, udpSocket(m), "127.0.0.1:9", 3000)).toBe(3000));
  const at = fns.indexOf("skb_gso_mac_seglen");
  expect(fns.slice(at, at + 3)).toEqual(["skb_gso_mac_seglen", "skb_gso_transport_seglen", "tbf_segment"]);
  const tree = fns.indexOf("qdisc_tree_decrease_qlen");
  expect(fns.slice(tree, tree + 5)).toEqual([
    "qdisc_tree_decrease_qlen",
    "qdisc_lookup",
    "qdisc_match_from_root",
    "qdisc_match_from_root",
    "consume_skb",
  ]);
  m.advance(2000);
  expect(seen.filter((f) => f.type === 4 && f.bytes.length > 500).length).toBe(3);
});

test("a queue that goes frees the packet that its device refused, if any", () => {
  const { m } = queue("tc qdisc add dev d0 root pfifo limit 5");
  const { fns } = visited(m, () => run(m, "tc qdisc del dev d0 root"));
  expect(fns[fns.lastIndexOf("qdisc_destroy") + 1]).toBe("kfree_skb");
});
