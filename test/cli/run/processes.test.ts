// SPDX-License-Identifier: GPL-2.0-only
/** The processes of a log and their descriptors: threads, forks, programs, limits, namespaces, and what was open before. */
import { describe, expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { memoryIo } from "../../../src/cli/memory-io.ts";

async function run(
  lines: readonly string[],
  ...options: string[]
): Promise<{ status: number; out: string; err: string }> {
  const io = memoryIo({ files: { "a.nt": `${lines.join("\n")}\n` } });
  const status = await main(["run", ...options, "a.nt"], io);
  return { status, out: io.out, err: io.err };
}

const addr = (port: number, host = "127.0.0.1"): string =>
  `{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("${host}")}`;
const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3";
const NOT_HERE = "calls on descriptors that the log does not show being opened";
const send = (fd: number | string, ret: string | number = 2): string =>
  `sendto(${fd}, "hi", 2, 0, ${addr(9)}, 16) = ${ret}`;

describe("descriptors are those of the log", () => {
  test("above 1023, too", async () => {
    const { status, err, out } = await run([
      "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 1024",
      send(1024),
      "dup(1024) = 70000",
      "fcntl(1024, F_DUPFD, 3000) = 3000",
      "dup2(1024, 5000) = 5000",
      "poll([{fd=70000, events=POLLOUT}], 1, 0) = 1 ([{fd=70000, revents=POLLOUT}])",
      "close(1024) = 0",
    ]);
    expect([status, err]).toEqual([0, ""]);
    expect(out).toContain("sendto(1024, ");
  });

  test.each([
    "setrlimit(RLIMIT_NOFILE, {rlim_cur=4*1024, rlim_max=4*1024}) = 0",
    "prlimit64(0, RLIMIT_NOFILE, {rlim_cur=4*1024, rlim_max=4*1024}, NULL) = 0",
    "prlimit64(0, RLIMIT_NOFILE, NULL, {rlim_cur=4096, rlim_max=RLIM64_INFINITY}) = 0",
    "getrlimit(RLIMIT_NOFILE, {rlim_cur=4096, rlim_max=RLIM_INFINITY}) = 0",
  ])("up to the limit that is set: %s", async (limit) => {
    const calls = ["dup2(3, 4096) = -1 EBADF (Bad file descriptor)", "fcntl(3, F_DUPFD, 4095) = 4095"];
    const { status, err } = await run([limit, SOCKET, ...calls]);
    expect([status, err]).toEqual([0, ""]);
  });

  test("none is left where other files have them all", async () => {
    const full = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = -1 EMFILE (Too many open files)";
    const { status, err } = await run([full, SOCKET, "dup(3) = -1 EMFILE (Too many open files)", send(3)]);
    expect([status, err]).toEqual([0, ""]);
  });

  test("a socket that is not in the log takes no number", async () => {
    const { status, err } = await run([
      "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = -1 ENFILE (Too many open files in system)",
      'read(3, "# Conf", 4096) = 6',
    ]);
    expect(status).toBe(1);
    expect(err).toContain("a.nt:1:41: socket: expected = -1 ENFILE");
    expect(err).toContain(`a.nt:2:1: note: not simulated: ${NOT_HERE}`);
    expect(err).toContain("1 thing not as written");
  });

  test("one whose socket failed here is said to be that", async () => {
    const { status, err } = await run([
      "socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) = 3",
      "setsockopt(3, SOL_IP, IP_RECVERR, [1], 4) = 0",
      String.raw`sendto(3, "\10\0\0\0\0\0\0\1abcdefgh", 16, 0, ${addr(0)}, 16) = 16`,
      "close(3) = 0",
      'read(3, "x", 1) = 1',
    ]);
    expect(status).toBe(1);
    expect(err).toContain("gid=0 low=1 high=0");
    const label = "calls on descriptor 3, whose socket failed here in line 1";
    expect(err).toContain(`a.nt:2:1: note: not simulated: ${label}`);
    expect(err).toContain(`${label} (3, first in line 2); ${NOT_HERE} (1, first in line 5)`);
    expect(err).toContain("1 thing not as written");
  });
});

describe("forks", () => {
  const FORK = "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f00) = 18";

  test("a child that closed its copy does not read its parent's socket", async () => {
    const { status, err, out } = await run([
      SOCKET,
      FORK,
      "strace: Process 18 attached",
      "[pid 18] close(3) = 0",
      '[pid 18] read(3, "# Conf", 4096) = 6',
      `[pid 17] connect(3, ${addr(53)}, 16) = 0`,
      '[pid 17] sendto(3, "abc", 3, 0, NULL, 0) = 3',
    ]);
    expect(status).toBe(0);
    expect(err).toContain(`a.nt:5:10: note: not simulated: ${NOT_HERE}`);
    expect(out).not.toContain("read(");
    expect(out).toContain('sendto(3, "abc", 3, 0, NULL, 0)         = 3');
  });

  test("nor does one whose socket the next program does not get", async () => {
    const { status, err } = await run([
      "socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 3",
      "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 4",
      "fcntl(4, F_SETFD, FD_CLOEXEC) = 0",
      "fcntl(3, F_DUPFD_CLOEXEC, 5) = 5",
      "dup3(3, 6, O_CLOEXEC) = 6",
      "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 7",
      FORK,
      '[pid 18] execve("/bin/x", ["x"], 0x7ffd /* 3 vars */) = 0',
      ...[3, 4, 5, 6].map((fd) => `[pid 18] read(${fd}, "abc", 100) = 3`),
      `[pid 18] ${send(7)}`,
      ...[3, 4, 5, 6, 7].map((fd) => `[pid 17] ${send(fd)}`),
    ]);
    expect(status).toBe(0);
    expect(err).toContain(`${NOT_HERE} (4, first in line 9)`);
    expect(err).toContain("11 calls made, 4 skipped");
  });

  test("a child's first line may come before its parent's clone returns", async () => {
    const { status, err } = await run([
      `100 ${SOCKET}`,
      "100 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f00 <unfinished ...>",
      `101 ${send(3)}`,
      "101 close(3) = 0",
      "100 <... clone resumed>) = 101",
      `100 ${send(3)}`,
      '101 read(3, "abc", 100) = 3',
    ]);
    expect(status).toBe(0);
    expect(err).toContain("4 calls made, 1 skipped");
  });

  test("a number that both have is each one's own", async () => {
    const { status, err } = await run([
      `100 ${SOCKET}`,
      `100 bind(3, ${addr(5000)}, 16) = 0`,
      `101 ${SOCKET}`,
      `101 sendto(3, "hello", 5, 0, ${addr(5000)}, 16) = 5`,
      '100 recvfrom(3, "hello", 100, 0, NULL, NULL) = 5',
    ]);
    expect([status, err]).toEqual([0, ""]);
  });

  test("what is read where a socket was is no datagram of its peer's", async () => {
    const refused = "= -1 ECONNREFUSED (Connection refused)";
    const connected = [SOCKET, `connect(3, ${addr(514)}, 16) = 0`];
    const child = [
      "vfork() = 77",
      "[pid 77] dup2(3, 1) = 1",
      "[pid 77] close_range(3, 4294967295, CLOSE_RANGE_UNSHARE) = 0",
      '[pid 77] execve("/bin/echo", ["echo"], 0x0) = 0',
      '[pid 77] write(1, "hi", 2) = 2',
      '[pid 77] read(3, "ELF", 832) = 3',
      "[pid 77] +++ exited with 0 +++",
    ];
    const first = await run([...connected, ...child, `write(3, "bye", 3) ${refused}`]);
    expect(first.status).toBe(0);
    const file = [
      "dup(3) = 4",
      "close(3) = 0",
      'openat(AT_FDCWD, "/x", O_RDONLY) = 3',
      'read(3, "abc", 9) = 3',
    ];
    const second = await run([
      ...connected,
      ...file,
      'write(4, "hi", 2) = 2',
      `write(4, "bye", 3) ${refused}`,
    ]);
    expect(second.status).toBe(0);
  });

  test("descriptors that close_range closed are closed", async () => {
    const { status, err } = await run([
      SOCKET,
      "close_range(3, 4294967295, 0) = 0",
      send(3, "-1 EBADF (Bad file descriptor)"),
    ]);
    expect([status, err]).toEqual([0, ""]);
    const kept = await run([SOCKET, "close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) = 0", send(3)]);
    expect([kept.status, kept.err]).toEqual([0, ""]);
  });
});

describe("threads", () => {
  const ATTACHED = [
    "101 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 3",
    "102 close(3)                          = 0",
    '102 openat(AT_FDCWD, "/etc/hostname", O_RDONLY|O_CLOEXEC) = 3',
    "101 read(3,  <unfinished ...>",
    "102 +++ exited with 0 +++",
    '101 <... read resumed>"vm\\n", 20)     = 3',
    "101 +++ exited with 0 +++",
  ];

  test("whose beginning is not in the log share what they use of each other", async () => {
    const { status, err, out } = await run(ATTACHED);
    expect(status).toBe(0);
    expect(err).toContain("2 calls made, 2 skipped: calls that do not concern the network");
    expect(out).not.toContain("read(");
  });

  test("one that was there before a socket shares it for sure", async () => {
    const { status, err } = await run([
      "102 close(7) = 0",
      `101 ${SOCKET}`,
      `102 ${send(3)}`,
      "102 close(3) = 0",
      `101 ${send(3, "-1 EBADF (Bad file descriptor)")}`,
    ]);
    expect(status).toBe(0);
    expect(err).toContain("4 calls made, 1 skipped");
  });

  test("a socket that lives on after another's close was a copy", async () => {
    const { status, err, out } = await run([
      `101 ${SOCKET}`,
      "102 close(3) = 0",
      `101 ${send(3)}`,
      '102 read(3, "abc", 100) = 3',
    ]);
    expect(status).toBe(0);
    expect(err).toContain("3 calls made, 1 skipped");
    expect(out).not.toContain("read(");
  });

  test("that clone made share, until one of them runs another program", async () => {
    const thread = "clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD) = 18";
    const { status, err } = await run([
      thread,
      "[pid 18] socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 3",
      `[pid 17] ${send(3)}`,
      '[pid 18] execve("/bin/x", ["x"], 0x7ffd) = 0',
      `[pid 17] ${send(3)}`,
      `[pid 18] ${send(3, "-1 EBADF (Bad file descriptor)")}`,
    ]);
    expect([status, err]).toEqual([0, ""]);
  });
});

describe("many processes", () => {
  test("that come from each other in the wrong order, or in a circle, end in no recursion", async () => {
    const many = 20_000;
    const numbers = Array.from({ length: many }, (_, i) => 10 + i);
    const first = `${10 + many - 1} ${send(3)}`;
    const clones = numbers.slice(1).map((pid) => `${pid - 1} clone(flags=CLONE_FILES|CLONE_THREAD) = ${pid}`);
    const { status } = await run([
      `5 ${SOCKET}`,
      first,
      `5 clone(flags=CLONE_FILES) = 10`,
      ...clones.reverse(),
    ]);
    expect(status).toBe(0);
    const circle = [
      "5 close(9) = 0",
      "6 clone(flags=CLONE_FILES) = 7",
      "7 clone(flags=CLONE_FILES) = 6",
      `6 ${SOCKET}`,
      `7 ${send(3)}`,
    ];
    expect((await run(circle)).status).toBe(0);
  });
});

describe("another network", () => {
  const OTHER =
    "note: not simulated: network namespaces; the calls that follow are made in the same network\n";

  test.each([
    "setns(38, CLONE_NEWNET) = 0",
    "setns(38</proc/712/ns/net>, 0) = 0",
    "setns(38<net:[4026531992]>, 0) = 0",
    "unshare(CLONE_NEWNS|CLONE_NEWNET) = 0",
    "clone(child_stack=NULL, flags=CLONE_NEWNET|SIGCHLD) = 18",
    "clone3({flags=CLONE_NEWNET, exit_signal=SIGCHLD, stack=NULL, stack_size=0}, 88) = 18",
  ])("%s is named as what it is", async (call) => {
    const { status, err } = await run(["# why", call, SOCKET]);
    expect(status).toBe(0);
    expect(err).toContain(`a.nt:2:1: ${OTHER}`);
    expect(err).toContain(
      "    to run those after line 2 in a separate network: tail -n +3 a.nt | nettrace run --net FILE -\n",
    );
    expect(err).toContain("1 call made, 1 skipped: network namespaces (1, first in line 2)");
  });

  test("listen and accept are not among the other calls", async () => {
    const refused = "= -1 EOPNOTSUPP (Operation not supported)";
    const { err } = await run([
      SOCKET,
      `listen(3, 5) ${refused}`,
      `accept4(3, NULL, NULL, 0) ${refused}`,
      "listen(9, 5) = 0",
    ]);
    expect(err).toContain(
      "listen and accept, which connectionless sockets do not support (2, first in line 2)",
    );
    expect(err).toContain(`${NOT_HERE} (1, first in line 4)`);
  });

  test("other namespaces are none", async () => {
    const { err } = await run(["setns(38, CLONE_NEWNS) = 0", "unshare(CLONE_NEWNS) = 0", SOCKET]);
    expect(err).toContain("2 skipped: calls that do not concern the network");
    const perhaps = await run(["setns(38, 0) = 0", SOCKET]);
    expect(perhaps.err).toContain("not simulated: a namespace of unknown kind; the calls");
  });
});

describe("what was open before the log began", () => {
  const TAKEN = "the log uses it without opening it\n";

  test("is what -yy says", async () => {
    const { status, err } = await run([
      send("21<UDP:[127.0.0.1:5000]>"),
      "recvfrom(21<UDP:[127.0.0.1:5000]>, 0x7ffd, 10, MSG_DONTWAIT, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)",
      `getsockname(21<UDP:[127.0.0.1:5000]>, ${addr(5000)}, [16]) = 0`,
      'sendto(22<UDP:[127.0.0.1:5001->127.0.0.1:5000]>, "you", 3, 0, NULL, 0) = 3',
      'read(21<UDP:[127.0.0.1:5000]>, "you", 10) = 3',
      'write(23<TCP:[127.0.0.1:1->127.0.0.1:2]>, "x", 1) = 1',
      'sendto(24<UDPv6:[[::1]:1]>, "x", 1, 0, NULL, 0) = 1',
      'read(25</etc/hosts>, "x", 1) = 1',
    ]);
    expect(status).toBe(0);
    expect(err).toContain(
      `a.nt:1:1: note: descriptor 21 is assumed to be a UDP socket, bound to 127.0.0.1:5000: ${TAKEN}`,
    );
    const both = "bound to 127.0.0.1:5001, connected to 127.0.0.1:5000";
    expect(err).toContain(`a.nt:4:1: note: descriptor 22 is assumed to be a UDP socket, ${both}: ${TAKEN}`);
    expect(err).toContain("5 calls made, 3 skipped: TCP sockets (1, first in line 6); AF_INET6 sockets");
  });

  test("is a UDP socket where a datagram has an address", async () => {
    const { status, err } = await run([
      "setsockopt(22, SOL_SOCKET, SO_BROADCAST, [1], 4) = 0",
      "poll([{fd=22, events=POLLOUT}], 1, 0) = 1 ([{fd=22, revents=POLLOUT}])",
      send(22),
      `getsockname(22, ${addr(4242, "0.0.0.0")}, [16]) = 0`,
    ]);
    expect(status).toBe(0);
    expect(err).toBe(
      `a.nt:1:1: note: descriptor 22 is assumed to be a UDP socket, bound to 0.0.0.0:4242: ${TAKEN}`,
    );
  });

  test("hears what comes from elsewhere", async () => {
    const { status, err } = await run(
      [
        `recvfrom(5, "ask", 512, 0, ${addr(4000, "192.0.2.9")}, [16]) = 3`,
        `sendto(5, "hi", 2, 0, ${addr(4000, "192.0.2.9")}, 16) = 2`,
      ],
      "--net",
      "lan",
    );
    expect(status).toBe(0);
    expect(err).toContain("note: descriptor 5 is assumed to be a UDP socket");
    const here = await run([
      `recvfrom(5, "ask", 512, 0, ${addr(4000)}, [16]) = 3`,
      `sendto(5, "hi", 2, 0, ${addr(4000)}, 16) = 2`,
    ]);
    expect(here.status).toBe(0);
    expect(here.err).not.toContain("skipped");
  });

  test("and what cannot be told is one line to add", async () => {
    const log = ['sendto(22, "hi", 2, 0, NULL, 0) = -1 EDESTADDRREQ (Destination address required)'];
    const { status, err } = await run(log);
    expect(status).toBe(0);
    const line = "socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 22";
    const text =
      "note: descriptor 22 is not opened in the log; if it is a UDP socket, add this line at the top to run its calls:";
    expect(err).toContain(`a.nt:1:1: ${text}\n    ${line}\n`);
    const added = await run([line, ...log]);
    expect([added.status, added.err]).toEqual([0, ""]);
  });

  test("what sends to no port is a raw socket, or one of ICMP's own: what comes back tells", async () => {
    const echo = String.raw`sendto(8, "\10\0\367\375\0\1\0\1", 8, 0, ${addr(0)}, 16) = 8`;
    const raw = await run([echo]);
    expect(raw.err).toContain("descriptor 8 is assumed to be a raw socket of protocol 1: the log");
    const back = String.raw`recvfrom(8, "\0\0\377\375\0\1\0\1", 64, 0, ${addr(0)}, [16]) = 8`;
    const ping = await run([echo, back]);
    const [, ...lines] = ping.err.split("\n    ").map((line) => line.split("\n")[0] as string);
    expect(lines).toEqual([
      'sysctl -w net.ipv4.ping_group_range="0 2147483647"',
      "socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) = 8",
    ]);
    const added = await run([...lines, echo, back]);
    expect([added.status, added.err]).toEqual([0, ""]);
    const packet = String.raw`sendto(8, "E\0\0\34", 28, 0, ${addr(33434)}, 16) = 28`;
    const whole = await run([packet.replace("33434", "0")]);
    expect(whole.err).toContain("a raw socket of protocol 255");
  });

  test("a socket that is connected anew, or to nobody, is one of datagrams", async () => {
    const log = [
      'openat(AT_FDCWD, "/etc/gai.conf", O_RDONLY) = 3',
      `connect(3, ${addr(80)}, 16) = 0`,
      'connect(3, {sa_family=AF_UNSPEC, sa_data="\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0"}, 16) = 0',
      `connect(3, ${addr(81)}, 16) = 0`,
    ];
    const { err, out } = await run(log);
    expect(err).toContain("descriptor 3 is assumed to be a UDP socket: the log uses it without opening it");
    expect(out.match(/^connect/gm)).toHaveLength(3);
  });

  test("sockets of other kinds are not taken for UDP", async () => {
    const { err } = await run([
      `connect(5, ${addr(80)}, 16) = -1 EINPROGRESS (Operation now in progress)`,
      "setsockopt(5, SOL_TCP, TCP_NODELAY, [1], 4) = 0",
      "listen(6, 5) = 0",
      'sendto(7, "x", 1, 0, {sa_family=AF_UNIX, sun_path="/dev/log"}, 110) = 1',
    ]);
    expect(err).not.toContain("assumed to be");
    expect(err).toContain("TCP sockets (2, first in line 1)");
    expect(err).toContain("AF_UNIX sockets (1, first in line 4)");
  });
});
