// SPDX-License-Identifier: GPL-2.0-only
/** recvmmsg(2) with a time-out. */
import { describe, expect, test } from "vitest";
import type { Syscall } from "../../../src/kernels/release.ts";
import { outcome } from "./calls.ts";
import { arrive, sockets, traced } from "./hosts.ts";

describe("recvmmsg's time-out", () => {
  const room = { len: 100, controllen: 0, namelen: 0 };
  const call = (fd: number, tv_sec: number, tv_nsec: number): Syscall => ({
    name: "recvmmsg",
    fd,
    messages: [room, room, room],
    flags: 0,
    timeout: { tv_sec, tv_nsec },
  });
  test("is looked at after each message: one that waits outlasts it", () => {
    const { u, a } = sockets();
    u.sendto(a, "127.0.0.1:1001", 1);
    arrive(u.m, 1001, 50);
    const got = traced(u.m, call(a, 0, 20_000_000));
    expect(got).toMatchObject({ ret: 2, ms: 50, left: { tv_sec: 0, tv_nsec: 0 } });
    expect(got.notes).toContain("timed out: return the messages received so far");
  });

  test("of nothing lets one message through; what is left is told", () => {
    const { u, a } = sockets();
    for (let i = 0; i < 4; i++) u.sendto(a, "127.0.0.1:1001", i + 1);
    expect(u.m.syscall(call(a, 0, 0))).toMatchObject({ ret: 1, left: { tv_sec: 0, tv_nsec: 0 } });
    expect(u.m.syscall(call(a, 3, 7))).toMatchObject({ ret: 3, left: { tv_sec: 3, tv_nsec: 7 } });
    expect(outcome(u.m.syscall(call(a, 0, 1_000_000_000)).ret)).toBe("EINVAL");
  });
});
