// SPDX-License-Identifier: GPL-2.0-only
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldsOf, headersOf } from "../../src/wire/fields.ts";
import { fromHex, hexdump, toHex } from "../../src/wire/hexdump.ts";

const FRAME =
  "0000000000000000000000000800450000210000400040113cca7f0000017f000001a334270f000dfe206161616161";

describe("hexdump -C", () => {
  test("the columns", () => {
    expect(hexdump(fromHex("61626364656667680a6b"), 0)).toEqual([
      "00000000  61 62 63 64 65 66 67 68  0a 6b                    |abcdefgh.k|",
    ]);
  });

  test("equals hexdump(1) where there is one", ({ skip }) => {
    const bytes = Uint8Array.from({ length: 250 }, (_, i) => i);
    const real = spawnSync("hexdump", ["-C"], { input: bytes, encoding: "utf8" });
    if (real.error !== undefined) skip("no hexdump on this machine");
    expect(hexdump(bytes)).toEqual(real.stdout.trimEnd().split("\n").slice(0, -1));
  });

  test("hex digits there and back", () => {
    fc.assert(fc.property(fc.uint8Array(), (b) => void expect(fromHex(toHex(b))).toEqual(b)));
  });

  test("control bytes never come out raw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (b) => {
        for (const line of hexdump(b)) expect(line).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});

describe("fields", () => {
  test("of a recorded frame", () => {
    const headers = headersOf(fromHex(FRAME));
    expect(headers.map(([name]) => name)).toEqual(["ethernet", "ip", "udp"]);
    const udp = headers[2]?.[1].map((f) => `${f.name} ${f.value}`);
    expect(udp).toEqual(["sport 41780", "dport 9999", "len 13", "check 0xfe20"]);
  });

  test("any bytes under any label are harmless", () => {
    const label = fc.constantFrom(
      "udp header",
      "ip header",
      "ethernet header",
      "icmp message",
      "arp packet",
      "?",
    );
    fc.assert(fc.property(label, fc.uint8Array(), (l, b) => void [fieldsOf(l, b), headersOf(b)]));
  });
});
