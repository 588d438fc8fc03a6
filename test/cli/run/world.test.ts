// SPDX-License-Identifier: GPL-2.0-only
/**
 * The world outside of a log: other hosts answer, report errors, and are waited for. These logs are written by hand, in
 * strace's format: a recording of a remote host would be somebody's private traffic.
 */
import { describe, expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { type MemoryIo, memoryIo } from "../../../src/cli/memory-io.ts";

/** A card without another end, as recorded networks have it. */
const DUMMY = `
ip link set lo up
ip link add eth0 address 02:00:00:00:00:10 type dummy
ip link set eth0 up
ip addr add 192.168.1.5/24 brd + dev eth0
ip route add default via 192.168.1.1
`;

async function run(
  lines: readonly string[],
  ...options: string[]
): Promise<{ status: number; out: string; err: string; io: MemoryIo }> {
  const io = memoryIo({ files: { "a.nt": `${lines.join("\n")}\n`, "dummy.net": DUMMY } });
  const net = options.includes("--net") ? [] : ["--net", "dummy.net"];
  const status = await main(["run", ...net, ...options, "a.nt"], io);
  return { status, out: io.out, err: io.err, io };
}

const at = (host: string, port: number): string =>
  `{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("${host}")}`;
const socket = (fd = 3): string => `socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = ${fd}`;
const sendto = (host: string, port: number, fd = 3): string =>
  `sendto(${fd}, "ask", 3, 0, ${at(host, port)}, 16) = 3`;
const recvfrom = (data: string, host: string, port: number, fd = 3): string =>
  `recvfrom(${fd}, "${data}", 1500, 0, ${at(host, port)}, [16]) = ${data.length}`;
const bind = (port: number, fd = 3, host = "0.0.0.0"): string => `bind(${fd}, ${at(host, port)}, 16) = 0`;
const HOSTS =
  "note: what other hosts sent is received as frames, as the log shows it (ttl 64 and other defaults where it does not)\n";

/** `dig @192.0.2.1`, as dig 9.18 would make its calls. */
const DIG = [
  "10:00:00.000000 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP) = 10",
  `10:00:00.000100 bind(10, ${at("0.0.0.0", 0)}, 16) = 0`,
  `10:00:00.000200 connect(10, ${at("192.0.2.1", 53)}, 128) = 0`,
  "10:00:00.000300 epoll_create1(EPOLL_CLOEXEC) = 11",
  "10:00:00.000310 pipe2([12, 13], O_NONBLOCK|O_CLOEXEC) = 0",
  "10:00:00.000320 epoll_ctl(11, EPOLL_CTL_ADD, 12, {events=EPOLLIN, data={u32=12, u64=12}}) = 0",
  "10:00:00.000350 epoll_ctl(11, EPOLL_CTL_ADD, 10, {events=EPOLLIN, data={u32=10, u64=10}}) = 0",
  String.raw`10:00:00.000400 sendto(10, "\22\64\1 \0\1\0\0\0\0\0\1\3www\7example\3com\0\0\1\0\1", 33, 0, NULL, 0) = 33`,
  "10:00:00.000500 epoll_wait(11, [{events=EPOLLIN, data={u32=10, u64=10}}], 1024, 5000) = 1",
  String.raw`10:00:00.054700 recvmsg(10, {msg_name=${at("192.0.2.1", 53)}, msg_namelen=128 => 16, msg_iov=[{iov_base="\22\64\201\200\0\1\0\1", iov_len=65535}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 8`,
  "10:00:00.055000 close(10) = 0",
];

describe("a datagram from another host", () => {
  test("comes in on the device that leads there", async () => {
    const { status, err, out } = await run([
      socket(),
      sendto("8.8.8.8", 53),
      recvfrom("answer", "8.8.8.8", 53),
      "expect Udp.InDatagrams +1",
      "cat /proc/net/snmp",
    ]);
    expect(err).toBe(`a.nt:3:1: ${HOSTS}`);
    expect(status).toBe(0);
    expect(out).toMatch(/Udp: 1 0 0 1 0 0/);
  });

  test("larger than the MTU in fragments", async () => {
    const { status, out } = await run([
      socket(),
      sendto("8.8.8.8", 53),
      `recvfrom(3, "begins"..., 65535, 0, ${at("8.8.8.8", 53)}, [16]) = 4000`,
      "nstat -as IpReasmReqds IpReasmOKs",
    ]);
    expect(status).toBe(0);
    expect(out).toMatch(/IpReasmReqds +3 /);
    expect(out).toMatch(/IpReasmOKs +1 /);
  });

  test("while a call waits for it: dig @192.0.2.1", async () => {
    const { status, err, out } = await run(DIG, "--net", "lan", "--trace", "all", "--depth", "all");
    expect(err).toBe(
      `a.nt:5:17: note: not simulated: calls that do not concern the network\na.nt:9:17: ${HOSTS}` +
        "a.nt: 10 calls made, 1 skipped: calls that do not concern the network (1, first in line 5)\n",
    );
    expect(status).toBe(0);
    const waiting = out.slice(out.indexOf("epoll_wait("), out.indexOf("recvmsg(10"));
    expect(waiting).toContain("sleep, still inside this epoll_wait");
    expect(waiting).toContain("interrupt, still inside this epoll_wait");
    expect(waiting).toMatch(/udp_rcv\([\s\S]*sock_def_readable\([\s\S]*sock_poll\(/);
  });

  test("that others ask for first waits for their answer", async () => {
    // Nothing has been sent to the gateway yet but an ARP request, which lan0 answers.
    const { status, err } = await run(
      [socket(), sendto("8.8.8.8", 53), recvfrom("answer", "8.8.8.8", 53)],
      "--net",
      "lan",
    );
    expect([status, err]).toEqual([0, `a.nt:3:1: ${HOSTS}`]);
  });

  test("to a group that the socket joined, or to what IP_PKTINFO says", async () => {
    const join = `setsockopt(3, SOL_IP, IP_ADD_MEMBERSHIP, {imr_multiaddr=inet_addr("224.0.0.251"), imr_interface=inet_addr("192.168.1.5")}, 8) = 0`;
    const info = `msg_control=[{cmsg_len=28, cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, cmsg_data={ipi_ifindex=if_nametoindex("eth0"), ipi_spec_dst=inet_addr("192.168.1.5"), ipi_addr=inet_addr("192.168.1.5")}}], msg_controllen=32`;
    const { status, err, out } = await run([
      socket(),
      bind(5353),
      "setsockopt(3, SOL_IP, IP_PKTINFO, [1], 4) = 0",
      join,
      recvfrom("mdns", "192.168.1.7", 5353),
      "cat /proc/net/netstat",
      `recvmsg(3, {msg_name=${at("192.168.1.7", 5353)}, msg_namelen=16, msg_iov=[{iov_base="two", iov_len=100}], msg_iovlen=1, ${info}, msg_flags=0}, 0) = 3`,
    ]);
    expect([status, err]).toEqual([0, `a.nt:5:1: ${HOSTS}`]);
    expect(out).toContain('ipi_addr=inet_addr("192.168.1.5")');
  });

  test("to everybody, from somebody without an address", async () => {
    const lines = [socket(), bind(67), recvfrom("discover", "0.0.0.0", 68)];
    expect(await run(lines)).toMatchObject({ status: 0, err: `a.nt:3:1: ${HOSTS}` });
  });

  test("to a device that has no address yet", async () => {
    const { status, err } = await run([
      "ip addr del 192.168.1.5/24 dev eth0",
      socket(),
      'setsockopt(3, SOL_SOCKET, SO_BINDTODEVICE, "eth0\\0", 5) = 0',
      bind(68),
      recvfrom("offer", "192.168.1.1", 67),
    ]);
    expect([status, err]).toEqual([0, `a.nt:5:1: ${HOSTS}`]);
  });

  test("to a UDP-Lite and to a raw socket", async () => {
    const header = String.raw`E\0\0\34\0\0\0\0@\1\251$\10\10\10\10\300\250\1\5`;
    const { status, err } = await run([
      "socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE) = 3",
      bind(7000),
      recvfrom("lite", "192.168.1.7", 7001),
      "socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) = 4",
      String.raw`recvfrom(4, "${header}\0\0\377\377\0\0\0\0", 1500, 0, ${at("8.8.8.8", 0)}, [16]) = 28`,
    ]);
    expect([status, err]).toEqual([0, `a.nt:3:1: ${HOSTS}`]);
  });

  test("several in one recvmmsg", async () => {
    const message = (text: string): string =>
      `{msg_hdr={msg_name=${at("8.8.8.8", 53)}, msg_namelen=16, msg_iov=[{iov_base="${text}", iov_len=100}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, msg_len=${text.length}}`;
    const { status, err } = await run([
      socket(),
      sendto("8.8.8.8", 53),
      `recvmmsg(3, [${message("one")}, ${message("three")}], 4, MSG_DONTWAIT, NULL) = 2`,
    ]);
    expect([status, err]).toEqual([0, `a.nt:3:1: ${HOSTS}`]);
  });

  test("that the machine drops is skipped, with its reason", async () => {
    const lines = [socket(), sendto("8.8.8.8", 53), recvfrom("answer", "8.8.8.8", 53)];
    const firewall = await run(["iptables -A INPUT -s 8.8.8.8 -j DROP", ...lines]);
    expect(firewall.err).toContain(
      "a.nt:4:1: note: not simulated: datagrams from outside of this machine, which this machine drops: rule matches: DROP\n",
    );
    expect(firewall.status).toBe(0);
    // Answers to 192.168.1.5 would leave by eth1.
    const filtered = await run([
      "sysctl -w net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1",
      "ip link add eth1 type dummy",
      "ip link set eth1 up",
      "ip addr add 10.0.0.1/24 dev eth1",
      "ip route add default dev eth1 table 100",
      "ip rule add from 192.168.1.5 table 100",
      ...lines,
    ]);
    expect(filtered.err).toContain(
      "which this machine drops: rp_filter: the reverse route uses another device\n",
    );
    expect(filtered.status).toBe(0);
  });

  test("that has no way in is skipped", async () => {
    const { status, err } = await run(
      [socket(), bind(5353), recvfrom("mdns", "192.168.1.7", 5353)],
      "--net",
      "lo",
    );
    expect(status).toBe(0);
    expect(err).toMatch(
      /^a\.nt:3:1: note: not simulated: datagrams from outside of this machine: no route to 192\.168\.1\.7\n/,
    );
  });
});

describe("waiting for another host", () => {
  const poll = (revents: string): string =>
    `poll([{fd=3, events=POLLIN}], 1, 5000) = 1 ([{fd=3, revents=${revents}}])`;

  test("that does not come in, because a rule drops it", async () => {
    const { status, err } = await run([
      "iptables -A INPUT -s 8.8.8.8 -j DROP",
      socket(),
      sendto("8.8.8.8", 53),
      `${poll("POLLIN")} <0.040000>`,
      recvfrom("answer", "8.8.8.8", 53),
    ]);
    expect(status).toBe(0);
    expect(err).toMatch(
      /a\.nt:4:1: note: not simulated: waiting for something from outside of the log, which this machine drops\n/,
    );
  });

  test("of which nothing is shown later is skipped", async () => {
    const { status, err } = await run([socket(), sendto("8.8.8.8", 53), poll("POLLIN"), "close(3) = 0"]);
    expect(status).toBe(0);
    expect(err).toContain("a.nt:3:1: note: not simulated: waiting for something from outside of the log\n");
  });

  test("ends with an error, which SO_ERROR tells", async () => {
    const { status, err } = await run([
      socket(),
      `connect(3, ${at("192.168.1.77", 9)}, 16) = 0`,
      'send(3, "x", 1, 0) = 1',
      `select(4, [3], NULL, NULL, {tv_sec=1, tv_usec=0}) = 1 (in [3], left {tv_sec=0, tv_usec=970000})`,
      "getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0",
      'send(3, "x", 1, 0) = 1',
      poll("POLLERR"),
      "recv(3, 0x7ffe, 100, 0) = -1 ECONNREFUSED (Connection refused)",
    ]);
    expect(err).toBe(
      "a.nt:4:1: note: errors that other hosts reported are received as ICMP messages about the last datagram sent to them\n",
    );
    expect(status).toBe(0);
  });
});

describe("an error from another host", () => {
  const connected = [
    socket(),
    "setsockopt(3, SOL_IP, IP_RECVERR, [1], 4) = 0",
    `connect(3, ${at("10.9.9.9", 9)}, 16) = 0`,
    'send(3, "x", 1, 0) = 1',
  ];

  test.each([
    ["ECONNREFUSED (Connection refused)", "3", "10.9.9.9"],
    ["EHOSTUNREACH (No route to host)", "1", "192.168.1.1"],
    ["ENETUNREACH (Network is unreachable)", "0", "192.168.1.1"],
  ])("%s", async (error, code, from) => {
    const { status, err, out } = await run(
      [
        ...connected,
        `recv(3, 0x7ffe, 100, 0) = -1 ${error}`,
        'send(3, "x", 1, 0) = 1',
        `send(3, "x", 1, 0) = -1 ${error}`,
      ],
      "--trace",
      "all",
      "--depth",
      "all",
    );
    expect(status).toBe(0);
    expect(err).toMatch(
      /^a\.nt:5:1: note: errors that other hosts reported are received as ICMP messages[^\n]*\n$/,
    );
    expect(out).toContain(`code=${code} errno=${error.split(" ")[0]}`);
    expect(out).toMatch(new RegExp(`ip_route_input\\(skb#\\d+, daddr=192.168.1.5, saddr=${from}`));
  });

  test("is none where the machine's own routes refuse, or nothing was sent", async () => {
    const { err } = await run(
      [
        socket(),
        `sendto(3, "x", 1, 0, ${at("10.9.9.9", 9)}, 16) = -1 ENETUNREACH (Network is unreachable)`,
        "ip route add 10.0.0.0/8 dev lo",
        `sendto(3, "x", 1, 0, ${at("10.9.9.9", 9)}, 16) = -1 ENETUNREACH (Network is unreachable)`,
      ],
      "--net",
      "lo",
    );
    expect(err).toMatch(
      /^a\.nt:4:\d+: sendto: expected = -1 ENETUNREACH \(Network is unreachable\), got = 1\n/,
    );
  });
});

describe("sets of descriptors", () => {
  test("differences are told", async () => {
    const { status, err } = await run([
      socket(),
      "poll([{fd=3, events=POLLIN|POLLOUT}], 1, 0) = 1 ([{fd=3, revents=POLLPRI}])",
      "select(4, NULL, [3], NULL, NULL) = 1 (except [3])",
      "epoll_create1(0) = 4",
      "epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLOUT, data={u32=3, u64=3}}) = 0",
      "epoll_wait(4, [{events=EPOLLHUP, data={u32=3, u64=3}}], 8, 0) = 1",
      "epoll_wait(4, [], 8, 0) = 0",
    ]);
    expect(status).toBe(1);
    expect(err).toBe(
      "a.nt:2:1: poll: ready: expected 3: POLLPRI, got 3: POLLOUT\n" +
        "a.nt:3:1: select: ready: expected in [], out [], except [3], got in [], out [3], except []\n" +
        "a.nt:6:1: epoll_wait: ready: expected 3: EPOLLHUP, got 3: EPOLLOUT\n" +
        "a.nt:7:25: epoll_wait: expected = 0, got = 1\n" +
        "a.nt: 4 things not as written\n",
    );
  });

  test("are written by --update as strace writes them", async () => {
    const { io } = await run(
      [
        socket(),
        "poll([{fd=3, events=POLLIN|POLLOUT}], 1, 0)",
        "select(4, [3], [3], NULL, {tv_sec=1, tv_usec=0}) = 0 (Timeout)",
        "ppoll([{fd=3, events=POLLIN}], 1, {tv_sec=0, tv_nsec=0}, NULL, 8) = 1 ([{fd=3, revents=POLLOUT}])",
      ],
      "--update",
    );
    const lines = Buffer.from(io.files.get("a.nt") ?? "")
      .toString()
      .split("\n");
    expect(lines.slice(1)).toEqual([
      "poll([{fd=3, events=POLLIN|POLLOUT}], 1, 0) = 1 ([{fd=3, revents=POLLOUT}])",
      "select(4, [3], [3], NULL, {tv_sec=1, tv_usec=0}) = 1 (out [3], left {tv_sec=1, tv_usec=0})",
      "ppoll([{fd=3, events=POLLIN}], 1, {tv_sec=0, tv_nsec=0}, NULL, 8) = 0 (Timeout)",
      "",
    ]);
  });

  test("without any socket of ours are skipped, under what they are", async () => {
    const { err } = await run([
      "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3",
      "pipe2([5, 6], 0) = 0",
      "poll([{fd=3, events=POLLIN}, {fd=5, events=POLLIN}], 2, 0) = 0 (Timeout)",
      "select(6, [5], NULL, NULL, NULL) = 1 (in [5])",
      "epoll_create(1) = 7",
      "epoll_ctl(7, EPOLL_CTL_ADD, 5, {events=EPOLLIN, data={u32=5, u64=5}}) = 0",
      "epoll_wait(7, [{events=EPOLLIN, data={u32=5, u64=5}}], 8, -1) = 1",
      "epoll_wait(9, [{events=EPOLLIN, data={u32=5, u64=5}}], 8, -1) = 1",
    ]);
    expect(err).toMatch(
      /a\.nt: 3 calls made, 5 skipped: TCP sockets \(2, first in line 1\); calls that do not concern the network \(2, first in line 2\); calls on descriptors that the log does not show being opened \(1, first in line 8\)\n$/,
    );
  });

  test("an epoll set that a thread waits in is its process'", async () => {
    const { status, err } = await run([
      "7 epoll_create1(0) = 3",
      "7 socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 4",
      `7 bind(4, ${at("127.0.0.1", 5000)}, 16) = 0`,
      "7 epoll_ctl(3, EPOLL_CTL_ADD, 4, {events=EPOLLIN, data=0x9}) = 0",
      "7 clone3({flags=CLONE_VM|CLONE_FILES|CLONE_THREAD}, 88) = 8",
      "8 epoll_wait(3, <unfinished ...>",
      `7 sendto(4, "x", 1, 0, ${at("127.0.0.1", 5000)}, 16) = 1`,
      "8 <... epoll_wait resumed>[{events=EPOLLIN, data=0x9}], 8, -1) = 1",
      "7 close(4) = 0",
      "8 epoll_wait(3, [], 8, 0) = 0",
    ]);
    expect([status, err]).toEqual([0, ""]);
  });
});

test("nobody sends what fits no packet", async () => {
  const from = '{sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.8.8")}';
  const text = [
    "socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK, IPPROTO_IP) = 3",
    'bind(3, {sa_family=AF_INET, sin_port=htons(5), sin_addr=inet_addr("0.0.0.0")}, 16) = 0',
    `recvfrom(3, "x", 9007199254740991, 0, ${from}, [16]) = 9007199254740991`,
    `recvfrom(3, "x"..., 100000, 0, ${from}, [16]) = 70000`,
  ];
  const io = memoryIo({ files: { "a.nt": `${text.join("\n")}\n` } });
  expect(await main(["run", "--net", "lan", "a.nt"], io)).toBe(1);
  expect(io.err).toMatch(/a\.nt:4:\d+: recvfrom: expected = 70000, got = -1 EAGAIN/);
});

test("what comes for a call is what is expected of it", async () => {
  const from = '{sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.8.8")}';
  const text = [
    "socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK, IPPROTO_IP) = 3",
    'bind(3, {sa_family=AF_INET, sin_port=htons(5), sin_addr=inet_addr("0.0.0.0")}, 16) = 0',
    `recvfrom(3, "answer", 100, 0, ${from}, [16]) = 6`,
    "expect packet eth0 in udp src 8.8.8.8:53 data answer",
    "expect Udp.InDatagrams +1",
    "expect call udp_rcv",
    `recvfrom(3, 0x7ffc, 100, 0, 0x7ffd, [16]) = -1 EAGAIN (Resource temporarily unavailable)`,
    "expect no packet",
  ];
  const io = memoryIo({ files: { "a.nt": `${text.join("\n")}\n` } });
  const status = await main(["run", "--net", "lan", "a.nt"], io);
  expect([io.err.split("\n").filter((line) => !line.includes(": note: ")), status]).toEqual([[""], 0]);
});
