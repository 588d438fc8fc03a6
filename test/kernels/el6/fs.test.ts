// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from "vitest";
import { User } from "./calls.ts";
import { network } from "./network.ts";

function connected(): { u: User; fd: number } {
  const u = new User(network([]));
  const fd = u.open();
  u.connect(fd, "127.0.0.1:9");
  return { u, fd };
}
const bytes = { bytes: new Uint8Array(3) };

describe("write(2), read(2) and writev(2) of more than there is", () => {
  test.each([
    ["no address space is so large", 2 ** 47, "EFAULT"],
    ["less than nothing", 2 ** 64 - 1, "EFAULT"],
    ["cut, and still too long for a datagram", 2 ** 31, "EMSGSIZE"],
  ])("%s", (_why, len, error) => {
    const { u, fd } = connected();
    expect(u.call({ name: "write", fd, buf: bytes, len })).toBe(error);
  });
  test.each([
    ["no address space is so large", 2 ** 47, "EFAULT"],
    ["less than nothing", 2 ** 64 - 1, "EINVAL"],
  ])("in pieces: %s", (_why, len, error) => {
    const { u, fd } = connected();
    expect(u.call({ name: "writev", fd, iov: [{ base: bytes, len }] })).toBe(error);
  });
  test("a read is refused before it could wait", () => {
    const { u, fd } = connected();
    expect(u.call({ name: "read", fd, len: 2 ** 48 })).toBe("EFAULT");
  });
});
