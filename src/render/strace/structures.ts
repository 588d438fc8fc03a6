// SPDX-License-Identifier: GPL-2.0-only
/** Option values that are more than an int, as strace 6.1 writes them: structures, sets, flags. */
import { errnoName } from "../../uapi/errno.ts";
import { ICMP_TYPES, TIMESTAMPING_NAMES } from "../../uapi/newer.ts";
import { AF_INET } from "../../uapi/socket.ts";
import { flagNames } from "../../uapi/xlat.ts";
import { get16, get32, get32le } from "../../wire/bytes.ts";
import { formatIpv4 } from "../../wire/ipv4.ts";

type Writer = (b: Uint8Array) => string | undefined;

const inet = (b: Uint8Array, at: number): string => `inet_addr("${formatIpv4(get32(b, at))}")`;
const word = (b: Uint8Array, at: number): number => get32le(b, at) | 0;

/** A structure of at least so many bytes, an int of just so many. */
const least =
  (length: number, write: (b: Uint8Array) => string): Writer =>
  (b) =>
    b.length >= length ? write(b) : undefined;
const exactly =
  (length: number, write: (b: Uint8Array) => string | undefined): Writer =>
  (b) =>
    b.length === length ? write(b) : undefined;

/** struct ip_mreq; the device of struct ip_mreqn, which strace leaves out, is told where there is one. */
function membership(b: Uint8Array): string {
  const device = b.length >= 12 ? word(b, 8) : 0;
  const ifindex = device === 0 ? "" : `, imr_ifindex=${device}`;
  return `{imr_multiaddr=${inet(b, 0)}, imr_interface=${inet(b, 4)}${ifindex}}`;
}

/** struct ip_mreq_source. */
const source = (b: Uint8Array): string =>
  `{imr_multiaddr=${inet(b, 0)}, imr_interface=${inet(b, 4)}, imr_sourceaddr=${inet(b, 8)}}`;

/** struct sockaddr_storage within a structure; undefined where it holds no IPv4 address. */
function storage(b: Uint8Array, at: number): string | undefined {
  if (get16(b, at) !== AF_INET << 8) return undefined;
  return `{sa_family=AF_INET, sin_port=htons(${get16(b, at + 2)}), sin_addr=${inet(b, at + 4)}}`;
}

/** struct group_req. */
function group(b: Uint8Array): string | undefined {
  const address = storage(b, 8);
  return address && `{gr_interface=${word(b, 0)}, gr_group=${address}}`;
}

/** struct group_source_req. */
function groupSource(b: Uint8Array): string | undefined {
  const [address, from] = [storage(b, 8), storage(b, 136)];
  if (address === undefined || from === undefined) return undefined;
  return `{gsr_interface=${word(b, 0)}, gsr_group=${address}, gsr_source=${from}}`;
}

/** struct ip_msfilter. */
function sourceFilter(b: Uint8Array): string {
  const numsrc = get32le(b, 12);
  const list: string[] = [];
  for (let at = 16; at + 4 <= b.length && list.length < numsrc; at += 4) list.push(inet(b, at));
  const mode = ["MCAST_EXCLUDE", "MCAST_INCLUDE"][get32le(b, 8)] ?? `${get32le(b, 8)} /* MCAST_??? */`;
  return (
    `{imsf_multiaddr=${inet(b, 0)}, imsf_interface=${inet(b, 4)}, imsf_fmode=${mode}, ` +
    `imsf_numsrc=${numsrc}, imsf_slist=[${list.join(", ")}]}`
  );
}

/** ICMP_FILTER: the types in it, or, where those are more, the types that are not. */
function icmpTypes(b: Uint8Array): string {
  const set = get32le(b, 0) >>> 0;
  const bits = [...Array(32).keys()].filter((bit) => (set >>> bit) & 1);
  const rest = [...Array(32).keys()].filter((bit) => ((set >>> bit) & 1) === 0);
  const names = (list: readonly number[]): string =>
    `[${list.map((bit) => ICMP_TYPES.find(([, type]) => type === bit)?.[0] ?? bit).join(" ")}]`;
  return bits.length > 20 ? `~${names(rest)}` : names(bits);
}

/** By level and option. */
const WRITERS: Readonly<Record<string, Writer>> = {
  "1:4": exactly(4, (b) => `[${errnoName(get32le(b, 0)) ?? get32le(b, 0)}]`),
  "1:13": exactly(8, (b) => `{l_onoff=${word(b, 0)}, l_linger=${word(b, 4)}}`),
  "1:26": exactly(
    16,
    (b) => `{len=${(b[0] ?? 0) | ((b[1] ?? 0) << 8)}, filter=0x${get32le(b, 8).toString(16)}}`,
  ),
  "1:37": exactly(4, (b) => `[${flagNames(TIMESTAMPING_NAMES, get32le(b, 0), "SOF_???")}]`),
  "0:35": least(8, membership),
  "0:36": least(8, membership),
  "0:37": exactly(12, source),
  "0:38": exactly(12, source),
  "0:39": exactly(12, source),
  "0:40": exactly(12, source),
  "0:41": least(16, sourceFilter),
  "0:42": exactly(136, group),
  "0:45": exactly(136, group),
  "0:43": exactly(264, groupSource),
  "0:44": exactly(264, groupSource),
  "0:46": exactly(264, groupSource),
  "0:47": exactly(264, groupSource),
  "255:1": exactly(4, icmpTypes),
};

/** The value of an option as strace writes it, where it is more than an int; undefined where it is none of those. */
export function structureOf(level: number, option: number, b: Uint8Array): string | undefined {
  const key = `${level}:${option}`;
  return Object.hasOwn(WRITERS, key) ? WRITERS[key]?.(b) : undefined;
}
