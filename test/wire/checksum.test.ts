// SPDX-License-Identifier: GPL-2.0-only
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  csum_block_add,
  csum_fold,
  csum_partial,
  csum_tcpudp_magic,
  ip_fast_csum,
} from "../../src/wire/checksum.ts";
import { fromHex } from "../../src/wire/hexdump.ts";

describe("the Internet checksum", () => {
  test("RFC 1071's example", () => {
    const sum = csum_partial(fromHex("0001f203f4f5f6f7"), 0, 8, 0);
    expect(csum_fold(sum)).toBe(~0xddf2 & 0xffff);
  });

  test("a recorded IP header and its UDP pseudo header", () => {
    const ip = fromHex("450000210000400040113cca7f0000017f000001");
    expect(ip_fast_csum(ip, 0, 5)).toBe(0);
    expect(~csum_tcpudp_magic(0x7f000001, 0x7f000001, 13, 17, 0) & 0xffff).toBe(0xfe20);
  });

  test("a header with its checksum in place sums to zero", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (b) => {
        b[10] = 0;
        b[11] = 0;
        const sum = ip_fast_csum(b, 0, 5);
        b[10] = sum >> 8;
        b[11] = sum;
        expect([0, 0xffff]).toContain(ip_fast_csum(b, 0, 5));
      }),
    );
  });

  test("pieces add up to the whole, odd offsets too", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(), (b, cut) => {
        const at = cut % (b.length + 1);
        const whole = csum_fold(csum_partial(b, 0, b.length, 0));
        const parts = csum_block_add(csum_partial(b, 0, at, 0), csum_partial(b, at, b.length, 0), at);
        expect(csum_fold(parts) % 0xffff).toBe(whole % 0xffff);
      }),
    );
  });
});
