// SPDX-License-Identifier: GPL-2.0-only
/** The story of a session: one datagram to its end, whatever else goes on. */
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import type { VerdictEvent } from "../../src/trace/event.ts";

/** The answers of a scenario or of a send, in order. */
async function answers(argv: readonly string[], scenario?: string): Promise<VerdictEvent[]> {
  const io = memoryIo(scenario === undefined ? {} : { files: { "s.nt": scenario } });
  const words = scenario === undefined ? ["sendto", ...argv] : ["run", "s.nt", "--trace", "all", ...argv];
  expect(await main([...words, "--format", "json"], io)).toBeLessThan(2);
  const lines = io.out.split("\n").filter((line) => line.startsWith('{"ev":"verdict"'));
  return lines.map((line) => JSON.parse(line) as VerdictEvent);
}

const to = (line: string): Promise<VerdictEvent[]> => answers(line.split(" "));

describe("what became of it", () => {
  test.each<[string, string, RegExp]>([
    [
      "127.0.0.1 9 a",
      "lost",
      /^no socket is bound to 127\.0\.0\.1:9 \(NO_SOCKET\)\. ICMP port unreachable came back inside this call; the sender is not told/,
    ],
    ["127.0.0.1 9 a --listen", "delivered", /^by lo into the receive queue of sk#2\.$/],
    ["127.0.0.1 9 a --connect", "lost", /ECONNREFUSED is pending on sk#1: its next call returns it\./],
    ["127.0.0.1 9 a --recverr", "lost", /ECONNREFUSED is pending on sk#1.*IP_RECVERR has queued it as well/],
    ["127.0.0.1 9 a --cork", "held", /^1 byte on sk#1, by UDP_CORK; no datagram has been sent yet\.$/],
    ["127.0.0.1 9 a -f MSG_PROBE|MSG_MORE", "unmade", /^MSG_PROBE: nothing is sent\.$/],
    ["8.8.8.8 9 a --net lan", "waiting", /^for the next hop's link-layer address\.$/],
    [
      "8.8.8.8 9 a --net lan --wait 10",
      "left",
      /^by eth0 to the next hop 192\.0\.2\.1, 1 ms later, after ARP; what happens behind eth0/,
    ],
    ["192.0.2.9 9 --size 4000 --net lan --wait 10", "left", /^by eth0 in 3 frames, 1 ms later, after ARP/],
    ["240.0.0.1 9 a --device lo", "lost", /No ICMP error was sent: no route to the sender/],
    [
      "192.0.2.10 9 a --net lan --device eth0 --connect",
      "lost",
      /the sender is not told: .*bound to another device/,
    ],
    [
      "224.0.0.1 9 a --net lan --multicast-ttl 0",
      "lost",
      /^TTL is 0: must not leave the host \(IP_TTL\)\. No frame left\.$/,
    ],
    [
      "192.0.2.255 9 a --net lan --broadcast --listen",
      "delivered",
      /^a copy for this host, into the receive queue of sk#2; the datagram itself left by eth0\.$/,
    ],
    ["127.0.0.1 9 --size 65508", "refused", /^larger than the largest IP packet\. Nothing was sent\.$/],
  ])("%s", async (line, outcome, what) => {
    const [first] = await to(line);
    expect([first?.outcome, first?.what]).toEqual([outcome, expect.stringMatching(what)]);
  });
});

test("an older datagram's end is told as its own", async () => {
  const all = await to("192.0.2.9 9 --size 1000 --net lan --sndbuf 1 -n 3");
  const last = all.at(-1);
  expect(last).toMatchObject({ outcome: "left", what: expect.stringMatching(/^by eth0; what happens/) });
  const [more] = last?.more ?? [];
  expect(more).toMatchObject({ outcome: "left", of: "sends 1, 2" });
  expect(more?.what).toMatch(/^by eth0, 1 ms later, after ARP; /);
});

test("a failing call does not speak of frames that an older send had waiting", async () => {
  const all = await to("192.0.2.9 9 --size 1000 --net lan --sndbuf 1 --nonblock -n 3 --wait 10");
  for (const { what } of all.filter(({ outcome }) => outcome === "refused"))
    expect(what).toMatch(/\. Nothing was sent\.$/);
  const [, error] = await to("127.0.0.1 9 a --connect -n 2");
  expect(error?.what).toBe(
    "ECONNREFUSED was pending, from the ICMP port unreachable for send 1. Nothing was sent.",
  );
});

describe("an error that was pending", () => {
  const SCENARIO = `socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3
connect(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16)
send(3, "one", 3, 0)
send(3, "two", 3, 0)
send(3, "three", 5, 0)
getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4])
send(3, "four", 4, 0)
recvfrom(3, 0x1, 10, MSG_DONTWAIT, NULL, NULL)
`;
  test("what put it there is said by the call that returns it, and of the right send", async () => {
    const all = await answers([], SCENARIO);
    const refused = all.filter(({ outcome }) => outcome === "refused" || outcome === "failed");
    expect(refused.map(({ what }) => what)).toEqual([
      "ECONNREFUSED was pending, from the ICMP port unreachable for send 1. Nothing was sent.",
      "ECONNREFUSED was pending, from the ICMP port unreachable for send 4.",
    ]);
  });
});

test("each message of sendmmsg has its end, equal ends are told once", async () => {
  const message = (port: number): string =>
    `{msg_hdr={msg_name={sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("127.0.0.1")}, msg_namelen=16, msg_iov=[{iov_base="a", iov_len=1}], msg_iovlen=1, msg_controllen=0, msg_flags=0}}`;
  const [all] = await answers(
    [],
    `socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 4
bind(4, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16)
sendmmsg(3, [${message(9)}, ${message(10)}, ${message(9)}], 3, 0)
`,
  );
  expect(all).toMatchObject({
    outcome: "lost",
    of: "datagram 2",
    decided: { values: "daddr=127.0.0.1 dport=10" },
  });
  expect(all?.more).toEqual([
    { outcome: "delivered", of: "datagrams 1, 3", what: "by lo into the receive queue of sk#2." },
  ]);
});

describe("scenarios", () => {
  const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n";
  const send = (bytes: string, flags = "0"): string =>
    `sendto(3, "${bytes}", ${bytes.length}, ${flags}, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16)\n`;

  test("a corked datagram has the bytes of all its calls", async () => {
    const all = await answers([], SOCKET + send("hello, ", "MSG_MORE") + send("world"));
    expect(all.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^7 bytes on sk#1, by MSG_MORE/),
      expect.stringMatching(/^no socket is bound to 127\.0\.0\.1:9/),
    ]);
    expect(all.map(({ of }) => of)).toEqual([undefined, "12 bytes"]);
  });

  test("frames of a VLAN are counted once", async () => {
    const vlan = `ip link add d0 type dummy
ip link set d0 arp on up
ip link add link d0 name v1 type vlan id 5
ip link set v1 up
ip addr add 10.0.0.1/24 dev v1
ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 nud permanent dev v1
`;
    const [first] = await answers([], vlan + SOCKET + send("x").replace("127.0.0.1", "10.0.0.2"));
    expect(first?.what).toMatch(/^by d0; nothing is behind d0: it is gone\.$/);
  });

  test("a device that is down, one that drops, a rule", async () => {
    const [down] = await answers([], `ip link set lo down\n${SOCKET}${send("x")}`);
    expect(down?.outcome).toBe("lost");
    expect(down?.what).toMatch(/\. No frame left\.$/);
    const [rule] = await answers([], `iptables -A INPUT -p udp --dport 9 -j DROP\n${SOCKET}${send("x")}`);
    expect(rule?.decided?.values).toContain("chain=INPUT rule=1 text=-p udp --dport 9 -j DROP");
  });

  test("a fragment that is lost takes the rest with it: the first loss is what decided", async () => {
    const [first] = await answers(
      [],
      `ip link add eth0 type veth peer name far0 address 02:00:00:00:00:01
ip link set eth0 up
ip link set far0 up
ip addr add 192.0.2.10/24 dev eth0
ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 nud permanent dev eth0
tc qdisc add dev eth0 root tbf rate 8kbit burst 2000 limit 1600
${SOCKET}setsockopt(3, SOL_IP, IP_MTU_DISCOVER, [0], 4) = 0
sendto(3, "x"..., 8000, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.1")}, 16)
`,
    );
    expect(first?.what).toContain("(QDISC_DROP)");
    expect(first?.decided?.fn).toBe("bfifo_enqueue");
  });

  test("a frame from outside says by which device it came in, and what became of it", async () => {
    const came = (host: string): string =>
      `recvfrom(3, "hello", 100, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("${host}")}, [16]) = 5\n`;
    const [taken, dropped] = await answers(
      [],
      `ip link add eth0 type e1000
ip link set eth0 up
ip addr add 192.0.2.10/24 dev eth0
iptables -A INPUT -s 192.0.2.99 -j DROP
${SOCKET}bind(3, {sa_family=AF_INET, sin_port=htons(5000), sin_addr=inet_addr("0.0.0.0")}, 16) = 0
${came("192.0.2.1")}${came("192.0.2.99")}`,
    );
    expect(JSON.stringify(taken)).toContain("a frame of 47 bytes that came in on eth0");
    expect(taken?.outcome).toBe("delivered");
    expect(JSON.stringify(dropped)).toContain("a frame of 47 bytes that came in on eth0");
    expect(dropped?.what).toMatch(/\(NETFILTER_DROP\)/);
  });

  test("every call that fails has a reason, in a function that was called", async () => {
    const all = await answers(
      [],
      `${SOCKET}bind(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("10.9.9.9")}, 16)
getpeername(3, 0x1, [16])
setsockopt(3, SOL_IP, IP_TTL, [999], 4)
recvfrom(3, 0x1, 10, MSG_DONTWAIT, NULL, NULL)
connect(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("203.0.113.1")}, 16)
`,
    );
    expect(all).toHaveLength(5);
    expect(all.map(({ outcome }) => outcome)).toEqual(["refused", "refused", "refused", "failed", "refused"]);
    for (const { decided } of all) {
      expect(decided?.why).not.toBe("");
      expect(decided?.fn).not.toBe("");
    }
  });
});
