// SPDX-License-Identifier: GPL-2.0-only
/** Operands as probe.c reads them. */
import { describe, expect, test } from "vitest";
import { get16, get32 } from "../../src/wire/bytes.ts";
import { csum_fold, csum_partial } from "../../src/wire/checksum.ts";
import { frameOf } from "./frames.ts";
import { type AddressBook, addressOf, flagsOf, hexBytes, ipv4, payloadOf, strtoul } from "./operands.ts";
import { Control, optionOf, optionValue } from "./options.ts";
import { errorName, sockaddrText } from "./show.ts";

const book: AddressBook = { ownAddress: (name) => (name === "r" ? "0.0.0.0:4242" : undefined) };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const sockaddr = (text: string): string => hex(addressOf(text, book).bytes.subarray(0, 8));

describe("flags", () => {
  test("by name, with or without MSG_, and as numbers", () => {
    expect(flagsOf("0")).toBe(0);
    expect(flagsOf("OOB|MSG_MORE|0x10")).toBe(0x8011);
    expect(flagsOf("CMSG_COMPAT")).toBe(0x80000000 | 0);
    expect(() => flagsOf("NOPE")).toThrow("flag NOPE");
  });
});

describe("payloads", () => {
  test.each([
    ['"a b\\n"', "6120620a"],
    ["hex:0a0b", "0a0b"],
    ["zero:3", "000000"],
    ["ff:2", "ffff"],
    ["pat:3:1", "0d141b"],
  ])("%s", (text, bytes) => {
    const p = payloadOf(text);
    expect(hex(p.base?.bytes as Uint8Array)).toBe(bytes);
    expect(p.len).toBe(bytes.length / 2);
  });
  test("the pattern turns with its page", () => {
    const bytes = payloadOf("pat:600:2").base?.bytes as Uint8Array;
    expect(bytes[599]).toBe((599 * 7 + 26 + 2) & 255);
  });
  test("memory that cannot be read", () => {
    expect(payloadOf("null:5")).toMatchObject({ base: null, len: 5 });
    expect(payloadOf("bad:5")).toMatchObject({ base: { bytes: new Uint8Array(0) }, len: 5 });
    expect(payloadOf("part:9:2")).toMatchObject({ base: { bytes: Uint8Array.of(0x67, 0x67) }, len: 9 });
    expect(payloadOf("kernel:5")).toMatchObject({ base: { kernel: true }, len: 5 });
    expect(payloadOf("rawlen:70000").base?.bytes).toHaveLength(4096);
  });
});

describe("addresses", () => {
  test("of the Internet", () => {
    expect(sockaddr("127.0.0.1:9999")).toBe("0200270f7f000001");
    expect(sockaddr("10.1:1")).toBe("020000010a000001");
    expect(sockaddr("@r")).toBe("020010927f000001");
    expect(sockaddr("10.0.0.1:@r")).toBe("020010920a000001");
    expect(addressOf("1.2.3.4:5,len=3,family=9", book)).toMatchObject({ len: 3 });
    expect(sockaddr("1.2.3.4:5,family=9")).toBe("0900000501020304");
  });
  test("of other sorts", () => {
    expect(addressOf("null", book)).toMatchObject({ ptr: null, len: 0 });
    expect(addressOf("nulllen=16", book)).toMatchObject({ ptr: null, len: 16 });
    expect(addressOf("badptr", book).ptr?.bytes).toHaveLength(0);
    expect(addressOf("unspec", book)).toMatchObject({ len: 16 });
    expect(addressOf("hex:0a00", book)).toMatchObject({ len: 2 });
    const six = addressOf("[::ffff:127.0.0.1]:9", book);
    expect([six.len, hex(six.bytes.subarray(0, 28))]).toEqual([
      28,
      "0a0000090000000000000000000000000000ffff7f00000100000000",
    ]);
    expect(() => addressOf("1.2.3.4.5:6", book)).toThrow("address");
  });
  test("numbers are C's", () => {
    expect([strtoul("0x1f"), strtoul("017"), strtoul("12z"), strtoul("-3"), strtoul("z")]).toEqual([
      31, 15, 12, -3, 0,
    ]);
    expect(ipv4("0x7f.1")).toBe(0x7f000001);
    expect(hexBytes("0a0bzz")).toEqual(Uint8Array.of(10, 11));
  });
});

describe("options", () => {
  const value = (name: string, text: string): string => {
    const { bytes, len } = optionValue(optionOf(name).kind, text, () => 3);
    return hex(bytes.subarray(0, len));
  };
  test.each([
    ["SO_BROADCAST", "1", "01000000"],
    ["IP_TTL", "byte:5", "05"],
    ["SO_SNDTIMEO", "ms:1500", "010000000000000020a1070000000000"],
    ["SO_BINDTODEVICE", "lo", "6c6f00"],
    ["IP_MULTICAST_IF", "addr:10.0.0.1", "0a000001"],
    ["IP_MULTICAST_IF", "dev:lo", "000000000000000003000000"],
    ["IP_ADD_MEMBERSHIP", "mreqn:224.0.0.9,10.0.0.1,lo", "e00000090a00000103000000"],
    ["SO_TYPE", "len:2", "0000"],
    ["IP_OPTIONS", "hex:0101", "0101"],
  ])("%s %s", (name, text, bytes) => {
    expect(value(name, text)).toBe(bytes);
  });
  test("control messages", () => {
    const c = new Control(() => 3);
    c.add("ttl=5");
    c.add("pktinfo=lo,10.0.0.1");
    expect(hex(c.bytes.subarray(0, c.len))).toBe(
      `${"1400000000000000"}${"0000000002000000"}${"0500000000000000"}` +
        `${"1c00000000000000"}${"0000000008000000"}${"030000000a0000010000000000000000"}`,
    );
    expect(() => c.add("nope=1")).toThrow("cmsg");
  });
});

test("injected errors have right checksums", () => {
  const words =
    "icmp 02:00:00:00:00:01 02:00:00:00:00:02 10.0.0.2 10.0.0.1 3 4 1400 17 10.0.0.1 10.0.0.2 5000 @r";
  const f = frameOf(words.split(" "), book);
  expect(f).toHaveLength(70);
  for (const [from, to] of [
    [14, 34],
    [34, 70],
    [42, 62],
  ]) {
    expect(csum_fold(csum_partial(f, from as number, to as number, 0))).toBe(0);
  }
  expect([get32(f, 38), get16(f, 64)]).toEqual([1400, 4242]);
});

test("results in the recordings' words", () => {
  expect([errorName(11), errorName(7), errorName(512)]).toEqual(["EAGAIN", "E7", "ERESTARTSYS"]);
  expect(sockaddrText(addressOf("1.2.3.4:5", book).bytes.subarray(0, 16))).toBe("1.2.3.4:5");
  expect(sockaddrText(new Uint8Array(0))).toBe("family=-1,len=0");
});
