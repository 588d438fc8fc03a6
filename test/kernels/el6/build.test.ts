// SPDX-License-Identifier: GPL-2.0-only
/** How the kernel was built: as RHEL 6 ships it, or with nothing inlined and HZ=100, as the oracle's was. */
import { expect, test } from "vitest";
import { El6 } from "../../../src/kernels/index.ts";
import type { Build, Machine } from "../../../src/kernels/release.ts";
import { parseConfig } from "../../../src/script/iproute2.ts";
import { SO_DONTROUTE, SO_RCVTIMEO, SOL_SOCKET } from "../../../src/uapi/socket.ts";
import { get32le } from "../../../src/wire/bytes.ts";
import { User } from "./calls.ts";

const BUILDS = ["stock", "outlined"] as const;
const RAW = 3;

function machine(build?: Build, ...lines: string[]): Machine {
  const m = El6.boot(build === undefined ? { seed: 0 } : { seed: 0, build });
  for (const line of ["ip link set lo up", ...lines]) {
    for (const change of parseConfig(line)) expect(m.configure(change)).toBe(0);
  }
  return m;
}

/** Milliseconds that go by until an ARP request leaves. */
function untilArp(m: Machine): number {
  let asked = false;
  m.tap((frame) => {
    asked ||= frame.protocol === 0x0806;
  });
  let ms = 0;
  while (!asked && ms < 100) {
    m.advance(1);
    ms++;
  }
  return ms;
}

const LAN = ["ip link add d0 type dummy", "ip link set d0 arp on up", "ip addr add 192.0.2.1/24 dev d0"];

test.each([
  [undefined, 1],
  ["stock", 1],
  ["outlined", 10],
] as const)("a tick of the build %s is %i ms", (build, ms) => {
  const m = machine(build, ...LAN);
  const u = new User(m);
  u.sendto(u.open(), "192.0.2.9:9", 1);
  const before = m.uptime();
  m.advance(1);
  expect(m.uptime() - before).toBe(ms);
});

test("an ARP request waits for the next tick", () => {
  const asked = BUILDS.map((build) => {
    const u = new User(machine(build, ...LAN));
    u.sendto(u.open(), "192.0.2.9:9", 1);
    return untilArp(u.m);
  });
  expect(asked[0]).toBe(1);
  expect(asked[1]).toBeGreaterThanOrEqual(1);
});

test.each([
  ["stock", 1000],
  ["outlined", 10_000],
] as const)("a time-out of %s is kept in ticks", (build, usec) => {
  const u = new User(machine(build));
  const fd = u.open();
  const value = new Uint8Array(16);
  value.set([1], 0);
  value.set([1], 8);
  expect(u.set(fd, SOL_SOCKET, SO_RCVTIMEO, value)).toBe(0);
  const got = u.m.syscall({ name: "getsockopt", fd, level: SOL_SOCKET, optname: SO_RCVTIMEO, optlen: 16 });
  expect(get32le(got.value as Uint8Array, 8)).toBe(usec);
});

test.each(BUILDS)("files of %s count in units of their own, whatever a tick is", (build) => {
  const m = machine(build, ...LAN, "sysctl net.ipv4.neigh.d0.retrans_time=50");
  const read = (name: string): string | undefined => m.proc(`/proc/sys/net/ipv4/neigh/d0/${name}`)?.trim();
  expect([read("retrans_time"), read("retrans_time_ms")]).toEqual(["50", "500"]);
  expect([read("locktime"), read("base_reachable_time"), read("base_reachable_time_ms")]).toEqual([
    "100",
    "30",
    "30000",
  ]);
});

/** What SO_DONTROUTE of a raw socket asks the routes for, and what it reads as. */
function dontroute(build: Build): { tos: unknown; value: number } {
  const m = machine(build, ...LAN);
  const u = new User(m);
  const fd = u.open(RAW, 253);
  expect(u.set(fd, SOL_SOCKET, SO_DONTROUTE, 1)).toBe(0);
  const rec = m.newRecorder();
  m.record(rec);
  expect(u.sendto(fd, "192.0.2.9:0", 1)).toBe(1);
  m.record(null);
  const asked = [...rec].find((ev) => ev.ev === "enter" && ev.fn === "__ip_route_output_key");
  const got = m.syscall({ name: "getsockopt", fd, level: SOL_SOCKET, optname: SO_DONTROUTE, optlen: 4 });
  const flp = asked?.ev === "enter" ? (asked.args["flp"] as { tos?: number }) : {};
  return { tos: flp?.tos, value: get32le(got.value as Uint8Array, 0) | 0 };
}

test("a flag of a socket that is read as a number is 1 where it is inlined, and -1 where it is not", () => {
  expect(dontroute("stock")).toEqual({ tos: 1, value: 1 });
  expect(dontroute("outlined")).toEqual({ tos: 255, value: -1 });
});
