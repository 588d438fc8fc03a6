// SPDX-License-Identifier: GPL-2.0-only
/** Buffers, time-outs and the options that every socket has. */
import { describe, expect, test } from "vitest";
import {
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_ERROR,
  SO_LINGER,
  SO_MARK,
  SO_NO_CHECK,
  SO_PEERSEC,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_SNDTIMEO,
  SO_TIMESTAMPING,
  SO_TYPE,
  SOL_SOCKET,
} from "../../../../../src/uapi/socket.ts";
import { set32le } from "../../../../../src/wire/bytes.ts";
import { int, User } from "../../calls.ts";
import { network } from "../../network.ts";
import { visited } from "../../send.ts";

const VETH = [
  "ip link add v0 type veth peer name v1",
  "ip link set v1 up",
  "ip link set v0 up",
  "ip addr add 10.0.0.1/24 dev v0",
];
const user = (lines: readonly string[] = []) => new User(network(lines));
const name = (dev: string) => new TextEncoder().encode(dev);

/** struct timeval. */
function timeval(seconds: number, microseconds: number): Uint8Array {
  const b = new Uint8Array(16);
  set32le(b, 0, seconds);
  set32le(b, 4, seconds < 0 ? -1 : 0);
  set32le(b, 8, microseconds);
  set32le(b, 12, microseconds < 0 ? -1 : 0);
  return b;
}

describe("the size of a buffer", () => {
  test.each([
    ["is doubled", 10_000, 20_000],
    ["has a least value", 1, 2048],
    ["is cut at net.core.wmem_max, and doubled then", 100_000_000, 249_856],
    ["is compared unsigned: -1 is a lot", -1, 249_856],
  ])("%s", (_what, asked, got) => {
    const u = user();
    const fd = u.open();
    expect(u.set(fd, SOL_SOCKET, SO_SNDBUF, asked)).toBe(0);
    expect(u.get(fd, SOL_SOCKET, SO_SNDBUF)).toBe(got);
  });
  test("has another least value for receiving, which counts a packet's own structure", () => {
    const u = user();
    const fd = u.open();
    u.set(fd, SOL_SOCKET, SO_RCVBUF, 0);
    expect(u.get(fd, SOL_SOCKET, SO_RCVBUF)).toBe(2048 + 232);
  });
  test("may go beyond the limit for who is privileged", () => {
    const u = user();
    const fd = u.open();
    expect(u.set(fd, SOL_SOCKET, SO_SNDBUFFORCE, 300_000)).toBe(0);
    expect(u.get(fd, SOL_SOCKET, SO_SNDBUF)).toBe(600_000);
    u.m.setuid(1000);
    expect(u.set(fd, SOL_SOCKET, SO_SNDBUFFORCE, 1)).toBe("EPERM");
  });
});

describe("a full send buffer", () => {
  /** Neighbours that do not answer hold packets back; the smallest buffer takes three of these. */
  function full(): [User, number] {
    const u = user(VETH);
    const fd = u.open();
    u.set(fd, SOL_SOCKET, SO_SNDBUF, 1);
    for (const host of [2, 3, 4]) expect(u.sendto(fd, `10.0.0.${host}:9`, 600)).toBe(600);
    return [u, fd];
  }
  test("is EAGAIN for who does not wait", () => {
    const [u, fd] = full();
    expect(u.sendto(fd, "10.0.0.5:9", 600, 0x40)).toBe("EAGAIN");
  });
  test("is EAGAIN when SO_SNDTIMEO is over", () => {
    const [u, fd] = full();
    u.set(fd, SOL_SOCKET, SO_SNDTIMEO, timeval(0, 50_000));
    expect(u.sendto(fd, "10.0.0.5:9", 600)).toBe("EAGAIN");
  });
  test("empties while the caller sleeps, when the neighbours are given up", () => {
    const [u, fd] = full();
    expect(u.sendto(fd, "10.0.0.5:9", 600)).toBe(600);
  });
});

describe("a timeout", () => {
  test.each([
    ["rounds up to ticks", timeval(1, 1), 0],
    ["of nothing means for ever", timeval(0, 0), 0],
    ["with too many microseconds", timeval(0, 1_000_000), "EDOM"],
    ["shorter than its structure", int(1), "EINVAL"],
    ["in negative seconds means not at all", timeval(-1, 0), 0],
  ])("%s", (_what, value, ret) => {
    const u = user();
    expect(u.set(u.open(), SOL_SOCKET, SO_RCVTIMEO, value)).toBe(ret);
  });
  test("is reported as it is kept", () => {
    const u = user();
    const fd = u.open();
    u.set(fd, SOL_SOCKET, SO_RCVTIMEO, timeval(1, 1));
    const r = u.m.syscall({ name: "getsockopt", fd, level: SOL_SOCKET, optname: SO_RCVTIMEO, optlen: 16 });
    expect(r.value).toEqual(timeval(1, 1000));
  });
});

describe("SO_BINDTODEVICE", () => {
  test("knows devices by name, and needs privilege", () => {
    const u = user();
    const fd = u.open();
    expect(u.set(fd, SOL_SOCKET, SO_BINDTODEVICE, name("lo"))).toBe(0);
    expect(u.set(fd, SOL_SOCKET, SO_BINDTODEVICE, name("eth7"))).toBe("ENODEV");
    expect(u.set(fd, SOL_SOCKET, SO_BINDTODEVICE, name(""))).toBe(0);
    u.m.setuid(1000);
    expect(u.set(fd, SOL_SOCKET, SO_BINDTODEVICE, name("lo"))).toBe("EPERM");
  });
});

describe("an option", () => {
  test("that is not there, or can only be read", () => {
    const u = user();
    const fd = u.open();
    expect(u.set(fd, SOL_SOCKET, 4711, 1)).toBe("ENOPROTOOPT");
    expect(u.set(fd, SOL_SOCKET, SO_TYPE, 1)).toBe("ENOPROTOOPT");
    expect(u.get(fd, SOL_SOCKET, 4711)).toBe("ENOPROTOOPT");
    expect(u.get(fd, SOL_SOCKET, SO_TYPE)).toBe(2);
    expect(u.get(fd, SOL_SOCKET, SO_PROTOCOL)).toBe(17);
  });
  test.each([SO_BROADCAST, SO_NO_CHECK, SO_PRIORITY, SO_RCVLOWAT, SO_MARK])(
    "%i is what it was set to",
    (opt) => {
      const u = user();
      const fd = u.open();
      expect(u.set(fd, SOL_SOCKET, opt, 1)).toBe(0);
      expect(u.get(fd, SOL_SOCKET, opt)).toBe(1);
    },
  );
  test.each([
    ["shorter than an int", SO_BROADCAST, Uint8Array.of(1, 0), "EINVAL"],
    ["that cannot be read", SO_BROADCAST, null, "EFAULT"],
    ["with a priority only root may ask for", SO_PRIORITY, int(7), "EPERM"],
    ["with half of a struct linger", SO_LINGER, int(1), "EINVAL"],
    ["with bits nobody knows", SO_TIMESTAMPING, int(0x80), "EINVAL"],
  ])("%s", (_what, opt, value, ret) => {
    const u = user();
    const fd = u.open();
    u.m.setuid(1000);
    expect(u.set(fd, SOL_SOCKET, opt, value, value?.length ?? 4)).toBe(ret);
  });
});

test("SO_ERROR takes the pending error away", () => {
  const u = user();
  const fd = u.open();
  expect(u.connect(fd, "127.0.0.1:9")).toBe(0);
  expect(u.sendto(fd, null, 1)).toBe(1);
  expect(u.get(fd, SOL_SOCKET, SO_ERROR)).toBe(111);
  expect(u.get(fd, SOL_SOCKET, SO_ERROR)).toBe(0);
});

describe("a page that cannot be taken as it is", () => {
  test("is sent by copying: the kernel sends a message", () => {
    const u = user(VETH);
    const fd = u.open(3, 253);
    expect(u.connect(fd, "10.0.0.1:0")).toBe(0);
    const { fns } = visited(u.m, () =>
      expect(u.call({ name: "splice", fd, bytes: new Uint8Array(5), more: false })).toBe(5),
    );
    const at = fns.indexOf("sock_no_sendpage");
    expect(fns.slice(at, at + 4)).toEqual([
      "sock_no_sendpage",
      "kernel_sendmsg",
      "sock_sendmsg",
      "__sock_sendmsg",
    ]);
  });
});

describe("the peer's label", () => {
  test("is asked of the security module, which has none", () => {
    const u = user();
    const fd = u.open();
    const { fns } = visited(u.m, () => expect(u.get(fd, SOL_SOCKET, SO_PEERSEC, 64)).toBe("ENOPROTOOPT"));
    expect(fns).toContain("security_socket_getpeersec_stream");
  });
});

describe("SO_LINGER", () => {
  test("wraps where a long time in ticks does not fit 32 bits", () => {
    const u = user();
    const fd = u.open();
    const linger = (seconds: number) => Uint8Array.of(...int(1), ...int(seconds));
    expect(u.set(fd, SOL_SOCKET, SO_LINGER, linger(5_000_000))).toBe(0);
    const r = u.m.syscall({ name: "getsockopt", fd, level: SOL_SOCKET, optname: SO_LINGER, optlen: 8 });
    expect([...(r.value as Uint8Array)]).toEqual([
      ...int(1),
      ...int(Math.floor((5_000_000_000 % 2 ** 32) / 1000)),
    ]);
  });
});

describe("a socket filter", () => {
  const [SO_ATTACH_FILTER, SO_DETACH_FILTER] = [26, 27];
  test("can be taken off if there is one", () => {
    const u = user();
    const fd = u.open();
    expect(u.set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0)).toBe("ENOENT");
    expect(u.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(15))).toBe("EINVAL");
    expect(u.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(16))).toBe(0);
    expect(u.set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0)).toBe(0);
    expect(u.set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0)).toBe("ENOENT");
  });
  test("is announced where a packet would meet it", () => {
    const u = user();
    const fd = u.open();
    u.bind(fd, "127.0.0.1:7000");
    u.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(16));
    const { notes } = visited(u.m, () => u.sendto(u.open(), "127.0.0.1:7000", 1));
    expect(notes).toContain("not modelled: socket filters; every packet passes");
    expect(u.recv(fd).ret).toBe(1);
  });
});
