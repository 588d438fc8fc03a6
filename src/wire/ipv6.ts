// SPDX-License-Identifier: GPL-2.0-only
/** IPv6 addresses as text (RFC 4291, 2.2): enough to hand them to a kernel that refuses them. */
import { parseDottedQuad } from "./ipv4.ts";

const GROUPS = 8;

/** The sixteen bytes of `::1`, `fe80::1`, `::ffff:127.0.0.1`; undefined for what is no address. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const quad = /(?<=:)\d+\.\d+\.\d+\.\d+$/.exec(text)?.[0];
  const v4 = quad === undefined ? undefined : parseDottedQuad(quad);
  if (quad !== undefined && v4 === undefined) return undefined;
  const plain =
    quad === undefined || v4 === undefined
      ? text
      : `${text.slice(0, -quad.length)}${(v4 >>> 16).toString(16)}:${(v4 & 0xffff).toString(16)}`;
  const halves = plain.split("::");
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map((half) => (half === "" ? [] : half.split(":")));
  if (left === undefined) return undefined;
  const missing = GROUPS - left.length - (right?.length ?? 0);
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = right === undefined ? left : [...left, ...new Array<string>(missing).fill("0"), ...right];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}
