// SPDX-License-Identifier: GPL-2.0-only
/** Transcripts as steps: every way in which strace writes a line, commands, expectations, and where errors are. */
import { describe, expect, test } from "vitest";
import { LineError } from "../../src/script/error.ts";
import { scenario } from "../../src/script/scenario.ts";
import type { CallStep, ScenarioStep } from "../../src/script/step.ts";

const DEVICES = { ifindex: (name: string): number | undefined => ({ lo: 1, eth0: 2 })[name] };
const steps = (...lines: string[]): ScenarioStep[] => [...scenario(lines, DEVICES)];

function call(...lines: string[]): CallStep {
  const [step, more] = steps(...lines);
  if (step?.kind !== "call" || more !== undefined) throw new Error(`no call: ${JSON.stringify(step)}`);
  return step;
}
function error(...lines: string[]): LineError {
  try {
    steps(...lines);
  } catch (e) {
    if (e instanceof LineError) return e;
    throw e;
  }
  throw new Error("accepted");
}

const CLOSE = { name: "close", fd: 3 };

describe("what stands before a call", () => {
  test.each<[string, number | undefined, boolean | undefined]>([
    ["close(3) = 0", undefined, undefined],
    ["12:34:56 close(3) = 0", 45_296, false],
    ["12:34:56.250000 close(3) = 0", 45_296.25, false],
    ["1700000000.500000 close(3) = 0", 1_700_000_000.5, false],
    ["1700000000 close(3) = 0", 1_700_000_000, false],
    ["     0.000123 close(3) = 0", 0.000123, true],
    ["12:34:56.250000 (+     0.000123) close(3) = 0", 45_296.25, false],
    ["[00007f1234567890] close(3) = 0", undefined, undefined],
    ["[   3] close(3) = 0", undefined, undefined],
    ["12:34:56 [   3] [00007f1234567890] close(3) = 0", 45_296, false],
  ])("%s", (line, seconds, relative) => {
    for (const pid of [
      "",
      "4711 ",
      "4711  ",
      "[pid 4711] ",
      "[pid  4711] ",
      "4711<python3> ",
      "[pid 4711<a b>] ",
    ]) {
      const step = call(pid + line);
      expect(step.call).toEqual(CLOSE);
      expect(step.written?.ret).toBe(0);
      expect(step.time?.seconds).toBe(seconds);
      expect(step.time?.relative).toBe(relative);
      expect(step.column).toBe(pid.length + line.indexOf("close") + 1);
    }
  });

  test("the first process is 0, whatever it is called", () => {
    const pids = steps("close(3) = 0", "[pid 7] close(3) = 0", "[pid 8] close(3) = 0", "close(3) = 0");
    expect(pids.map((s) => ("pid" in s ? s.pid : -1))).toEqual([0, 0, 8, 0]);
    const log = steps("strace: Process 9 attached", "[pid 9] close(3) = 0", "[pid 7] close(3) = 0");
    expect(log.map((s) => ("pid" in s ? s.pid : -1))).toEqual([9, 0]);
  });

  test("send(2) is sendto(2) of a 64-bit process, socketcall(2) of a 32-bit one", () => {
    const calls = steps(
      'send(3, "a", 1, 0) = 1',
      "strace: [ Process PID=7 runs in 32 bit mode. ]",
      'send(3, "a", 1, 0) = 1',
      'sendto(3, "a", 1, 0, NULL, 0) = 1',
      '[pid 8] send(3, "a", 1, 0) = 1',
      "[ Process PID=7 runs in 64 bit mode. ]",
      '[pid 7] send(3, "a", 1, 0) = 1',
    );
    const sendto = { name: "sendto", addr: null, addrlen: 0 };
    expect(calls).toMatchObject([
      { call: sendto },
      { call: { name: "send" } },
      { call: { ...sendto, compat: true } },
      { call: sendto },
      { call: sendto },
    ]);
    expect(calls.map((step) => "compat" in (step as CallStep).call)).toEqual([
      false,
      false,
      true,
      false,
      false,
    ]);
  });
  test("what strace says itself is no step", () => {
    expect(
      steps(
        "strace: Process 123 attached",
        "--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=3} ---",
        "[pid 9] --- stopped by SIGSTOP ---",
        "[ Process PID=123 runs in 32 bit mode. ]",
        " | 00000  61 61 61 61 61                                    aaaaa            |",
        " > /usr/lib/libc.so.6(__libc_sendto+0x1a) [0x10f1aa]",
        "% time     seconds  usecs/call     calls    errors syscall",
        "------ ----------- ----------- --------- --------- ----------------",
        "  0.00    0.000000           0         2           socket",
        "100.00    0.000000           0        30        10 total",
        "# a comment",
        "   ",
        "",
      ),
    ).toEqual([]);
    expect(steps("+++ exited with 0 +++", "7 +++ killed by SIGKILL +++").map((s) => s.kind)).toEqual([
      "exit",
      "exit",
    ]);
  });
});

describe("what stands behind it", () => {
  test.each<[string, number | undefined, boolean]>([
    ["close(3) = 0", 0, false],
    ["close(3)                                = -1 EBADF (Bad file descriptor)", -9, false],
    ["close(3) = -1 EBADF (Bad file descriptor) <0.000012>", -9, false],
    ["close(3) = -1 EBADF (Bad file descriptor) (INJECTED)", -9, false],
    ["close(3) = 0 <0.000012>   # a comment", 0, false],
    ["close(3) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)", undefined, true],
    ["close(3) = ?", undefined, true],
    ["close(3) = ? <unavailable>", undefined, true],
    ["close(3) = -1", undefined, false],
    ["close(3) = 0x1f", 31, false],
    ["close(3) = 3</dev/null<char 1:3>>", 3, false],
  ])("%s", (line, ret, unknown) => {
    const { written } = call(line);
    expect([written?.ret, written?.unknown]).toEqual([ret, unknown]);
    expect(line.slice(written?.at, written?.end)).toBe(/= .*?(?= <0| {3}#|$)/.exec(line)?.[0]);
  });
  test("nothing is nothing", () => {
    expect(call("close(3)").written).toBeUndefined();
    expect(call("close(3)  # not yet").written).toBeUndefined();
  });
});

describe("calls in two halves", () => {
  test("are one when they end", () => {
    const step = call(
      "[pid 8] recvfrom(3,  <unfinished ...>",
      '[pid 8] <... recvfrom resumed>"hi", 100, 0, NULL, NULL) = 2',
    );
    expect(step).toMatchObject({ line: 2, call: { name: "recvfrom", fd: 3, len: 100 }, begun: false });
    expect(step.shown.data?.bytes).toBe("hi");
    const second = '[pid 8] <... recvfrom resumed>"hi", 100, 0, NULL, NULL) = 2';
    expect(second.slice(step.written?.at, step.written?.end)).toBe("= 2");
  });
  test("are made when they begin, where all is known", () => {
    const made = steps(
      '[pid 8] sendto(3, "hi", 2, 0, NULL, 0 <unfinished ...>',
      "[pid 8] <... sendto resumed>) = 2",
    );
    expect(made).toMatchObject([
      { kind: "call", begun: true, line: 1 },
      { kind: "finish", line: 2, written: { ret: 2 } },
    ]);
  });
  test("of different processes do not mix", () => {
    const made = steps(
      "7 read(3,  <unfinished ...>",
      "8 read(4,  <unfinished ...>",
      '7 <... read resumed>"a", 10) = 1',
      '8 <... read resumed>"bc", 10) = 2',
    );
    expect(made).toMatchObject([{ call: { fd: 3 } }, { call: { fd: 4 } }]);
  });
  test("errors of either half are found where they are", () => {
    const head = "[pid 8] recvfrom(x y,  <unfinished ...>";
    expect(error(head, '[pid 8] <... recvfrom resumed>"hi", 100, 0, NULL, NULL) = 2')).toMatchObject({
      line: 1,
    });
    const tail = '[pid 8] <... recvfrom resumed>"hi", 100, 0, NULL, NULL) = x';
    const wrong = error("[pid 8] recvfrom(3,  <unfinished ...>", tail);
    expect([wrong.line, tail.slice(wrong.column - 1)]).toEqual([2, "x"]);
  });
  test("without a beginning are skipped", () => {
    expect(steps('<... read resumed>"a", 10) = 1')).toMatchObject([{ kind: "skip" }]);
    expect(steps("read(3,  <unfinished ...>) = ?", "+++ exited with 0 +++")).toMatchObject([
      { kind: "exit" },
    ]);
  });
  test("with a message of strace's in the middle are mended", () => {
    const [fork] = steps(
      "clone(child_stack=NULL, flags=SIGCHLDstrace: Process 9 attached",
      ", child_tidptr=0x7f00) = 9",
    );
    expect(fork).toMatchObject({
      kind: "call",
      call: { name: "fork", shared: false },
      line: 2,
      written: { ret: 9 },
    });
  });
});

describe("arguments", () => {
  const IN = '{sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")}';
  const BYTES = Uint8Array.of(2, 0, 0, 53, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);

  test.each([
    IN,
    '{sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("\\x31\\x30\\x2e\\x30\\x2e\\x30\\x2e\\x31")}',
    '{sa_family=PF_INET, sin_port=htons(0x35), sin_addr=inet_addr("10.0.0.1")}',
    '{sa_family=0x2 /* AF_INET */, sin_port=htons(53), sin_addr=inet_pton(AF_INET, "10.0.0.1")}',
    "{sa_family=2, sin_port=htons(53), sin_addr=htonl(0xa000001)}",
    '{sa_family=AF_INET, sa_data="\\0005\\n\\0\\0\\1\\0\\0\\0\\0\\0\\0\\0\\0"}',
  ])("address %s", (text) => {
    expect(call(`connect(3, ${text}, 16) = 0`).call).toEqual({
      name: "connect",
      fd: 3,
      addr: { bytes: BYTES },
      addrlen: 16,
    });
  });
  test("other addresses", () => {
    const of = (text: string, len: number): unknown => {
      const made = call(`connect(3, ${text}, ${len}) = -1 EFAULT (Bad address)`).call;
      return "addr" in made && made.addr !== null ? Buffer.from(made.addr.bytes).toString("hex") : null;
    };
    expect(of("NULL", 0)).toBeNull();
    expect(of("0x7ffd1234", 16)).toBe("");
    expect(of('{sa_family=AF_UNSPEC, sa_data="\\0\\0"}', 16)).toBe("00".repeat(16));
    expect(of('{sa_family=AF_UNIX, sun_path="/x"}', 5)).toBe("01002f7800");
    const six =
      '{sa_family=AF_INET6, sin6_port=htons(9), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=2}';
    expect(of(six, 28)).toBe(`0a000009${"00".repeat(19)}0102000000`);
  });

  test.each([
    "3",
    "3<UDP:[127.0.0.1:1234->127.0.0.1:53]>",
    "3<socket:[12345]>",
    "3<UNIX-STREAM:[1->2]>",
    "3</var/a\\76b>",
    "3</var/a>(deleted)",
  ])("descriptor %s", (fd) => {
    expect(call(`close(${fd}) = 0`).call).toEqual(CLOSE);
  });

  test("strings: escapes, and what is left out", () => {
    const buf = (text: string, len: number): [unknown, number] => {
      const step = call(`write(3, ${text}, ${len}) = ${len}`);
      const made = step.call;
      const bytes = made.name === "write" && made.buf !== null ? Buffer.from(made.buf.bytes) : null;
      return [bytes?.toString("latin1") ?? null, step.padded];
    };
    expect(buf('"a\\n\\t\\0\\0012\\x41\\"\\\\\\377"', 11)).toEqual(['a\n\t\0\x012A"\\\xff\0', 1]);
    expect(buf('"aaaa"...', 8)).toEqual(["aaaa\0\0\0\0", 4]);
    expect(buf('"abcdef"', 3)).toEqual(["abcdef", 0]);
    expect(buf("NULL", 0)).toEqual([null, 0]);
    expect(buf("0xdead0000", 5)).toEqual(["", 0]);
  });

  test.each<[string, unknown]>([
    ["setsockopt(3, SOL_SOCKET, SO_BROADCAST, [1], 4)", "01000000"],
    ['setsockopt(3, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3)', "6c6f00"],
    ["setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8)", "0100000005000000"],
    ["setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=5}, 16)", "01000000000000000500000000000000"],
    ['setsockopt(3, SOL_SOCKET, SO_RCVTIMEO_OLD, "\\1\\0\\0\\0\\0\\0\\0\\0", 8)', "0100000000000000"],
    [
      'setsockopt(3, SOL_IP, IP_ADD_MEMBERSHIP, {imr_multiaddr=inet_addr("224.0.0.1"), imr_interface=inet_addr("0.0.0.0")}, 8)',
      "e000000100000000",
    ],
    [
      'setsockopt(3, SOL_IP, IP_ADD_MEMBERSHIP, {imr_multiaddr=inet_addr("224.0.0.1"), imr_address=inet_addr("0.0.0.0"), imr_ifindex=if_nametoindex("eth0")}, 12)',
      "e00000010000000002000000",
    ],
    ["setsockopt(3, SOL_IP, IP_MTU_DISCOVER, [IP_PMTUDISC_DO], 4)", "02000000"],
    ["setsockopt(3, SOL_IP, IP_TTL, [-1], 4)", "ffffffff"],
  ])("%s", (text, hex) => {
    const made = call(`${text} = 0`).call;
    expect(made.name === "setsockopt" && Buffer.from(made.optval?.bytes ?? []).toString("hex")).toBe(hex);
  });

  test("messages", () => {
    const line =
      `sendmsg(3, {msg_name=${IN}, msg_namelen=16, msg_iov=[{iov_base="ab", iov_len=2}, {iov_base="c", iov_len=1}], ` +
      "msg_iovlen=2, msg_control=[{cmsg_len=28, cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, " +
      'cmsg_data={ipi_ifindex=if_nametoindex("eth0"), ipi_spec_dst=inet_addr("10.0.0.2"), ipi_addr=inet_addr("0.0.0.0")}}, ' +
      "{cmsg_len=20, cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=[9]}, " +
      "{cmsg_len=20, cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=[0x10, 0, 0, 0]}], " +
      "msg_controllen=80, msg_flags=0}, MSG_DONTWAIT|MSG_NOSIGNAL) = 3";
    const made = call(line).call;
    expect(made).toMatchObject({ msgname: { bytes: BYTES }, namelen: 16, controllen: 80, flags: 0x4040 });
    const control = made.name === "sendmsg" ? Buffer.from(made.control?.bytes ?? []).toString("hex") : "";
    expect(control).toBe(
      "1c000000000000000000000008000000020000000a0000020000000000000000" +
        "140000000000000000000000020000000900000000000000" +
        "140000000000000000000000010000001000000000000000",
    );
  });
});

describe("what is not simulated is skipped", () => {
  test.each<[string, string]>([
    ['openat(AT_FDCWD, "/x", O_RDONLY) = 3', "calls that do not concern the network"],
    ["some_new_call(1, 2, {x}) = 0", "calls that do not concern the network"],
    ['ioctl(3, SIOCGIFADDR, {ifr_name="lo"}) = 0', "ioctl SIOCGIFADDR"],
    ["setsockopt(3, SOL_TCP, TCP_ZEROCOPY_RECEIVE, [1], 4) = 0", "socket option TCP_ZEROCOPY_RECEIVE"],
    [
      "sendto(3, [{nlmsg_len=20, nlmsg_type=RTM_GETADDR, nlmsg_flags=NLM_F_REQUEST}, 00:11:22:33:44:55], 20, 0, NULL, 0) = 20",
      "messages decoded by strace (netlink and the like)",
    ],
    ["poll(0x8, 2, -1) = -1 EFAULT (Bad address)", "poll of descriptors that strace could not read"],
    [
      "poll([{fd=3, events=POLLIN}, ...], 40, 0) = 0 (Timeout)",
      "poll of more descriptors than the log shows",
    ],
    [
      "select(4, 0x8, NULL, NULL, NULL) = -1 EFAULT (Bad address)",
      "select of descriptors that strace could not read",
    ],
    [
      "ppoll([{fd=3, events=POLLIN}], 1, 0x8, NULL, 8) = -1 EFAULT (Bad address)",
      "timeouts that strace could not read",
    ],
  ])("%s", (line, what) => {
    expect(steps(line)).toMatchObject([{ kind: "skip", what }]);
  });
  test("and what it opened is known", () => {
    expect(steps("pipe2([5, 6], O_CLOEXEC) = 0")).toMatchObject([{ opened: [5, 6] }]);
    expect(steps("socketpair(AF_UNIX, SOCK_STREAM, 0, [7<UNIX:[1]>, 8<UNIX:[2]>]) = 0")).toMatchObject([
      { opened: [7, 8] },
    ]);
    expect(steps("eventfd2(0, EFD_CLOEXEC) = 9")).toMatchObject([{ opened: [9] }]);
  });
});

describe("commands", () => {
  test.each<[string, unknown]>([
    ["ip link set lo up", { kind: "config" }],
    ["$ sudo ip link set lo up  # up it goes", { kind: "config" }],
    [
      "ip route get 10.0.0.1 from 10.0.0.2 oif lo",
      { kind: "route-get", query: { dst: 0x0a000001, src: 0x0a000002, oif: "lo" } },
    ],
    ["ip -s link", { kind: "link", stats: true }],
    ["ip -4 a show dev lo", { kind: "addr", stats: false, dev: "lo" }],
    ["ip r ls table 100", { kind: "route", table: 100 }],
    ["ip ru", { kind: "rule" }],
    ["ip route flush cache", { kind: "config", changes: [{ key: "net.ipv4.route.flush", value: "-1" }] }],
    ["sleep .5", { kind: "sleep", ms: 500 }],
    ["sleep 2m", { kind: "sleep", ms: 120_000 }],
    ['sysctl -w net.ipv4.ip_local_port_range="1 2"', { changes: [{ value: "1 2" }] }],
    ["sysctl -w a.b=1 c.d=2", { changes: [{ key: "a.b" }, { key: "c.d" }] }],
    ["sysctl net.ipv4.ip_forward", { kind: "sysctl", keys: ["net.ipv4.ip_forward"] }],
    ["nstat -az Udp*", { kind: "nstat", absolute: true, zeros: true, patterns: ["Udp*"] }],
    ["ss -uan", { kind: "ss", all: true, listening: false, header: true }],
    ["nc -ul 127.0.0.1 53 &", { kind: "listen", addr: 0x7f000001, port: 53 }],
    ["nc -u -l -p 53", { kind: "listen", addr: 0, port: 53 }],
    ["cat /proc/net/snmp /proc/net/udp", { kind: "cat" }],
    ["tc qdisc add dev lo root pfifo limit 5", { kind: "config" }],
    ["iptables -A OUTPUT -d 10.0.0.1 -j DROP", { kind: "config", changes: [{ kind: "filter" }] }],
  ])("%s", (line, command) => {
    expect(steps(line)).toMatchObject([{ kind: "command", command }]);
  });
});

describe("errors name the place, what was expected, what was perhaps meant", () => {
  test.each<[string, number, string | undefined]>([
    ["sendot(3)", 1, "sendto"],
    ["12:00:00 sendot(3)", 10, "sendto"],
    ["setsockopt(3, SOL_SOCKET, SO_BRODCAST, [1], 4)", 27, "SO_BROADCAST"],
    ["setsockopt(3, SOL_SOKET, SO_BROADCAST, [1], 4)", 15, "SOL_SOCKET"],
    ["socket(AF_INTE, SOCK_DGRAM, 0)", 8, "AF_INET"],
    ["socket(AF_INET, SOCK_DGRM, 0)", 17, "SOCK_DGRAM"],
    ["shutdown(3, SHUT_RW)", 13, "SHUT_RD"],
    ["bind(3, {sa_family=AF_INET, sin_port=53}, 16)", 9, undefined],
    ['bind(3, {sa_family=AF_INET, sin_port=htons(70000), sin_addr=inet_addr("1.2.3.4")}, 16)', 38, undefined],
    ['bind(3, {sa_family=AF_INET, sin_port=htons(7), sin_addr=inet_addr("1.2.3.400")}, 16)', 57, undefined],
    ["close(99999999999999)", 7, undefined],
    ['close("x")', 7, undefined],
    ["fcntl(3, F_DUPFD) = 4", 17, undefined],
    ["fcntl(3, F_SETFL) = 0", 17, undefined],
    ["close(3) = 0 garbage", 14, undefined],
    ["close(3", 8, undefined],
    ["expect packet lo upd", 18, "udp"],
    ["expect errno EINVALL", 14, "EINVAL"],
    ["slep 1", 1, "sleep"],
    ["exepct errno EINVAL", 1, "expect"],
    ["iptables -A INPTU -j DROP", 13, "INPUT"],
    ["nstat -q", 7, undefined],
    ["ss -tan", 4, undefined],
    ["sleep long", 7, undefined],
    ["cat /etc/passwd", 5, undefined],
  ])("%s", (line, column, nearest) => {
    expect(error("# first", line)).toMatchObject({ line: 2, column, nearest });
  });
});

test("lines are read as steps are asked for", () => {
  let read = 0;
  const endless = function* (): Generator<string> {
    for (;;) {
      read++;
      yield "close(3) = 0";
    }
  };
  let taken = 0;
  for (const _ of scenario(endless(), DEVICES)) if (++taken === 100_000) break;
  expect(read).toBe(taken);
});
