// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace host` and --host: a host that answers from memory, one without iproute2, and this one. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { type MemoryOptions, memoryIo } from "../../src/cli/memory-io.ts";
import { processIo } from "../../src/cli/process-io.ts";
import { parseNetwork } from "../../src/script/net/parse.ts";

const ETH0 = {
  ifindex: 2,
  ifname: "eth0",
  flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
  mtu: 1400,
  qdisc: "mq",
  txqlen: 1000,
  link_type: "ether",
  address: "02:00:00:00:00:10",
};
const LO = { ifindex: 1, ifname: "lo", flags: ["LOOPBACK", "UP"], mtu: 65536, link_type: "loopback" };
const ADDR = { family: "inet", local: "192.0.2.10", prefixlen: 24, scope: "global", label: "eth0" };
const LOCAL = { family: "inet", local: "127.0.0.1", prefixlen: 8, scope: "host", label: "lo" };
const WG0 = {
  ifindex: 3,
  ifname: "wg0",
  flags: ["POINTOPOINT", "NOARP", "UP"],
  mtu: 1420,
  linkinfo: { info_kind: "wireguard" },
};

const PROGRAMS = {
  "ip -V": "ip utility, iproute2-6.1.0",
  "ip -4 -j -d addr": JSON.stringify([
    { ...LO, addr_info: [LOCAL] },
    { ...ETH0, addr_info: [ADDR] },
  ]),
  "ip -j -d link": JSON.stringify([LO, ETH0, WG0]),
  "ip -4 -N -j route show table all": JSON.stringify([
    { dst: "default", gateway: "192.0.2.1", dev: "eth0", protocol: "16", metric: 100, flags: [] },
    { dst: "192.0.2.0/24", dev: "eth0", protocol: "2", scope: "253", prefsrc: "192.0.2.10", flags: [] },
    { dst: "10.0.0.0/8", gateway: "172.16.0.9", dev: "eth0", table: "9", flags: [] },
  ]),
  "ip -4 -N -j rule": "[]",
  "ip -4 -j neigh": JSON.stringify([
    { dst: "192.0.2.1", dev: "eth0", lladdr: "02:00:00:00:00:01", state: ["REACHABLE"] },
  ]),
};
const FILES = {
  "/proc/sys/net/ipv4/ip_default_ttl": "64\n",
  "/proc/sys/net/ipv4/ip_local_port_range": "1024\t65000\n",
  "/proc/sys/net/ipv4/ip_forward": "1\n",
  "/proc/sys/net/ipv4/conf/eth0/forwarding": "1\n",
  "/proc/sys/net/ipv4/conf/eth0/rp_filter": "2\n",
  "/proc/sys/net/ipv4/conf/wg0/forwarding": "0\n",
};

async function run(args: readonly string[], options: MemoryOptions) {
  const io = memoryIo(options);
  const status = await main(args, io);
  return { status, out: io.out, err: io.err };
}

test("writes what ip and /proc/sys say; what cannot be is a comment", async () => {
  const { status, out, err } = await run(["host"], { programs: PROGRAMS, files: FILES });
  expect([status, err]).toEqual([0, ""]);
  expect(out.split("\n")).toEqual([
    "# The network of this host, as nettrace host found it: nettrace sendto --net FILE …",
    "# wg0 is of type wireguard: replaced by a dummy device of the same name",
    "ip link set lo mtu 65536",
    "ip link add eth0 address 02:00:00:00:00:10 mtu 1400 txqueuelen 1000 type dummy",
    "ip link set eth0 arp on multicast on",
    "ip link add wg0 mtu 1420 type dummy",
    "ip link set lo up",
    "ip link set eth0 up",
    "ip link set wg0 up",
    "ip addr add 192.0.2.10/24 dev eth0",
    "ip route append default via 192.0.2.1 dev eth0 metric 100",
    "# el6 refuses this, ENETUNREACH (Network is unreachable): ip route append 10.0.0.0/8 via 172.16.0.9 dev eth0 table 9",
    "ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:01 nud reachable dev eth0",
    'sysctl net.ipv4.ip_local_port_range="1024 65000"',
    "sysctl net.ipv4.ip_forward=1",
    "sysctl net.ipv4.conf.eth0.rp_filter=2",
    "sysctl net.ipv4.conf.wg0.forwarding=0",
    "",
  ]);
  expect(() => parseNetwork(out)).not.toThrow();
});

test("--host: a datagram on it, what is missing said on standard error", async () => {
  const args = ["sendto", "--host", "8.8.8.8", "53", "hi"];
  const { status, out, err } = await run(args, { programs: PROGRAMS, files: FILES });
  expect(status).toBe(0);
  expect(out).toContain("· this host: lo 127.0.0.1/8, eth0 192.0.2.10/24, wg0 ·");
  expect(out).toContain("frame leaves by eth0");
  expect(err.split("\n")[0]).toBe(
    "nettrace: this host: wg0 is of type wireguard: replaced by a dummy device of the same name",
  );
});

test.each([["host"], ["sendto", "--host", "8.8.8.8", "53"]])("without iproute2: %s", async (...args) => {
  expect(await run(args, {})).toEqual({
    status: 2,
    out: "",
    err: "nettrace: cannot find the program ip, which reads this host's network: on Linux, install the package iproute2 (or iproute)\n",
  });
});

test("an ip that does not print JSON", async () => {
  const programs = { "ip -V": "BusyBox v1.36", "ip -4 -j -d addr": "1: lo: <LOOPBACK,UP>" };
  const { status, err } = await run(["host"], { programs });
  expect(status).toBe(2);
  expect(err).toBe(
    "nettrace: ip -4 -j -d addr: not JSON; expected iproute2 4.18 or newer, which prints JSON\n",
  );
});

test("this very host", async (ctx) => {
  if (spawnSync("ip", ["-V"]).status !== 0) ctx.skip("no iproute2 on this machine");
  const io = memoryIo();
  const { runProgram, readFile } = processIo();
  expect(await main(["host"], { ...io, stdout: io.stdout, runProgram, readFile })).toBe(0);
  const again = await run(["sendto", "--net", "host.net", "127.0.0.1", "9", "x"], {
    files: { "host.net": io.out },
  });
  expect(again.err).toBe("");
  expect(again.status).toBe(0);
});
