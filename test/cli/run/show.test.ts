// SPDX-License-Identifier: GPL-2.0-only
/** What commands of a scenario print is what the real programs print: of the same files, of the same network. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Commands } from "../../../src/cli/run/commands.ts";
import { RELEASES } from "../../../src/kernels/index.ts";
import type { Machine } from "../../../src/kernels/release.ts";
import { parseCommand } from "../../../src/script/command/command.ts";

/** A machine on which these lines have run, and what runs more of them. */
class Shell {
  readonly machine: Machine = RELEASES.el6.boot({ seed: 1 });
  private readonly commands = new Commands(this.machine);

  constructor(lines: readonly string[]) {
    for (const line of ["ip link set lo up", ...lines]) {
      const { ret, text } = this.run(line);
      if (ret < 0) throw new Error(`${line}: ${text}`);
    }
  }

  run(line: string): { text: string; ret: number } {
    const command = parseCommand(line);
    if (command.kind === "listen") throw new Error("no listeners here");
    return this.commands.run(command);
  }

  text(line: string): string {
    return this.run(line).text;
  }
}

function sockaddr(port: number): { addr: { bytes: Uint8Array }; addrlen: number } {
  return {
    addr: { bytes: Uint8Array.of(2, 0, port >> 8, port & 255, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0) },
    addrlen: 16,
  };
}

/** Sockets of every sort, with mail. */
function busy(): Shell {
  const shell = new Shell([]);
  const m = shell.machine;
  for (let i = 0; i < 3; i++) m.syscall({ name: "socket", domain: 2, type: 2, protocol: 0 });
  m.syscall({ name: "bind", fd: 3, ...sockaddr(5000) });
  m.syscall({ name: "connect", fd: 4, ...sockaddr(5000) });
  for (const len of [5, 500]) {
    m.syscall({
      name: "sendto",
      fd: 4,
      buf: { bytes: new Uint8Array(len) },
      len,
      flags: 0,
      addr: null,
      addrlen: 0,
    });
  }
  m.syscall({ name: "bind", fd: 5, ...sockaddr(53) });
  m.syscall({ name: "sendto", fd: 5, buf: null, len: 0, flags: 0, ...sockaddr(9) });
  return shell;
}

/** A program's output, or why there is none. */
function real(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): string | undefined {
  const { status, stdout, error } = spawnSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return error !== undefined || status !== 0 ? undefined : stdout;
}

/** The machine's file as a real one, for a program that is told where to look. */
function withFiles<T>(shell: Shell, names: readonly string[], work: (paths: readonly string[]) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "nettrace-"));
  try {
    const paths = names.map((name) => {
      const path = join(folder, name);
      writeFileSync(path, shell.machine.proc(`/proc/net/${name}`) ?? "");
      return path;
    });
    return work(paths);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("as the real programs print it", () => {
  test.for(["-uan", "-un", "-uln", "-uanH"])("ss %s", (options, ctx) => {
    const shell = busy();
    withFiles(shell, ["udp"], ([path = ""]) => {
      const expected = real("ss", [options], { PROC_NET_UDP: path });
      if (expected === undefined) return ctx.skip("no ss on this machine");
      expect(shell.text(`ss ${options}`)).toBe(expected);
    });
  });

  test.for(["-as", "-asz", "-as Udp*"])("nstat %s", (options, ctx) => {
    const shell = busy();
    withFiles(shell, ["snmp", "netstat"], ([snmp = "", netstat = ""]) => {
      const env = { PROC_NET_SNMP: snmp, PROC_NET_NETSTAT: netstat, PROC_NET_SNMP6: "/dev/null" };
      const expected = real("nstat", options.split(" "), env);
      if (expected === undefined) return ctx.skip("no nstat on this machine");
      expect(shell.text(`nstat ${options}`)).toBe(expected);
    });
  });
});

/** Two ends of a cable in one namespace, routes and rules: the same lines for both. */
const NETWORK = [
  "ip addr add 127.0.0.2/8 dev lo",
  "ip link add eth0 address 02:00:00:00:00:01 type veth peer name far0 address 02:00:00:00:00:02",
  "ip link set far0 up",
  "ip link set eth0 up",
  "ip addr add 192.0.2.10/24 brd + dev eth0",
  "ip addr add 192.0.2.11/24 dev eth0",
  "ip addr add 10.0.0.5 peer 10.0.0.6/32 dev eth0",
  "ip route add 10.1.0.0/16 via 192.0.2.1 mtu lock 1400 src 192.0.2.10 metric 5",
  "ip route add default via 192.0.2.1 dev eth0 proto static",
  "ip route add blackhole 10.3.0.0/16",
  "ip route add unreachable 10.4.0.0/16",
  "ip route add 10.5.0.0/16 dev eth0 table 100",
  "ip rule add pref 100 from 10.0.0.0/8 to 192.0.2.4 iif lo lookup 100",
  "ip rule add pref 101 not from 10.1.0.0/16 fwmark 0x1/0xff lookup main",
  "ip rule add pref 102 goto 200",
  "ip rule add pref 200 unreachable fwmark 7",
  "ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:09 dev eth0",
  "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:0a nud stale dev eth0",
];
const QUESTIONS = [
  "ip addr",
  "ip link",
  "ip link show eth0",
  "ip addr show lo",
  "ip route",
  "ip route show table 100",
  "ip route show dev eth0",
  "ip rule",
  "ip neigh",
  "ip neigh show dev eth0",
  "ip route get 127.0.0.1",
  "ip route get 192.0.2.7",
  "ip route get 10.1.2.3",
  "ip route get 192.0.2.255",
  "ip route get 8.8.8.8 from 192.0.2.11",
];

/** What newer kernels tell and el6 does not, and the order of a hash. */
function common(question: string, text: string): string[] {
  const lines = text
    .replace(/ group default| qlen \d+| uid 0| table local(?= src| dev)|,M-DOWN/g, "")
    .replace(/ cache( <[^>]*>)?( mtu lock 1400)?.*/g, " cache$1$2 ")
    .replace(/^ +valid_lft .*\n/gm, "")
    .replace(/^ +inet6 .*\n/gm, "")
    .replace(/qdisc \w+/g, "qdisc x")
    .replace(/mtu \d+ qdisc/g, "mtu x qdisc")
    .split("\n");
  // Devices have the numbers of the order in which they were made, which is not the same for pairs.
  if (/^ip (?:addr|link)/.test(question))
    return lines.map((line) => line.replace(/^\d+: (\w+)(?:@\w+)?/, "x: $1")).sort();
  return /^ip (?:route$|route show|neigh)/.test(question) ? lines.sort() : lines;
}

/** The kernel's linkwatch tells the state of a cable up to a second later: wait for it, at most ten. */
const SETTLED =
  'for i in $(seq 100); do case "$(ip -o link show eth0)$(ip -o link show far0)$(ip route)" in *"state DOWN"*|*LOWERLAYERDOWN*|*NO-CARRIER*|*linkdown*|*UNKNOWN*) sleep 0.1;; *) break;; esac; done';

test("ip, on the same network in a namespace of its own", (ctx) => {
  const script = ["set -e", "ip link set lo up", ...NETWORK, SETTLED];
  for (const question of QUESTIONS) script.push(`echo "==> ${question}"`, `${question} || true`);
  const printed = real("unshare", ["-rn", "sh", "-c", script.join("\n")]);
  if (printed === undefined) {
    ctx.skip("no network namespaces, or no iproute2 or veth, on this machine");
    return;
  }
  const expected = new Map(
    printed
      .split("==> ")
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
  );
  const shell = new Shell(NETWORK);
  for (const question of QUESTIONS) {
    const ours = common(question, shell.text(question));
    expect([question, ...ours]).toEqual([question, ...common(question, expected.get(question) ?? "")]);
  }
});

test("ip route get says what the cache knows: realm, IP id, the device it came in on, a redirect that is due", () => {
  const shell = new Shell([
    "ip link set lo up",
    "ip link add v0 type veth peer name v1",
    "ip link set v0 up",
    "ip link set v1 up",
    "ip addr add 10.0.0.1/24 dev v0",
    "ip route add 203.0.113.0/24 via 10.0.0.2 realm 5",
    "sysctl -w net.ipv4.ip_forward=1",
  ]);
  expect(shell.text("ip route get 203.0.113.1")).toBe(
    "203.0.113.1 via 10.0.0.2 dev v0 src 10.0.0.1 realm 5 \n    cache mtu 1500 hoplimit 64 \n",
  );
  expect(shell.text("ip route get 203.0.113.1 from 10.0.0.9 iif v0")).toBe(
    "203.0.113.1 from 10.0.0.9 via 10.0.0.2 dev v0 src 10.0.0.1 realm 5 \n" +
      "    cache <src-direct,redirect> mtu 1500 hoplimit 64 iif v0 \n",
  );
  expect(shell.text("ip route get 203.0.113.1 from 10.0.0.9 iif nope")).toBe('Cannot find device "nope"\n');
});

test("realms stand where iproute2 puts them", () => {
  const shell = new Shell([
    "ip link set lo up",
    "ip link add d0 type dummy",
    "ip link set d0 up",
    "ip addr add 10.0.0.1/24 dev d0",
    "ip route add 192.0.2.0/24 via 10.0.0.2 realm 3/5 metric 7",
    "ip route add 192.0.3.0/24 via 10.0.0.2 realm 5 onlink dev d0",
    "ip route add 203.0.113.0/24 nexthop via 10.0.0.3 dev d0 weight 2 realm 7 nexthop via 10.0.0.4 dev d0",
    "ip rule add from 10.0.0.9 realms 3/4 lookup main",
    "ip rule add to 10.0.0.9 realms 4 prohibit",
    "ip rule add pref 9 realms 4 goto 32766",
  ]);
  expect(shell.text("ip rule").split("\n").slice(1, 4)).toEqual([
    "9:\tfrom all realms 4 goto 32766",
    "32764:\tfrom all to 10.0.0.9 realms 4 prohibit",
    "32765:\tfrom 10.0.0.9 lookup main realms 3/4",
  ]);
  expect(shell.text("ip route").split("\n").sort()).toEqual([
    "",
    "\tnexthop via 10.0.0.3 realm 7 dev d0 weight 2 ",
    "\tnexthop via 10.0.0.4 dev d0 weight 1 ",
    "10.0.0.0/24 dev d0 proto kernel scope link src 10.0.0.1 ",
    "192.0.2.0/24 via 10.0.0.2 dev d0 metric 7 realms 3/5 ",
    "192.0.3.0/24 via 10.0.0.2 dev d0 onlink realm 5 ",
    "203.0.113.0/24 ",
  ]);
});

describe("what is refused", () => {
  const shell = new Shell(NETWORK);
  test.each([
    ["ip link set nope up", 'Cannot find device "nope"\n'],
    ["ip link show nope", 'Device "nope" does not exist.\n'],
    ["ip route get 192.0.2.7 oif nope", 'Cannot find device "nope"\n'],
    ["ip addr add 192.0.2.10/24 dev eth0", "RTNETLINK answers: File exists\n"],
    ["ip route del 99.0.0.0/8", "RTNETLINK answers: No such process\n"],
    ["ip rule del pref 4444", "RTNETLINK answers: No such file or directory\n"],
    ["ip route get 10.4.0.1", "RTNETLINK answers: No route to host\n"],
    ["sysctl -w net.ipv4.ip_forward=abc", 'sysctl: setting key "net.ipv4.ip_forward": Invalid argument\n'],
    ["sysctl net.ipv4.nope", "sysctl: cannot stat /proc/sys/net/ipv4/nope: No such file or directory\n"],
    ["iptables -D INPUT -j DROP", "iptables: Bad rule (does a matching rule exist in that chain?).\n"],
    ["iptables -D INPUT 7", "iptables: Index of deletion too big.\n"],
    ["iptables -I INPUT 7 -j DROP", "iptables: Index of insertion too big.\n"],
    ["iptables -A INPUT -j nope", "iptables: No chain/target/match by that name.\n"],
    ["iptables -F nope", "iptables: No chain/target/match by that name.\n"],
    ["iptables -X INPUT", "iptables: Can't delete built-in chain.\n"],
    ["iptables -P nope DROP", "iptables: Bad built-in chain name.\n"],
  ])("%s", (line, text) => {
    const answer = shell.run(line);
    expect(answer.text).toBe(text);
    expect(answer.ret).toBeLessThan(0);
  });
});

test("settings are printed as sysctl does", () => {
  const shell = new Shell([]);
  expect(shell.text("sysctl -w net.ipv4.ip_forward=1")).toBe("net.ipv4.ip_forward = 1\n");
  expect(shell.text("sysctl net.ipv4.ip_forward net/ipv4/ip_local_port_range")).toBe(
    "net.ipv4.ip_forward = 1\nnet.ipv4.ip_local_port_range = 32768\t60999\n",
  );
  expect(shell.text("sysctl -n net.ipv4.ip_default_ttl")).toBe("64\n");
  expect(shell.text("cat /proc/sys/net/ipv4/ip_forward")).toBe("1\n");
});

test("nstat counts from the nstat before, unless it is told otherwise", () => {
  const shell = busy();
  expect(shell.text("nstat Udp*")).toContain("UdpOutDatagrams                 3  ");
  expect(shell.text("nstat Udp*")).toBe("#kernel\n");
  expect(shell.text("nstat -a Udp*")).toContain("UdpOutDatagrams                 3  ");
});
