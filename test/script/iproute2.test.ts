// SPDX-License-Identifier: GPL-2.0-only
/** Lines of ip, tc, sysctl and nf. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ScriptError } from "../../src/script/error.ts";
import { isConfig, parseConfig } from "../../src/script/iproute2.ts";

const one = (line: string): unknown => {
  const all = parseConfig(line);
  expect(all).toHaveLength(1);
  return all[0];
};
const error = (line: string): ScriptError => {
  try {
    parseConfig(line);
  } catch (e) {
    if (e instanceof ScriptError) return e;
    throw e;
  }
  throw new Error(`accepted: ${line}`);
};

describe("ip link", () => {
  test("adds devices", () => {
    expect(
      one("ip link add v0 address 02:00:00:00:00:01 mtu 1400 type veth peer name v1 address 2:0:0:0:0:2"),
    ).toEqual({
      kind: "link-add",
      name: "v0",
      address: Uint8Array.of(2, 0, 0, 0, 0, 1),
      mtu: 1400,
      type: "veth",
      peer: { name: "v1", address: Uint8Array.of(2, 0, 0, 0, 0, 2) },
    });
    expect(one("ip link add link dummy0 name dummy0.5 type vlan id 5")).toEqual({
      kind: "link-add",
      link: "dummy0",
      name: "dummy0.5",
      type: "vlan",
      id: 5,
    });
  });

  test("changes several things in one request", () => {
    expect(one("ip link set lo mtu 1500 up")).toEqual({ kind: "link-set", dev: "lo", mtu: 1500, up: true });
    expect(one("ip l set dev d0 arp off multicast on")).toEqual({
      kind: "link-set",
      dev: "d0",
      arp: false,
      multicast: true,
    });
  });

  test("deletes", () => {
    expect(one("ip link del dummy0")).toEqual({ kind: "link-del", dev: "dummy0" });
    expect(one("ip link delete dev dummy0")).toEqual({ kind: "link-del", dev: "dummy0" });
  });
});

describe("ip addr", () => {
  test("adds", () => {
    expect(one("ip addr add 192.0.2.10/24 brd + dev dummy0")).toEqual({
      kind: "addr-add",
      local: 0xc000020a,
      prefixlen: 24,
      broadcast: "+",
      dev: "dummy0",
    });
  });
  test("127.0.0.0/8 is for this host", () => {
    expect(one("ip a a 127.0.0.2/8 dev lo")).toMatchObject({ scope: 254 });
    expect(one("ip a del 127.0.0.2/8 dev lo")).not.toHaveProperty("scope");
  });
  test("the peer's length is the prefix's", () => {
    expect(one("ip addr add 10.0.0.1 peer 10.0.0.2/30 dev d0")).toMatchObject({
      peer: 0x0a000002,
      prefixlen: 30,
    });
  });
});

describe("ip route", () => {
  test("has iproute2's defaults", () => {
    expect(one("ip route add 10.0.0.0/8 dev d0")).toEqual({
      kind: "route",
      op: "add",
      type: 1,
      dst: 0x0a000000,
      prefixlen: 8,
      dev: "d0",
      scope: 253,
      table: 254,
      proto: 3,
    });
    expect(one("ip r add default via 10.0.0.1")).toMatchObject({
      dst: 0,
      prefixlen: 0,
      scope: 0,
      via: 0x0a000001,
    });
    expect(one("ip r add local 10.9.0.0/16 dev lo")).toMatchObject({ type: 2, scope: 254, table: 255 });
    expect(one("ip r add broadcast 10.9.0.0 dev lo")).toMatchObject({ type: 3, scope: 253, table: 255 });
    expect(one("ip r add blackhole 10.9.0.0/16")).toMatchObject({ type: 6, scope: 0, table: 254 });
    const del = one("ip r del 10.0.0.0/8");
    expect(del).toMatchObject({ scope: 255 });
    expect(del).not.toHaveProperty("type");
    expect(del).not.toHaveProperty("proto");
  });
  test("metrics and next hops", () => {
    expect(
      one("ip route replace 10.0.0.0/8 dev d0 mtu lock 1400 hoplimit 9 tos 0x10 table 1000 metric 5"),
    ).toMatchObject({
      metrics: [
        { rtax: 2, value: 1400, lock: true },
        { rtax: 10, value: 9, lock: false },
      ],
      tos: 16,
      table: 1000,
      metric: 5,
    });
    expect(
      one("ip route add 10.0.0.0/8 nexthop via 192.0.2.1 dev d0 weight 2 nexthop via 192.0.2.2 onlink"),
    ).toMatchObject({
      nexthops: [
        { via: 0xc0000201, dev: "d0", weight: 2 },
        { via: 0xc0000202, onlink: true },
      ],
      scope: 0,
    });
  });
});

describe("the others", () => {
  test("ip rule", () => {
    expect(one("ip rule add pref 100 not from 10.0.0.0/8 fwmark 0x10/0xf0 iif lo lookup local")).toEqual({
      kind: "rule-add",
      pref: 100,
      not: true,
      from: { addr: 0x0a000000, len: 8 },
      fwmark: 16,
      fwmask: 0xf0,
      iif: "lo",
      action: "lookup",
      target: 255,
    });
    expect(one("ip rule add goto 200")).toMatchObject({ action: "goto", target: 200 });
    expect(one("ip ru del pref 100")).toEqual({ kind: "rule-del", pref: 100, action: "none" });
  });
  test("ip neigh", () => {
    expect(one("ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 nud stale dev v0")).toMatchObject({
      nud: 4,
      op: "add",
    });
    expect(one("ip n chg 10.0.0.2 dev v0")).toMatchObject({ nud: 128, op: "change" });
  });
  test("tc qdisc", () => {
    expect(one("tc qdisc add dev lo root tbf rate 800kbit burst 2kb limit 3000")).toEqual({
      kind: "qdisc",
      op: "add",
      dev: "lo",
      type: "tbf",
      rate: 100_000,
      burst: 2048,
      limit: 3000,
    });
  });
  test("iptables", () => {
    expect(one("iptables -A OUTPUT -d 10.0.0.1 -p udp --dport 53 -j DROP")).toEqual({
      kind: "filter",
      op: "append",
      chain: "OUTPUT",
      match: { dst: { addr: 0x0a000001, mask: 0xffffffff }, protocol: 17, dport: { from: 53, to: 53 } },
      target: { kind: "drop" },
      text: "-d 10.0.0.1 -p udp --dport 53 -j DROP",
    });
    expect(one("iptables -t filter -I INPUT 1 -s 10.0.0.0/8 -i v0 -j ACCEPT")).toMatchObject({
      op: "insert",
      at: 1,
      match: { src: { addr: 0x0a000000, mask: 0xff000000 }, iif: "v0" },
      target: { kind: "accept" },
      text: "-s 10.0.0.0/8 -i v0 -j ACCEPT",
    });
    expect(one("iptables -P FORWARD DROP")).toEqual({
      kind: "filter",
      op: "policy",
      chain: "FORWARD",
      verdict: "drop",
    });
    expect(one("iptables -F")).toEqual({ kind: "filter", op: "flush" });
  });
  test("sysctl, nf, xfrm", () => {
    const range = { kind: "sysctl", key: "net.ipv4.ip_local_port_range", value: "40000 40001" };
    expect(one("sysctl net.ipv4.ip_local_port_range=40000,40001")).toEqual(range);
    expect(one('sysctl -w "net/ipv4/ip_local_port_range=40000 40001"')).toEqual(range);
    expect(one("nf output drop-dst 10.0.0.1")).toEqual({
      kind: "nf",
      chain: "output",
      verdict: "drop",
      dst: 0x0a000001,
    });
    expect(one("ip xfrm policy add dir out dst 10.0.0.0/8 action allow tmpl-esp 10.0.0.1")).toEqual({
      kind: "xfrm-policy",
      dst: { addr: 0x0a000000, len: 8 },
      action: "allow",
      tmplEsp: 0x0a000001,
    });
  });
});

describe("errors", () => {
  test.each([
    ["ip lnk set lo up", 4, "link"],
    ["ip route add 10.0.0.0/24 vai 1.2.3.4", 26, "via"],
    ["ip rule add form 10.0.0.1", 13, "from"],
    ["tc qdsc add dev lo root pfifo", 4, "qdisc"],
    ["ip link set lo upp", 16, "up"],
    ["nf outptu drop", 4, "output"],
    ["iptables -A OUTPTU -j DROP", 13, "OUTPUT"],
    ["iptables -A OUTPUT -j DORP", 23, "DROP"],
    ["sysclt a=b", 1, "sysctl"],
  ])("%s", (line, column, nearest) => {
    expect(error(line)).toMatchObject({ column, nearest });
    expect(error(line).message).toContain(`did you mean "${nearest}"?`);
  });
  test.each([
    ["ip addr add 10.0.0.1/24 dev", 28, "a device"],
    ["ip addr add 10.0.0.1/33 dev lo", 13, "an address with a prefix length such as 192.0.2.0/24"],
    ["ip link set lo mtu x", 20, "an MTU (0 to 4294967295)"],
    ['sysctl "a=b', 8, 'a closing `"`'],
    ["", 1, "ip, tc, sysctl, iptables or nf"],
    ["iptables -A OUTPUT -d 10.0.0.1", 31, "-j ACCEPT or -j DROP"],
  ])("%s: what was expected", (line, column, expected) => {
    expect(error(line)).toMatchObject({ column, expected });
  });

  test("realms: one, or two as FROM/TO", () => {
    const realm = (line: string): unknown => (parseConfig(line)[0] as { realm?: number }).realm;
    expect(realm("ip rule add from 10.0.0.0/8 realms 3/4 lookup main")).toBe(0x30004);
    expect(realm("ip route add 10.0.0.0/8 dev lo realm 5")).toBe(5);
    expect(error("ip rule add realms 70000/1 lookup main")).toMatchObject({ expected: "realms up to 65535" });
  });

  test("nothing but ScriptError is ever thrown", () => {
    const vocabulary = fc.constantFrom(
      ..."ip tc sysctl nf link addr route rule neigh xfrm policy add del set replace dev lo up mtu via nexthop weight".split(
        " ",
      ),
      ..."from to pref goto lookup table scope tos realm qdisc root tbf rate burst limit 10.0.0.1/24 default 5 0x1f".split(
        " ",
      ),
      ..."type veth peer name address 02:00:00:00:00:01 nud stale a=b drop-dst dir out action block __proto__ constructor".split(
        " ",
      ),
    );
    const line = fc.oneof(
      fc.string(),
      fc.array(fc.oneof(vocabulary, fc.string()), { maxLength: 12 }).map((w) => w.join(" ")),
    );
    fc.assert(
      fc.property(line, (text) => {
        try {
          expect(parseConfig(text).length).toBeGreaterThan(0);
        } catch (e) {
          expect(e).toBeInstanceOf(ScriptError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("isConfig knows its programs", () => {
    expect(["ip a", "tc x", "sysctl", " nf input drop"].every(isConfig)).toBe(true);
    expect(["ipx", "sendto a", "", "sysctl0 a=b"].some(isConfig)).toBe(false);
  });
});
