// SPDX-License-Identifier: GPL-2.0-only
/** Pointers and lengths for what the kernel hands back: EFAULT and EINVAL where el6 gives them, and when. */
import { describe, expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { memoryIo } from "../../../src/cli/memory-io.ts";

const ADDR = '{sa_family=AF_INET, sin_port=htons(7001), sin_addr=inet_addr("127.0.0.1")}';
const OPEN = ["socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 3", `bind(3, ${ADDR}, 16) = 0`];
const SEND = `sendto(3, "abc", 3, 0, ${ADDR}, 16) = 3`;
const EAGAIN = "= -1 EAGAIN (Resource temporarily unavailable)";
const EMPTY = `recv(3, 0x7ffd00000000, 10, MSG_DONTWAIT) ${EAGAIN}`;
const EFAULT = "= -1 EFAULT (Bad address)";
const EINVAL = "= -1 EINVAL (Invalid argument)";

async function run(lines: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const io = memoryIo({ files: { "a.nt": `${[...OPEN, ...lines].join("\n")}\n` } });
  const status = await main(["run", "a.nt"], io);
  return { status, out: io.out, err: io.err };
}

describe("as el6 has it", () => {
  test.each([
    `getsockopt(3, SOL_SOCKET, SO_TYPE, 0x7ffd00000000, [-1]) ${EINVAL}`,
    `getsockopt(3, SOL_IP, IP_TTL, 0x7ffd00000000, [-1]) ${EINVAL}`,
    `getsockopt(3, SOL_SOCKET, SO_TYPE, 0x7ffd00000000, [4294967295]) ${EINVAL}`,
    `getsockopt(3, SOL_SOCKET, SO_TYPE, 0x7ffd00000000, NULL) ${EFAULT}`,
    `getsockopt(3, SOL_SOCKET, SO_TYPE, 0x7ffd00000000, 0x1) ${EFAULT}`,
    `getsockopt(3, SOL_SOCKET, SO_TYPE, NULL, [4]) ${EFAULT}`,
    `getsockopt(3, SOL_IP, IP_TTL, NULL, [4]) ${EFAULT}`,
    `getsockopt(3, SOL_IP, IP_TTL, 0x7ffd00000000, NULL) ${EFAULT}`,
    `getsockopt(3, SOL_UDP, UDP_CORK, NULL, [4]) ${EFAULT}`,
    `getsockopt(3, SOL_UDP, UDP_CORK, 0x7ffd00000000, 0x5) ${EFAULT}`,
    "getsockopt(3, SOL_SOCKET, SO_TYPE, NULL, [0]) = 0",
    "getsockopt(3, SOL_SOCKET, SO_TYPE, 0x7ffd00000000, [2]) = 0",
    `getsockopt(3, SOL_SOCKET, SO_PEERNAME, 0x7ffd00000000, [16]) = -1 ENOTCONN (Transport endpoint is not connected)`,
    `getsockopt(3, SOL_IP, 999, NULL, NULL) ${EFAULT}`,
    `getsockname(3, 0x7ffd00000000, [-1]) ${EINVAL}`,
    `getsockname(3, NULL, [16]) ${EFAULT}`,
    `getsockname(3, 0xffff880000000000, [16]) ${EFAULT}`,
    `getsockname(3, 0x7ffd00000000, NULL) ${EFAULT}`,
    "getsockname(3, 0x7ffd00000000, [0]) = 0",
    "getsockname(3, NULL, [0]) = 0",
    "getpeername(3, NULL, NULL) = -1 ENOTCONN (Transport endpoint is not connected)",
  ])("%s", async (call) => {
    const { status, err } = await run([call]);
    expect([status, err]).toEqual([0, ""]);
  });

  test.each([
    `recvfrom(3, 0x7ffd00000000, 10, MSG_DONTWAIT, 0x7ffd00000100, [-1]) ${EINVAL}`,
    `recvfrom(3, 0x7ffd00000000, 10, MSG_DONTWAIT, 0x1, [16]) ${EFAULT}`,
    `recvfrom(3, 0x7ffd00000000, 10, MSG_DONTWAIT, 0x7ffd00000100, NULL) ${EFAULT}`,
    `recvfrom(3, NULL, 10, MSG_DONTWAIT, NULL, NULL) ${EFAULT}`,
    `recv(3, 0x7ffd00000000, 10, MSG_DONTWAIT) ${EFAULT}`,
    `read(3, 0x1, 10) ${EFAULT}`,
    `read(3, NULL, 10) ${EFAULT}`,
  ])("the datagram is gone after %s", async (call) => {
    const { status, err } = await run([SEND, call, EMPTY]);
    expect([status, err]).toEqual([0, ""]);
  });

  test("a pointer is none to fault where the call did not get there", async () => {
    const { status, err } = await run([
      `recvfrom(3, 0x7ffd00000000, 10, MSG_DONTWAIT, 0x7ffd00000100, 0x7ffd00000200) ${EAGAIN}`,
      `recvfrom(3, NULL, 10, MSG_DONTWAIT, NULL, NULL) ${EAGAIN}`,
      SEND,
      `recvfrom(3, "abc", 10, 0, ${ADDR}, [128 => 16]) = 3`,
    ]);
    expect([status, err]).toEqual([0, ""]);
  });

  test("what was written is read back", async () => {
    const calls = [
      `getsockopt(3, SOL_SOCKET, SO_TYPE, NULL, [4]) ${EFAULT}`,
      `getsockname(3, NULL, [16]) ${EFAULT}`,
      `recvfrom(3, 0x7ffd00000000, 10, MSG_DONTWAIT, 0x7ffd00000100, NULL) ${EAGAIN}`,
    ];
    const { out } = await run(calls);
    const io = memoryIo({ files: { "b.nt": out } });
    expect(await main(["run", "b.nt"], io)).toBe(0);
    expect(io.out).toBe(out);
  });

  test("reasons are given", async () => {
    const { err } = await run(["getsockname(3, NULL, [16])", "expect no errno"]);
    expect(err).toContain("getsockname(3, 0xdead0000, [16])        = -1 EFAULT (Bad address)");
    const differs = await run([
      "getsockopt(3, SOL_SOCKET, SO_TYPE, NULL, [4]) = -1 ENOPROTOOPT (Protocol not available)",
    ]);
    expect(differs.err).toContain("the buffer cannot be written to user space");
  });
});

describe("a message header that strace does not show", () => {
  test.each([
    `recvmsg(3, {msg_namelen=16}, MSG_DONTWAIT) ${EAGAIN}`,
    `recvmsg(3, 0x7ffd00000000, MSG_DONTWAIT) ${EAGAIN}`,
    `recvmsg(3, {msg_namelen=0}, MSG_ERRQUEUE) ${EAGAIN}`,
    "recvmsg(9, {msg_namelen=0}, 0) = -1 EBADF (Bad file descriptor)",
  ])("does not matter to %s", async (call) => {
    const { status, err } = await run([call]);
    expect([status, err]).toEqual([0, ""]);
  });

  test.each([
    `recvmsg(3, {msg_namelen=16}, 0) ${EFAULT}`,
    `recvmsg(3, 0x7ffd00000000, 0) ${EINVAL}`,
    "recvmsg(3, {msg_namelen=16}, 0) = -1 EMSGSIZE (Message too long)",
  ])("may be the cause, and is not made up: %s", async (call) => {
    const { status, err } = await run([SEND, call, `recvfrom(3, "abc", 10, 0, ${ADDR}, [16]) = 3`]);
    expect(status).toBe(0);
    expect(err).toContain("a.nt:4:1: note: not simulated: messages whose headers strace does not show");
  });

  test("takes nothing off the queue that the log did not take", async () => {
    const recvmsg = `recvmsg(3, {msg_namelen=16}, MSG_DONTWAIT) ${EAGAIN}`;
    const { status, err } = await run([SEND, recvmsg, `recvfrom(3, "abc", 10, 0, ${ADDR}, [16]) = 3`]);
    expect(status).toBe(0);
    expect(err).toContain("a.nt:4:1: note: not simulated: receives that found nothing in the log");
  });
});
