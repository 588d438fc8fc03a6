// SPDX-License-Identifier: GPL-2.0-only
/** Random system calls: any flags, options with any bytes, pointers to nowhere, lengths that lie. */
import fc, { type Arbitrary } from "fast-check";
import type { Syscall, UserIovec, UserMessage, UserPtr } from "../../../../src/kernels/release.ts";
import { IP_NAMES, TCP_NAMES, UDP_NAMES } from "../../../../src/uapi/in.ts";
import { MSG_FLAGS, SO_NAMES } from "../../../../src/uapi/socket.ts";
import { set32, set32le } from "../../../../src/wire/bytes.ts";
import { addr, anyU32, bytes, int, rarely, size, sockaddr, some } from "./values.ts";

const fd: Arbitrary<number> = rarely(some(3, 4, 3, 5), some(6, 0, 7, 1023, -1, 0x7fffffff), 12);

const nowhere: Arbitrary<UserPtr> = fc.constantFrom<UserPtr>(
  null,
  { bytes: new Uint8Array(0) },
  { bytes: new Uint8Array(8), kernel: true },
);

/** Memory and the length claimed for it: the two agree, mostly. */
function memory(
  content: Arbitrary<Uint8Array>,
  lie: Arbitrary<number>,
): Arbitrary<{ ptr: UserPtr; len: number }> {
  const honest = content.map((b) => ({ ptr: { bytes: b } as UserPtr, len: b.length }));
  const hostile = fc.tuple(
    fc.oneof(
      content.map((b) => ({ bytes: b })),
      nowhere,
    ),
    lie,
  );
  return rarely(
    honest,
    hostile.map(([ptr, len]) => ({ ptr, len })),
  );
}

const buffer = memory(bytes, size);
const address = rarely(memory(sockaddr, int), fc.constant({ ptr: null as UserPtr, len: 0 }), 3);

const flag = some(...MSG_FLAGS.map(([, bit]) => bit >>> 0));
const flags: Arbitrary<number> = fc.oneof(
  { weight: 8, arbitrary: some(0, 0x40, 0x8000) },
  { weight: 3, arbitrary: fc.array(flag, { maxLength: 3 }).map((f) => f.reduce((a, b) => (a | b) >>> 0, 0)) },
  { weight: 1, arbitrary: anyU32 },
);

/** struct ip_mreqn, ip_mreq_source and whatever else is made of addresses and a number. */
const addresses = fc.tuple(addr, addr, addr, int, fc.nat(24)).map(([a, b, c, index, length]) => {
  const m = new Uint8Array(24);
  set32(m, 0, a);
  set32(m, 4, b);
  set32(m, 8, c);
  if (length % 3 === 0) set32le(m, 8, index);
  return m.subarray(0, length % 2 === 0 ? 12 : length);
});
/** An int as user space passes it. */
export function int32(v: number): Uint8Array {
  const b = new Uint8Array(4);
  set32le(b, 0, v);
  return b;
}
const number = int.map(int32);
const device = some("lo\0", "v0\0", "d0", "nosuch\0", "\0", "x".repeat(40)).map((s) =>
  new TextEncoder().encode(s),
);
const timeval = some(0, 10_000, 1_000_000, -1).map((usec) => {
  const b = new Uint8Array(16);
  set32le(b, 8, usec);
  if (usec < 0) b.fill(255);
  return b;
});
/** IP options: built well, built badly. */
export const ipOptions: Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      some(7, 68, 131, 137, 148, 1, 0, 130, 134).chain((type) =>
        fc.tuple(some(7, 11, 4, 12, 3, 39, 0, 2), some(4, 5, 8, 0, 3, 40, 255), addr).map(([len, at, to]) => {
          const b = new Uint8Array(Math.max(len, type < 2 ? 1 : 3));
          b[0] = type;
          if (type < 2) return b.subarray(0, 1);
          b[1] = len;
          b[2] = at;
          if (len >= 7) set32(b, 3, to);
          return b;
        }),
      ),
      fc.uint8Array({ maxLength: 8 }),
    ),
    { maxLength: 3 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((p) => [...p])));

const optval = memory(
  fc.oneof(
    { weight: 6, arbitrary: number },
    { weight: 3, arbitrary: addresses },
    { weight: 2, arbitrary: ipOptions },
    { weight: 1, arbitrary: device },
    { weight: 1, arbitrary: timeval },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 80 }) },
  ),
  int,
);
const anyOption: Arbitrary<[number, number]> = rarely(
  fc.oneof(
    fc.tuple(fc.constant(1), some(...SO_NAMES.map(([, v]) => v))),
    fc.tuple(fc.constant(0), some(...IP_NAMES.map(([, v]) => v), 42, 43, 44, 45, 46, 47, 48)),
    fc.tuple(some(17, 136), some(...UDP_NAMES.map(([, v]) => v))),
    fc.tuple(fc.constant(6), some(...TCP_NAMES.map(([, v]) => v))),
  ) as Arbitrary<[number, number]>,
  fc.tuple(rarely(some(0, 1, 17, 255, 6, 41), int), fc.nat(220)),
  10,
);

/** Addresses and numbers as a struct. */
export const struct = (...words: readonly number[]): Uint8Array => {
  const b = new Uint8Array(words.length * 4);
  words.forEach((w, i) => {
    set32(b, i * 4, w);
  });
  return b;
};
const group = some(0xef010203, 0xe0000005, 0xe8010101, 0x0a000001);
const local = some(0x0a000001, 0x0a000101, 0, 0x7f000001);
const ON = [8, 11, 12, 13, 6, 7, 20, 15, 19, 5, 3, 34, 49];
/** Options with values that fit them. */
const fitting: Arbitrary<readonly [number, number, Uint8Array]> = fc.oneof(
  fc.tuple(
    fc.constant(0),
    some(35, 36),
    fc.tuple(group, local).map(([g, l]) => struct(g, l)),
  ),
  fc.tuple(
    fc.constant(0),
    some(39, 40, 37, 38),
    fc.tuple(group, local, addr).map(([g, l, source]) => struct(g, l, source)),
  ),
  fc.tuple(
    fc.constant(0),
    fc.constant(41),
    fc.tuple(group, local, fc.nat(1), fc.array(addr, { maxLength: 3 })).map(([g, l, mode, sources]) => {
      const b = struct(g, l, 0, 0, ...sources);
      set32le(b, 8, mode);
      set32le(b, 12, sources.length);
      return b;
    }),
  ),
  fc.tuple(
    fc.constant(0),
    fc.constant(32),
    local.map((l) => struct(l)),
  ),
  fc.tuple(fc.constant(0), some(...ON), some(1, 0).map(int32)),
  fc.tuple(fc.constant(0), fc.constant(4), ipOptions),
  fc.tuple(fc.constant(0), fc.constant(10), fc.nat(5).map(int32)),
  fc.tuple(fc.constant(1), some(7, 8), some(1, 3000, 100_000, 5000).map(int32)),
  fc.tuple(fc.constant(1), some(6, 29, 35, 11, 2, 5, 10), some(1, 0).map(int32)),
  fc.tuple(fc.constant(1), fc.constant(37), fc.nat(127).map(int32)),
  fc.tuple(fc.constant(17), fc.constant(1), some(1, 0).map(int32)),
  fc.tuple(fc.constant(136), some(10, 11), some(0, 8, 12, 20).map(int32)),
  fc.tuple(fc.constant(0), fc.constant(200), fc.constant(int32(1))),
  fc.tuple(fc.constant(255), fc.constant(1), int.map(int32)),
  fc.tuple(
    fc.constant(0),
    some(42, 45, 46, 47, 43, 44),
    fc.tuple(some(0, 1, 2, 3), group, addr).map(([index, g, source]) => {
      const b = new Uint8Array(264);
      set32le(b, 0, index);
      b.set([2, 0, 0, 0, ...struct(g)], 8);
      b.set([2, 0, 0, 0, ...struct(source)], 136);
      return b;
    }),
  ),
  fc.tuple(
    fc.constant(0),
    fc.constant(202),
    fc.tuple(fc.nat(2), local, some(0, 8, 1)).map(([vif, l, flags]) => {
      const b = struct(0, 0, l, 0);
      b.set([vif, 0, flags, 1]);
      if ((flags & 8) !== 0) set32le(b, 8, vif + 1);
      return b;
    }),
  ),
  fc.tuple(
    fc.constant(0),
    some(204, 205),
    fc.tuple(addr, group, fc.nat(2), fc.nat(2)).map(([origin, g, parent, out]) => {
      const b = new Uint8Array(60);
      b.set(struct(origin, g));
      b[8] = parent;
      b[10 + out] = 1;
      return b;
    }),
  ),
);
const option = fc.oneof(
  { weight: 1, arbitrary: fc.tuple(anyOption, optval).map(([[level, name], v]) => ({ level, name, ...v })) },
  {
    weight: 2,
    arbitrary: fitting.map(([level, name, b]) => ({
      level,
      name,
      ptr: { bytes: b } as UserPtr,
      len: b.length,
    })),
  },
);

/** Control messages, laid out as they should be or not. */
export const control: Arbitrary<{ ptr: UserPtr; len: number }> = memory(
  fc
    .array(
      fc.tuple(
        some(0, 1, 41),
        some(8, 2, 1, 7, 5, 99),
        fc.oneof(addresses, number, ipOptions, fc.uint8Array({ maxLength: 48 })),
        rarely(fc.constant(0), some(-1, 1, 1000, -16)),
      ),
      { maxLength: 3 },
    )
    .map((messages) =>
      Uint8Array.from(
        messages.flatMap(([level, type, data, lie]) => {
          const b = new Uint8Array(16 + ((data.length + 7) & ~7));
          set32le(b, 0, Math.max(0, 16 + data.length + lie));
          set32le(b, 8, level);
          set32le(b, 12, type);
          b.set(data, 16);
          return [...b];
        }),
      ),
    ),
  size,
);

const iov: Arbitrary<UserIovec[]> = fc
  .array(buffer, { maxLength: 4 })
  .map((list) => list.map(({ ptr, len }) => ({ base: ptr, len })));

const message: Arbitrary<UserMessage> = fc
  .tuple(
    address,
    iov,
    rarely(fc.constant({ ptr: null as UserPtr, len: 0 }), control, 3),
    rarely(fc.constant(-1), size, 20),
  )
  .map(([name, vec, ctl, iovlen]) => ({
    msgname: name.ptr,
    namelen: name.len,
    iov: vec,
    ...(iovlen < 0 ? {} : { iovlen }),
    control: ctl.ptr,
    controllen: ctl.len,
  }));
const room = fc.record({ len: size, controllen: rarely(some(0, 256, 20, 1), size) });

/** A call, as an arbitrary of any call. */
const one = (c: Syscall): Syscall => c;

const socket = fc
  .tuple(
    rarely(fc.constant(2), some(1, 10, 16, 17, 0, 40, -1), 12),
    rarely(fc.constant(2), some(3, 1, 5, 0, 10, 99), 5),
    some(0, 0, 0, 0x800, 0x80000, 0x1000),
    rarely(fc.constant(0), some(17, 136, 1, 2, 255, 6, 50, -1, 256), 3),
  )
  .map(([domain, type, more, protocol]) => ({ domain, type: type | more, protocol }));

const bound = fc.tuple(fd, address).map(([n, to]) => ({ fd: n, addr: to.ptr, addrlen: to.len }));
const sent = fc.tuple(fd, buffer, flags, address, fc.nat(9)).map(([n, buf, f, to, compat]) => ({
  fd: n,
  buf: buf.ptr,
  len: buf.len,
  flags: f,
  addr: to.ptr,
  addrlen: to.len,
  ...(compat === 0 ? { compat: true } : {}),
}));

const pollfds = fc.array(fc.record({ fd, events: some(1, 4, 5, 0xffff) }), { maxLength: 4 });
const timespec = fc.record({
  tv_sec: some(0, 0, 1, -1),
  tv_nsec: some(0, 1_000, 30_000_000, 2_000_000_000),
});
const fdset = fc.option(fc.array(fd, { maxLength: 3 }));
const sets = fc.record({ in: fdset, out: fdset, ex: fdset });
const event = fc.record({
  events: some(1, 4, 5, 0x80000001, 0x40000005, 0xffff),
  data: fc.bigInt({ min: 0n, max: 9n }),
});
const waited = fc.record({ epfd: fd, maxevents: some(4, 1, 0, -1), timeout: some(0, 10, 1000) });

/** One arbitrary for each call: a new one is missed by the compiler. The number is how often. */
const CALLS: { readonly [N in Syscall["name"]]: readonly [number, Arbitrary<Syscall>] } = {
  socket: [4, socket.map((c) => one({ name: "socket", ...c }))],
  bind: [4, bound.map((c) => one({ name: "bind", ...c }))],
  connect: [4, bound.map((c) => one({ name: "connect", ...c }))],
  sendto: [16, sent.map((c) => one({ name: "sendto", ...c }))],
  send: [2, sent.map((c) => one({ name: "send", ...c }))],
  sendmsg: [
    8,
    fc.tuple(fd, flags, message).map(([n, f, m]) => one({ name: "sendmsg", fd: n, flags: f, ...m })),
  ],
  sendmmsg: [
    2,
    fc
      .record({ fd, messages: fc.array(message, { maxLength: 3 }), flags })
      .map((c) => one({ name: "sendmmsg", ...c })),
  ],
  recvmsg: [6, fc.tuple(fd, flags, room).map(([n, f, r]) => one({ name: "recvmsg", fd: n, flags: f, ...r }))],
  recvmmsg: [
    2,
    fc
      .record({ fd, messages: fc.array(room, { maxLength: 3 }), flags })
      .map((c) => one({ name: "recvmmsg", ...c })),
  ],
  recvfrom: [
    2,
    fc
      .record({ fd, len: size, flags, addrlen: some(16, 0, 5, 28) })
      .map((c) => one({ name: "recvfrom", ...c })),
  ],
  read: [1, fc.record({ fd, len: size }).map((c) => one({ name: "read", ...c }))],
  write: [2, fc.tuple(fd, buffer).map(([n, b]) => one({ name: "write", fd: n, buf: b.ptr, len: b.len }))],
  writev: [2, fc.record({ fd, iov }).map((c) => one({ name: "writev", ...c }))],
  splice: [2, fc.record({ fd, bytes, more: fc.boolean() }).map((c) => one({ name: "splice", ...c }))],
  setsockopt: [
    14,
    fc
      .tuple(fd, option)
      .map(([n, o]) =>
        one({ name: "setsockopt", fd: n, level: o.level, optname: o.name, optval: o.ptr, optlen: o.len }),
      ),
  ],
  getsockopt: [
    4,
    fc
      .tuple(fd, anyOption, rarely(some(4, 1, 8, 12, 100), int))
      .map(([n, [level, optname], optlen]) => one({ name: "getsockopt", fd: n, level, optname, optlen })),
  ],
  getsockname: [
    1,
    fc
      .tuple(fd, some(16, 0, 4, 128, 129, -1))
      .map(([n, addrlen]) => one({ name: "getsockname", fd: n, addrlen })),
  ],
  getpeername: [1, fd.map((n) => one({ name: "getpeername", fd: n }))],
  close: [1, fd.map((n) => one({ name: "close", fd: n }))],
  dup: [1, fc.record({ fd, to: some(4, 0, 9) }).map((c) => one({ name: "dup", ...c }))],
  dup2: [1, fc.record({ fd, to: some(4, 5, 9) }).map((c) => one({ name: "dup2", ...c }))],
  open: [1, fc.constant(one({ name: "open", path: "/dev/null" }))],
  shutdown: [2, fc.record({ fd, how: some(2, 0, 1, 3, -1) }).map((c) => one({ name: "shutdown", ...c }))],
  ioctl: [
    2,
    fc.oneof(
      fc.record({ fd, request: some("SIOCOUTQ", "FIONREAD") }).map((c) => one({ name: "ioctl", ...c })),
      fc.record({ fd, value: some(0, 1) }).map((c) => one({ name: "ioctl", request: "FIONBIO", ...c })),
    ),
  ],
  poll: [2, fc.record({ fds: pollfds, timeout: some(0, 10, 1000) }).map((c) => one({ name: "poll", ...c }))],
  ppoll: [1, fc.record({ fds: pollfds, timeout: timespec }).map((c) => one({ name: "ppoll", ...c }))],
  select: [
    1,
    fc
      .record({ n: some(8, 0, 3, 64, -1), sets, timeout: fc.constant({ tv_sec: 0, tv_usec: 20_000 }) })
      .map((c) => one({ name: "select", ...c })),
  ],
  pselect6: [
    1,
    fc
      .record({ n: some(8, 0, 3, 64, -1), sets, timeout: timespec })
      .map((c) => one({ name: "pselect6", ...c })),
  ],
  epoll_create: [1, some(1, 0, -1).map((size) => one({ name: "epoll_create", size }))],
  epoll_create1: [2, some(0, 0x80000, 1).map((n) => one({ name: "epoll_create1", flags: n }))],
  epoll_ctl: [
    4,
    fc
      .record({ epfd: fd, op: some(1, 2, 3, 9), fd, event: rarely(event, fc.constant(null), 9) })
      .map((c) => one({ name: "epoll_ctl", ...c })),
  ],
  epoll_wait: [2, waited.map((c) => one({ name: "epoll_wait", ...c }))],
  epoll_pwait: [1, waited.map((c) => one({ name: "epoll_pwait", ...c }))],
  fcntl: [1, fc.record({ fd, nonblock: fc.boolean() }).map((c) => one({ name: "fcntl", ...c }))],
};

/** Any one call. */
export const call: Arbitrary<Syscall> = fc.oneof(
  ...Object.values(CALLS).map(([weight, arbitrary]) => ({ weight, arbitrary })),
);

/** Memory that holds a struct sockaddr_in. */
export const at = (host: number, port: number): UserPtr => {
  const b = Uint8Array.of(2, 0, port >> 8, port & 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  set32(b, 4, host);
  return { bytes: b };
};
const opened = (type: number, protocol: number): Syscall => ({ name: "socket", domain: 2, type, protocol });
const bindTo = (n: number, host: number, port: number): Syscall =>
  one({ name: "bind", fd: n, addr: at(host, port), addrlen: 16 });
/** connect(2) to an address and a port. */
export const connectTo = (n: number, host: number, port: number): Syscall =>
  one({ name: "connect", fd: n, addr: at(host, port), addrlen: 16 });
const BROADCAST = one({
  name: "setsockopt",
  fd: 3,
  level: 1,
  optname: 6,
  optval: { bytes: int32(1) },
  optlen: 4,
});

/** Beginnings: a sender (3), a receiver (4), and one more socket of some kind (5). */
export const sockets: Arbitrary<Syscall[]> = fc
  .tuple(
    some(0, 136),
    some(0, 0x0a000001, 0xef010203),
    fc.boolean(),
    fc.option(rarely(some(0x7f000001, 0x0a000002, 0x0a000001, 0xef010203), addr), { nil: undefined }),
    some([3, 1], [2, 0], [3, 2], [3, 17], [2, 1], [3, 255], [1, 0]),
  )
  .map(([protocol, own, broadcast, peer, [type, other]]): Syscall[] => [
    opened(2, protocol),
    opened(2, protocol),
    bindTo(4, own, 9999),
    ...(broadcast ? [BROADCAST] : []),
    ...(peer === undefined ? [] : [connectTo(3, peer, 9999)]),
    opened(type, other),
  ]);
