// SPDX-License-Identifier: GPL-2.0-only
/** What the strace view prints is read back as the same calls. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeCall, describeResult } from "../../../src/kernels/describe.ts";
import type { Syscall, SysResult, UserMessage, UserPtr } from "../../../src/kernels/release.ts";
import { formatCall } from "../../../src/render/strace.ts";
import { scenario } from "../../../src/script/scenario.ts";
import type { CallStep } from "../../../src/script/step.ts";
import { EFAULT, errnoNames, errnoNumber } from "../../../src/uapi/errno.ts";
import { set16, set32, set32le } from "../../../src/wire/bytes.ts";

const int = fc.oneof(fc.integer({ min: -2, max: 300 }), fc.integer());
const fd = fc.oneof(fc.integer({ min: -1, max: 1100 }), fc.integer());
const flags = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0x7fffffff }));

const data = fc.uint8Array({ maxLength: 60 });
/** Memory and its length, readable or not. */
const buffer: fc.Arbitrary<{ buf: UserPtr; len: number }> = fc.oneof(
  data.map((bytes) => ({ buf: { bytes }, len: bytes.length })),
  fc.nat(70_000).map((len) => ({ buf: null, len })),
  fc.integer({ min: 1, max: 70_000 }).map((len) => ({ buf: { bytes: new Uint8Array(0) }, len })),
  fc
    .integer({ min: 1, max: 70_000 })
    .map((len) => ({ buf: { bytes: new Uint8Array(0), kernel: true }, len })),
);

const inet = fc.tuple(fc.nat(65_535), fc.nat(0xffffffff)).map(([port, addr]) => {
  const bytes = new Uint8Array(16);
  bytes[0] = 2;
  set16(bytes, 2, port);
  set32(bytes, 4, addr);
  return bytes;
});
const otherFamily = fc
  .tuple(fc.nat(65_535), fc.uint8Array({ minLength: 1, maxLength: 26 }))
  .map(([family, rest]) => Uint8Array.of(family & 255, family >> 8, ...rest))
  .filter((b) => b[0] !== 2 || b.length < 8);
const address: fc.Arbitrary<{ addr: UserPtr; addrlen: number }> = fc.oneof(
  inet.map((bytes) => ({ addr: { bytes }, addrlen: 16 })),
  otherFamily.map((bytes) => ({ addr: { bytes }, addrlen: bytes.length })),
  int.map((addrlen) => ({ addr: null, addrlen })),
  fc.integer({ min: 1, max: 128 }).map((addrlen) => ({ addr: { bytes: new Uint8Array(0) }, addrlen })),
);

const iov = fc.array(
  buffer.map(({ buf, len }) => ({ base: buf, len })),
  { maxLength: 4 },
);

function cmsg(level: number, type: number, bytes: Uint8Array): Uint8Array {
  const b = new Uint8Array((16 + bytes.length + 7) & ~7);
  set32le(b, 0, 16 + bytes.length);
  set32le(b, 8, level);
  set32le(b, 12, type);
  b.set(bytes, 16);
  return b;
}
const control = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ minLength: 1, maxLength: 50 }),
  fc
    .array(
      fc
        .tuple(
          fc.constantFrom<[number, number]>([0, 8], [0, 2], [0, 1], [0, 7], [1, 36], [3, 99]),
          fc.uint8Array({ maxLength: 20 }),
        )
        .map(([[level, type], bytes]) => cmsg(level, type, bytes)),
      { minLength: 1, maxLength: 3 },
    )
    .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part]))),
);
const message: fc.Arbitrary<UserMessage> = fc
  .tuple(address, iov, control)
  .map(([{ addr, addrlen }, pieces, ctl]) => ({
    msgname: addr,
    namelen: Math.max(addrlen, 0),
    iov: pieces,
    control: ctl === null ? null : { bytes: ctl },
    controllen: ctl?.length ?? 0,
  }));

/** A descriptor less than 0 shows no events. */
const pollfds = fc.array(
  fc.tuple(fd, fc.nat(0x3fff)).map(([n, events]) => ({ fd: n, events: n < 0 ? 0 : events })),
  { maxLength: 4 },
);
const nanoseconds = fc.option(fc.record({ tv_sec: fc.nat(), tv_nsec: fc.nat() }));
const fdset = fc.option(fc.array(fc.nat(1023), { maxLength: 4 }));
const sets = fc.record({ in: fdset, out: fdset, ex: fdset });
const event = fc.record({ events: fc.nat(0xffffffff), data: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) });
const waits: fc.Arbitrary<Syscall>[] = [
  fc.tuple(pollfds, int).map(([fds, timeout]): Syscall => ({ name: "poll", fds, timeout })),
  fc.tuple(pollfds, nanoseconds).map(([fds, timeout]): Syscall => ({ name: "ppoll", fds, timeout })),
  fc
    .tuple(int, sets, fc.option(fc.record({ tv_sec: fc.nat(), tv_usec: fc.nat() })))
    .map(([n, s, timeout]): Syscall => ({ name: "select", n, sets: s, timeout })),
  fc
    .tuple(int, sets, nanoseconds)
    .map(([n, s, timeout]): Syscall => ({ name: "pselect6", n, sets: s, timeout })),
  int.map((size): Syscall => ({ name: "epoll_create", size })),
  flags.map((f): Syscall => ({ name: "epoll_create1", flags: f })),
  fc
    .tuple(fd, fc.integer({ min: 1, max: 3 }), fd, event)
    .map(
      ([epfd, op, n, ev]): Syscall => ({ name: "epoll_ctl", epfd, op, fd: n, event: op === 2 ? null : ev }),
    ),
  fc
    .tuple(fc.constantFrom("epoll_wait" as const, "epoll_pwait" as const), fd, int, int)
    .map(([name, epfd, maxevents, timeout]): Syscall => ({ name, epfd, maxevents, timeout })),
];

/** One pointer that points nowhere, or none. */
const bad = <K extends string>(...names: readonly K[]): fc.Arbitrary<{ bad?: Record<K, true> }> =>
  fc
    .constantFrom(undefined, ...names)
    .map((name) => (name === undefined ? {} : { bad: { [name]: true } as Record<K, true> }));

/** A length that cannot be read is shown as none. */
function room<K extends string>(
  key: K,
  len: number,
  unread: number,
  b: { bad?: { len?: true } },
): Record<K, number> & { bad?: { len?: true } } {
  return { [key]: b.bad?.len === true ? unread : len, ...b } as Record<K, number> & { bad?: { len?: true } };
}

const level = fc.constantFrom(0, 1, 6, 17, 136, 255, 41, 999);
const call: fc.Arbitrary<Syscall> = fc.oneof(
  fc
    .tuple(fc.nat(50), fc.nat(0x80fff), fc.nat(300))
    .map(([domain, type, protocol]): Syscall => ({ name: "socket", domain, type, protocol })),
  fc
    .tuple(fc.constantFrom("bind" as const, "connect" as const), fd, address)
    .map(([name, n, a]): Syscall => ({ name, fd: n, ...a })),
  fc
    .tuple(fd, buffer, flags, address)
    .map(([n, { buf, len }, f, a]): Syscall => ({ name: "sendto", fd: n, buf, len, flags: f, ...a })),
  fc.tuple(fd, message, flags).map(([n, m, f]): Syscall => ({ name: "sendmsg", fd: n, ...m, flags: f })),
  fc
    .tuple(fd, fc.array(message, { maxLength: 3 }), flags)
    .map(([n, messages, f]): Syscall => ({ name: "sendmmsg", fd: n, messages, flags: f })),
  fc.tuple(fd, fc.nat(70_000), flags, fc.constantFrom(-1, 16, 128), bad("buf", "addr", "len")).map(
    ([n, len, f, addrlen, b]): Syscall => ({
      name: "recvfrom",
      fd: n,
      len,
      flags: f,
      ...room("addrlen", addrlen, 16, b),
    }),
  ),
  fc
    .tuple(fd, fc.nat(70_000), flags, bad("buf"))
    .map(([n, len, f, b]): Syscall => ({ name: "recvfrom", fd: n, len, flags: f, addrlen: 0, ...b })),
  fc
    .tuple(fd, fc.nat(70_000), bad("buf"))
    .map(([n, len, b]): Syscall => ({ name: "read", fd: n, len, ...b })),
  fc.tuple(fd, buffer).map(([n, b]): Syscall => ({ name: "write", fd: n, ...b })),
  fc.tuple(fd, iov).map(([n, pieces]): Syscall => ({ name: "writev", fd: n, iov: pieces })),
  fc.tuple(fd, level, int, fc.uint8Array({ maxLength: 40 })).map(
    ([n, l, optname, bytes]): Syscall => ({
      name: "setsockopt",
      fd: n,
      level: l,
      optname,
      optval: { bytes },
      optlen: bytes.length,
    }),
  ),
  fc.tuple(fd, level, int, fc.integer({ min: -1, max: 100 }), bad("buf", "len")).map(
    ([n, l, optname, optlen, b]): Syscall => ({
      name: "getsockopt",
      fd: n,
      level: l,
      optname,
      optlen: "bad" in b && b.bad !== undefined && "len" in b.bad ? 4 : optlen,
      ...b,
    }),
  ),
  fc
    .tuple(
      fc.constantFrom("getsockname" as const, "getpeername" as const),
      fd,
      fc.constantFrom(16, 4, 128, -1),
      bad("addr", "len"),
    )
    .map(([name, n, addrlen, b]): Syscall => ({ name, fd: n, ...room("addrlen", addrlen, 16, b) })),
  fd.map((n): Syscall => ({ name: "close", fd: n })),
  fc
    .tuple(fd, fc.option(fc.nat(100)))
    .map(([n, to]): Syscall => (to === null ? { name: "dup", fd: n } : { name: "dup", fd: n, to })),
  fc.tuple(fd, fc.nat(100)).map(([n, to]): Syscall => ({ name: "dup2", fd: n, to })),
  fc.tuple(fd, int).map(([n, how]): Syscall => ({ name: "shutdown", fd: n, how })),
  fc.tuple(fd, fc.nat(1)).map(([n, value]): Syscall => ({ name: "ioctl", fd: n, request: "FIONBIO", value })),
  fc
    .tuple(fd, fc.constantFrom("SIOCOUTQ" as const, "FIONREAD" as const))
    .map(([n, request]): Syscall => ({ name: "ioctl", fd: n, request })),
  ...waits,
  fc
    .tuple(fd, fc.constantFrom(true, false, undefined))
    .map(
      ([n, nonblock]): Syscall =>
        nonblock === undefined ? { name: "fcntl", fd: n } : { name: "fcntl", fd: n, nonblock },
    ),
);

const result: fc.Arbitrary<SysResult> = fc.oneof(
  fc.nat(0x7fffffff).map((ret) => ({ ret })),
  fc
    .constantFrom(...errnoNames().map((name) => errnoNumber(name) as number))
    .filter((n) => n < 512)
    .map((n) => ({ ret: -n })),
);

/** Calls whose pointers the kernel writes to. */
const HANDS_OUT: ReadonlySet<string> = new Set([
  "recvfrom",
  "read",
  "getsockopt",
  "getsockname",
  "getpeername",
]);

/** The line, and the step that it is read as. */
function throughText(made: Syscall, got: SysResult): { line: string; step: CallStep } {
  const out = describeResult(got);
  const line = formatCall(
    { ev: "syscall", name: made.name, args: describeCall(made) },
    { ev: "sysret", name: made.name, ret: got.ret, ...(out === undefined ? {} : { out }) },
    0,
  );
  const [step] = scenario([line], { ifindex: () => undefined });
  if (step?.kind !== "call") throw new Error(`not read as a call: ${line}`);
  return { line, step };
}

describe("print, then parse", () => {
  test("gives the same call and result", () => {
    fc.assert(
      fc.property(call, result, (made, got) => {
        // Only a bad pointer faults, and what has one does not work.
        const broken = "bad" in made;
        fc.pre(!HANDS_OUT.has(made.name) || (broken ? got.ret < 0 : got.ret !== -EFAULT));
        const { line, step } = throughText(made, got);
        expect(line).toMatch(/^[\x20-\x7e]+$/);
        expect(step.written?.ret).toBe(got.ret);
        expect(describeCall(step.call as Syscall)).toEqual(describeCall(made));
      }),
      { numRuns: 3000 },
    );
  });

  test("what was ready is read back", () => {
    const ready = fc.array(fc.record({ fd: fc.nat(1023), revents: fc.integer({ min: 1, max: 63 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    const list = fc.array(fc.nat(1023), { minLength: 1, maxLength: 4 });
    const left = fc.record({ tv_sec: fc.nat(99), tv_nsec: fc.nat(999_999).map((us) => us * 1000) });
    fc.assert(
      fc.property(
        ready,
        fc.record({ in: list, out: list, ex: list }),
        fc.array(event),
        left,
        (fds, s, events, rest) => {
          const polled = throughText({ name: "ppoll", fds: [], timeout: null }, { ret: 1, fds, left: rest });
          expect(polled.step.shown.fds).toEqual(fds);
          const seconds = rest.tv_sec + rest.tv_nsec / 1e9;
          expect(polled.step.shown.left).toBeCloseTo(seconds, 9);
          const none = { in: null, out: null, ex: null };
          const timeout = { tv_sec: 1, tv_usec: 0 };
          const selected = throughText(
            { name: "select", n: 9, sets: none, timeout },
            { ret: 1, sets: s, left: rest },
          );
          expect(selected.step.shown.sets).toEqual(s);
          expect(selected.step.shown.left).toBeCloseTo(seconds, 6);
          const waited = { name: "epoll_wait", epfd: 3, maxevents: 9, timeout: 0 } as const;
          expect(throughText(waited, { ret: events.length, events }).step.shown.events).toEqual(events);
        },
      ),
    );
  });

  test("received data and addresses are read back", () => {
    fc.assert(
      fc.property(data, inet, fc.boolean(), (bytes, addr, named) => {
        const room = { len: 100, controllen: 0, ...(named ? {} : { namelen: 0 }) };
        const message = { data: bytes, mflags: 0, ...(named ? { addr } : {}) };
        const { step } = throughText(
          { name: "recvmsg", fd: 3, ...room, flags: 0 },
          { ret: bytes.length, ...message },
        );
        expect(step.call).toEqual({ name: "recvmsg", fd: 3, ...room, flags: 0 });
        expect(Buffer.from(step.shown.data?.bytes ?? "", "latin1")).toEqual(Buffer.from(bytes));
        expect(step.shown.addr).toEqual(named ? addr : undefined);
      }),
    );
  });
});
