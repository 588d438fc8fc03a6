// SPDX-License-Identifier: GPL-2.0-only
/** Values that iptables' matches take, by name or number. */
import type { FilterMatch, FilterRange } from "../../kernels/config.ts";
import { serviceOf } from "../../uapi/services.ts";
import { parseNumber, parsePrefix, type Reader } from "../reader.ts";

export type Masked = NonNullable<FilterMatch["src"]>;

/** IPPROTO_* by name (/etc/protocols); 0 is all of them. */
export const PROTOCOLS: Readonly<Record<string, number>> = {
  all: 0,
  icmp: 1,
  igmp: 2,
  ipip: 4,
  ipencap: 4,
  tcp: 6,
  egp: 8,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  rsvp: 46,
  gre: 47,
  esp: 50,
  "ipv6-crypt": 50,
  ah: 51,
  "ipv6-auth": 51,
  "ipv6-icmp": 58,
  icmpv6: 58,
  ospf: 89,
  pim: 103,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
};

/** `192.0.2.0/24`, `10/8`, `192.0.2.1/255.255.255.0`, several with commas; an address' bits outside of its mask are 0. */
export function addresses(r: Reader): Masked[] {
  const made = r.next("an IPv4 prefix").split(",").map(masked);
  if (made.some((one) => one === undefined)) throw r.wrong("an IPv4 prefix such as 192.0.2.0/24");
  return made.flatMap((one) => one ?? []);
}

function masked(text: string): Masked | undefined {
  const slash = text.indexOf("/");
  const addr = parsePrefix(slash < 0 ? text : text.slice(0, slash));
  if (addr === undefined || addr.sized) return undefined;
  const written = slash < 0 ? "32" : text.slice(slash + 1);
  const mask = written.includes(".") ? parsePrefix(written)?.addr : maskOf(parseNumber(written));
  return mask === undefined ? undefined : { addr: (addr.addr & mask) >>> 0, mask };
}

function maskOf(len: number | undefined): number | undefined {
  if (len === undefined || len > 32) return undefined;
  return len === 0 ? 0 : (0xffffffff << (32 - len)) >>> 0;
}

/** `53`, `domain`, `1024:65535`, `:1023`, `1024:`. */
export function ports(r: Reader): FilterRange {
  const made = portRange(r.next("a port"));
  if (made === undefined) throw r.wrong("a port, or two as FROM:TO (0 to 65535)");
  return made;
}

/** Several of them with commas, at most 15 (a range counts twice). */
export function ranges(r: Reader): FilterRange[] {
  const made = r.next("ports").split(",").map(portRange);
  const slots = made.reduce((sum, one) => sum + (one === undefined || one.from === one.to ? 1 : 2), 0);
  if (slots > 15 || made.some((one) => one === undefined))
    throw r.wrong("at most 15 ports separated by commas");
  return made.flatMap((one) => one ?? []);
}

function portRange(text: string): FilterRange | undefined {
  const [from = "", to, ...more] = text.split(":");
  const low = to !== undefined && from === "" ? 0 : port(from);
  const high = to === undefined ? low : to === "" ? 65535 : port(to);
  if (low === undefined || high === undefined || more.length > 0 || low > high) return undefined;
  return { from: low, to: high };
}

function port(text: string): number | undefined {
  const v = serviceOf(text) ?? parseNumber(text);
  return v !== undefined && v <= 65535 ? v : undefined;
}

/** `FROM`, `FROM:TO`. */
export function ranged(r: Reader, what: string, max: number): FilterRange {
  const m = /^(\d*)(:?)(\d*)$/.exec(r.next(what));
  const from = m === null || m[1] === "" ? 0 : Number(m[1]);
  const to = m === null || m[2] === "" ? from : m[3] === "" ? max : Number(m[3]);
  if (m === null || from > max || to > max) throw r.wrong(`${what} (0 to ${max}), or two as FROM:TO`);
  return { from, to };
}

/** `VALUE[/MASK]`. */
export function marked(r: Reader): NonNullable<FilterMatch["mark"]> {
  const parts = r.next("a mark").split("/").map(parseNumber);
  const [value, mask = 0xffffffff] = parts;
  if (value === undefined || parts.length > 2 || parts.includes(undefined))
    throw r.wrong("a mark such as 1 or 0x10/0xf0");
  return { value, mask };
}

const ICMP_TYPES: Readonly<Record<string, readonly [number, number?]>> = {
  "echo-reply": [0],
  pong: [0],
  "destination-unreachable": [3],
  "network-unreachable": [3, 0],
  "host-unreachable": [3, 1],
  "protocol-unreachable": [3, 2],
  "port-unreachable": [3, 3],
  "fragmentation-needed": [3, 4],
  "source-route-failed": [3, 5],
  "network-prohibited": [3, 9],
  "host-prohibited": [3, 10],
  "communication-prohibited": [3, 13],
  "source-quench": [4],
  redirect: [5],
  "network-redirect": [5, 0],
  "host-redirect": [5, 1],
  "echo-request": [8],
  ping: [8],
  "router-advertisement": [9],
  "router-solicitation": [10],
  "time-exceeded": [11],
  "ttl-exceeded": [11],
  "ttl-zero-during-transit": [11, 0],
  "ttl-zero-during-reassembly": [11, 1],
  "parameter-problem": [12],
  "timestamp-request": [13],
  "timestamp-reply": [14],
  "address-mask-request": [17],
  "address-mask-reply": [18],
};
/** As iptables writes "any" for the kernel. */
const ANY = 255;

/** `echo-request`, `8`, `3/4`, `any`. */
export function icmpType(r: Reader): NonNullable<FilterMatch["icmp"]> {
  const text = r.next("an ICMP type");
  if (text === "any") return { type: ANY, code: { from: 0, to: 255 } };
  const named = Object.hasOwn(ICMP_TYPES, text) ? ICMP_TYPES[text] : undefined;
  const m = named === undefined ? /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(text) : null;
  const type = named?.[0] ?? (m === null ? undefined : Number(m[1]));
  const code = named?.[1] ?? (m?.[2] === undefined ? undefined : Number(m[2]));
  if (type === undefined) throw r.unknown("an ICMP type", ["any", ...Object.keys(ICMP_TYPES)]);
  if (type > 255 || (code ?? 0) > 255) throw r.wrong("an ICMP type (0 to 255), or TYPE/CODE");
  return { type, code: code === undefined ? { from: 0, to: 255 } : { from: code, to: code } };
}
