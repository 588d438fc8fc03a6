// SPDX-License-Identifier: GPL-2.0-only
import fc from "fast-check";
import { expect, test } from "vitest";
import { Packed } from "../../src/wire/packed.ts";

test("little-endian, padded with zeros", () => {
  const packed = new Packed()
    .u8(1)
    .u16(0x203)
    .u32(0x4050607)
    .text("é")
    .align(8)
    .halves(0xffffffff, 0x81000000);
  expect(Buffer.from(packed.take()).toString("hex")).toBe("01030207060504c3a90000000000000000000081ffffffff");
});

test("any whole number that a double holds", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (v) => {
      const bytes = new Packed().u64(v).take();
      expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(v));
    }),
  );
});

test("it grows, and begins anew", () => {
  const packed = new Packed();
  for (let i = 0; i < 1000; i++) packed.u16(i);
  expect(packed.length).toBe(2000);
  const bytes = packed.take();
  for (let i = 0; i < 1000; i++) expect(bytes[2 * i]).toBe(i & 255);
  expect(packed.align(16).u8(7).align(4).take()).toEqual(new Uint8Array([7, 0, 0, 0]));
});
