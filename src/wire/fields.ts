// SPDX-License-Identifier: GPL-2.0-only
/** The named fields of what a dump shows, for people: one line a header. */
import { get8, get16, get32 } from "./bytes.ts";
import { formatMac } from "./ethernet.ts";
import { ICMP_TYPE_NAMES, ICMP_UNREACH_NAMES } from "./icmp.ts";
import { formatIpv4, IP_DF, IP_MF, IP_OFFSET } from "./ipv4.ts";

/** One named part of a header: bytes `[at, at + len)` of it. */
export interface Field {
  readonly name: string;
  readonly at: number;
  readonly len: number;
  readonly value: string;
}

const ETH_HLEN = 14;

const hex = (v: number, digits: number): string => `0x${v.toString(16).padStart(digits, "0")}`;

const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [1, "ICMP"],
  [2, "IGMP"],
  [6, "TCP"],
  [17, "UDP"],
  [136, "UDP-Lite"],
]);
const ETHERTYPES: ReadonlyMap<number, string> = new Map([
  [0x0800, "IPv4"],
  [0x0806, "ARP"],
  [0x8100, "802.1Q"],
]);
function udp(b: Uint8Array): Field[] {
  if (b.length < 8) return [];
  return [
    { name: "sport", at: 0, len: 2, value: String(get16(b, 0)) },
    { name: "dport", at: 2, len: 2, value: String(get16(b, 2)) },
    { name: "len", at: 4, len: 2, value: String(get16(b, 4)) },
    { name: "check", at: 6, len: 2, value: hex(get16(b, 6), 4) },
  ];
}

/** The header's length, as its field counts it and in bytes. */
function ihlText(words: number): string {
  return `${words} (${words * 4} bytes)`;
}

function ip(b: Uint8Array): Field[] {
  if (b.length < 20) return [];
  const frag = get16(b, 6);
  const flags = [
    frag & IP_DF ? "DF" : "",
    frag & IP_MF ? "MF" : "",
    frag & IP_OFFSET ? `offset ${(frag & IP_OFFSET) * 8}` : "",
  ];
  const proto = get8(b, 9);
  const fields: Field[] = [
    { name: "version", at: 0, len: 1, value: String(get8(b, 0) >> 4) },
    { name: "ihl", at: 0, len: 1, value: ihlText(get8(b, 0) & 15) },
    { name: "tos", at: 1, len: 1, value: hex(get8(b, 1), 2) },
    { name: "tot_len", at: 2, len: 2, value: String(get16(b, 2)) },
    { name: "id", at: 4, len: 2, value: String(get16(b, 4)) },
    { name: "frag", at: 6, len: 2, value: flags.filter((f) => f !== "").join(" ") || "0" },
    { name: "ttl", at: 8, len: 1, value: String(get8(b, 8)) },
    { name: "protocol", at: 9, len: 1, value: PROTOCOLS.get(proto) ?? String(proto) },
    { name: "check", at: 10, len: 2, value: hex(get16(b, 10), 4) },
    { name: "saddr", at: 12, len: 4, value: formatIpv4(get32(b, 12)) },
    { name: "daddr", at: 16, len: 4, value: formatIpv4(get32(b, 16)) },
  ];
  const ihl = (get8(b, 0) & 15) * 4;
  if (ihl > 20) fields.push({ name: "options", at: 20, len: ihl - 20, value: `${ihl - 20} bytes` });
  return fields;
}

function ethernet(b: Uint8Array): Field[] {
  if (b.length < 14) return [];
  const type = get16(b, 12);
  return [
    { name: "dst", at: 0, len: 6, value: formatMac(b, 0) },
    { name: "src", at: 6, len: 6, value: formatMac(b, 6) },
    { name: "type", at: 12, len: 2, value: `${hex(type, 4)} ${ETHERTYPES.get(type) ?? ""}`.trimEnd() },
  ];
}

function icmp(b: Uint8Array): Field[] {
  if (b.length < 8) return [];
  const type = get8(b, 0);
  const code = get8(b, 1);
  const meaning = type === 3 ? ` ${ICMP_UNREACH_NAMES[code] ?? ""}` : "";
  return [
    { name: "type", at: 0, len: 1, value: `${type} ${ICMP_TYPE_NAMES.get(type) ?? ""}`.trimEnd() },
    { name: "code", at: 1, len: 1, value: `${code}${meaning}`.trimEnd() },
    { name: "check", at: 2, len: 2, value: hex(get16(b, 2), 4) },
    { name: "rest", at: 4, len: 4, value: hex(get32(b, 4), 8) },
  ];
}

function arp(b: Uint8Array): Field[] {
  if (b.length < 28) return [];
  const op = get16(b, 6);
  return [
    { name: "op", at: 6, len: 2, value: `${op} ${op === 1 ? "request" : op === 2 ? "reply" : ""}`.trimEnd() },
    { name: "sender", at: 8, len: 10, value: `${formatMac(b, 8)} ${formatIpv4(get32(b, 14))}` },
    { name: "target", at: 18, len: 10, value: `${formatMac(b, 18)} ${formatIpv4(get32(b, 24))}` },
  ];
}

function shift(fields: readonly Field[], by: number): Field[] {
  return fields.map((f) => ({ ...f, at: f.at + by }));
}

/** What a dump of this label holds; an unknown label has no fields. */
export function fieldsOf(label: string, b: Uint8Array): Field[] {
  switch (label) {
    case "udp header":
      return udp(b);
    case "ip header":
      return ip(b);
    case "ethernet header":
      return ethernet(b);
    case "icmp message":
      return icmp(b);
    case "arp packet":
      return arp(b);
    default:
      return [];
  }
}

/** What a frame begins with: an Ethernet header, or `raw`, the IP header. */
export type LinkType = "raw" | undefined;

/** The headers of a whole frame, outermost first: name and fields, offsets from the frame's start. */
export function headersOf(frame: Uint8Array, link: LinkType = undefined): (readonly [string, Field[]])[] {
  if (link === "raw") return frame.length >= 20 && get8(frame, 0) >> 4 === 4 ? ipHeaders(frame, 0) : [];
  const out: (readonly [string, Field[]])[] = [["ethernet", ethernet(frame)]];
  if (frame.length < 34) return out;
  const type = get16(frame, 12);
  if (type === 0x0806) out.push(["arp", shift(arp(frame.subarray(14)), 14)]);
  if (type !== 0x0800) return out;
  return [...out, ...ipHeaders(frame, ETH_HLEN)];
}

/** Those of the IPv4 packet that begins at `at`. */
function ipHeaders(frame: Uint8Array, at: number): (readonly [string, Field[]])[] {
  const packet = frame.subarray(at);
  const out: (readonly [string, Field[]])[] = [["ip", shift(ip(packet), at)]];
  const ihl = (get8(packet, 0) & 15) * 4;
  const first = (get16(packet, 6) & IP_OFFSET) === 0;
  const body = packet.subarray(ihl);
  const proto = get8(packet, 9);
  if (first && (proto === 17 || proto === 136)) out.push(["udp", shift(udp(body), at + ihl)]);
  if (first && proto === 1) out.push(["icmp", shift(icmp(body), at + ihl)]);
  return out;
}
