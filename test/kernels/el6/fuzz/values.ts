// SPDX-License-Identifier: GPL-2.0-only
/** What random networks, calls and frames are made of: mostly what fits together, now and then anything at all. */
import fc, { type Arbitrary } from "fast-check";
import { set16, set32 } from "../../../../src/wire/bytes.ts";
import { parseDottedQuad } from "../../../../src/wire/ipv4.ts";

/** One of these, the earlier the likelier. */
export function some<const T>(...values: readonly T[]): Arbitrary<T> {
  return fc.oneof(
    ...values.map((value, i) => ({ weight: values.length - i, arbitrary: fc.constant(value) })),
  );
}

/** Mostly the first, one time in `n` the second. */
export function rarely<T, U>(usual: Arbitrary<T>, other: Arbitrary<U>, n = 8): Arbitrary<T | U> {
  return fc.oneof({ weight: n - 1, arbitrary: usual }, { weight: 1, arbitrary: other });
}

/** A property that may be left out. */
export type Optional<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** A record whose keys may be missing: each is there two times in five, or `often` times. */
export function maybe<T extends object>(
  parts: { [K in keyof T]: Arbitrary<T[K]> },
  often = 2,
): Arbitrary<Optional<T>> {
  const pairs = Object.entries<Arbitrary<unknown>>(parts).map(([key, value]) =>
    fc.tuple(fc.nat(4), value).map(([n, v]): [string, unknown][] => (n < often ? [[key, v]] : [])),
  );
  return fc.tuple(...pairs).map((entries) => Object.fromEntries(entries.flat()) as Optional<T>);
}

const quad = (text: string): number => parseDottedQuad(text) as number;

/** Addresses of the networks that these machines are in. */
export const NEAR: readonly number[] = [
  "10.0.0.1",
  "10.0.0.2",
  "127.0.0.1",
  "10.0.1.1",
  "10.0.1.2",
  "239.1.2.3",
  "10.0.0.255",
  "192.0.2.9",
  "192.0.2.10",
  "192.0.2.255",
  "10.0.0.3",
  "127.0.0.2",
  "224.0.0.1",
  "255.255.255.255",
  "0.0.0.0",
].map(quad);
const FAR = ["8.8.8.8", "240.0.0.1", "10.0.0.0", "169.254.3.4", "0.1.2.3", "127.255.255.255"].map(quad);

export const anyU32: Arbitrary<number> = fc.integer({ min: 0, max: 0xffffffff });
export const addr: Arbitrary<number> = rarely(some(...NEAR), rarely(some(...FAR), anyU32, 3));
export const prefixlen: Arbitrary<number> = some(24, 32, 8, 0, 30, 31, 16, 1, 25);

/** The devices that there may be, and one that there never is. */
export const DEVICES = ["lo", "d0", "v0", "v1", "e0", "i0", "d1"] as const;
export const dev: Arbitrary<string> = rarely(some(...DEVICES), some("nosuch", "v0.5", ""), 16);

export const port: Arbitrary<number> = some(9999, 1000, 0, 40000, 1, 65535, 53);

/** int: what fits, the edges, and anything. */
export const int: Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: some(1, 0, 2, 5, 64, 255, 256, 1000, 1500, 4096, 65535, -1) },
  { weight: 1, arbitrary: some(0x7fffffff, -0x80000000, 65536, -2) },
  { weight: 1, arbitrary: fc.integer() },
);
/** size_t, as far as a double counts. */
export const size: Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: some(0, 1, 5, 8, 100, 1472, 1473, 2000, 8192, 65507, 65508) },
  { weight: 1, arbitrary: some(0x7fffffff, 0xffffffff, 0x100000000, Number.MAX_SAFE_INTEGER, 0x80000000) },
  { weight: 1, arbitrary: fc.nat(70_000) },
);

/** Bytes that are really there: short ones random, long ones of one pattern. */
export const bytes: Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 64 }) },
  { weight: 3, arbitrary: some(5, 0, 1, 100, 1472, 1473, 3000, 8192, 9000, 65507, 65508).map(pattern) },
);

export function pattern(length: number): Uint8Array {
  const b = new Uint8Array(length);
  for (let i = 0; i < length; i++) b[i] = i * 7 + (i >> 8);
  return b;
}

/** struct sockaddr_in. */
export const sockaddr: Arbitrary<Uint8Array> = fc
  .tuple(addr, port, rarely(fc.constant(2), some(0, 10, 17, 1, 255), 12))
  .map(([host, at, family]) => {
    const b = new Uint8Array(16);
    b[0] = family;
    set16(b, 2, at);
    set32(b, 4, host);
    return b;
  });
