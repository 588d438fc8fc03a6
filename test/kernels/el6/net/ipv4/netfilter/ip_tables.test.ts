// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from "vitest";
import { User } from "../../../calls.ts";
import { dummy, network, run } from "../../../network.ts";
import { frames, sendTo, udpSocket, visited } from "../../../send.ts";

const SOCK_RAW = 3;

test("without the table no hook is asked", () => {
  const m = network([]);
  expect(visited(m, () => sendTo(m, udpSocket(m), "127.0.0.1:9")).fns).not.toContain("nf_hook_slow");
});

test("a rule of OUTPUT drops one destination: the sender is told", () => {
  const m = network([...dummy("d0", "192.0.2.1/24"), "nf output drop-dst 192.0.2.2"]);
  expect(sendTo(m, udpSocket(m), "192.0.2.2:9")).toBe("EPERM");
  expect(sendTo(m, udpSocket(m), "192.0.2.3:9")).toBe(1);
});

test("a policy of INPUT drops what comes in: the sender is not told", () => {
  const m = network(["nf input drop"]);
  const seen = frames(m);
  expect(sendTo(m, udpSocket(m), "127.0.0.1:9")).toBe(1);
  expect(seen.map((f) => f.type)).toEqual([4, 0]);
  expect(run(m, "nf input accept")).toBe("ok");
  expect(sendTo(m, udpSocket(m), "127.0.0.1:9")).toBe(1);
  expect(seen.length).toBe(6);
});

test("iptables: rules in their order, then the policy", () => {
  const m = network([...dummy("d0", "192.0.2.1/24")]);
  const to = (target: string): string | number => sendTo(m, udpSocket(m), target);
  run(m, "iptables -P OUTPUT DROP");
  expect(to("192.0.2.2:9")).toBe("EPERM");
  run(m, "iptables -A OUTPUT -d 192.0.2.0/24 -p udp --dport 53 -o d0 -j ACCEPT");
  expect(to("192.0.2.2:53")).toBe(1);
  expect(to("192.0.2.2:54")).toBe("EPERM");
  run(m, "iptables -I OUTPUT -s 192.0.2.1 -j DROP");
  expect(to("192.0.2.2:53")).toBe("EPERM");
  run(m, "iptables -D OUTPUT -s 192.0.2.1 -j DROP");
  expect(to("192.0.2.2:53")).toBe(1);
  expect(run(m, "iptables -D OUTPUT -s 192.0.2.1 -j DROP")).toBe("ENOENT");
  run(m, "iptables -P OUTPUT ACCEPT");
  run(m, "iptables -F");
  run(m, "iptables -A INPUT -i lo -j DROP");
  const seen = frames(m);
  expect(sendTo(m, udpSocket(m), "127.0.0.1:9")).toBe(1);
  expect(seen.map((f) => f.type)).toEqual([4, 0]);
});

test("iptables: a packet too short for ports is dropped by any rule that asks for one; fragments have none", () => {
  const m = network([...dummy("d0", "192.0.2.1/24"), "iptables -A OUTPUT -p udp --dport 53 -j ACCEPT"]);
  const user = new User(m);
  const udp = user.open(SOCK_RAW, 17);
  expect(user.sendto(udp, "192.0.2.2:0", 8)).toBe(8);
  expect(user.sendto(udp, "192.0.2.2:0", 7)).toBe("EPERM");
  expect(user.sendto(user.open(SOCK_RAW, 18), "192.0.2.2:0", 7)).toBe(7);
});

test("iptables: ports of TCP", () => {
  const m = network([...dummy("d0", "192.0.2.1/24"), "iptables -A OUTPUT -p tcp --dport 80 -j DROP"]);
  const user = new User(m);
  const tcp = user.open(SOCK_RAW, 6);
  const header = new Uint8Array(20);
  expect(user.sendto(tcp, "192.0.2.2:0", header)).toBe(20);
  header[3] = 80;
  expect(user.sendto(tcp, "192.0.2.2:0", header)).toBe("EPERM");
  expect(user.sendto(tcp, "192.0.2.2:0", 19)).toBe("EPERM");
});

/** Rules of OUTPUT, and where each datagram gets: a number of bytes, or the errno. */
function output(rules: readonly string[], ...targets: string[]): (string | number)[] {
  const m = network([...dummy("d0", "192.0.2.1/24"), ...rules.map((rule) => `iptables ${rule}`)]);
  return targets.map((target) => sendTo(m, udpSocket(m), target));
}

test.each<[string, string[], string[], (string | number)[]]>([
  [
    "a + stands for any rest of a name",
    ["-A OUTPUT -o d+ -j DROP"],
    ["192.0.2.2:9", "127.0.0.1:9"],
    ["EPERM", 1],
  ],
  [
    "a + alone for every device",
    ["-A OUTPUT -o + -j DROP"],
    ["192.0.2.2:9", "127.0.0.1:9"],
    ["EPERM", "EPERM"],
  ],
  [
    "! turns a match round",
    ["-A OUTPUT ! -d 192.0.2.2 -j DROP"],
    ["192.0.2.2:9", "192.0.2.3:9"],
    [1, "EPERM"],
  ],
  [
    "a mask with a hole",
    ["-A OUTPUT -d 192.0.2.2/255.0.0.255 -j DROP"],
    ["192.0.2.2:9", "192.0.2.3:9"],
    ["EPERM", 1],
  ],
  [
    "a range of ports",
    ["-A OUTPUT -p udp --dport 53:60 -j DROP"],
    ["192.0.2.2:52", "192.0.2.2:60"],
    [1, "EPERM"],
  ],
  [
    "not these ports",
    ["-A OUTPUT -p udp ! --dport 53 -j DROP"],
    ["192.0.2.2:53", "192.0.2.2:54"],
    [1, "EPERM"],
  ],
  [
    "multiport",
    ["-A OUTPUT -p udp -m multiport --dports 7,53:55 -j DROP"],
    ["192.0.2.2:7", "192.0.2.2:8"],
    ["EPERM", 1],
  ],
  ["length", ["-A OUTPUT -m length --length 29 -j DROP"], ["192.0.2.2:9"], ["EPERM"]],
  ["ttl", ["-A OUTPUT -m ttl --ttl-gt 63 -j DROP"], ["192.0.2.2:9"], ["EPERM"]],
  [
    "iprange",
    ["-A OUTPUT -m iprange --dst-range 192.0.2.2-192.0.2.9 -j DROP"],
    ["192.0.2.9:9", "192.0.2.10:9"],
    ["EPERM", 1],
  ],
  ["! -f is what has a header", ["-A OUTPUT ! -f -j DROP"], ["192.0.2.2:9"], ["EPERM"]],
  [
    "a chain that decides",
    ["-N A", "-A A -j DROP", "-A OUTPUT -d 192.0.2.2 -j A"],
    ["192.0.2.2:9", "192.0.2.3:9"],
    ["EPERM", 1],
  ],
  [
    "a chain that comes back",
    ["-N A", "-A A -j RETURN", "-A OUTPUT -j A", "-A OUTPUT -j DROP"],
    ["192.0.2.2:9"],
    ["EPERM"],
  ],
  [
    "a chain that is gone to ends the first",
    ["-N A", "-A OUTPUT -g A", "-A OUTPUT -j DROP"],
    ["192.0.2.2:9"],
    [1],
  ],
  [
    "RETURN in OUTPUT is its policy",
    ["-P OUTPUT DROP", "-A OUTPUT -j RETURN", "-A OUTPUT -j ACCEPT"],
    ["192.0.2.2:9"],
    ["EPERM"],
  ],
  ["LOG goes on", ["-A OUTPUT -j LOG", "-A OUTPUT -j DROP"], ["192.0.2.2:9"], ["EPERM"]],
  [
    "a rule by its number",
    ["-A OUTPUT -j ACCEPT", "-A OUTPUT -j DROP", "-D OUTPUT 1"],
    ["192.0.2.2:9"],
    ["EPERM"],
  ],
  ["a rule in another's place", ["-A OUTPUT -j DROP", "-R OUTPUT 1 -j ACCEPT"], ["192.0.2.2:9"], [1]],
  [
    "a rule before another",
    ["-A OUTPUT -j ACCEPT", "-A OUTPUT -j LOG", "-I OUTPUT 1 -j DROP"],
    ["192.0.2.2:9"],
    ["EPERM"],
  ],
])("iptables: %s", (_name, rules, targets, expected) => {
  expect(output(rules, ...targets)).toEqual(expected);
});

test("iptables: what the kernel refuses of a table", () => {
  const m = network(["iptables -N A", "iptables -N B", "iptables -A A -j B", "iptables -A OUTPUT -j A"]);
  expect(run(m, "iptables -N A")).toBe("EEXIST");
  expect(run(m, "iptables -A B -j A")).toBe("ELOOP");
  expect(run(m, "iptables -A OUTPUT -j nosuch")).toBe("ENOENT");
  expect(run(m, "iptables -X A")).toBe("EMLINK");
  expect(run(m, "iptables -F OUTPUT")).toBe("ok");
  expect(run(m, "iptables -X A")).toBe("ENOTEMPTY");
  expect(run(m, "iptables -F A")).toBe("ok");
  expect(run(m, "iptables -X")).toBe("ok");
  expect(run(m, "iptables -P A DROP")).toBe("ENOENT");
  expect(run(m, "iptables -D OUTPUT 1")).toBe("E2BIG");
});

test("iptables: REJECT drops, and the sender gets the ICMP error", () => {
  const m = network([
    ...dummy("d0", "192.0.2.1/24"),
    "iptables -A OUTPUT -d 192.0.2.2 -j REJECT --reject-with icmp-host-prohibited",
  ]);
  const seen = visited(m, () => expect(sendTo(m, udpSocket(m), "192.0.2.2:9")).toBe("EPERM"));
  expect(seen.fns).toContain("icmp_send");
  expect(m.counters().get("Icmp.OutDestUnreachs")).toBe(1);
  expect(m.counters().get("Icmp.InDestUnreachs")).toBe(1);
});

test("flush takes away what fits", () => {
  const m = network([
    ...dummy("d0", "192.0.2.1/24"),
    "ip addr add 192.0.2.9/24 dev d0",
    "ip addr add 10.0.0.1/8 dev d0 label d0:1",
    "ip route add 10.9.0.0/16 via 192.0.2.7 proto bird",
    "ip route add default via 192.0.2.7",
    "ip rule add from 192.0.2.1 table 100",
    "ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 nud stale dev d0",
    "ip neigh add 192.0.2.8 lladdr 02:00:00:00:00:08 dev d0",
  ]);
  expect(run(m, "ip route flush proto bird")).toBe("ok");
  expect(m.dump("fib").filter((line) => /10\.9|default|0\.0\.0\.0\/0/.test(line))).toHaveLength(1);
  expect(run(m, "ip addr flush dev d0 label d0:*")).toBe("ok");
  expect(m.links()[1]?.addresses.map((a) => a.local >>> 24)).toEqual([192, 192]);
  expect(run(m, "ip neigh flush dev d0")).toBe("ok");
  expect(m.dump("neigh").filter((line) => line.includes("permanent"))).toHaveLength(1);
  expect(run(m, "ip rule flush")).toBe("ok");
  expect(m.dump("rules")).toHaveLength(1);
  expect(run(m, "ip addr flush dev d0")).toBe("ok");
  expect(m.links()[1]?.addresses).toEqual([]);
  expect(run(m, "ip addr flush dev nosuch")).toBe("ENODEV");
});
