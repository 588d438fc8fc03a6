// SPDX-License-Identifier: GPL-2.0-only
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/cli/errors.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { readPayload } from "../../src/cli/sendto/payload.ts";
import { parseSockopt } from "../../src/cli/sendto/sockopt.ts";
import { inetAton, parseBind, parseFlags, parseHost, parseNumber } from "../../src/cli/values.ts";
import { formatIpv4 } from "../../src/wire/ipv4.ts";

describe("hosts", () => {
  test.each([
    ["127.0.0.1", 0x7f000001],
    ["127.1", 0x7f000001],
    ["0x7f000001", 0x7f000001],
    ["2130706433", 0x7f000001],
    ["0177.0.0.01", 0x7f000001],
    ["10.1.258", 0x0a010102],
    ["0", 0],
    ["255.255.255.255", 0xffffffff],
  ])("%s as inet_aton(3)", (text, addr) => expect(inetAton(text)).toBe(addr));

  test.each([
    "",
    ".",
    "1.2.3.4.5",
    "256.1.1.1",
    "1.2.3.256",
    "1.2.65536",
    "0x",
    "08",
    "1..2",
    " 1",
    "a",
    "4294967296",
  ])("%j is refused", (text) => expect(inetAton(text)).toBeUndefined());

  test("every address prints and reads back", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        (a) => void expect(inetAton(formatIpv4(a))).toBe(a),
      ),
    );
  });

  test("names are not resolved, and said so", () => {
    expect(parseHost("localhost")).toBe(0x7f000001);
    expect(() => parseHost("example.org")).toThrow(/host 'example.org': expected an IPv4 address/);
  });
});

describe("flags", () => {
  test("names with and without MSG_, any case, numbers, either separator", () => {
    expect(parseFlags("MSG_MORE|MSG_DONTROUTE")).toBe(0x8004);
    expect(parseFlags("more,dontroute,0x40")).toBe(0x8044);
    expect(parseFlags("0x80000000")).toBe(0x80000000);
    expect(parseFlags("")).toBe(0);
  });
  test("an unknown one names the nearest", () => {
    expect(() => parseFlags("MSG_MOER")).toThrow(
      /'MSG_MOER' is not a MSG_\* flag of el6; did you mean MSG_MORE\?/,
    );
    expect(() => parseFlags("MORE|")).toThrow(UsageError);
  });
});

describe("numbers, addresses to bind, options", () => {
  test("bounds are named", () => {
    expect(parseNumber("port", "65535", 0, 65535)).toBe(65535);
    for (const bad of ["65536", "-1", "1.5", "", "1e3", "٣", "0x"]) {
      expect(() => parseNumber("port", bad, 0, 65535)).toThrow(/expected a number from 0 to 65535/);
    }
  });
  test("--bind", () => {
    expect(parseBind("127.0.0.1:53")).toEqual({ addr: 0x7f000001, port: 53 });
    expect(parseBind(":53")).toEqual({ addr: 0, port: 53 });
    expect(parseBind("127.0.0.2")).toEqual({ addr: 0x7f000002, port: 0 });
    for (const bad of ["", ":", "1.2.3.4:", "x:1", ":70000"])
      expect(() => parseBind(bad)).toThrow(UsageError);
  });
  test("--setsockopt", () => {
    expect(parseSockopt("IP_TTL=5", false)).toEqual({ level: 0, name: 2, value: Uint8Array.of(5, 0, 0, 0) });
    expect(parseSockopt("so_bindtodevice=lo", false).value).toEqual(Uint8Array.of(0x6c, 0x6f, 0));
    expect(() => parseSockopt("IP_TTTL=5", false)).toThrow(/did you mean IP_TTL\?/);
    expect(() => parseSockopt("IP_TTL", false)).toThrow(/expected NAME=VALUE/);
    expect(() => parseSockopt("IP_TTL=x", false)).toThrow(/'x' is not a number/);
  });
});

describe("payloads", () => {
  const io = memoryIo({ stdin: Uint8Array.of(0xff, 0, 0x1b), files: { f: "from a file" } });
  const text = (p: string): string => new TextDecoder("latin1").decode(readPayload(p, undefined, io).bytes);

  test("text is UTF-8; hex, files and standard input are bytes", () => {
    expect(text("aaaaa")).toBe("aaaaa");
    expect(readPayload("é", undefined, io).len).toBe(2);
    expect(text("hex:616161")).toBe("aaa");
    expect(text("@f")).toBe("from a file");
    expect(readPayload("-", undefined, io).bytes).toEqual(Uint8Array.of(0xff, 0, 0x1b));
    expect(readPayload(undefined, undefined, io).len).toBe(0);
  });

  test("--size claims more than it holds only where nothing will read it", () => {
    expect(readPayload(undefined, 30, io).bytes).toHaveLength(30);
    const huge = readPayload(undefined, 0xffffffff, io);
    expect(huge.len).toBe(0xffffffff);
    expect(huge.bytes.length).toBeGreaterThan(65535);
  });

  test("errors name the place", () => {
    expect(() => text("hex:61x1")).toThrow(/character 7, 'x', is not a hexadecimal digit/);
    expect(() => text("hex:616")).toThrow(/expected pairs/);
    expect(() => text("@gone")).toThrow(/cannot read gone/);
    expect(() => readPayload("a", 5, io)).toThrow(/not both/);
  });
});
