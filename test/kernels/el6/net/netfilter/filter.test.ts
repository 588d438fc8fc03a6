// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from "vitest";
import { User } from "../../calls.ts";
import { dummy, network, run } from "../../network.ts";
import { frames, sendTo, udpSocket, visited } from "../../send.ts";

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
