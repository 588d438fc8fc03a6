// SPDX-License-Identifier: GPL-2.0-only
/** epoll: what is watched, when a socket is asked, what is handed out, and in which order. */
import { describe, expect, test } from "vitest";
import type { EpollEvent, Others, Syscall } from "../../../../src/kernels/release.ts";
import { outcome, type User } from "../calls.ts";
import { arrive, sockets, traced } from "../hosts.ts";

const EPOLLIN = 1;
const EPOLLOUT = 4;
const EPOLLONESHOT = 0x40000000;
const EPOLLET = 0x80000000;
const [ADD, DEL, MOD] = [1, 2, 3];

const ctl = (epfd: number, op: number, fd: number, events: number, data = BigInt(fd)): Syscall => ({
  name: "epoll_ctl",
  epfd,
  op,
  fd,
  event: { events, data },
});
const wait = (epfd: number, timeout: number, others?: Others, maxevents = 10): Syscall => ({
  name: "epoll_wait",
  epfd,
  maxevents,
  timeout,
  ...(others === undefined ? {} : { others }),
});

/** Two sockets and a set. */
function set(): { u: User; a: number; b: number; ep: number } {
  const made = sockets();
  return { ...made, ep: made.u.m.syscall({ name: "epoll_create1", flags: 0 }).ret };
}
const handed = (events: readonly EpollEvent[] | undefined): string[] =>
  (events ?? []).map(({ events: bits, data }) => `${data}:${bits}`);

describe("a set", () => {
  test("is made, and refuses what is wrong", () => {
    const { u, a, ep } = set();
    expect(outcome(u.m.syscall({ name: "epoll_create", size: 0 }).ret)).toBe("EINVAL");
    expect(outcome(u.m.syscall({ name: "epoll_create1", flags: 1 }).ret)).toBe("EINVAL");
    expect(u.m.syscall({ name: "epoll_create", size: 9 }).ret).toBe(ep + 1);
    const file = u.m.syscall({ name: "open", path: "/dev/null" }).ret;
    const answers = [
      ctl(99, ADD, a, EPOLLIN),
      ctl(ep, ADD, 99, EPOLLIN),
      ctl(ep, ADD, file, EPOLLIN),
      ctl(a, ADD, a, EPOLLIN),
      ctl(ep, ADD, ep, EPOLLIN),
      ctl(ep, DEL, a, 0),
      ctl(ep, MOD, a, EPOLLIN),
      ctl(ep, 7, a, EPOLLIN),
      ctl(ep, ADD, a, EPOLLIN),
      ctl(ep, ADD, a, EPOLLIN),
      { ...ctl(ep, MOD, a, EPOLLIN), event: null } as Syscall,
      wait(ep, 0, undefined, 0),
      wait(99, 0),
      wait(a, 0),
    ].map((call) => outcome(u.m.syscall(call).ret));
    expect(answers).toEqual([
      "EBADF",
      "EBADF",
      "EPERM",
      "EINVAL",
      "EINVAL",
      "ENOENT",
      "ENOENT",
      "EINVAL",
      0,
      "EEXIST",
      "EFAULT",
      "EINVAL",
      "EBADF",
      "EINVAL",
    ]);
  });

  test("sets in sets: ready when one of theirs is, never in a circle", () => {
    const { u, a, ep } = set();
    const outer = u.m.syscall({ name: "epoll_create1", flags: 0 }).ret;
    u.m.syscall(ctl(ep, ADD, a, EPOLLIN));
    expect(u.m.syscall(ctl(outer, ADD, ep, EPOLLIN)).ret).toBe(0);
    expect(outcome(u.m.syscall(ctl(ep, ADD, outer, EPOLLIN)).ret)).toBe("ELOOP");
    expect(u.m.syscall(wait(outer, 0)).ret).toBe(0);
    arrive(u.m, 1001, 20);
    const got = traced(u.m, wait(outer, 1000));
    expect(got).toMatchObject({ ret: 1, ms: 20 });
    expect(handed(got.events)).toEqual([`${ep}:${EPOLLIN}`]);
    const polled = u.m.syscall({ name: "poll", fds: [{ fd: outer, events: EPOLLIN }], timeout: 0 });
    expect(polled.fds).toEqual([{ fd: outer, revents: EPOLLIN }]);
    // Five sets in each other are one too many.
    let inner = ep;
    const chain = Array.from({ length: 6 }, () => {
      const more = u.m.syscall({ name: "epoll_create1", flags: 0 }).ret;
      const ret = outcome(u.m.syscall(ctl(more, ADD, inner, EPOLLIN)).ret);
      inner = more;
      return ret;
    });
    expect(chain).toContain("ELOOP");
  });

  test("forgets what is closed, and is forgotten when it is closed", () => {
    const { u, a, b, ep } = set();
    u.m.syscall(ctl(ep, ADD, a, EPOLLIN | EPOLLOUT));
    u.m.syscall(ctl(ep, ADD, b, EPOLLOUT));
    const copy = u.m.syscall({ name: "dup", fd: b }).ret;
    u.call({ name: "close", fd: a });
    u.call({ name: "close", fd: b });
    // Another descriptor still holds the second.
    expect(handed(u.m.syscall(wait(ep, 0)).events)).toEqual([`${b}:${EPOLLOUT}`]);
    expect(u.call({ name: "close", fd: ep })).toBe(0);
    u.sendto(copy, "127.0.0.1:1002", 1);
    expect(u.recv(copy).ret).toBe(1);
  });
});

describe("waiting", () => {
  test("asks when a socket is added, and when it is handed out", () => {
    const { u, a, ep } = set();
    u.sendto(a, "127.0.0.1:1001", 3);
    expect(traced(u.m, ctl(ep, ADD, a, EPOLLIN))).toMatchObject({ ret: 0, asked: 1 });
    expect(traced(u.m, wait(ep, -1))).toMatchObject({ ret: 1, asked: 1, ms: 0 });
    u.recv(a);
    // It stays on the list until it is asked again.
    expect(traced(u.m, wait(ep, 0))).toMatchObject({ ret: 0, asked: 1 });
    expect(traced(u.m, wait(ep, 30))).toMatchObject({ ret: 0, asked: 0, ms: 30 });
  });

  test("is woken by what comes in, in the order in which it came", () => {
    const { u, a, b, ep } = set();
    u.m.syscall(ctl(ep, ADD, a, EPOLLIN, 2n ** 64n - 1n));
    u.m.syscall(ctl(ep, ADD, b, EPOLLIN, 7n));
    arrive(u.m, 1002, 30);
    expect(traced(u.m, wait(ep, 1000))).toMatchObject({ ret: 1, ms: 30, asked: 1 });
    arrive(u.m, 1001, 0);
    expect(handed(u.m.syscall(wait(ep, -1)).events)).toEqual(["7:1", "18446744073709551615:1"]);
    expect(u.m.syscall(wait(ep, -1, undefined, 1)).ret).toBe(1);
  });

  test("edge-triggered: once for each time that something comes", () => {
    const { u, a, ep } = set();
    u.m.syscall(ctl(ep, ADD, a, EPOLLIN | EPOLLET));
    u.sendto(a, "127.0.0.1:1001", 3);
    expect(u.m.syscall(wait(ep, 0)).ret).toBe(1);
    expect(traced(u.m, wait(ep, 20))).toMatchObject({ ret: 0, asked: 0, ms: 20 });
    u.sendto(a, "127.0.0.1:1001", 3);
    expect(u.m.syscall(wait(ep, 0)).ret).toBe(1);
  });

  test("one-shot: silent until it is changed", () => {
    const { u, a, ep } = set();
    u.sendto(a, "127.0.0.1:1001", 3);
    u.m.syscall(ctl(ep, ADD, a, EPOLLIN | EPOLLONESHOT));
    expect(u.m.syscall(wait(ep, 0)).ret).toBe(1);
    u.sendto(a, "127.0.0.1:1001", 3);
    expect(u.m.syscall(wait(ep, 0)).ret).toBe(0);
    expect(traced(u.m, ctl(ep, MOD, a, EPOLLIN))).toMatchObject({ ret: 0, asked: 1 });
    expect(u.m.syscall(wait(ep, 0)).ret).toBe(1);
  });

  test("for ever, and nothing comes: as if a signal had", () => {
    const { u, a, ep } = set();
    u.m.syscall(ctl(ep, ADD, a, EPOLLIN));
    const got = traced(u.m, wait(ep, -1));
    expect(outcome(got.ret)).toBe("EINTR");
    expect(got.notes.at(-1)).toMatch(/^not modelled: a sleep/);
    const signal = { ready: new Map(), after: 40, signal: true };
    const ended = traced(u.m, wait(ep, -1, signal));
    expect([outcome(ended.ret), ended.ms]).toEqual(["EINTR", 40]);
  });
});

test("files of somebody else are ready as their user says", () => {
  const { u, a, ep } = set();
  const pipe = 50;
  const none = { ready: new Map([[pipe, 0]]), after: 0 };
  expect(u.m.syscall({ ...ctl(ep, ADD, pipe, EPOLLIN), others: none } as Syscall).ret).toBe(0);
  expect(outcome(u.m.syscall({ ...ctl(ep, ADD, pipe, EPOLLIN), others: none } as Syscall).ret)).toBe(
    "EEXIST",
  );
  u.m.syscall(ctl(ep, ADD, a, EPOLLIN));
  const ready = { ready: new Map([[pipe, EPOLLIN]]), after: 0 };
  expect(handed(u.m.syscall(wait(ep, -1, ready)).events)).toEqual([`${pipe}:1`]);
  expect(u.m.syscall(wait(ep, 20, none)).ret).toBe(0);
  const later = traced(u.m, wait(ep, -1, { ...ready, after: 60 }));
  expect(later).toMatchObject({ ret: 1, ms: 60 });
  expect(u.m.syscall({ ...ctl(ep, DEL, pipe, 0), others: none } as Syscall).ret).toBe(0);
  expect(u.m.syscall(wait(ep, 0, ready)).ret).toBe(0);
});
