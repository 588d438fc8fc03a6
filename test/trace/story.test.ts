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
      /^1 byte to 127\.0\.0\.1:9 left by lo and came in on lo\. Dropped \(NO_SOCKET\)/,
    ],
    ["127.0.0.1 9 a --listen", "delivered", /is in the receive queue of sk#2\.$/],
    ["127.0.0.1 9 a --connect", "lost", /ECONNREFUSED is pending on sk#1: its next call fails with it\./],
    ["127.0.0.1 9 a --recverr", "lost", /ECONNREFUSED is pending on sk#1.*IP_RECVERR has queued it as well/],
    ["127.0.0.1 9 a --cork", "held", /^1 byte to 127\.0\.0\.1:9 is held back on sk#1 \(UDP_CORK\)/],
    ["127.0.0.1 9 a -f MSG_PROBE|MSG_MORE", "unmade", /^sendto returns 1 and nothing is sent\.$/],
    [
      "8.8.8.8 9 a --net lan",
      "waiting",
      /^1 byte to 8\.8\.8\.8:9 did not leave\. It waits for the next hop's link-layer address\.$/,
    ],
    ["8.8.8.8 9 a --net lan --wait 10", "left", /^1 byte to 8\.8\.8\.8:9 left by eth0 1 ms later/],
    [
      "192.0.2.9 9 --size 4000 --net lan --wait 10",
      "left",
      /^4000 bytes .* left by eth0 in 3 frames 1 ms later/,
    ],
    ["240.0.0.1 9 a --device lo", "lost", /No ICMP error was sent: no route back to the sender/],
    [
      "192.0.2.10 9 a --net lan --device eth0 --connect",
      "lost",
      /The sender is not told: .*bound to another device/,
    ],
    [
      "224.0.0.1 9 a --net lan --multicast-ttl 0",
      "lost",
      /^1 byte to 224\.0\.0\.1:9 did not leave\. Dropped \(IP_TTL\)/,
    ],
    [
      "192.0.2.255 9 a --net lan --broadcast --listen",
      "delivered",
      /left by eth0\. A copy for this host is in the/,
    ],
    [
      "127.0.0.1 9 --size 65508",
      "refused",
      /^sendto failed with EMSGSIZE \(Message too long\): nothing was sent\.$/,
    ],
  ])("%s", async (line, outcome, what) => {
    const [first] = await to(line);
    expect([first?.outcome, first?.what]).toEqual([outcome, expect.stringMatching(what)]);
  });
});

test("an older datagram's end is told as its own", async () => {
  const all = await to("192.0.2.9 9 --size 1000 --net lan --sndbuf 1 -n 3");
  const last = all.at(-1)?.what ?? "";
  expect(last).toContain("1000 bytes to 192.0.2.9:9 (send 1) left by eth0");
  expect(last).toMatch(/1000 bytes to 192\.0\.2\.9:9 left by eth0\. What happens to it behind eth0/);
});

test("a failing call does not speak of frames that an older send had waiting", async () => {
  const all = await to("192.0.2.9 9 --size 1000 --net lan --sndbuf 1 --nonblock -n 3 --wait 10");
  for (const { what } of all.filter(({ outcome }) => outcome === "refused"))
    expect(what).toMatch(/: nothing was sent\.$/);
  const [, error] = await to("127.0.0.1 9 a --connect -n 2");
  expect(error?.what).toBe("sendto failed with ECONNREFUSED (Connection refused): nothing was sent.");
});

describe("scenarios", () => {
  const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n";
  const send = (bytes: string, flags = "0"): string =>
    `sendto(3, "${bytes}", ${bytes.length}, ${flags}, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16)\n`;

  test("a corked datagram has the bytes of all its calls", async () => {
    const all = await answers([], SOCKET + send("hello, ", "MSG_MORE") + send("world"));
    expect(all.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^7 bytes .* are held back on sk#1 \(MSG_MORE\)/),
      expect.stringMatching(/^12 bytes to 127\.0\.0\.1:9 \(send 1\) left by lo and came in on lo\./),
    ]);
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
    expect(first?.what).toMatch(
      /^1 byte to 10\.0\.0\.2:9 left by d0\. There is nothing behind d0: it is gone\.$/,
    );
  });

  test("a device that is down, one that drops, a rule", async () => {
    const [down] = await answers([], `ip link set lo down\n${SOCKET}${send("x")}`);
    expect(down?.what).toMatch(/did not leave\. Dropped \(/);
    const [rule] = await answers([], `iptables -A INPUT -p udp --dport 9 -j DROP\n${SOCKET}${send("x")}`);
    expect(rule?.decided?.why).toContain("chain=INPUT rule=1 text=-p udp --dport 9 -j DROP");
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
    for (const { decided, outcome } of all) {
      expect(outcome).toBe("refused");
      expect(decided?.why).not.toBe("");
      expect(decided?.fn).not.toBe("");
    }
  });
});
