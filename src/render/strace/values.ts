// SPDX-License-Identifier: GPL-2.0-only
/** Values as strace 6.1 writes them: strings, addresses, buffers, option values, control messages. */
import type { Value } from "../../trace/event.ts";
import { IP_NAMES, IP_PKTINFO, IP_RECVERR, TCP_NAMES, UDP_NAMES } from "../../uapi/in.ts";
import { GROUP_NAMES, newerNames, RAW_NAMES } from "../../uapi/newer.ts";
import { once } from "../../uapi/once.ts";
import { AF_INET, FAMILY_NAMES, SO_NAMES, SOL_NAMES, SOL_RAW } from "../../uapi/socket.ts";
import { nameOf, type Xlat } from "../../uapi/xlat.ts";
import { get16, get32, get32le } from "../../wire/bytes.ts";
import { fromHex } from "../../wire/hexdump.ts";
import { formatIpv4 } from "../../wire/ipv4.ts";
import { structureOf } from "./structures.ts";

export type Args = { readonly [name: string]: Value };

/** What one call has to say. */
export interface Call {
  readonly a: Args;
  /** What it handed back. */
  readonly out: Args;
  readonly failed: boolean;
  readonly limit: number;
}

/** What stands for addresses: of memory that cannot be read, of memory that was not written. */
export const BAD = "0xdead0000";
const BAD_KERNEL = "0xffffffffdead0000";
export const UNWRITTEN = "0x7ffd00000000";

export function num(v: Value | undefined): number {
  return typeof v === "number" ? v : 0;
}

/** A C string literal of latin-1 text, cut at `limit` bytes (0 = never) and marked so. */
export function quote(latin1: string, limit: number): string {
  const cut = limit > 0 && latin1.length > limit;
  const s = cut ? latin1.slice(0, limit) : latin1;
  let out = "";
  for (let i = 0; i < s.length; i++) out += escapeByte(s.charCodeAt(i), s.charCodeAt(i + 1));
  return `"${out}"${cut ? "..." : ""}`;
}

const ESCAPES: Readonly<Record<number, string>> = {
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
  34: '\\"',
  92: "\\\\",
};

function escapeByte(c: number, next: number): string {
  const known = ESCAPES[c];
  if (known !== undefined) return known;
  if (c >= 0x20 && c < 0x7f) return String.fromCharCode(c);
  const octal = c.toString(8);
  // Three digits only where one more would be taken for a part of it.
  return `\\${next >= 0x30 && next <= 0x37 ? octal.padStart(3, "0") : octal}`;
}

/** `buf` and what else points to bytes: quoted, NULL, or the address a bad pointer has. */
export function bytes(v: Value | undefined, limit: number): string {
  if (v === null || v === undefined) return "NULL";
  return typeof v === "string" ? quote(v, limit) : pointer(v);
}

function pointer(v: Value): string {
  return (v as Args)["kernel"] === true ? BAD_KERNEL : BAD;
}

/** A name of a table, or the number with a comment, as strace has it. */
export function named(table: Xlat, v: number, unknown: string): string {
  return nameOf(table, v) ?? `${v >= 0 && v < 10 ? v : `0x${(v >>> 0).toString(16)}`} /* ${unknown} */`;
}

/** struct sockaddr. */
export function sockaddr(v: Value | undefined): string {
  if (v === null || v === undefined) return "NULL";
  if (typeof v === "string") return quote(v, 0);
  const a = v as Args;
  if (a["fault"] === true) return pointer(a);
  const family = num(a["sa_family"]);
  if (family === AF_INET && "sin_addr" in a) {
    return `{sa_family=AF_INET, sin_port=htons(${num(a["sin_port"])}), sin_addr=inet_addr("${formatIpv4(num(a["sin_addr"]) >>> 0)}")}`;
  }
  const data =
    typeof a["sa_data"] === "string" && a["sa_data"] !== "" ? `, sa_data=${quote(a["sa_data"], 0)}` : "";
  const name = nameOf(FAMILY_NAMES, family) ?? `0x${family.toString(16)} /* AF_??? */`;
  return `{sa_family=${name}${data}}`;
}

/** `[{iov_base="…", iov_len=5}]`. */
export function iov(v: Value | undefined, limit: number): string {
  const parts = Array.isArray(v) ? (v as readonly Args[]) : [];
  return `[${parts.map((p) => `{iov_base=${bytes(p["base"], limit)}, iov_len=${num(p["len"])}}`).join(", ")}]`;
}

const options = once(
  (): ReadonlyMap<number, Xlat> =>
    new Map([
      [1, [...SO_NAMES, ...newerNames(1)]],
      [0, [...IP_NAMES, ...GROUP_NAMES, ...newerNames(0)]],
      [6, TCP_NAMES],
      [17, [...UDP_NAMES, ...newerNames(17)]],
      [136, [...UDP_NAMES, ...newerNames(136)]],
      [SOL_RAW, RAW_NAMES],
    ]),
);
/** What stands for an option that a level does not know. */
const UNKNOWN: Readonly<Record<number, string>> = {
  0: "IP_???",
  6: "TCP_???",
  17: "UDP_???",
  136: "UDP_???",
  255: "RAW_???",
};

export function level(v: number): string {
  return named(SOL_NAMES, v, "SOL_???");
}

export function option(at: number, name: number): string {
  return named(options().get(at) ?? [], name, UNKNOWN[at] ?? "SO_???");
}

const SO_BINDTODEVICE = 25;

/** An option's value: an int in brackets, a string for a device, a structure, else the bytes. */
export function optionValue(at: number, name: number, v: Value | undefined, limit: number): string {
  if (v === null || v === undefined) return "NULL";
  if (typeof v !== "string") return BAD;
  const b = fromHex(v);
  const structure = structureOf(at, name, b);
  if (structure !== undefined) return structure;
  if (at === 1 && name === SO_BINDTODEVICE) return quote(latin1(b), 0);
  return b.length === 4 ? `[${get32le(b, 0) | 0}]` : quote(latin1(b), limit);
}

const inet = (b: Uint8Array, at: number): string => `inet_addr("${formatIpv4(get32(b, at))}")`;

export function latin1(b: Uint8Array): string {
  let s = "";
  for (const c of b) s += String.fromCharCode(c);
  return s;
}

const CMSG_HDR = 16;
const align = (n: number): number => (n + 7) & ~7;

/** One control message: its level, its type, what it carries. */
export interface Cmsg {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

/** The messages in control data; undefined where they are not well formed. */
export function cmsgsOf(text: string): Cmsg[] | undefined {
  const b = Uint8Array.from(text, (c) => c.charCodeAt(0));
  const list: Cmsg[] = [];
  let at = 0;
  while (at < b.length) {
    const len = at + CMSG_HDR <= b.length ? get32le(b, at) : 0;
    const end = at + len;
    if (len < CMSG_HDR || end > b.length || get32le(b, at + 4) !== 0) return undefined;
    list.push({
      level: get32le(b, at + 8) | 0,
      type: get32le(b, at + 12) | 0,
      data: b.slice(at + CMSG_HDR, end),
    });
    at = Math.min(at + align(len), b.length);
    if (b.subarray(end, at).some((c) => c !== 0)) return undefined;
  }
  return list;
}

/** How long so many messages are in memory. */
export function controlLength(list: readonly Cmsg[]): number {
  return list.reduce((sum, m) => sum + align(CMSG_HDR + m.data.length), 0);
}

/** `[{cmsg_len=28, cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, cmsg_data={…}}]`. */
export function control(list: readonly Cmsg[]): string {
  return `[${list
    .map(
      (m) =>
        `{cmsg_len=${CMSG_HDR + m.data.length}, cmsg_level=${level(m.level)}, ` +
        `cmsg_type=${option(m.level, m.type)}, cmsg_data=${controlData(m)}}`,
    )
    .join(", ")}]`;
}

function controlData({ level: at, type, data }: Cmsg): string {
  if (at === 0 && type === IP_PKTINFO && data.length === 12) {
    return `{ipi_ifindex=${get32le(data, 0) | 0}, ipi_spec_dst=${inet(data, 4)}, ipi_addr=${inet(data, 8)}}`;
  }
  if (at === 0 && type === IP_RECVERR && data.length >= 16) return extendedError(data);
  return data.length === 4 ? `[${get32le(data, 0) | 0}]` : quote(latin1(data), 0);
}

/** struct sock_extended_err, and the offender behind it. */
function extendedError(b: Uint8Array): string {
  const offender =
    b.length >= 24 && get16(b, 16) === AF_INET << 8
      ? `, offender={sa_family=AF_INET, sin_port=htons(${get16(b, 18)}), sin_addr=${inet(b, 20)}}`
      : "";
  return (
    `{ee_errno=${get32le(b, 0)}, ee_origin=${b[4]}, ee_type=${b[5]}, ee_code=${b[6]}, ` +
    `ee_info=${get32le(b, 8)}, ee_data=${get32le(b, 12)}${offender}}`
  );
}
