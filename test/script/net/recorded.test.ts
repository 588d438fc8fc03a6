// SPDX-License-Identifier: GPL-2.0-only
/** Networks as `ip -j` prints them; the files of test/data/net/ were printed by iproute2 6.1 in a namespace of Linux 6.18. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineError } from "../../../src/script/error.ts";
import { parseNetwork } from "../../../src/script/net/parse.ts";

const DATA = fileURLToPath(new URL("../../data/net/", import.meta.url));
const read = (name: string): string => readFileSync(`${DATA}${name}`, "utf8");

const texts = (value: unknown, ...more: unknown[]): string[] =>
  parseNetwork([value, ...more].map((v) => JSON.stringify(v)).join("\n")).commands.map((c) => c.text);

const notes = (value: unknown): string[] => parseNetwork(JSON.stringify(value)).notes.map((n) => n.text);

function problem(text: string): string {
  try {
    parseNetwork(text);
  } catch (e) {
    if (e instanceof LineError) return e.at("f");
    throw e;
  }
  throw new Error(`accepted: ${text}`);
}

test.each(["namespace", "namespace-numeric", "addr-pretty", "routes-alone"])("%s.json", async (name) => {
  const network = parseNetwork(read(`${name}.json`));
  const said = network.notes.map((n) => `# ${n.place()?.line}:${n.place()?.column} ${n.text}\n`);
  const text = [...network.commands.map((c) => `${c.text}\n`), ...said].join("");
  await expect(text).toMatchFileSnapshot(`${DATA}${name}.net`);
});

test("names and numbers come to the same", () => {
  const changes = (name: string): unknown => parseNetwork(read(name)).commands.map((c) => c.changes);
  expect(changes("namespace-numeric.json")).toEqual(changes("namespace.json"));
});

const ETH0 = {
  ifname: "eth0",
  flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
  mtu: 1500,
  qdisc: "fq_codel",
  txqlen: 1000,
  link_type: "ether",
  address: "02:00:00:00:00:10",
};
const ADDR = { family: "inet", local: "192.0.2.10", prefixlen: 24, scope: "global", label: "eth0" };

describe("devices", () => {
  test("a card is a dummy that asks its neighbours", () => {
    expect(texts([ETH0])).toEqual([
      "ip link set lo up",
      "ip link add eth0 address 02:00:00:00:00:10 txqueuelen 1000 type dummy",
      "ip link set eth0 arp on multicast on",
      "ip link set eth0 up",
    ]);
  });

  test("a VLAN stands on its device, wherever that is listed", () => {
    const vlan = {
      ifname: "eth0.5",
      link: "eth0",
      flags: [],
      linkinfo: { info_kind: "vlan", info_data: { id: 5 } },
    };
    expect(texts([vlan, ETH0]).filter((t) => t.includes("link add"))).toEqual([
      "ip link add eth0 address 02:00:00:00:00:10 txqueuelen 1000 type dummy",
      "ip link add link eth0 name eth0.5 type vlan id 5",
    ]);
  });

  test("a tun that has a carrier has a program, too; without -d it is known by its lack of a header", () => {
    const flags = ["POINTOPOINT", "MULTICAST", "NOARP", "UP", "LOWER_UP"];
    const tun = { ifname: "tun0", flags, mtu: 1400, txqlen: 500, link_type: "none" };
    const kind = { linkinfo: { info_kind: "tun", info_data: { type: "tun" } } };
    const made = [
      "ip link set lo up",
      "ip link add tun0 type tun",
      "ip link set tun0 mtu 1400 txqueuelen 500",
      "ip link set tun0 up",
    ];
    expect(texts([tun])).toEqual(made);
    expect(texts([{ ...tun, ...kind }])).toEqual(made);
    const without = { ...tun, ...kind, flags: ["NO-CARRIER", ...flags.slice(0, 4)] };
    expect(texts([without])[1]).toBe("ip tuntap add dev tun0 mode tun");
    expect(notes([without])).toEqual([]);
    expect(texts([{ ...ETH0, ifname: "tap0", ...kind }]).slice(1, 3)).toEqual([
      "ip link add tap0 type tap",
      "ip link set tap0 address 02:00:00:00:00:10 txqueuelen 1000",
    ]);
  });

  test("one that only routes name is a dummy; a second list adds the addresses", () => {
    expect(notes([{ dst: "default", gateway: "192.0.2.1", dev: "wlan0", flags: [] }])).toEqual([
      "wlan0 is not described: assumed to be a dummy device that is up, without an address (ip addr prints them)",
    ]);
    expect(texts([ETH0], [{ ...ETH0, addr_info: [ADDR] }])).toContain("ip addr add 192.0.2.10/24 dev eth0");
  });

  test("lo without its address, lo down", () => {
    const lo = { ifname: "lo", flags: ["LOOPBACK", "UP"], addr_info: [] };
    expect(texts([lo])).toEqual(["ip link set lo up", "ip addr del 127.0.0.1/8 dev lo"]);
    expect(texts([{ ...lo, flags: ["LOOPBACK"] }])).toEqual(["ip link set lo down"]);
  });
});

describe("routes", () => {
  const own = {
    dst: "192.0.2.0/24",
    dev: "eth0",
    protocol: "kernel",
    scope: "link",
    prefsrc: "192.0.2.10",
    flags: [],
  };
  const host = [{ ...ETH0, addr_info: [ADDR] }];

  test("the kernel's own are not said again", () => {
    expect(texts(host, [own]).filter((t) => t.includes("route"))).toEqual([]);
  });

  test("those of a network manager take their place", () => {
    expect(texts(host, [{ ...own, metric: 600 }]).filter((t) => t.includes("route"))).toEqual([
      "ip route del 192.0.2.0/24 dev eth0 proto kernel scope link",
      "ip route append 192.0.2.0/24 dev eth0 src 192.0.2.10 metric 600 proto kernel",
    ]);
  });

  test("a table that only has a name gets a number", () => {
    const vpn = { dst: "default", dev: "eth0", table: "vpn", flags: [] };
    const rule = { priority: 9, src: "10.0.0.0", srclen: 8, table: "vpn" };
    expect(texts(host, [vpn], [rule])).toEqual(
      expect.arrayContaining([
        "ip route append default dev eth0 scope global table 10000",
        "ip rule add pref 9 from 10.0.0.0/8 lookup 10000",
      ]),
    );
    expect(texts(host, [vpn]).filter((t) => t.includes("route del"))).toEqual([]);
    expect(notes([vpn, rule])).toContain(
      "table vpn becomes table 10000: its id is in rt_tables, which is not available",
    );
  });
});

describe("rules", () => {
  const first = [
    { priority: 0, src: "all", table: "local" },
    { priority: 32766, src: "all", table: "main" },
    { priority: 32767, src: "all", table: "default" },
  ];
  test("those of a fresh machine are there", () => {
    expect(texts(first)).toEqual(["ip link set lo up"]);
  });
  test("and are deleted where they are missing", () => {
    expect(texts(first.slice(0, 2))).toContain("ip rule del pref 32767 from all lookup default");
    expect(notes(first.slice(1))).toEqual(["el6 cannot delete its first rule, 0: from all lookup local"]);
  });
});

test("neighbours whose address is not known are asked again", () => {
  const eth0 = [{ ...ETH0, addr_info: [ADDR] }];
  const entries = [
    { dst: "192.0.2.1", dev: "eth0", lladdr: "02:00:00:00:00:01", state: ["REACHABLE"] },
    { dst: "192.0.2.2", dev: "eth0", state: ["FAILED"] },
    { dst: "192.0.2.3", dev: "eth0", lladdr: "02:00:00:00:00:03", state: ["DELAY"] },
    { dst: "fe80::1", dev: "eth0", lladdr: "02:00:00:00:00:03", state: ["STALE"] },
  ];
  expect(texts(eth0, entries).filter((t) => t.includes("neigh"))).toEqual([
    "ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:01 nud reachable dev eth0",
    "ip neigh replace 192.0.2.3 lladdr 02:00:00:00:00:03 nud stale dev eth0",
  ]);
});

test.each([
  ["[", "f:1:2: the line ends, expected a value"],
  ['[{"ifname":"lo",}]', /^f:1:17: found "}", expected a name in "quotes"$/],
  ['[{"ifname":"lo"}]\n\n  x', 'f:3:3: found "x", expected a list as printed by ip -j, [{…}]'],
  ['[{"ifname":7}]', 'f:1:12: cannot read "ifname": 7, expected a device name of at most 15 characters'],
  ['[{"ifname":"a/b"}]', /^f:1:12: cannot read "ifname": "a\/b"/],
  ['[{"ifname":"a\\u001bb"}]', /^f:1:12: cannot read "ifname"/],
  ['[{"ifname":"eth0","mtu":-1}]', /^f:1:25: cannot read "mtu": -1, expected a number from 0/],
  ['[{"ifname":"eth0","flags":{}}]', 'f:1:27: cannot read "flags": {}, expected a list of words'],
  [
    '[{"ifname":"eth0",\n"addr_info":[{"family":"inet","local":"1.2.3"}]}]',
    /^f:2:39: cannot read "local": "1.2.3", expected an IPv4 address$/,
  ],
  [
    '[{"ifname":"eth0","addr_info":[{"family":"inet"}]}]',
    'f:1:32: "local" is missing, expected an IPv4 address',
  ],
  ['[{"dst":"10.0.0.0/33","flags":[]}]', /^f:1:9: cannot read "dst"/],
  ['[{"dst":"10.0.0.0/8","type":"odd"}]', /^f:1:29: cannot read "type": "odd", expected a type of route/],
  ['[{"priority":"x","src":"all"}]', /^f:1:14: /],
  ["[1]", "f:1:2: cannot read 1, expected an object"],
  ["[null]", "f:1:2: cannot read null, expected an object"],
  ['[{"a":1}]', /^f:1:2: cannot read {"a":1}, expected a link, address, route, rule or neighbour/],
  [`${"[".repeat(100_000)}`, /^f:1:33: nested too deeply, expected at most 32 levels$/],
  [`[{"ifname":"${"x".repeat(1_000_000)}"}]`, /^f:1:12: cannot read "ifname": "x{36}…, expected/],
])("%#: hostile input is one clear line", (text, expected) => {
  const got = problem(text);
  if (typeof expected === "string") expect(got).toBe(expected);
  else expect(got).toMatch(expected);
});

test("unknown fields, empty lists and empty objects are ignored", () => {
  expect(texts([], [{}], [{ ...ETH0, tomorrow: { a: [1] } }])).toHaveLength(4);
});

test("any JSON is a network or a LineError", () => {
  const names = [
    "ifname",
    "dst",
    "dev",
    "flags",
    "priority",
    "src",
    "table",
    "state",
    "addr_info",
    "nexthops",
    "linkinfo",
    "metrics",
    "gateway",
    "type",
    "link",
    "__proto__",
  ];
  const leaf = fc.oneof(
    fc.string(),
    fc.nat(),
    fc.constantFrom("lo", "eth0", "default", "all", "10.0.0.0/8", "local", "UP", null, []),
  );
  const entry = fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(leaf, fc.array(leaf), fc.array(fc.dictionary(fc.constantFrom(...names), leaf))),
  );
  fc.assert(
    fc.property(fc.array(entry), (value) => {
      const text = JSON.stringify(value);
      try {
        parseNetwork(text);
      } catch (e) {
        if (!(e instanceof LineError)) throw e;
        expect(e.line).toBe(1);
        expect(e.column).toBeLessThanOrEqual(text.length + 1);
      }
    }),
    { numRuns: 300 },
  );
});
