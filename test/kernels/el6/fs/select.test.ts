// SPDX-License-Identifier: GPL-2.0-only
/** poll, ppoll, select, pselect6: whom they ask, in which order, how long they sleep, and what ends that. */
import { describe, expect, test } from "vitest";
import type { Others, PollFd, Syscall } from "../../../../src/kernels/release.ts";
import { int, outcome, User } from "../calls.ts";
import { arrive, sockets, traced } from "../hosts.ts";
import { network } from "../network.ts";

const POLLIN = 1;
const POLLOUT = 4;
const POLLERR = 8;
const POLLNVAL = 32;

const poll = (fds: PollFd[], timeout: number, others?: Others): Syscall => ({
  name: "poll",
  fds,
  timeout,
  ...(others === undefined ? {} : { others }),
});

describe("poll", () => {
  test("asks each once where something is ready, and says what", () => {
    const { u, a, b } = sockets();
    u.sendto(b, "127.0.0.1:1001", 5);
    const got = traced(
      u.m,
      poll(
        [
          { fd: a, events: POLLIN },
          { fd: b, events: POLLIN | POLLOUT },
        ],
        -1,
      ),
    );
    expect(got).toMatchObject({ ret: 2, asked: 2, ms: 0 });
    expect(got.fds).toEqual([
      { fd: a, revents: POLLIN },
      { fd: b, revents: POLLOUT },
    ]);
  });

  test("asks, sleeps, and asks again when timed out", () => {
    const { u, a, b } = sockets();
    const got = traced(
      u.m,
      poll(
        [
          { fd: a, events: POLLIN },
          { fd: b, events: POLLIN },
        ],
        35,
      ),
    );
    expect(got).toMatchObject({ ret: 0, asked: 4, ms: 35, fds: [] });
    expect(got.notes).toContain("timed out");
  });

  test("is woken by what comes in", () => {
    const { u, a, b } = sockets();
    expect(arrive(u.m, 1002, 30)).toBe(0);
    const got = traced(
      u.m,
      poll(
        [
          { fd: a, events: POLLIN },
          { fd: b, events: POLLIN },
        ],
        5000,
      ),
    );
    expect(got).toMatchObject({ ret: 1, asked: 4, ms: 30, fds: [{ fd: b, revents: POLLIN }] });
    expect(u.recv(b).ret).toBe(2);
  });

  test("is not woken by what it does not wait for", () => {
    const { u, a } = sockets();
    u.set(a, 1, 7, int(2048));
    arrive(u.m, 1001, 30);
    const got = traced(u.m, poll([{ fd: a, events: POLLERR }], 100));
    expect(got).toMatchObject({ ret: 0, asked: 2, ms: 100 });
  });

  test("is woken by an error that a timer brings", () => {
    const u = new User(
      network([
        "ip link add eth0 type veth peer name far",
        "ip link set eth0 up",
        "ip link set far up",
        "ip addr add 192.0.2.10/24 dev eth0",
      ]),
    );
    const a = u.open();
    u.set(a, 0, 11, 1);
    u.connect(a, "192.0.2.99:9");
    u.sendto(a, null, 1);
    const got = traced(u.m, poll([{ fd: a, events: POLLIN }], 60_000));
    expect(got).toMatchObject({ ret: 1, fds: [{ fd: a, revents: POLLERR }] });
    expect(got.ms).toBeLessThan(4000);
    expect(outcome(u.recv(a).ret)).toBe("EHOSTUNREACH");
  });

  test("for ever, and nothing comes: as if a signal had", () => {
    const { u, a } = sockets();
    const got = traced(u.m, poll([{ fd: a, events: POLLIN }], -1));
    expect(outcome(got.ret)).toBe("ERESTART_RESTARTBLOCK");
    expect(got.notes.at(-1)).toMatch(/^not modelled: a sleep that nothing ends/);
  });

  test("negative descriptors are none, closed ones are invalid", () => {
    const { u } = sockets();
    expect(
      u.m.syscall(
        poll(
          [
            { fd: -1, events: POLLIN },
            { fd: 77, events: POLLIN },
          ],
          -1,
        ),
      ),
    ).toEqual({
      ret: 1,
      fds: [{ fd: 77, revents: POLLNVAL }],
    });
    expect(traced(u.m, poll([], 20))).toMatchObject({ ret: 0, ms: 20 });
    const many = Array.from({ length: 1025 }, () => ({ fd: -1, events: 0 }));
    expect(outcome(u.m.syscall(poll(many, 0)).ret)).toBe("EINVAL");
  });

  test("leaves nobody waiting", () => {
    const { u, a } = sockets();
    u.m.syscall(poll([{ fd: a, events: POLLIN }], 20));
    u.sendto(a, "127.0.0.1:1001", 1);
    expect(traced(u.m, poll([{ fd: a, events: POLLIN }], 0))).toMatchObject({ ret: 1, asked: 1, ms: 0 });
  });
});

describe("files of somebody else", () => {
  const pipe = 9;
  test("are ready as their user says, at once or later", () => {
    const { u, a } = sockets();
    const fds = [
      { fd: a, events: POLLIN },
      { fd: pipe, events: POLLIN },
    ];
    const now = traced(u.m, poll(fds, -1, { ready: new Map([[pipe, POLLIN]]), after: 0 }));
    expect(now).toMatchObject({ ret: 1, asked: 1, ms: 0, fds: [{ fd: pipe, revents: POLLIN }] });
    const later = traced(u.m, poll(fds, -1, { ready: new Map([[pipe, POLLIN]]), after: 50 }));
    expect(later).toMatchObject({ ret: 1, asked: 2, ms: 50, fds: [{ fd: pipe, revents: POLLIN }] });
    const never = traced(u.m, poll(fds, 20, { ready: new Map([[pipe, 0]]), after: 0 }));
    expect(never).toMatchObject({ ret: 0, asked: 2, ms: 20 });
  });

  test("a signal ends the wait", () => {
    const { u, a } = sockets();
    const signal = { ready: new Map(), after: 30, signal: true };
    const got = traced(u.m, poll([{ fd: a, events: POLLIN }], -1, signal));
    expect([outcome(got.ret), got.ms, got.asked]).toEqual(["ERESTART_RESTARTBLOCK", 30, 2]);
    u.sendto(a, "127.0.0.1:1001", 1);
    expect(traced(u.m, poll([{ fd: a, events: POLLIN }], -1, signal))).toMatchObject({ ret: 1, ms: 0 });
  });
});

describe("ppoll", () => {
  const ppoll = (fds: PollFd[], tv_sec: number, tv_nsec: number): Syscall => ({
    name: "ppoll",
    fds,
    timeout: { tv_sec, tv_nsec },
  });
  test("says what is left of its time", () => {
    const { u, a } = sockets();
    arrive(u.m, 1001, 30);
    const got = u.m.syscall(ppoll([{ fd: a, events: POLLIN }], 1, 0));
    expect(got).toEqual({
      ret: 1,
      fds: [{ fd: a, revents: POLLIN }],
      left: { tv_sec: 0, tv_nsec: 970_000_000 },
    });
    u.recv(a);
    expect(u.m.syscall(ppoll([{ fd: a, events: POLLIN }], 0, 1)).left).toEqual({ tv_sec: 0, tv_nsec: 0 });
  });

  test("refuses times that are none", () => {
    const { u } = sockets();
    expect(outcome(u.m.syscall(ppoll([], 0, 1_000_000_000)).ret)).toBe("EINVAL");
    expect(outcome(u.m.syscall(ppoll([], -1, 0)).ret)).toBe("EINVAL");
    const signal = { ready: new Map(), after: 0, signal: true };
    const got = u.m.syscall({ name: "ppoll", fds: [], timeout: null, others: signal });
    expect(outcome(got.ret)).toBe("ERESTARTNOHAND");
  });
});

describe("select", () => {
  const second = { tv_sec: 1, tv_usec: 0 };
  test("asks in the order of the descriptors, and fills each set", () => {
    const { u, a, b } = sockets();
    u.sendto(b, "127.0.0.1:1001", 5);
    const got = traced(u.m, {
      name: "select",
      n: b + 1,
      sets: { in: [b, a], out: [b], ex: [a] },
      timeout: second,
    });
    expect(got).toMatchObject({ ret: 2, asked: 2, sets: { in: [a], out: [b], ex: [] }, left: { tv_sec: 1 } });
  });

  test("does not look beyond n, and refuses closed descriptors below", () => {
    const { u, a } = sockets();
    const sets = { in: [a, 77], out: null, ex: null };
    expect(traced(u.m, { name: "select", n: a + 1, sets, timeout: { tv_sec: 0, tv_usec: 0 } })).toMatchObject(
      {
        ret: 0,
        asked: 1,
      },
    );
    expect(outcome(u.m.syscall({ name: "select", n: 78, sets, timeout: null }).ret)).toBe("EBADF");
    expect(outcome(u.m.syscall({ name: "select", n: -1, sets, timeout: null }).ret)).toBe("EINVAL");
  });

  test("sleeps until somebody sends, or its time is up", () => {
    const { u, a } = sockets();
    const sets = { in: [a], out: null, ex: null };
    arrive(u.m, 1001, 40);
    const got = traced(u.m, { name: "select", n: a + 1, sets, timeout: second });
    expect(got).toMatchObject({ ret: 1, ms: 40, asked: 2, left: { tv_sec: 0, tv_nsec: 960_000_000 } });
    u.recv(a);
    // More microseconds than a second has are more seconds.
    const timeout = { tv_sec: 0, tv_usec: 1_500_000 };
    expect(traced(u.m, { name: "select", n: a + 1, sets, timeout })).toMatchObject({ ret: 0, ms: 1500 });
    const negative = { tv_sec: -1, tv_usec: 0 };
    expect(outcome(u.m.syscall({ name: "select", n: 0, sets, timeout: negative }).ret)).toBe("EINVAL");
  });

  test("pselect6 has nanoseconds", () => {
    const { u, a } = sockets();
    const sets = { in: [a], out: [a], ex: null };
    const timeout = { tv_sec: 2, tv_nsec: 5 };
    expect(u.m.syscall({ name: "pselect6", n: a + 1, sets, timeout })).toEqual({
      ret: 1,
      sets: { in: [], out: [a], ex: [] },
      left: timeout,
    });
    const signal = { ready: new Map(), after: 0, signal: true };
    const alone = { in: [a], out: null, ex: null };
    const got = u.m.syscall({ name: "pselect6", n: a + 1, sets: alone, timeout: null, others: signal });
    expect(outcome(got.ret)).toBe("ERESTARTNOHAND");
  });
});
