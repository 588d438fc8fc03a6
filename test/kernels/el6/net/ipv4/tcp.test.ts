// SPDX-License-Identifier: GPL-2.0-only
/** TCP sockets: all that they can do without a connection. */
import { describe, expect, test } from "vitest";
import type { Syscall } from "../../../../../src/kernels/release.ts";
import {
  IP_OPTIONS,
  IP_PKTINFO,
  IP_PKTOPTIONS,
  IP_RECVTTL,
  IP_TOS,
  TCP_CONGESTION,
  TCP_CORK,
  TCP_DEFER_ACCEPT,
  TCP_INFO,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_MD5SIG,
  TCP_NODELAY,
  TCP_QUICKACK,
  TCP_SYNCNT,
  TCP_THIN_DUPACK,
  TCP_THIN_LINEAR_TIMEOUTS,
  TCP_USER_TIMEOUT,
  TCP_WINDOW_CLAMP,
} from "../../../../../src/uapi/in.ts";
import {
  SO_BINDTODEVICE,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SOL_IP,
  SOL_SOCKET,
} from "../../../../../src/uapi/socket.ts";
import { get32le } from "../../../../../src/wire/bytes.ts";
import { int, sin, User } from "../../calls.ts";
import { dummy, network, run } from "../../network.ts";

const SOL_TCP = 6;
const SOCK_STREAM = 1;
const MSG_OOB = 1;
const MSG_NOSIGNAL = 0x4000;

const user = (lines: readonly string[] = [], choose?: (what: string) => number | undefined) =>
  new User(network(lines, choose));
const tcp = (u: User): number => u.open(SOCK_STREAM);
/** A TCP socket with these options of SOL_SOCKET on. */
function tcpWith(u: User, ...options: readonly number[]): number {
  const fd = tcp(u);
  for (const option of options) expect(u.set(fd, SOL_SOCKET, option, 1)).toBe(0);
  return fd;
}
const close = (u: User, fd: number) => u.call({ name: "close", fd });
const port = (u: User, fd: number): number => Number(String(u.name(fd, "getsockname")).split(":")[1]);

/** The functions of a call from `root` on, a line each, indented by depth. */
function tree(u: User, root: string, syscall: Syscall): string[] {
  const rec = u.m.newRecorder();
  u.m.record(rec);
  u.m.syscall(syscall);
  u.m.record(null);
  const lines: string[] = [];
  let depth = 0;
  let from = -1;
  for (const ev of rec) {
    if (ev.ev === "enter") {
      if (from < 0 && ev.fn === root) from = depth;
      if (from >= 0) lines.push(" ".repeat(depth - from) + ev.fn);
      depth++;
    } else if (ev.ev === "exit") {
      depth--;
      if (depth === from) return lines;
    }
  }
  return lines;
}

describe("bind(2)", () => {
  const lines = dummy("dummy0", "192.0.2.10/24");
  test("gives address and port, once, and close(2) frees the port", () => {
    const u = user(lines);
    const [a, b] = [tcp(u), tcp(u)];
    expect(u.bind(a, "127.0.0.1:5000", 15)).toBe("EINVAL");
    expect(u.bind(a, "192.0.2.99:5000")).toBe("EADDRNOTAVAIL");
    expect(u.bind(a, "127.0.0.1:5000")).toBe(0);
    expect(u.name(a, "getsockname")).toBe("127.0.0.1:5000");
    expect(u.name(a, "getpeername")).toBe("ENOTCONN");
    expect(u.bind(a, "127.0.0.1:5001")).toBe("EINVAL");
    expect(u.bind(b, "127.0.0.1:5000")).toBe("EADDRINUSE");
    expect(close(u, a)).toBe(0);
    expect(u.bind(b, "127.0.0.1:5000")).toBe(0);
  });
  test("ports below 1024 need privilege", () => {
    const u = user();
    const fd = tcp(u);
    u.m.setuid(1000);
    expect(u.bind(fd, "127.0.0.1:80")).toBe("EACCES");
  });
  test("UDP has ports of its own", () => {
    const u = user();
    expect(u.bind(u.open(), "127.0.0.1:5000")).toBe(0);
    expect(u.bind(tcp(u), "127.0.0.1:5000")).toBe(0);
  });
  test.each([
    ["another address", [], "127.0.0.1:5000", "192.0.2.10:5000", 0],
    ["any address", [], "127.0.0.1:5000", "0.0.0.0:5000", "EADDRINUSE"],
    ["SO_REUSEADDR", [SO_REUSEADDR], "127.0.0.1:5000", "127.0.0.1:5000", 0],
    ["SO_REUSEPORT", [SO_REUSEPORT], "0.0.0.0:5000", "127.0.0.1:5000", 0],
  ])("a port twice: %s", (_what, options, first, second, ret) => {
    const u = user(lines);
    expect(u.bind(tcpWith(u, ...options), first)).toBe(0);
    expect(u.bind(tcpWith(u, ...options), second)).toBe(ret);
  });
  test("SO_REUSEADDR must be on both, and one without spoils it for later ones", () => {
    const u = user(lines);
    const plain = tcp(u);
    expect(u.bind(tcpWith(u, SO_REUSEADDR), "127.0.0.1:5000")).toBe(0);
    expect(u.bind(plain, "127.0.0.1:5000")).toBe("EADDRINUSE");
    expect(u.bind(plain, "192.0.2.10:5000")).toBe(0);
    expect(u.bind(tcpWith(u, SO_REUSEADDR), "127.0.0.1:5000")).toBe(0);
    expect(u.bind(tcpWith(u, SO_REUSEADDR), "192.0.2.10:5000")).toBe("EADDRINUSE");
  });
  test("SO_REUSEPORT is for sockets of one owner", () => {
    const u = user();
    expect(u.bind(tcpWith(u, SO_REUSEPORT), "127.0.0.1:5000")).toBe(0);
    u.m.setuid(1000);
    expect(u.bind(tcpWith(u, SO_REUSEPORT), "127.0.0.1:5000")).toBe("EADDRINUSE");
  });
  test("on different devices a port is free twice", () => {
    const u = user(lines);
    const [a, b] = [tcp(u), tcp(u)];
    const name = (dev: string) => new TextEncoder().encode(`${dev}\0`);
    expect(u.set(a, SOL_SOCKET, SO_BINDTODEVICE, name("lo"))).toBe(0);
    expect(u.set(b, SOL_SOCKET, SO_BINDTODEVICE, name("dummy0"))).toBe(0);
    expect(u.bind(a, "0.0.0.0:5000")).toBe(0);
    expect(u.bind(b, "0.0.0.0:5000")).toBe(0);
  });
});

describe("any port", () => {
  const RANGE = "sysctl net.ipv4.ip_local_port_range=40000,40003";
  test("begins where the random number says, and goes on to the next that is free", () => {
    const u = user([RANGE], (what) => (what === "tcp port" ? 4 * 1000 + 2 : undefined));
    const ports = [1, 2, 3, 4].map(() => {
      const fd = tcp(u);
      expect(u.bind(fd, "127.0.0.1:0")).toBe(0);
      return port(u, fd);
    });
    expect(ports).toEqual([40002, 40003, 40000, 40001]);
    expect(u.bind(tcp(u), "127.0.0.1:0")).toBe("EADDRINUSE");
    expect(u.bind(tcp(u), "127.0.0.2:0")).toBe(0);
  });
  test("leaves out what is reserved", () => {
    const u = user([RANGE], (what) => (what === "tcp port" ? 0 : undefined));
    expect(run(u.m, "sysctl net.ipv4.ip_local_reserved_ports=40000-40002")).toBe("ok");
    const fd = tcp(u);
    expect(u.bind(fd, "127.0.0.1:0")).toBe(0);
    expect(port(u, fd)).toBe(40003);
  });
  test("SO_REUSEADDR looks in the lower half first, then the upper, and shares when all are taken", () => {
    const u = user([RANGE], (what) => (what === "tcp port" ? 1 : undefined));
    const ports = [1, 2, 3, 4, 5].map(() => {
      const fd = tcpWith(u, SO_REUSEADDR);
      expect(u.bind(fd, "127.0.0.1:0")).toBe(0);
      return port(u, fd);
    });
    // The lower half is 40000 and 40001; where both are taken, one of them is shared before the upper half is looked at.
    expect(ports).toEqual([40001, 40000, 40001, 40000, 40001]);
  });
});

describe("call trees", () => {
  test("bind(2)", () => {
    const u = user();
    const fd = tcp(u);
    const addr = { bytes: sin("127.0.0.1:5000") };
    expect(tree(u, "inet_csk_get_port", { name: "bind", fd, addr, addrlen: 16 })).toEqual([
      "inet_csk_get_port",
      " sock_i_uid",
      " inet_bind_bucket_create",
      " inet_bind_hash",
    ]);
  });
  test("close(2)", () => {
    const u = user();
    const fd = tcp(u);
    u.bind(fd, "127.0.0.1:5000");
    expect(tree(u, "tcp_close", { name: "close", fd })).toEqual([
      "tcp_close",
      " lock_sock",
      "  lock_sock_nested",
      " tcp_close_state",
      "  tcp_set_state",
      "   inet_unhash",
      " sk_stream_wait_close",
      " release_sock",
      "  proto_has_rhel_ext",
      "  tcp_release_cb",
      " inet_csk_destroy_sock",
      "  tcp_v4_destroy_sock",
      "   inet_csk_clear_xmit_timers",
      "    sk_stop_timer",
      "    sk_stop_timer",
      "    sk_stop_timer",
      "   tcp_cleanup_congestion_control",
      "   inet_put_port",
      "    __inet_put_port",
      "     inet_bind_bucket_destroy",
      "  sk_stream_kill_queues",
      " sk_free",
      "  __sk_free",
      "   inet_sock_destruct",
      "    kfree_ip_options",
      "    dst_release",
      "   sock_disable_timestamp",
      "   sock_disable_timestamp",
      "   sk_prot_free",
      "    security_sk_free",
    ]);
  });
  test("setsockopt(2) of TCP_NODELAY", () => {
    const u = user();
    const fd = tcp(u);
    const optval = { bytes: int(1) };
    const call: Syscall = { name: "setsockopt", fd, level: SOL_TCP, optname: TCP_NODELAY, optval, optlen: 4 };
    expect(tree(u, "tcp_setsockopt", call)).toEqual([
      "tcp_setsockopt",
      " do_tcp_setsockopt",
      "  lock_sock",
      "   lock_sock_nested",
      "  tcp_current_mss",
      "   tcp_established_options",
      "    tcp_v4_md5_lookup",
      "     tcp_v4_md5_do_lookup",
      "  __tcp_push_pending_frames",
      "  release_sock",
      "   proto_has_rhel_ext",
      "   tcp_release_cb",
    ]);
  });
  test("SO_SNDBUF and SO_KEEPALIVE ask TCP", () => {
    const u = user();
    const fd = tcp(u);
    const set = (optname: number): Syscall => ({
      name: "setsockopt",
      fd,
      level: SOL_SOCKET,
      optname,
      optval: { bytes: int(8192) },
      optlen: 4,
    });
    expect(tree(u, "sock_setsockopt", set(SO_SNDBUF))).toContain(" sk_stream_write_space");
    expect(tree(u, "sock_setsockopt", set(SO_KEEPALIVE))).toContain(" tcp_set_keepalive");
  });
});

describe("close(2)", () => {
  const linger = (u: User, fd: number, seconds: number) => {
    const value = new Uint8Array(8);
    value.set(int(1));
    value.set(int(seconds), 4);
    expect(u.set(fd, SOL_SOCKET, SO_LINGER, value)).toBe(0);
  };
  test("with SO_LINGER of no time cuts off what is not there, and counts it", () => {
    const u = user();
    const fd = tcp(u);
    linger(u, fd, 0);
    u.bind(fd, "127.0.0.1:5000");
    const before = tree(u, "tcp_disconnect", { name: "close", fd });
    expect(before.slice(0, 3)).toEqual(["tcp_disconnect", " tcp_need_reset", " inet_csk_clear_xmit_timers"]);
    const [names = "", values = ""] = (u.m.proc("/proc/net/netstat") ?? "").split("\n");
    expect(values.split(" ")[names.split(" ").indexOf("TCPAbortOnData")]).toBe("1");
    expect(u.bind(tcp(u), "127.0.0.1:5000")).toBe(0);
  });
  test("with SO_LINGER of some time lets go of the socket and waits for nothing", () => {
    const u = user();
    const fd = tcp(u);
    linger(u, fd, 5);
    expect(tree(u, "sk_stream_wait_close", { name: "close", fd })).toEqual([
      "sk_stream_wait_close",
      " release_sock",
      "  proto_has_rhel_ext",
      "  tcp_release_cb",
      " sk_stream_closing",
      " lock_sock",
      "  lock_sock_nested",
      " sk_stream_closing",
    ]);
  });
  test("is counted in sockstat", () => {
    const u = user();
    const fd = tcp(u);
    expect(u.m.proc("/proc/net/sockstat")).toContain("TCP: inuse 0 orphan 0 tw 0 alloc 1 mem 0");
    close(u, fd);
    expect(u.m.proc("/proc/net/sockstat")).toContain("TCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0");
  });
});

describe("without a connection", () => {
  test("sending is a broken pipe", () => {
    const u = user();
    const fd = tcp(u);
    expect(u.sendto(fd, "127.0.0.1:9", 1, MSG_NOSIGNAL)).toBe("EPIPE");
    expect(u.sendto(fd, null, 1, MSG_NOSIGNAL | MSG_OOB)).toBe("EPIPE");
    const splice: Syscall = { name: "splice", fd, bytes: Uint8Array.of(1), more: false };
    expect(tree(u, "tcp_sendpage", splice).filter((fn) => !fn.includes("sock_update"))).toEqual([
      "tcp_sendpage",
      " sock_no_sendpage",
      "  kernel_sendmsg",
      "   sock_sendmsg",
      "    __sock_sendmsg",
      "     security_socket_sendmsg",
      "     __sock_sendmsg_nosec",
      "      tcp_sendmsg",
      "       lock_sock",
      "        lock_sock_nested",
      "       sk_stream_wait_connect",
      "       sk_stream_error",
      "       release_sock",
      "        proto_has_rhel_ext",
      "        tcp_release_cb",
    ]);
  });
  test("receiving is ENOTCONN, or the end once it is shut down", () => {
    const u = user();
    const fd = tcp(u);
    expect(u.recv(fd).ret).toBe(-107);
    expect(u.recv(fd, 0).ret).toBe(-107);
    expect(u.recv(fd, MSG_OOB).ret).toBe(-22);
    expect(u.call({ name: "read", fd, len: 10 })).toBe("ENOTCONN");
    expect(u.call({ name: "shutdown", fd, how: 0 })).toBe("ENOTCONN");
    expect(u.recv(fd, 0).ret).toBe(0);
  });
  test("poll(2) says that it has hung up", () => {
    const u = user();
    const fd = tcp(u);
    const revents = () =>
      u.m.syscall({ name: "poll", fds: [{ fd, events: 0x7fff }], timeout: 0 }).fds?.[0]?.revents;
    const [POLLIN, POLLOUT, POLLHUP, POLLRDHUP] = [0x41, 0x104, 0x10, 0x2000];
    expect(revents()).toBe(POLLOUT | POLLHUP);
    u.call({ name: "shutdown", fd, how: 2 });
    expect(revents()).toBe(POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
  });
  test("ioctl(2) finds nothing to be read, asked under the lock", () => {
    const u = user();
    const fd = tcp(u);
    const call: Syscall = { name: "ioctl", fd, request: "FIONREAD" };
    expect(u.m.syscall(call)).toMatchObject({ ret: 0 });
    expect(tree(u, "tcp_ioctl", call)).toContain("  lock_sock_nested");
  });
  test("shutdown(2) asks TCP and fails", () => {
    const u = user();
    const fd = tcp(u);
    expect(tree(u, "inet_shutdown", { name: "shutdown", fd, how: 1 })).toContain(" tcp_shutdown");
    expect(u.call({ name: "shutdown", fd, how: 3 })).toBe("EINVAL");
  });
  test("connect(2) with AF_UNSPEC forgets address and shutdown, keeps the port, and counts in the send queue", () => {
    const u = user();
    const fd = tcp(u);
    const outq = () => u.m.syscall({ name: "ioctl", fd, request: "SIOCOUTQ" }).number;
    u.bind(fd, "127.0.0.1:0");
    const at = port(u, fd);
    expect(outq()).toBe(0);
    u.call({ name: "shutdown", fd, how: 0 });
    expect(u.connect(fd, "127.0.0.1:9", 0)).toBe(0);
    expect(u.name(fd, "getsockname")).toBe(`127.0.0.1:${at}`);
    expect(u.recv(fd).ret).toBe(-107);
    expect(outq()).toBe(2);
  });
});

describe("connect(2)", () => {
  test.each([
    ["another family", "127.0.0.1:9", 10, "EAFNOSUPPORT"],
    ["a broadcast address", "127.255.255.255:9", 2, "ENETUNREACH"],
    ["multicast address", "239.1.2.3:9", 2, "ENETUNREACH"],
    ["where no route leads", "203.0.113.1:9", 2, "ENETUNREACH"],
    ["what would need a connection", "127.0.0.1:9", 2, "EOPNOTSUPP"],
  ])("refuses %s", (_what, addr, family, ret) => {
    const u = user(dummy("dummy0", "192.0.2.10/24"));
    const fd = tcp(u);
    expect(u.connect(fd, addr, family)).toBe(ret);
    expect(u.name(fd, "getpeername")).toBe("ENOTCONN");
  });
  test("refuses a short address, and source route, but the destination is 0.0.0.0", () => {
    const u = user();
    const fd = tcp(u);
    const addr = { bytes: sin("0.0.0.0:9") };
    expect(u.call({ name: "connect", fd, addr, addrlen: 15 })).toBe("EINVAL");
    expect(u.set(fd, SOL_IP, IP_OPTIONS, Uint8Array.of(131, 7, 4, 127, 0, 0, 2, 0))).toBe(0);
    expect(u.connect(fd, "0.0.0.0:9")).toBe("EINVAL");
  });
});

describe("an option of TCP", () => {
  test.each([
    ["TCP_MAXSEG", TCP_MAXSEG, 536, [[1000, 0, 536] as const, [87, "EINVAL", 536], [32768, "EINVAL", 536]]],
    [
      "TCP_NODELAY",
      TCP_NODELAY,
      0,
      [
        [5, 0, 1],
        [0, 0, 0],
      ],
    ],
    [
      "TCP_CORK",
      TCP_CORK,
      0,
      [
        [5, 0, 1],
        [0, 0, 0],
      ],
    ],
    [
      "TCP_KEEPIDLE",
      TCP_KEEPIDLE,
      7200,
      [
        [60, 0, 60],
        [0, "EINVAL", 60],
        [32768, "EINVAL", 60],
      ],
    ],
    [
      "TCP_KEEPINTVL",
      TCP_KEEPINTVL,
      75,
      [
        [60, 0, 60],
        [0, "EINVAL", 60],
      ],
    ],
    [
      "TCP_KEEPCNT",
      TCP_KEEPCNT,
      9,
      [
        [3, 0, 3],
        [128, "EINVAL", 3],
      ],
    ],
    [
      "TCP_SYNCNT",
      TCP_SYNCNT,
      5,
      [
        [3, 0, 3],
        [128, "EINVAL", 3],
      ],
    ],
    [
      "TCP_LINGER2",
      TCP_LINGER2,
      60,
      [
        [10, 0, 10],
        [-5, 0, -1],
        [61, 0, 60],
      ],
    ],
    [
      "TCP_DEFER_ACCEPT",
      TCP_DEFER_ACCEPT,
      0,
      [
        [1, 0, 1],
        [10, 0, 15],
        [-1, 0, 0],
      ],
    ],
    [
      "TCP_WINDOW_CLAMP",
      TCP_WINDOW_CLAMP,
      0,
      [
        [1, 0, 1140],
        [5000, 0, 5000],
        [0, 0, 0],
        [-1, 0, -1],
      ],
    ],
    [
      "TCP_QUICKACK",
      TCP_QUICKACK,
      1,
      [
        [0, 0, 0],
        [1, 0, 1],
      ],
    ],
    [
      "TCP_THIN_LINEAR_TIMEOUTS",
      TCP_THIN_LINEAR_TIMEOUTS,
      0,
      [
        [1, 0, 1],
        [2, "EINVAL", 1],
      ],
    ],
    [
      "TCP_THIN_DUPACK",
      TCP_THIN_DUPACK,
      0,
      [
        [1, 0, 1],
        [2, "EINVAL", 1],
      ],
    ],
    [
      "TCP_USER_TIMEOUT",
      TCP_USER_TIMEOUT,
      0,
      [
        [1001, 0, 1001],
        [-1, 0, -2],
      ],
    ],
  ] as readonly [string, number, number, readonly (readonly [number, number | string, number])[]][])(
    "%s",
    (_name, optname, initial, cases) => {
      const u = user();
      const fd = tcp(u);
      const get = () => Number(u.get(fd, SOL_TCP, optname)) | 0;
      expect(get()).toBe(initial);
      for (const [value, ret, after] of cases) {
        expect([value, u.set(fd, SOL_TCP, optname, value)]).toEqual([value, ret]);
        expect([value, get()]).toEqual([value, after]);
      }
    },
  );
  test("TCP_CONGESTION is a name", () => {
    const u = user();
    const fd = tcp(u);
    const name = () => {
      const r = u.m.syscall({ name: "getsockopt", fd, level: SOL_TCP, optname: TCP_CONGESTION, optlen: 16 });
      return new TextDecoder().decode(r.value).replace(/\0+$/, "");
    };
    const set = (text: string) => u.set(fd, SOL_TCP, TCP_CONGESTION, new TextEncoder().encode(text));
    expect([name(), set("cubic"), name(), set("vegas"), name(), set(""), set("reno\0xx"), name()]).toEqual([
      "",
      0,
      "cubic",
      "ENOENT",
      "cubic",
      "EINVAL",
      0,
      "reno",
    ]);
  });
  test("TCP_MD5SIG refuses what is no key", () => {
    const u = user();
    const fd = tcp(u);
    const key = (family: number, length: number) => {
      const bytes = new Uint8Array(216);
      bytes[0] = family;
      bytes[130] = length;
      return u.set(fd, SOL_TCP, TCP_MD5SIG, bytes);
    };
    expect(u.set(fd, SOL_TCP, TCP_MD5SIG, new Uint8Array(215))).toBe("EINVAL");
    expect(u.set(fd, SOL_TCP, TCP_MD5SIG, new Uint8Array(8), 216)).toBe("EFAULT");
    expect([key(10, 4), key(2, 0), key(2, 81), key(2, 80)]).toEqual([
      "EINVAL",
      "ENOENT",
      "EINVAL",
      "EOPNOTSUPP",
    ]);
  });
  test("TCP_INFO of a closed socket", () => {
    const u = user();
    const fd = tcp(u);
    const info = (optlen: number) =>
      u.m.syscall({ name: "getsockopt", fd, level: SOL_TCP, optname: TCP_INFO, optlen }).value ??
      new Uint8Array();
    const b = info(500);
    expect([b.length, info(10).length]).toEqual([144, 10]);
    expect([8, 16, 72, 76, 80, 88].map((at) => get32le(b, at))).toEqual([
      1_000_000, 536, 250_000, 0x7fffffff, 10, 3,
    ]);
    expect(b[0]).toBe(7);
  });
  test("refuses short values, unreadable ones, options nobody knows, and other levels", () => {
    const u = user();
    const fd = tcp(u);
    expect(u.set(fd, SOL_TCP, TCP_NODELAY, Uint8Array.of(1))).toBe("EINVAL");
    expect(u.set(fd, SOL_TCP, TCP_NODELAY, Uint8Array.of(1), 4)).toBe("EFAULT");
    expect(u.set(fd, SOL_TCP, 99, 1)).toBe("ENOPROTOOPT");
    expect(u.get(fd, SOL_TCP, 99)).toBe("ENOPROTOOPT");
    expect(u.set(fd, 17, 1, 1)).toBe("ENOPROTOOPT");
    expect(u.get(fd, SOL_TCP, TCP_SYNCNT, 1)).toBe(5);
  });
});

describe("options of IP", () => {
  test("IP_OPTIONS make TCP work out its segment size anew", () => {
    const u = user();
    const fd = tcp(u);
    const optval = { bytes: Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 0) };
    const call: Syscall = { name: "setsockopt", fd, level: SOL_IP, optname: IP_OPTIONS, optval, optlen: 8 };
    const lines = tree(u, "do_ip_setsockopt", call);
    expect(lines.slice(lines.indexOf(" tcp_sync_mss"), -3)).toEqual([" tcp_sync_mss", "  tcp_mtu_to_mss"]);
    expect(u.get(fd, SOL_TCP, TCP_MAXSEG)).toBe(68);
  });
  test("IP_PKTOPTIONS are control messages, as many as there is room for", () => {
    const u = user();
    const fd = tcp(u);
    const got = (optlen: number) => {
      const r = u.m.syscall({ name: "getsockopt", fd, level: SOL_IP, optname: IP_PKTOPTIONS, optlen });
      return Buffer.from(r.value ?? []).toString("hex");
    };
    expect(got(64)).toBe("");
    u.bind(fd, "127.0.0.1:5000");
    for (const option of [IP_PKTINFO, IP_RECVTTL]) expect(u.set(fd, SOL_IP, option, 1)).toBe(0);
    const info = "1c00000000000000" + "0000000008000000" + "000000007f0000017f000001";
    const ttl = "1400000000000000" + "0000000002000000" + "01000000";
    expect(got(64)).toBe(`${info}00000000${ttl}00000000`);
    expect(got(50)).toBe(`${info}00000000${ttl.replace("14", "12").slice(0, 36)}`);
    expect(got(40)).toBe(`${info}00000000`);
  });
  test("IP_TOS leaves the bits for congestion alone", () => {
    const u = user();
    const fd = tcp(u);
    expect(u.set(fd, SOL_IP, IP_TOS, 0x13)).toBe(0);
    expect(u.get(fd, SOL_IP, IP_TOS)).toBe(0x10);
  });
});
