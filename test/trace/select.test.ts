// SPDX-License-Identifier: GPL-2.0-only
/** What the default view folds away, and what it never does. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { USUAL } from "../../src/trace/quiet.ts";
import { EVERYTHING, type Selection, select } from "../../src/trace/select.ts";
import { eachCall, eachLeaf, type Item } from "../../src/trace/tree.ts";
import { run, stepsOf } from "../render/run.ts";

const STORY: Selection = { ...EVERYTHING, depth: "story" };

/** The last send of a command line, by default as the default view shows it. */
async function send(args: readonly string[], selection = STORY): Promise<readonly Item[]> {
  const steps = (await stepsOf("sendto", ...args)).filter(({ tree }) => /^send/.test(tree.call?.name ?? ""));
  return select(steps.at(-1)?.tree.body ?? [], selection);
}

/** What is said in it, as `function: reason`. */
function reasons(body: readonly Item[]): string[] {
  const all: string[] = [];
  eachLeaf(body, (leaf) => {
    if (leaf.ev === "note" || leaf.ev === "fate") all.push(`${leaf.fn}: ${leaf.text}`);
  });
  return all;
}

function functions(body: readonly Item[]): string[] {
  const all: string[] = [];
  eachCall(body, ({ fn }) => void all.push(fn));
  return all;
}

function counted(body: readonly Item[]): Map<string, number> {
  const sums = new Map<string, number>();
  eachLeaf(body, (leaf) => {
    if (leaf.ev === "count") sums.set(leaf.name, (sums.get(leaf.name) ?? 0) + leaf.by);
  });
  return sums;
}

const LO = ["127.0.0.1", "9999", "aaaaa"];
const LAN = ["--net", "lan", "192.0.2.9", "9", "aaaaa"];
const ASLEEP = ["--net", "lan", "192.0.2.9", "9", "--size", "1000", "--sndbuf", "1", "-n", "3"];

test("a send that sleeps: why it does, what runs meanwhile, what wakes it", async () => {
  const body = await send(ASLEEP);
  expect(reasons(body)).toContain("sock_alloc_send_pskb: the send buffer is full: wait for room");
  expect(reasons(body)).toContain("sock_wait_for_wmem: the send buffer has room again");
  const shown = functions(body);
  for (const fn of ["neigh_timer_handler", "arp_solicit", "arp_rcv", "neigh_update", "net_rx_action"])
    expect(shown).toContain(fn);
  const { out } = await run("sendto", ...ASLEEP);
  expect(out).toContain("├──── sleep, still inside this sendto ────");
  expect(out).toContain("├──── timer, still inside this sendto ────");
  expect(out).toContain("1 ms later");
  expect(out.match(/frame leaves by \w+, 42 bytes/g)).toHaveLength(1);
});

describe("no time, timer, softirq or frame is hidden", () => {
  test.each([
    LO,
    [...LO, "--listen"],
    ASLEEP,
    ["--net", "lan", "192.0.2.9", "9", "--size", "9000"],
    ["--net", "two", "10.0.0.1", "9", "x"],
    ["--net", "lan", "224.0.0.5", "9", "x"],
  ])("%s %s %s %s %s", async (...args) => {
    const kinds = (body: readonly Item[]): string[] =>
      body.flatMap((item): string[] => {
        if (item.ev === "call") return kinds(item.body);
        if (item.ev === "in") return [`in ${item.name}`, ...kinds(item.body)];
        return item.ev === "clock" || item.ev === "packet" ? [JSON.stringify(item)] : [];
      });
    const all = await send(args, EVERYTHING);
    expect(kinds(await send(args)).sort()).toEqual(kinds(all).sort());
  });

  test.each([LO, [...LO, "-n", "2"], ASLEEP, LAN])("all counters are there: %s %s %s", async (...args) => {
    expect(counted(await send(args))).toEqual(counted(await send(args, EVERYTHING)));
  });
});

test("what bookkeeping usually says is what the kernel says", () => {
  const root = fileURLToPath(new URL("../../src/kernels", import.meta.url));
  const sources = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => readFileSync(join(root, path), "utf8"))
    .join("\n");
  for (const text of USUAL) expect(sources).toContain(`"${text}"`);
});

test("a plain send hears nothing of its bookkeeping", async () => {
  for (const args of [LO, [...LO, "--listen"], LAN]) {
    const body = await send(args);
    for (const fn of ["neigh_lookup", "skb_clone", "ip_select_ttl", "eth_type_trans", "inet_addr_type"])
      expect(functions(body)).not.toContain(fn);
  }
});

describe("an option that changes anything has a line that says so", () => {
  const lines = async (args: readonly string[]): Promise<string> =>
    (await run("sendto", ...args, "--hexdump=none", "--counters=none")).out;

  test.each<[string, RegExp, (readonly string[])?]>([
    ["--ttl 3", /TTL from IP_TTL of the socket: ttl=3/],
    ["--tos 16", /TOS from IP_TOS of the socket: tos=16 priority=6/],
    ["--priority 6", /priority from SO_PRIORITY of the socket: priority=6/],
    ["--mark 7", /fib_rules_lookup\(.* mark=0x7\)/],
    ["--device lo", /fib_rules_lookup\(.* oif=1 /],
    ["--dontroute", /on-link destinations only/],
    ["--nonblock", /the descriptor is non-blocking/],
    ["--no-check", /SO_NO_CHECK: no checksum, the field stays 0/],
    ["--mtu-discover dont", /next IP id for this destination/],
    ["--ip-options rr", /add the socket's IP options/],
    ["--cmsg ttl=5", /TTL from the IP_TTL control message: ttl=5/],
    ["--cmsg tos=8", /TOS and priority from the IP_TOS control message: tos=8/],
    ["--cmsg retopts=rr", /IP_RETOPTS: use these options instead of the socket's/],
    ["--cmsg pktinfo=lo,127.0.0.1", /IP_PKTINFO: set oif and source address/],
    ["--recverr", /ip_icmp_error\(.* err=111/],
    ["--setsockopt SO_TIMESTAMP=1", /a socket asked for time stamps/],
    ["--setsockopt SO_TIMESTAMPING=2", /SO_TIMESTAMPING: software transmit time stamp requested/],
    ["--udplite=8", /udplite/],
    ["--cork", /MSG_MORE or UDP_CORK: hold the data back/],
    ["--flags MSG_CONFIRM", /dst_confirm/],
    ["--sndbuf 1", /the send buffer is full: wait for room/, [...ASLEEP.slice(0, 6), "-n", "3"]],
    ["--multicast-ttl 4", /IP_MULTICAST_TTL of the socket: ttl=4/, ["--net", "lan", "224.0.0.5", "9", "x"]],
  ])("%s", async (option, says, to = LO) => {
    expect(await lines(to)).not.toMatch(says);
    expect(await lines([...to, ...option.split(" ")])).toMatch(says);
  });

  test("rules of the firewall, of the routes, and a queue", async () => {
    const io = memoryIo({
      files: {
        "one.nt": `ip link add eth0 type dummy
ip link set eth0 up
ip addr add 192.0.2.10/24 dev eth0
ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev eth0
tc qdisc add dev eth0 root tbf rate 8kbit burst 1540 limit 10000
ip rule add from 192.0.2.99 table 7 pref 5
iptables -A OUTPUT -p udp --dport 9 -j ACCEPT
iptables -A INPUT -p udp --dport 9 -j ACCEPT
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3
sendto(3, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.9")}, 16)
sendto(3, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16)
`,
      },
    });
    await main(["run", "one.nt", "--format", "graph"], io);
    expect(io.out).toMatch(/source does not match the rule: pref=5 .*from=192\.0\.2\.99/);
    expect(io.out).toMatch(/enqueue it.*qdisc=tbf/);
    for (const chain of ["OUTPUT", "INPUT"])
      expect(io.out).toMatch(new RegExp(`rule matches: ACCEPT: chain=${chain} rule=1`));
  });
});

test("what is folded says what is new in it, and what it counted", async () => {
  const { out } = await run("sendto", ...LO, "--hexdump=none");
  const lines = out.split("\n");
  const at = lines.findIndex((line) => line.includes("ip_send_skb(skb#2)"));
  expect(lines[at]).toMatch(/··· \d+ calls, as before$/);
  expect(lines[at + 1]).toMatch(/\/\* neigh_hh_init: .* \*\/$/);
  expect(lines[at + 2]).toMatch(/↑ Ip\.OutRequests, IpExt\.OutOctets \+61, .*lo\.tx_packets$/);
});

test("a datagram that is lost is not folded away, however often", async () => {
  const io = memoryIo({
    files: {
      "one.nt": `iptables -A INPUT -p udp --dport 9 -j DROP
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3
sendmmsg(3, [{msg_hdr={msg_name={sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, msg_namelen=16, msg_iov=[{iov_base="a", iov_len=1}], msg_iovlen=1}}, {msg_hdr={msg_name={sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, msg_namelen=16, msg_iov=[{iov_base="a", iov_len=1}], msg_iovlen=1}}], 2, 0)
`,
    },
  });
  await main(["run", "one.nt", "--format", "graph"], io);
  expect(io.out.match(/\/\* .*chain=INPUT rule=1/g)?.length).toBe(2);
});

test("the last line names what shows the rest", async () => {
  const last = async (...options: string[]): Promise<string> =>
    (await run("sendto", ...LO, ...options)).out.trimEnd().split("\n").at(-1) ?? "";
  expect(await last()).toMatch(/^\d+ of 338 calls shown: --depth all shows the rest\.$/);
  expect(await last("--layer", "udp")).toMatch(/calls shown: without --layer --depth all shows the rest\.$/);
  expect(await last("--depth", "all", "--only", "fib_*", "--no-inline")).toMatch(
    /calls shown: without --only, --no-inline all are\.$/,
  );
  expect(await last("--depth", "all")).not.toContain("calls shown");
});
