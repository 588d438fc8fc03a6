// SPDX-License-Identifier: GPL-2.0-only
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCall, formatResult, quote } from "../../src/render/strace.ts";

const ADDR = { sa_family: 2, sin_port: 9999, sin_addr: 0x7f000001 };

describe("strace lines", () => {
  test("the note's own call", () => {
    const call = {
      ev: "syscall",
      name: "sendto",
      args: { fd: 3, buf: "aaaaa", len: 5, flags: 0, addr: ADDR, addrlen: 16 },
    } as const;
    expect(formatCall(call, { ev: "sysret", name: "sendto", ret: 5 })).toBe(
      'sendto(3, "aaaaa", 5, 0, {sa_family=AF_INET, sin_port=htons(9999), sin_addr=inet_addr("127.0.0.1")}, 16) = 5',
    );
  });

  test("results stand at column 40, errors by name", () => {
    const call = { ev: "syscall", name: "socket", args: { domain: 2, type: 2, protocol: 0 } } as const;
    expect(formatCall(call, { ev: "sysret", name: "socket", ret: -22 })).toBe(
      "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = -1 EINVAL (Invalid argument)",
    );
    expect(formatResult(-101)).toBe("-1 ENETUNREACH (Network is unreachable)");
  });

  test("strings: shortest octal, three digits before a digit, cut and marked", () => {
    expect(quote("a\0b", 32)).toBe('"a\\0b"');
    expect(quote("\x001", 32)).toBe('"\\0001"');
    expect(quote('\x1b"\\\n', 32)).toBe('"\\33\\"\\\\\\n"');
    expect(quote("x".repeat(33), 32)).toBe(`"${"x".repeat(32)}"...`);
    expect(quote("x".repeat(33), 0)).toBe(`"${"x".repeat(33)}"`);
  });

  test("no byte reaches a terminal raw", () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        (b) => void expect(quote(String.fromCharCode(...b), 0)).toMatch(/^[\x20-\x7e]*$/),
      ),
    );
  });
});
