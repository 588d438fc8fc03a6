// SPDX-License-Identifier: GPL-2.0-only
/** Words of ip, tc, sysctl and iptables: which are taken, and what each comes to. What ip refuses was tried with iproute2 6.1. */
import { describe, expect, test } from "vitest";
import type { Config } from "../../../src/kernels/config.ts";
import { LineError } from "../../../src/script/error.ts";
import { parseNetwork } from "../../../src/script/net/parse.ts";

const changes = (text: string): Config[] =>
  parseNetwork(`link set lo up\n${text}`)
    .commands.slice(1)
    .flatMap((c) => c.changes);
const notes = (text: string): string[] => parseNetwork(text).notes.map((n) => n.text);
function problem(text: string): string {
  try {
    parseNetwork(text);
  } catch (e) {
    if (e instanceof LineError) return e.at("f");
    throw e;
  }
  throw new Error(`accepted: ${text}`);
}

describe("numbers as iproute2 reads them", () => {
  test.each([
    ["ip addr add 010.0.0.1/8 dev lo", { local: 0x08000001, prefixlen: 8 }],
    ["ip addr add 0xa.1/0x8 dev lo", { local: 0x0a010000, prefixlen: 8 }],
    ["ip addr add 10.0.0.1/010 dev lo", { prefixlen: 8 }],
    ["ip addr add 10.3.0.1/255.255.255.0 dev lo", { local: 0x0a030001, prefixlen: 24 }],
    ["ip addr add 10.2/16 dev lo", { local: 0x0a020000, prefixlen: 16 }],
    ["ip route add 10.2.0.0/255.255.0.0 dev lo", { dst: 0x0a020000, prefixlen: 16 }],
    ["ip route add 10.9.0.0/16 tos 10 dev lo", { tos: 0x10 }],
    ["ip route add 10.9.0.0/16 tos lowdelay dev lo", { tos: 0x10 }],
    ["ip route add 10.9.0.0/16 dsfield AF11 dev lo", { tos: 0x28 }],
    ["ip route add 10.9.0.0/16 metric 010 dev lo", { metric: 8 }],
    ["ip route add 10.9.0.0/16 dev lo table 0x10", { table: 16 }],
  ])("%s", (line, expected) => {
    expect(changes(line)).toMatchObject([expected]);
  });

  test.each([
    ["ip addr add 10.0.0.1/08 dev lo", /^f:1:13: cannot read "10.0.0.1\/08"/],
    ["ip addr add 10.0.0.1/33 dev lo", /^f:1:13: /],
    ["ip addr add 10.4.0.1/255.0.255.0 dev lo", /^f:1:13: /],
    ["ip addr add 10.0.0.09/8 dev lo", /^f:1:13: /],
    ["ip route add 10.0.0.0/8 nexthop via 192.0.2.1 weight 0", /^f:1:54: /],
    ["ip route add 10.0.0.0/8 nexthop via 192.0.2.1 weight 08", /^f:1:54: /],
    ["ip route add 10.0.0.0/8 via 192.0.2.1 via 192.0.2.2", /^f:1:39: a second via, expected nexthop/],
    ["ip route add 10.0.0.0/8 via 192.0.2.1/32", /^f:1:29: /],
    ["ip route add 10.0.0.0/8 dev lo metric 09", /^f:1:39: /],
    ["ip rule add fwmark 1/x table 7", /^f:1:20: cannot read "1\/x"/],
    ["ip addr add 10.0.0.1/8 dev lo label eth0", /^f:1:41: the line ends, expected a label that begins/],
  ])("%s is refused", (line, expected) => {
    expect(problem(line)).toMatch(expected);
  });
});

describe("iptables' command line", () => {
  const drop = { chain: "OUTPUT", target: { kind: "drop" } };

  test.each([
    ["iptables -p udp -A OUTPUT -j DROP", { ...drop, op: "append", match: { protocol: 17 } }],
    ["iptables -j DROP -I OUTPUT 2 -t filter", { ...drop, op: "insert", at: 2 }],
    ["iptables -AOUTPUT -pudp --dport=53 -jDROP", { ...drop, match: { dport: { from: 53, to: 53 } } }],
    ["iptables -A OUTPUT -m comment --comment -D -j DROP", { ...drop, op: "append" }],
    ["iptables-legacy -A OUTPUT -j DROP", { ...drop, op: "append" }],
  ])("%s", (line, expected) => {
    expect(changes(line)).toMatchObject([expected]);
  });

  test.each([
    ["iptables -A OUTPUT -i eth0 -j DROP", "f:1:20: -i in OUTPUT, expected -o"],
    ["iptables -A INPUT -o eth0 -j DROP", "f:1:19: -o in INPUT, expected -i"],
    [
      "iptables -A OUTPUT --dports 53,67 -j DROP",
      "f:1:20: --dports without -m multiport, expected -m multiport before it",
    ],
    [
      "iptables -A OUTPUT --icmp-type 8 -j DROP",
      "f:1:20: --icmp-type without -p icmp, expected -p icmp before it",
    ],
    ["iptables -A OUTPUT -j DROP -g X", 'f:1:28: cannot read "-g", expected one -j or -g, not two'],
    [
      "iptables -AOUTPUT -pupd -jDROP",
      'f:1:21: unknown word "upd", expected a protocol: a number or a name; did you mean "udp"?',
    ],
  ])("%s is refused", (line, message) => {
    // Line 1 of the file is `link set lo up` elsewhere.
    expect(problem(line)).toBe(message);
  });
});

describe("what is not modelled, or no command", () => {
  test.each([
    [
      "tc qdisc add dev lo root netem delay 100ms",
      "qdisc netem is not modelled: the device keeps the one that it has",
    ],
    ["tc class add dev lo parent 1: classid 1:1 htb rate 1mbit", "tc class is not modelled: left out"],
    ["ip xfrm state flush", "ip xfrm state is not modelled: left out"],
    ["ip route add 10.0.0.0/8 dev lo expires 100", "expires is newer than el6's routes: left out"],
  ])("%s", (line, note) => {
    expect(notes(line)).toEqual([note]);
  });

  test.each([
    ["for i in 1 2; do", /^f:1:1: this is a shell's "for", expected the commands that are run/],
    ["DEV=eth0", /^f:1:1: this is a shell's "DEV=eth0"/],
    ["ip addr add 10.0.0.1/8 dev $DEV", /^f:1:28: the value of \$DEV is not here, expected the value itself/],
    ["ip route add defalt dev lo", /did you mean "default"\?$/],
  ])("%s", (line, expected) => {
    expect(problem(line)).toMatch(expected);
  });
});

describe("ip", () => {
  test("options before the object", () => {
    expect(changes("ip -4 -o -f inet link set lo mtu 1400")).toMatchObject([{ dev: "lo", mtu: 1400 }]);
    expect(changes("ip -family inet addr add 10.0.0.1/8 dev lo")).toHaveLength(1);
    expect(notes("ip -n blue link set lo up")).toEqual([
      "this is done in namespace blue, which is another network: left out",
    ]);
    expect(problem("ip -x link set lo up")).toMatch(/unknown word "-x"/);
  });

  test("link set: words in any order", () => {
    expect(changes("ip link set up dev eth0")).toMatchObject([{ dev: "eth0", up: true }]);
    expect(
      changes('ip link set dev eth0 up mtu 1400 promisc on allmulticast on alias "a b" txqlen 50'),
    ).toEqual([
      { kind: "link-set", dev: "eth0", up: true, mtu: 1400, promisc: true, allmulti: true, txqueuelen: 50 },
    ]);
    expect(changes("ip link set eth0 alias wan")).toEqual([]);
    expect(changes("ip link set br-lan name a:b@c")).toMatchObject([{ dev: "br-lan", name: "a:b@c" }]);
  });

  test.each(["bridge", "bond", "macvlan", "vrf", "wireguard", "gre", "vxlan"])(
    "a %s is a named stand-in",
    (kind) => {
      const text = `ip link add x0 type ${kind} some words of its own`;
      expect(changes(text)[0]).toMatchObject({ kind: "link-add", name: "x0", type: "dummy" });
      expect(notes(text)).toEqual([
        expect.stringMatching(`^x0 is of type ${kind}: replaced by a dummy device of the same name; \\w`),
      ]);
    },
  );

  test("tun and tap: with a program, or without", () => {
    expect(changes("ip link add tun0 type tun")).toEqual([{ kind: "link-add", name: "tun0", type: "tun" }]);
    expect(changes("ip link add vpn type tun mode tap pi off vnet_hdr off persist on up")).toEqual([
      { kind: "link-add", name: "vpn", type: "tap" },
      { kind: "link-set", dev: "vpn", up: true },
    ]);
    expect(changes("ip tuntap add dev tun0 mode tun user root pi")).toEqual([
      { kind: "link-add", name: "tun0", type: "tun", unattended: true },
    ]);
    expect(changes("ip tuntap add mode tap tap0")).toMatchObject([{ type: "tap", unattended: true }]);
    expect(problem("ip tuntap add dev tun0 mode ton")).toMatch(
      /expected a mode \(tun, tap\); did you mean "tun"\?/,
    );
    expect(problem("ip link add tun0 type tun x")).toMatch(/unknown word "x"/);
  });

  test("addr", () => {
    expect(changes("ip addr add 192.0.2.10/24 brd - dev eth0")).toMatchObject([{ broadcast: "-" }]);
    expect(changes("ip addr add 192.0.2.10/31 brd + dev eth0")[0]).not.toHaveProperty("broadcast");
    expect(
      changes("ip a replace 192.0.2.10/24 dev eth0 valid_lft forever preferred_lft forever"),
    ).toMatchObject([{ kind: "addr-add" }]);
    expect(changes("ip addr change 192.0.2.10/24 dev eth0")).toMatchObject([{ kind: "addr-add" }]);
    expect(changes("ip addr flush dev eth0 scope link label eth0:*")).toEqual([
      { kind: "flush", object: "addr", dev: "eth0", scope: 253, label: "eth0:*" },
    ]);
  });

  test.each(["noprefixroute", "valid_lft 100", "metric 100"])("addr add … %s is newer than el6", (words) => {
    const [word] = words.split(" ");
    expect(notes(`ip addr add 192.0.2.10/24 dev lo ${words}`)).toEqual([
      expect.stringMatching(new RegExp(`${word}.* newer than el6`)),
    ]);
  });

  test("route", () => {
    const names: [string, number][] = [
      ..."gated:8 ra:9 mrt:10 zebra:11 bird:12 dnrouted:13 xorp:14 ntk:15 dhcp:16 keepalived:18 babel:42".split(
        " ",
      ),
      ..."bgp:186 isis:187 ospf:188 rip:189 eigrp:192".split(" "),
    ].map((pair) => [pair.split(":")[0] as string, Number(pair.split(":")[1])]);
    for (const [name, proto] of names) {
      expect(changes(`ip route add default dev lo proto ${name}`)).toMatchObject([{ proto }]);
    }
    expect(
      changes(
        "ip route add 10.0.0.0/8 dev lo initcwnd 10 initrwnd 20 cwnd lock 5 ssthresh 6 rtt 10ms features ecn quickack 1",
      ),
    ).toMatchObject([
      {
        metrics: [
          { rtax: 11, value: 10 },
          { rtax: 14, value: 20 },
          { rtax: 7, value: 5, lock: true },
          { rtax: 6, value: 6 },
          { rtax: 4, value: 80 },
          { rtax: 12, value: 1 },
        ],
      },
    ]);
    expect(notes("ip route add 10.0.0.0/8 dev lo quickack 1")).toEqual([
      "quickack is newer than el6: left out",
    ]);
    expect(changes("ip route prepend to unicast 10.0.0.0/8 dev lo")).toMatchObject([
      { op: "prepend", type: 1 },
    ]);
    expect(changes("ip route flush cache")).toMatchObject([{ kind: "sysctl", key: "net.ipv4.route.flush" }]);
    expect(changes("ip route flush table 100 proto dhcp")).toEqual([
      { kind: "flush", object: "route", table: 100, proto: 16 },
    ]);
    expect(problem("ip route add 10.0.0.0/8 nhid 3")).toMatch(/^f:1:25: nhid is newer than el6/);
  });

  test("rule", () => {
    expect(changes("ip rule add to 10.0.0.0/8 tos 10 prio 5 lookup 7")).toMatchObject([
      { tos: 16, pref: 5, target: 7 },
    ]);
    expect(changes("ip rule add from 1.2.3.4 type blackhole")).toMatchObject([{ action: "blackhole" }]);
    expect(changes("ip rule flush")).toEqual([{ kind: "flush", object: "rule" }]);
    for (const word of ["suppress_prefixlength 0", "uidrange 0-9", "ipproto udp", "dport 53", "l3mdev"]) {
      expect(changes(`ip rule add lookup main ${word}`)).toEqual([]);
      expect(notes(`ip rule add lookup main ${word}`)).toEqual([
        expect.stringMatching(`^${word.split(" ")[0]} is newer than el6's rules: rule left out$`),
      ]);
    }
  });

  test("neigh", () => {
    expect(changes("ip neigh replace 192.0.2.7 lladdr 02:00:00:00:00:01 nud perm dev eth0")).toMatchObject([
      { nud: 128 },
    ]);
    expect(changes("ip neigh flush all")).toEqual([{ kind: "flush", object: "neigh" }]);
  });
});

test("tc: a limit as a latency; kbit of a size is 128 bytes", () => {
  expect(changes("tc qdisc add dev eth0 root tbf rate 1mbit burst 32kbit latency 400ms")).toMatchObject([
    { rate: 125_000, burst: 4096, limit: 54_096 },
  ]);
});

test("sysctl: options, several at once, and what no datagram meets", () => {
  expect(changes("sysctl -qw net.ipv4.ip_forward=1 net/ipv4/ip_default_ttl=9")).toMatchObject([
    { key: "net.ipv4.ip_forward", value: "1" },
    { key: "net.ipv4.ip_default_ttl", value: "9" },
  ]);
  expect(changes("sysctl -w net.ipv4.ip_local_reserved_ports=1010,1012-1014")).toMatchObject([
    { value: "1010,1012-1014" },
  ]);
  const text =
    "sysctl kernel.pid_max=9 vm.swappiness=1\nsysctl net.ipv4.tcp_rmem=4096,5000,6000 net.core.bpf_jit_enable=1";
  expect(changes(text)).toEqual([]);
  expect(notes(text)).toEqual([
    "these settings do not affect datagrams: left out: kernel.pid_max, vm.swappiness, net.ipv4.tcp_rmem, net.core.bpf_jit_enable",
  ]);
});

describe("iptables", () => {
  test.each([
    ["-A OUTPUT -o eth+ -j DROP", { match: { oif: "eth+" } }],
    [
      "-A INPUT ! -s 10.0.0.0/255.0.0.0 -j DROP",
      { match: { src: { addr: 0x0a000000, mask: 0xff000000 }, not: ["src"] } },
    ],
    ["-A INPUT -s ! 10.0.0.1 -j DROP", { match: { not: ["src"] } }],
    [
      "-A INPUT -p udp --sport 1024: --dport :1023 -j DROP",
      { match: { sport: { from: 1024, to: 65535 }, dport: { from: 0, to: 1023 } } },
    ],
    [
      "-A INPUT -p udp -m udp --dport domain -m comment --comment 'a b' -j ACCEPT",
      { match: { dport: { from: 53, to: 53 } } },
    ],
    [
      "-A INPUT -p udp -m multiport --dports 53,67:68 -j ACCEPT",
      {
        match: {
          dports: [
            { from: 53, to: 53 },
            { from: 67, to: 68 },
          ],
        },
      },
    ],
    [
      "-A INPUT -p icmp --icmp-type port-unreachable -j DROP",
      { match: { icmp: { type: 3, code: { from: 3, to: 3 } } } },
    ],
    ["-A INPUT -j REJECT", { target: { kind: "reject", code: 3 } }],
    ["-A INPUT -j REJECT --reject-with icmp-admin-prohibited", { target: { kind: "reject", code: 13 } }],
    ["-A INPUT -j LOG --log-prefix 'in: ' --log-level 4", { target: { kind: "log", prefix: "in: " } }],
    ["-I INPUT 3 -j ACCEPT -w 5", { op: "insert", at: 3 }],
    ["-D INPUT 2", { op: "delete-number", at: 2 }],
    ["-t filter -w -A INPUT -i lo -g MINE", { target: { kind: "jump", chain: "MINE", goto: true } }],
  ])("%s", (words, expected) => {
    expect(changes(`iptables ${words}`)).toMatchObject([expected]);
  });

  test("chains of one's own", () => {
    expect(
      changes(
        "iptables -N ACCEPTED\niptables -A INPUT -j ACCEPTED\niptables -F ACCEPTED\niptables -X ACCEPTED",
      ),
    ).toHaveLength(4);
    expect(problem("iptables -A INPUT -j ACCEPTED")).toMatch(
      /unknown word "ACCEPTED".*did you mean "ACCEPT"/,
    );
  });

  test.each([
    [
      "-A INPUT -m state --state ESTABLISHED -j ACCEPT",
      /^-m state is not modelled \(no connection tracking\): rule left out$/,
    ],
    ["-A INPUT -m conntrack --ctstate RELATED -j ACCEPT", /^-m conntrack is not modelled \(no connection/],
    ["-A OUTPUT -j MARK --set-mark 1", /^-j MARK is not modelled: rule left out$/],
    ["-t nat -A POSTROUTING -j MASQUERADE", /^table nat is not modelled: left out$/],
  ])("%s is left out, and said", (words, expected) => {
    expect(changes(`iptables ${words}`)).toEqual([]);
    expect(notes(`iptables ${words}`)).toEqual([expect.stringMatching(expected)]);
  });

  test.each([
    ["-A INPUT --dport 53 -j DROP", /--dport without -p udp/],
    ["-A INPUT -p udp --dport 70000 -j DROP", /cannot read "70000"/],
    ["-A INPUT -p udp --dport 9:8 -j DROP", /cannot read "9:8"/],
    ["-A INPUT -m nosuch -j DROP", /unknown word "nosuch"/],
    ["-I INPUT 0 -j DROP", /cannot read "0"/],
  ])("%s is refused", (words, expected) => {
    expect(problem(`iptables ${words}`)).toMatch(expected);
  });
});

describe("as it is pasted", () => {
  test.each([
    ["$ sudo ip link add eth0 type dummy"],
    ["sudo -n /sbin/ip link add eth0 type dummy"],
    ["[root@host ~]# ip link add eth0 type dummy"],
    ["root@host:/etc# ip link add eth0 type dummy"],
    ["me@host:~$ sudo ip link add eth0 type dummy"],
    ["# ip link add eth0 type dummy"],
    ["bash-4.2$ /usr/sbin/ip link add eth0 type dummy 2>/dev/null || true"],
    ["/ # ip link add eth0 type dummy"],
    ["> ip link add eth0 type dummy"],
    ["```\nip link add eth0 type dummy\n```"],
    ["modprobe dummy; ip link add eth0 type dummy && true"],
  ])("%j", (text) => {
    expect(parseNetwork(text).commands.map((c) => c.text)).toEqual([
      "ip link set lo up",
      "ip link add eth0 type dummy",
    ]);
  });

  test("in a script a # begins a comment: one that looks like a command is said", () => {
    const text = "ip link add eth0 type dummy\n# ip route add default via 192.0.2.1\n# an ordinary remark";
    expect(parseNetwork(text).commands).toHaveLength(2);
    expect(notes(text)).toEqual(["this comment looks like a command: remove the # to run it"]);
  });

  test("net-tools and /proc/sys", () => {
    const text = `ifconfig eth0 192.0.2.10 netmask 255.255.255.0 up
route add default gw 192.0.2.1
route add -net 10.0.0.0 netmask 255.0.0.0 gw 192.0.2.7 metric 5 eth0
route add -host 10.1.2.3 dev eth0
echo 1 > /proc/sys/net/ipv4/ip_forward`;
    expect(parseNetwork(text).commands.map((c) => c.text)).toEqual([
      "ip link set lo up",
      "ip link set eth0 up",
      "ip addr add 192.0.2.10/255.255.255.0 brd + dev eth0",
      "ip route add default via 192.0.2.1",
      "ip route add 10.0.0.0/8 via 192.0.2.7 dev eth0 metric 5",
      "ip route add 10.1.2.3/32 dev eth0",
      "sysctl net.ipv4.ip_forward=1",
    ]);
  });
});
