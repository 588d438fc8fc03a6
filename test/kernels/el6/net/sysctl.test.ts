// SPDX-License-Identifier: GPL-2.0-only
/** Settings: what each file holds, what it refuses, what writing it does besides. */
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../../src/kernels/release.ts";
import { dummy, network, run } from "../network.ts";
import { sendTo, udpSocket } from "../send.ts";

const NET = dummy("d0", "192.0.2.10/24");
const read = (m: Machine, key: string): string | undefined => m.proc(`/proc/sys/${key.replaceAll(".", "/")}`);

test.each([
  ["net.core.wmem_max", "124928"],
  ["net.core.optmem_max", "20480"],
  ["net.ipv4.ip_default_ttl", "64"],
  ["net.ipv4.ip_forward", "0"],
  ["net.ipv4.icmp_ratelimit", "1000"],
  ["net.ipv4.icmp_ratemask", "6168"],
  ["net.ipv4.ipfrag_high_thresh", "4194304"],
  ["net.ipv4.ipfrag_time", "30"],
  ["net.ipv4.ip_local_reserved_ports", ""],
  ["net.ipv4.route.mtu_expires", "600"],
  ["net.ipv4.route.gc_min_interval_ms", "500"],
  ["net.ipv4.route.min_pmtu", "552"],
  ["net.ipv4.conf.d0.rp_filter", "0"],
  ["net.ipv4.conf.default.accept_source_route", "1"],
  ["net.ipv4.neigh.d0.unres_qlen", "3"],
  ["net.ipv4.neigh.d0.retrans_time_ms", "1000"],
  ["net.ipv4.neigh.default.gc_thresh3", "1024"],
])("%s is %s", (key, value) => {
  expect(read(network(NET), key)).toBe(`${value}\n`);
});

describe("writing", () => {
  test.each([
    ["net.core.wmem_default=5000", "ok", "5000"],
    ["net.core.wmem_default=0x1000", "ok", "4096"],
    ["net.core.wmem_default=010", "ok", "8"],
    ["net.core.wmem_default=5000x", "EINVAL", "124928"],
    ["net.core.wmem_default=", "EINVAL", "124928"],
    ["net.ipv4.ip_local_port_range=40000,40001", "ok", "40000\t40001"],
    ["net.ipv4.ip_local_port_range=0,40001", "EINVAL", "32768\t60999"],
    ["net.ipv4.ip_local_port_range=40001,40000", "EINVAL", "32768\t60999"],
    ["net.ipv4.ip_local_reserved_ports=1010-1012", "ok", "1010-1012"],
    ["net.ipv4.ip_local_reserved_ports=70000", "EINVAL", ""],
    ["net.ipv4.udp_wmem_min=-1", "EINVAL", "4096"],
    ["net.ipv4.rt_cache_rebuild_count=-1", "ok", "-1"],
    ["net.ipv4.icmp_ratelimit=15", "ok", "15"],
    ["net.ipv4.route.gc_timeout=7", "ok", "7"],
    ["net.ipv4.neigh.d0.unres_qlen=0", "ok", "0"],
    ["net.ipv4.neigh.d0.unres_qlen=-1", "EINVAL", "3"],
    ["net.ipv4.neigh.d0.retrans_time_ms=15", "ok", "15"],
    ["net.ipv4.neigh.d0.retrans_time=15", "ok", "15"],
    ["net.ipv4.conf.d0.mc_forwarding=1", "EACCES", "0"],
  ])("%s: %s, then %s", (line, answer, value) => {
    const m = network(NET);
    expect(run(m, `sysctl ${line}`)).toBe(answer);
    expect(read(m, line.split("=")[0] as string)).toBe(`${value}\n`);
  });
  test.each([
    ["net.ipv4.conf.nosuch.forwarding=1"],
    ["net.ipv4.conf.d0.nosuch=1"],
    ["net.ipv4.neigh.nosuch.unres_qlen=1"],
    ["net.ipv4.nosuch=1"],
  ])("%s: ENOENT", (line) => {
    expect(run(network(NET), `sysctl ${line}`)).toBe("ENOENT");
  });
});

describe("what else happens", () => {
  test("default reaches devices that have neither an address nor a value of their own", () => {
    const m = network([...NET, "ip link add d1 type dummy", "ip link add d2 type dummy"]);
    run(m, "sysctl net.ipv4.conf.d2.rp_filter=2");
    run(m, "sysctl net.ipv4.conf.default.rp_filter=1");
    const of = (dev: string): string | undefined => read(m, `net.ipv4.conf.${dev}.rp_filter`);
    expect(["d0", "d1", "d2", "all"].map(of)).toEqual(["0\n", "1\n", "2\n", "0\n"]);
  });
  test("ip_forward is forwarding of all, default and every device", () => {
    const m = network(NET);
    run(m, "sysctl net.ipv4.ip_forward=1");
    for (const dev of ["all", "default", "lo", "d0"]) {
      expect(read(m, `net.ipv4.conf.${dev}.forwarding`)).toBe("1\n");
    }
    expect(m.proc("snmp")).toMatch(/^Ip: 1 64 /m);
  });
  test("route.flush empties the cache; so does a change of forwarding", () => {
    const m = network(NET);
    const fd = udpSocket(m);
    for (const line of ["net.ipv4.route.flush=1", "net.ipv4.conf.d0.forwarding=1"]) {
      sendTo(m, fd, "192.0.2.20:9");
      expect(m.dump("rtcache").length).toBe(1);
      run(m, `sysctl ${line}`);
      expect(m.dump("rtcache")).toEqual([]);
    }
  });
});
