// SPDX-License-Identifier: GPL-2.0-only
/** nettrace run: what it prints, what it compares, how it ends. */
import { describe, expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { type MemoryIo, memoryIo } from "../../../src/cli/memory-io.ts";

const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3";
const TO = (port: number): string =>
  `{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("127.0.0.1")}, 16`;
const SEND = `sendto(3, "hello", 5, 0, ${TO(9999)}) = 5`;

async function run(
  lines: readonly string[],
  ...options: string[]
): Promise<{ status: number; io: MemoryIo }> {
  const io = memoryIo({ files: { "a.nt": `${lines.join("\n")}\n` } });
  return { status: await main(["run", ...options, "a.nt"], io), io };
}

describe("a machine that panics", () => {
  const CORK = `sendto(3, "a"..., 9000, MSG_MORE, 0, ${TO(9999)})`.replace("MSG_MORE, 0", "MSG_MORE");

  test("is shown up to there, and is the end of its scenario", async () => {
    const { status, io } = await run([SOCKET, CORK, CORK, "close(3)", "expect no errno"], "--trace", "all");
    expect(status).toBe(1);
    expect(io.err).toMatch(
      /a\.nt:3:1: the simulated kernel panicked, as the real one would: __ip_append_data /,
    );
    expect(io.err).toMatch(/a\.nt: 1 thing not as written\n$/);
    expect(io.out).toMatch(/sendto\(3, .*\) = \?\n/);
    expect(io.out).toMatch(/__ip_append_data\(.*never returned/);
    expect(io.out).toContain("✗ panic: sendto never returned: the kernel panicked");
    expect(io.out).not.toContain("close(3)");
  });

  test("is left as it was by --update, but for what came before", async () => {
    const { io } = await run([SOCKET, CORK, CORK, "close(3)"], "--update");
    const lines = Buffer.from(io.files.get("a.nt") ?? "")
      .toString()
      .split("\n");
    expect(lines.slice(1)).toEqual([`${CORK} = 9000`, CORK, "close(3)", ""]);
  });
});

describe("what is written is compared with what comes", () => {
  test("nothing to say where they agree", async () => {
    const { status, io } = await run([SOCKET, SEND]);
    expect(status).toBe(0);
    expect(io.out).toBe(`${SOCKET}\n${SEND}\n`);
    expect(io.err).toBe("");
  });

  test("a result that differs is shown with its place and its reason", async () => {
    const { status, io } = await run([SOCKET, `sendto(3, "x", 1, 0, ${TO(0)}) = 1 <0.000012>`]);
    expect(status).toBe(1);
    expect(io.err).toMatch(
      /^a\.nt:2:\d+: sendto: expected = 1, got = -1 EINVAL \(Invalid argument\)\n {4}decided in udp_sendmsg .*\n/,
    );
    const column = Number(/^a\.nt:2:(\d+):/.exec(io.err)?.[1]);
    expect(`sendto(3, "x", 1, 0, ${TO(0)}) = 1`.slice(column - 1)).toBe("= 1");
    expect(io.out).toContain("= -1 EINVAL (Invalid argument)\n");
    expect(io.err).toMatch(/a\.nt: 1 thing not as written\n$/);
  });

  test("so are data, addresses, option values and flags", async () => {
    const { status, io } = await run([
      SOCKET,
      `bind(3, ${TO(5000)}) = 0`,
      `sendto(3, "hello", 5, 0, ${TO(5000)}) = 5`,
      `recvfrom(3, "jello", 100, 0, ${TO(5001).replace(", 16", ", [16]")}) = 5`,
      "getsockopt(3, SOL_IP, IP_TTL, [63], [4]) = 0",
      `getsockname(3, ${TO(5002).replace(", 16", ", [16]")}) = 0`,
      `sendto(3, "hello", 5, 0, ${TO(5000)}) = 5`,
      'recvmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="he", iov_len=2}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 2',
    ]);
    expect(status).toBe(1);
    expect(io.err).toContain(
      'a.nt:4:1: recvfrom: data: expected "jello", got "hello"\n    address: expected',
    );
    expect(io.err).toContain("getsockopt: value: expected [63], got [64]");
    expect(io.err).toMatch(/getsockname: address: expected .*htons\(5002\).* got .*htons\(5000\)/);
    expect(io.err).toContain("recvmsg: flags: expected 0, got MSG_TRUNC");
    expect(io.err).toContain("a.nt: 4 things not as written");
  });

  test("= ? and -1 without a name say little", async () => {
    const { status } = await run([
      SOCKET,
      `sendto(3, "x", 1, 0, ${TO(0)}) = -1`,
      `sendto(3, "x", 1, 0, ${TO(9)}) = ?`,
    ]);
    expect(status).toBe(0);
  });
});

describe("what the kernel chose freely is taken from the log", () => {
  test("descriptors", async () => {
    const { status, io } = await run([
      "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 17",
      "dup(17) = 42",
      `sendto(42, "x", 1, 0, ${TO(9)}) = 1`,
      "fcntl(17, F_DUPFD, 100) = 100",
    ]);
    expect([status, io.err]).toEqual([0, ""]);
    expect(io.out).toContain("sendto(42, ");
  });

  test("a port that a later line shows", async () => {
    const name =
      'getsockname(3, {sa_family=AF_INET, sin_port=htons(45678), sin_addr=inet_addr("0.0.0.0")}, [16]) = 0';
    const { status, io } = await run([SOCKET, SEND, name]);
    expect([status, io.err]).toEqual([0, ""]);
  });

  test("the port of a sender that only the receiver names", async () => {
    const { status, io } = await run([
      SOCKET,
      "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 4",
      `bind(4, ${TO(5000)}) = 0`,
      `sendto(3, "hello", 5, 0, ${TO(5000)}) = 5`,
      `recvfrom(4, "hello", 100, 0, ${TO(43210).replace(", 16", ", [16]")}) = 5`,
    ]);
    expect([status, io.err]).toEqual([0, ""]);
  });

  test("what a program outside of the log sent", async () => {
    const { status, io } = await run([
      SOCKET,
      `connect(3, ${TO(53)}) = 0`,
      'sendto(3, "query", 5, 0, NULL, 0) = 5',
      'recvfrom(3, "answer", 100, 0, NULL, NULL) = 6',
      'sendto(3, "query", 5, 0, NULL, 0) = 5',
      'recvfrom(3, "answer"..., 100, 0, NULL, NULL) = 60',
    ]);
    expect(status).toBe(0);
    expect(io.err).toContain(
      "a.nt:4:1: note: datagrams of programs outside of the log are sent by substitutes",
    );
  });

  test("time: pauses of the log are pauses of the machine", async () => {
    const { io } = await run([
      "ip link add eth0 type veth peer name far0",
      "ip link set eth0 up",
      "ip link set far0 up",
      "ip addr add 192.0.2.10/24 dev eth0",
      `23:59:59.500000 ${SOCKET}`,
      '23:59:59.600000 sendto(3, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.1")}, 16) = 1',
      "ip neigh",
      "00:00:03.600000 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0",
      "ip neigh",
    ]);
    expect(io.out).toMatch(/INCOMPLETE[\s\S]*FAILED/);
  });
});

describe("what is not simulated", () => {
  test("is noted once each kind, and counted", async () => {
    const { status, io } = await run([
      "socket(AF_INET6, SOCK_DGRAM, IPPROTO_IP) = 3",
      "close(3) = 0",
      "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3",
      'connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
      'write(3, "GET /", 5) = 5',
      'openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 4',
      'read(4, "127.0.0.1", 100) = 9',
      "brk(NULL) = 0x55d0c0a5e000",
    ]);
    expect(status).toBe(0);
    expect(io.out).toBe("");
    expect(io.err.match(/: note: not simulated: .*/g)).toEqual([
      ": note: not simulated: AF_INET6 sockets",
      ": note: not simulated: TCP sockets",
      ": note: not simulated: calls that do not concern the network",
    ]);
    expect(io.err).toContain("a.nt: 0 calls made, 8 skipped: TCP sockets (3, first in line 3); ");
  });

  test("a bad descriptor is simulated where that is what the line says", async () => {
    const { status, io } = await run(['sendto(99, "x", 1, 0, NULL, 0) = -1 EBADF (Bad file descriptor)']);
    expect([status, io.err]).toEqual([0, ""]);
    expect((await run(['sendto(99, "x", 1, 0, NULL, 0) = 1'])).io.err).toContain(
      "does not show being opened",
    );
  });
});

describe("processes", () => {
  test("have descriptors of their own, and halves of calls find each other", async () => {
    const { status, io } = await run([
      `100 ${SOCKET}`,
      `100 bind(3, ${TO(5000)}) = 0`,
      "100 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f0000000000) = 101",
      "100 recvfrom(3,  <unfinished ...>",
      "101 close(3) = 0",
      `101 ${SOCKET}`,
      `101 sendto(3, "hello", 5, 0, ${TO(5000)} <unfinished ...>`,
      '100 <... recvfrom resumed>"hello", 100, 0, NULL, NULL) = 5',
      "101 <... sendto resumed>) = 5",
      "101 +++ exited with 0 +++",
      "100 recvfrom(3, 0x7ffd00000000, 100, MSG_DONTWAIT, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)",
    ]);
    expect([status, io.err]).toEqual([0, ""]);
    expect(io.out).toContain('[pid 101] sendto(3, "hello", 5');
  });

  test("privileges are dropped with setuid", async () => {
    const { status } = await run([
      SOCKET,
      "setuid(1000) = 0",
      `bind(3, ${TO(53)}) = -1 EACCES (Permission denied)`,
    ]);
    expect(status).toBe(0);
  });
});

describe("expectations", () => {
  test("that are met say nothing", async () => {
    const { status, io } = await run([
      SOCKET,
      SEND,
      "expect Udp.NoPorts +1 IcmpOutMsgs +1",
      "expect rt_cache.out_slow_tot +2 rt.out_slow_tot +2 lo.tx_packets +2 dev:lo.tx_packets +2",
      "expect packet lo out udp dst 127.0.0.1:9999 len 5 data hello ttl 64",
      "expect 2 packets icmp type 3 code 3",
      "expect no packet arp",
      "expect call udp_send*",
      "expect no call ip_forward",
      "expect note 'no socket'",
      "expect no errno",
      "expect return 5",
      `sendto(3, "x", 1, 0, ${TO(0)})`,
      "expect errno EINVAL",
    ]);
    expect([status, io.err]).toEqual([0, ""]);
  });

  test("that are not show what happened instead", async () => {
    const { status, io } = await run([
      SOCKET,
      SEND,
      "expect Udp.NoPorts +2",
      "expect packet lo out udp dst 127.0.0.1:9998",
      "expect no call icmp_send",
      "expect errno EAGAIN",
    ]);
    expect(status).toBe(1);
    expect(io.err).toContain("a.nt:3:1: expect Udp.NoPorts +2: expected Udp.NoPorts +2, got +1\n    moved ");
    expect(io.err).toMatch(
      /a\.nt:4:1: .*got none\n {4}packet lo out udp src 127\.0\.0\.1:\d+ dst 127\.0\.0\.1:9999 ttl 64 len 5 df\n/,
    );
    expect(io.err).toContain("expected no call of icmp_send, got icmp_send\n");
    expect(io.err).toContain("expected EAGAIN, got 5\n");
    expect(io.err).toContain(`    after ${SEND.split(" = ")[0]}`);
    expect(io.err).toMatch(/a\.nt: 4 things not as written\n$/);
  });

  test("a refused command is a failure, unless it is expected", async () => {
    const refused = await run(["ip link set nope up"]);
    expect(refused.status).toBe(1);
    expect(refused.io.err).toContain('a.nt:1:1: refused: Cannot find device "nope"');
    expect(refused.io.out).toBe('$ ip link set nope up\nCannot find device "nope"\n');
    expect((await run(["ip link set nope up", "expect errno ENODEV"])).status).toBe(0);
  });
});

describe("--update", () => {
  const update = async (text: string): Promise<{ after: string; io: MemoryIo; status: number }> => {
    const io = memoryIo({ files: { "a.nt": Buffer.from(text, "latin1") } });
    const status = await main(["run", "--update", "a.nt"], io);
    return { after: Buffer.from(io.files.get("a.nt") ?? "").toString("latin1"), io, status };
  };

  test("puts the results that come, and leaves all else as it is", async () => {
    const before = [
      "# \xe9 a comment\r",
      "",
      `12:00:00 ${SOCKET}`,
      `sendto(3, "x", 1, 0, ${TO(0)}) = 1 <0.000009> # why?`,
      "close(3)",
      `sendto(3, "x", 1, 0, ${TO(9)}) = 1`,
      "expect errno EBADF",
      "",
    ].join("\n");
    const { after, io, status } = await update(before);
    expect(after).toBe(
      before
        .replace("= 1 <", "= -1 EINVAL (Invalid argument) <")
        .replace("close(3)\n", `close(3)${" ".repeat(31)} = 0\n`)
        .replace(/= 1\nexpect/, "= -1 EBADF (Bad file descriptor)\nexpect"),
    );
    expect(io.err).toContain("a.nt: 3 lines updated");
    expect(status).toBe(0);
    expect((await update(after)).after).toBe(after);
  });

  test("rewrites a call of which more than the result differs", async () => {
    const { after } = await update(`${SOCKET}\n[pid 7] getsockopt(3, SOL_IP, IP_TTL, [63], [4]) = 0\n`);
    expect(after).toBe(`${SOCKET}\n[pid 7] getsockopt(3, SOL_IP, IP_TTL, [64], [4]) = 0\n`);
  });

  test("changes nothing where a line is wrong, or where there is no file", async () => {
    const text = `${SOCKET}\n${SEND.replace("= 5", "= 6")}\nsento(3)\n`;
    const { after, status } = await update(text);
    expect([status, after]).toEqual([2, text]);
    const io = memoryIo({ stdin: text });
    expect(await main(["run", "--update", "-"], io)).toBe(2);
  });
});

describe("files and formats", () => {
  test("standard input, and several files one after the other", async () => {
    const io = memoryIo({ stdin: `${SOCKET}\n`, files: { "b.nt": `${SOCKET}\n${SEND}\n` } });
    expect(await main(["run", "-", "b.nt"], io)).toBe(0);
    expect(io.out).toBe(`==> <stdin> <==\n${SOCKET}\n\n==> b.nt <==\n${SOCKET}\n${SEND}\n`);
  });

  test("each file has a machine of its own", async () => {
    const text = `ip link add d0 type dummy\n${SOCKET}\n`;
    const io = memoryIo({ files: { a: text, b: text } });
    expect(await main(["run", "a", "b"], io)).toBe(0);
  });

  test("--trace and --format graph show graphs, strace lines are the default", async () => {
    expect((await run([SOCKET, SEND])).io.out).not.toContain("udp_sendmsg");
    expect((await run([SOCKET, SEND], "--format", "graph")).io.out).toContain("udp_sendmsg");
    expect((await run([SOCKET, SEND], "--trace", "all")).io.out).toContain("sys_socket");
  });

  test("what commands print keeps out of formats for programs", async () => {
    const { io } = await run(["ip rule", SOCKET], "--format", "json");
    for (const line of io.out.trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
    expect(io.err).toContain("from all lookup local");
  });

  test("a format that holds one session takes one file", async () => {
    const io = memoryIo({ files: { a: SOCKET, b: SOCKET } });
    expect(await main(["run", "--format", "pcap", "-o", "x", "a", "b"], io)).toBe(2);
    expect(io.err).toContain("--format pcap holds one session: expected one file, got 2");
    expect(io.files.has("x")).toBe(false);
  });

  test("--net is the network before the first line", async () => {
    const { status, io } = await run(["ip addr show eth0"], "--net", "lan");
    expect(status).toBe(0);
    expect(io.out).toContain("inet 192.0.2.10/24");
  });
});

describe("errors", () => {
  test.each<[string, string]>([
    ["sento(3)", 'a.nt:2:1: unknown word "sento", expected a system call; did you mean "sendto"?'],
    [
      'sendto(3, "x", 1, MSG_DONTWIAT, NULL, 0)',
      '2:19: unknown word "MSG_DONTWIAT", expected a MSG_ flag; did you mean "MSG_DONTWAIT"?',
    ],
    [
      "sendto(3)",
      "a.nt:2:9: sendto with 1 argument, expected 6: sockfd, buf, len, flags, dest_addr, addrlen",
    ],
    ['sendto(3, "x, 1', 'a.nt:2:11: cannot read "\\"x, 1", expected a closing `"`'],
    ["close(3) = -1 EBADFD1", 'unknown word "EBADFD1", expected an errno name; did you mean "EBADFD"?'],
    ["close(3) = x", 'a.nt:2:12: cannot read "x", expected a result'],
    ["ip lnk", 'a.nt:2:4: unknown word "lnk"'],
    ["expect pakcet lo", 'a.nt:2:8: unknown word "pakcet"'],
    [
      "expect Udp.NoPort +1",
      'a.nt:2:8: unknown word "Udp.NoPort", expected a counter; did you mean "Udp.NoPorts"?',
    ],
    ["expect call udp_sendmsgg", 'did you mean "udp_sendmsg"?'],
    ["cat /proc/net/smnp", 'did you mean "/proc/net/snmp"?'],
    ["$ ls", 'a.nt:2:1: cannot read "$", expected a system call as printed by strace, a command'],
    ["hello world", 'a.nt:2:1: cannot read "hello"'],
    ["\u001b[31mred", 'cannot read "\\\\u001b[31mred"'],
  ])("%s", async (line, message) => {
    const { status, io } = await run([SOCKET, line], "-o", "trace");
    expect(status).toBe(2);
    expect(io.out).toBe("");
    expect(io.err).toMatch(/^nettrace: a\.nt:2:[^\n]+\n$/);
    expect(io.err).toContain(message.replace("\\\\u", "\\u"));
    expect(io.files.has("trace")).toBe(false);
  });

  test("a file that is not there", async () => {
    const io = memoryIo();
    expect(await main(["run", "nope.nt"], io)).toBe(2);
    expect(io.err).toBe("nettrace: cannot read nope.nt: no such file or directory\n");
    expect(await main(["run"], memoryIo())).toBe(2);
  });
});

describe("expect trace", () => {
  const SENT = `sendto(3, "hello", 5, 0, ${TO(9999)}) = 5`;
  const folder = (lines: readonly string[], files: Record<string, string> = {}): MemoryIo =>
    memoryIo({ files: { "s/a.nt": `${[SOCKET, SENT, ...lines].join("\n")}\n`, ...files } });
  const text = (io: MemoryIo, path: string): string => Buffer.from(io.files.get(path) ?? "").toString();

  test("--update writes it beside the scenario; then it is met", async () => {
    const io = folder(["expect trace lo.trace", "expect trace deep/lo.json"]);
    expect(await main(["run", "--update", "s/a.nt"], io)).toBe(0);
    expect(io.err).toBe("s/a.nt: 2 traces written\n");
    expect(text(io, "s/lo.trace")).toMatch(
      /^sendto\(3, "hello", 5, .*\) = 5\n {2}✗ lost: no socket .*\n {4}decided in .*\n\n socket │ sys_sendto\(/,
    );
    expect(JSON.parse(text(io, "s/deep/lo.json").split("\n")[0] ?? "")).toMatchObject({ ev: "syscall" });
    expect(await main(["run", "--jobs", "1", "--depth", "2", "s/a.nt"], io)).toBe(0);
    expect(await main(["run", "--update", "s/a.nt"], io)).toBe(0);
    expect(io.err).toBe("s/a.nt: 2 traces written\n");
  });

  test("what differs is shown", async () => {
    const io = folder(["expect trace lo.trace"]);
    await main(["run", "--update", "s/a.nt"], io);
    io.files.set("s/lo.trace", Buffer.from(text(io, "s/lo.trace").replace("size=5) {", "size=6) {")));
    expect(await main(["run", "s/a.nt"], io)).toBe(1);
    expect(io.err).toContain(
      "s/a.nt:3:1: expect trace lo.trace: the trace differs from lo.trace at line 6\n" +
        "    -         │   sock_sendmsg(sock#1, size=6) {\n    +         │   sock_sendmsg(sock#1, size=5) {\n",
    );
  });

  test("a recording's call trees are compared, and it is never written", async () => {
    const io = folder(["expect trace k.ftrace", "expect trace bound.ftrace"]);
    const record = (file: string, ...more: string[]): Promise<number> =>
      main(["sendto", "127.0.0.1", "9999", "hello", "--format", "ftrace", "-o", file, ...more], io);
    await record("s/k.ftrace");
    await record("s/bound.ftrace", "--bind", ":7");
    const before = text(io, "s/bound.ftrace");
    for (const update of [[], ["--update"]]) {
      expect(await main(["run", ...update, "s/a.nt"], io)).toBe(1);
    }
    expect(io.err).toContain("s/a.nt:4:1: expect trace bound.ftrace: the calls differ from bound.ftrace\n");
    expect(io.err).toContain(
      "in inet_sendmsg (net/ipv4/af_inet.c): here calls inet_autobind, bound.ftrace does not.",
    );
    expect(io.err).not.toContain("expect trace k.ftrace");
    expect(text(io, "s/bound.ftrace")).toBe(before);
  });

  test("one file cannot be two traces", async () => {
    const io = folder(["expect trace t", SENT, "expect trace t"]);
    expect(await main(["run", "--update", "s/a.nt"], io)).toBe(1);
    expect(io.err).toContain("s/a.nt:5:1: expect trace t: the trace differs from t at line ");
  });

  test.each(["../t", "/t", "a/../t", "./t", "t/", "''"])(
    "%s is no file beside the scenario",
    async (file) => {
      const io = folder([`expect trace ${file}`]);
      expect(await main(["run", "--update", "s/a.nt"], io)).toBe(2);
      expect(io.err).toMatch(
        /^nettrace: s\/a\.nt:3:14: cannot read ".*", expected a file in the scenario's directory\n$/,
      );
    },
  );

  test("one that is not there is said before anything runs", async () => {
    const io = folder(["expect trace lo.trace"]);
    expect(await main(["run", "s/a.nt"], io)).toBe(2);
    expect(io.out).toBe("");
    expect(io.err).toBe(
      "nettrace: s/a.nt:3:14: cannot read s/lo.trace: no such file or directory, expected a trace to compare with " +
        "(nettrace run --update writes it)\n",
    );
  });
});

test("a long text on standard input is the same as in a file", async () => {
  const text = `${SOCKET}\n${`# ${"x".repeat(997)}\n`.repeat(2500)}ip addr\n`;
  const [file, pipe] = [memoryIo({ files: { "a.nt": text } }), memoryIo({ stdin: text })];
  expect(await main(["run", "a.nt"], file)).toBe(0);
  expect(await main(["run", "-"], pipe)).toBe(0);
  expect(pipe.out).toBe(file.out);
  expect(pipe.out).toContain("inet 127.0.0.1/8");
});

test("a graph of which nothing is selected leaves no gap", async () => {
  const { io } = await run([SOCKET, SEND], "--trace", "all", "--only", "udp_sendmsg", "--counters=none");
  expect(io.out).toMatch(
    /really sent\n\nsocket\(.*\) = 3\nsendto\(.*\) = 5\n {2}✗ .*\n {4}decided .*\n {4}tried: .*\n\n {4}udp │ udp_sendmsg/,
  );
});

test("a time stamp from another world makes no call wait for years", async () => {
  const poll = "poll([{fd=3, events=POLLIN}], 1, -1) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)";
  const { io } = await run([SOCKET, `05:55:06.2 ${poll}`, `1795407892.5 ${SEND}`]);
  expect(io.out).toMatch(/\npoll\(.*\nsendto\(.*\) = 5\n$/);
});

test("a refusal outside of the network code has its reason too", async () => {
  const { status, io } = await run([
    "dup2(9, 10) = -1 EBADF (Bad file descriptor)",
    'expect note "the descriptor is not open"',
    SOCKET,
    "dup2(3, 5000) = -1 EBADF (Bad file descriptor)",
    'expect note "descriptor exceeds RLIMIT_NOFILE"',
    "close(77) = -1 EBADF (Bad file descriptor)",
    'expect note "the descriptor is not open"',
  ]);
  expect([status, io.err]).toEqual([0, ""]);
});
