// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from "vitest";
import { SO_TIMESTAMPING, SOL_SOCKET } from "../../../../../src/uapi/socket.ts";
import { User } from "../../calls.ts";
import { network } from "../../network.ts";
import { visited } from "../../send.ts";

const LO = "127.0.0.1:0";
const MSG_PROBE = 0x10;
const MSG_DONTWAIT = 0x40;
const ECHO = Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 1, 0x61, 0x62, 0x63);

function ping(): { u: User; fd: number } {
  const u = new User(network(["sysctl net.ipv4.ping_group_range=0,0"]));
  return { u, fd: u.open(2, 1) };
}

describe("a ping socket", () => {
  test("is for the groups of net.ipv4.ping_group_range only: by default for none", () => {
    expect(new User(network([])).socket(2, 1)).toBe("EACCES");
  });
  test("sends an echo request, and gets the reply with its own identifier", () => {
    const { u, fd } = ping();
    expect(u.sendto(fd, LO, ECHO)).toBe(11);
    const data = u.recv(fd, MSG_DONTWAIT).data as Uint8Array;
    expect([data[0], data.length, ...data.subarray(6)]).toEqual([0, 11, ...ECHO.subarray(6)]);
  });
  test("asks what time stamps are wanted", () => {
    const { u, fd } = ping();
    const { fns } = visited(u.m, () => u.sendto(fd, LO, ECHO));
    const at = fns.indexOf("ping_sendmsg");
    expect(fns.slice(at + 1, at + 4)).toEqual(["memcpy_fromiovec", "ping_supported", "sock_tx_timestamp"]);
  });
  test("is found by its identifier's chain", () => {
    const { u, fd } = ping();
    const { fns } = visited(u.m, () => u.sendto(fd, LO, ECHO));
    for (const caller of ["ping_v4_get_port", "ping_v4_lookup"]) {
      const at = fns.indexOf(caller);
      expect(fns.slice(at, at + 3)).toEqual([caller, "ping_hashslot", "ping_hashfn"]);
    }
  });
  test("cannot read a header where the data ends before", () => {
    const { u, fd } = ping();
    expect(u.sendto(fd, LO, Uint8Array.of(8))).toBe("EFAULT");
  });
  test("panics over MSG_PROBE, which leaves nothing to send", () => {
    const { u, fd } = ping();
    expect(() => u.sendto(fd, LO, ECHO, MSG_PROBE)).toThrow(
      "ping_push_pending_frames follows a null pointer",
    );
  });
});

test("time stamps that are only made, not wanted as control data, are looked at all the same", () => {
  const u = new User(network([]));
  const fd = u.open();
  u.bind(fd, "127.0.0.1:7000");
  expect(u.set(fd, SOL_SOCKET, SO_TIMESTAMPING, 1 << 3)).toBe(0);
  u.sendto(u.open(), "127.0.0.1:7000", 1);
  const { fns } = visited(u.m, () => expect(u.recv(fd, MSG_DONTWAIT, 256).cmsgs).toEqual([]));
  expect(fns).toContain("__sock_recv_timestamp");
  expect(fns).not.toContain("ktime2ts");
  expect(u.set(fd, SOL_SOCKET, SO_TIMESTAMPING, 0x7f)).toBe(0);
  u.sendto(u.open(), "127.0.0.1:7000", 1);
  const all = visited(u.m, () => expect(u.recv(fd, MSG_DONTWAIT, 256).cmsgs).toHaveLength(1)).fns;
  expect(all.filter((fn) => fn === "ktime2ts")).toHaveLength(2);
});
