// SPDX-License-Identifier: GPL-2.0-only
/**
 * What programs print, as it is pasted. The files of test/data/net/pasted/ were printed by iproute2 6.1, net-tools 2.10, iptables 1.8.9
 * and busybox 1.35 in a namespace; old-*.txt have the forms of el6's iproute2 2.6.32 and net-tools 1.60; as-*.txt are texts as people
 * paste them, from terminals, mails, forums and files.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { RELEASES } from "../../../src/kernels/index.ts";
import { LineError } from "../../../src/script/error.ts";
import type { Network } from "../../../src/script/net/network.ts";
import { parseNetwork } from "../../../src/script/net/parse.ts";

const DATA = fileURLToPath(new URL("../../data/net/pasted/", import.meta.url));
const read = (name: string): string => readFileSync(`${DATA}${name}`, "utf8");
const files = readdirSync(DATA).filter((name) => /\.(?:txt|json)$/.test(name));

/** The network as a file, its notes, and what el6 refuses of it. */
function shown(network: Network): string {
  const machine = RELEASES.el6.boot({ seed: 0 });
  const lines = network.commands.map((command) => {
    const refused = command.changes.some((change) => machine.configure(change) < 0);
    return `${command.text}${refused ? "  # refused" : ""}\n`;
  });
  const notes = network.notes.map((n) => `# ${n.place()?.line}:${n.place()?.column} ${n.text}\n`);
  return [...lines, ...notes].join("");
}

test.each(files)("%s", async (name) => {
  await expect(shown(parseNetwork(read(name)))).toMatchFileSnapshot(`${DATA}${name}.net`);
});

test.each(files)("%s: its commands are read as the same network", (name) => {
  const { commands } = parseNetwork(read(name));
  const again = parseNetwork(commands.map((c) => `${c.text}\n`).join("")).commands;
  expect(again.map((c) => c.changes)).toEqual(commands.map((c) => c.changes));
});

const REFUSED: Readonly<Record<string, string>> = {
  cisco: "1:1: this is a router's configuration",
  "freebsd-arp": "1:1: this is output of arp on another system",
  firewalld: "1:1: this is output of firewall-cmd",
  frr: "1:1: this is a router's routing table",
  "iptables-L": "2:1: this is output of iptables -L",
  keyfile: "1:1: this is a NetworkManager or systemd-networkd file",
  macos: "2:1: this is output of ifconfig on a BSD or on macOS",
  mikrotik: "2:1: this is output of a MikroTik",
  netplan: "2:1: this is a netplan file",
  networkd: "1:1: this is a NetworkManager or systemd-networkd file",
  nft: "1:1: this is output of nft",
  nmcli: "2:1: this is output of nmcli",
  "proc-net-route": "1:1: this is /proc/net/route",
  ufw: "1:1: this is output of ufw",
  uci: "1:1: this is a UCI file",
  windows: "3:1: this is output of a Windows tool",
};

test.each(readdirSync(`${DATA}refused`))("refused/%s is refused by its name", (name) => {
  const message = REFUSED[name.replace(/\.txt$/, "")] as string;
  expect(() => parseNetwork(read(`refused/${name}`))).toThrow(LineError);
  try {
    parseNetwork(read(`refused/${name}`));
  } catch (e) {
    expect((e as LineError).at("f")).toContain(`f:${message}, expected output of `);
  }
});

/** Commands but those that make the devices. */
const texts = (text: string): string[] => parseNetwork(text).commands.map((c) => c.text);
const notes = (text: string): string[] => parseNetwork(text).notes.map((n) => n.text);

test("text and JSON of the same namespace come to the same routes", () => {
  const routes = (name: string): string[] =>
    texts(read(name))
      .filter((t) => t.startsWith("ip route"))
      // JSON does not say what is locked.
      .map((t) => t.replace(" lock ", " "))
      .sort();
  expect(routes("ip-route-show-table-all.txt")).toEqual(routes("ip-j-N-route-show-table-all.json"));
  expect(routes("ip-N-route-show-table-all.txt")).toEqual(routes("ip-route-show-table-all.txt"));
});

test("variants: CRLF, a byte order mark, quoted by mail, fenced, with a prompt, indented no further", () => {
  const plain = texts(read("ip-addr.txt"));
  const text = read("ip-addr.txt");
  for (const variant of [
    text.replaceAll("\n", "\r\n"),
    `\ufeff${text}`,
    text.replace(/^/gm, "> "),
    `Here it is:\n\`\`\`\n${text}\`\`\`\n`,
    `$ ip addr\n${text}`,
    `root@h:~# /sbin/ip -4 addr show\n${text}`,
    text.trimEnd(),
  ]) {
    expect(texts(variant)).toEqual(plain);
  }
});

describe("what is told apart", () => {
  test("a typed command that is in what was printed after it", () => {
    expect(notes(read("thread.txt"))).toContain(
      "the effect of this command is part of the output after it: left out",
    );
  });

  test("a blackhole of a nexthop object stays one", () => {
    const text = "default via 192.0.2.1 dev eth0\nblackhole 203.0.113.0/24 nhid 3 dev lo proto zebra\n";
    expect(texts(text)).toContain("ip route append blackhole 203.0.113.0/24");
    expect(notes(`${text}198.51.100.0/24 nhid 4 proto zebra\n`)).toContain(
      "route to 198.51.100.0/24 left out: its next hop is not printed",
    );
  });

  test("a root prompt before a question, and the table that it asks for", () => {
    expect(texts("# ip route show table 100\ndefault via 192.0.2.99 dev eth0\n")).toContain(
      "ip route append default via 192.0.2.99 dev eth0 table 100",
    );
  });

  test("JSON after a prompt", () => {
    const json = read("ip-j-br-addr.json");
    expect(texts(`$ ip -j -br addr\n${json}\n$ ip route\ndefault via 192.0.2.1 dev eth0\n`)).toContain(
      "ip route append default via 192.0.2.1 dev eth0",
    );
  });
});

test.each([
  [
    "Chain INPUT (policy ACCEPT)\ntarget prot opt source destination",
    /^f:1:1: this is output of iptables -L, expected output of iptables-save$/,
  ],
  ["table ip filter {", /^f:1:1: this is output of nft/],
  ["network:\n  version: 2", /^f:1:1: this is a netplan file/],
  ["Windows IP Configuration", /^f:1:1: this is output of a Windows tool/],
])("%j is refused by name", (text, expected) => {
  try {
    parseNetwork(text);
  } catch (e) {
    if (!(e instanceof LineError)) throw e;
    expect(e.at("f")).toMatch(expected);
    return;
  }
  throw new Error("accepted");
});

describe("what cannot be read of a printed text is left out and said", () => {
  const eth0 =
    "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP\n    inet 192.0.2.10/24 scope global eth0\n";

  test.each([
    [
      "    inet 192.0.2.999/24 scope global eth0\n",
      'cannot read "local": "192.0.2.999", expected an IPv4 address: this address of eth0 is left out',
    ],
    [
      "default via 192.0.2.x dev eth0\n",
      'cannot read "gateway": "192.0.2.x", expected an IPv4 address: the route to default is left out',
    ],
    [
      "198.51.100.0/24 dev eth0.toolonganame.5 scope link\n",
      'cannot read "dev": "eth0.toolonganame.5", expected a device name of at most 15 characters: this route is left out',
    ],
    [
      "7:\tfrom 192.0.2.300 lookup 7\n",
      'cannot read "src": "192.0.2.300", expected an IPv4 address, or all: rule 7 is left out',
    ],
    [
      "192.0.2.777 dev eth0 lladdr 02:00:00:00:00:11 REACHABLE\n",
      'cannot read "dst": "192.0.2.777", expected an IPv4 address: this neighbour is left out',
    ],
  ])("%j", (line, note) => {
    expect(notes(eth0 + line)).toContain(note);
    expect(texts(eth0 + line)).toContain("ip addr add 192.0.2.10/24 dev eth0");
  });

  test("strict: it is an error", () => {
    const strict =
      (text: string): (() => Network) =>
      () =>
        parseNetwork(text, true);
    expect(strict(eth0)).not.toThrow();
    expect(strict(`${eth0}Hi all,\n`)).toThrow('line 3, column 1: unknown word "Hi"');
    expect(strict(`${eth0}default via 192.0.2.x dev eth0\n`)).toThrow(
      'line 3, column 1: cannot read "gateway"',
    );
  });

  test("a device's MTU", () => {
    expect(notes(eth0.replace("1500", "15x0"))).toEqual([
      'cannot read "mtu": "15x0", expected a number from 0 to 4294967295: of eth0, this is left out',
    ]);
  });
});

test("a text that says nothing of a network is not taken in silence", () => {
  expect(notes("root@host:~# ls\nfoo bar\n")).toEqual(["the file contains no network: only lo is up"]);
  expect(notes("# a comment\n\n")).toEqual([]);
  expect(() => parseNetwork("| dest | via |\n")).toThrow('cannot read "| dest | via |"');
});

describe("routes to subnets that are not printed", () => {
  const eth0 = (flags: string): string =>
    `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP\n    inet 192.0.2.10/24 scope global ${flags}eth0\n`;
  const gone = "ip route del 192.0.2.0/24 dev eth0 proto kernel scope link";

  test("a gateway is reached by it: the list was cut", () => {
    expect(texts(`${eth0("")}default via 192.0.2.1 dev eth0\n`)).not.toContain(gone);
    expect(texts(`${eth0("noprefixroute ")}default via 192.0.2.1 dev eth0\n`)).not.toContain(gone);
  });

  test("other subnets are printed: it was taken back", () => {
    expect(texts(`${eth0("")}198.51.100.0/24 dev eth1 proto kernel scope link src 198.51.100.1\n`)).toContain(
      gone,
    );
  });

  test("noprefixroute: it was never made", () => {
    expect(texts(`${eth0("noprefixroute ")}203.0.113.0/24 dev eth0 scope link\n`)).toContain(gone);
    expect(texts(`${eth0("")}203.0.113.0/24 dev eth0 scope link\n`)).not.toContain(gone);
  });
});

describe("much of it", () => {
  /** A machine with this network; how many of its commands were refused. */
  function refused(text: string): number {
    const machine = RELEASES.el6.boot({ seed: 0 });
    return parseNetwork(text).commands.filter(({ changes }) => changes.some((c) => machine.configure(c) < 0))
      .length;
  }

  test("30 VLANs, one on the other: the device below is not told 2^30 times", () => {
    const vlans = Array.from({ length: 30 }, (_, i) => {
      const below = i === 0 ? "d0" : `v${i - 1}`;
      return `link add link ${below} name v${i} type vlan id ${i + 1}\nlink set v${i} up\n`;
    });
    expect(refused(`link add d0 type dummy\nlink set d0 up\n${vlans.join("")}link set d0 down\n`)).toBe(0);
  });

  test("thousands of rules, devices, addresses and filter rules", () => {
    const ip = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    const lines = ["link add d0 type dummy", "link set d0 up"];
    for (let i = 1; i <= 3000; i++) {
      lines.push(`rule add from ${ip(i)} lookup ${i}`, `link add x${i} type dummy`, `link set x${i} up`);
      lines.push(`addr add ${ip(i)}/32 dev d0`, `iptables -A OUTPUT -d ${ip(i)} -j DROP`);
    }
    expect(refused(lines.join("\n"))).toBe(0);
  });
});
