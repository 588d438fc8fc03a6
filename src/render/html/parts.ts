// SPDX-License-Identifier: GPL-2.0-only
/** Headers as the page names them: where each field lies in its buffer; what an ICMP error quotes, too. */
import { fieldsOf, headersOf, type LinkType } from "../../wire/fields.ts";

/** Name, offset in the buffer, length, value. */
export type Field = readonly [name: string, at: number, len: number, value: string];

/** A header at its place. */
export interface Placed {
  readonly name: string;
  readonly at: number;
  readonly len: number;
  readonly fields: readonly Field[];
}

const ICMP_HEADER = 8;
const IP_HEADER = 20;
const UDP_HEADER = 8;
/** ICMP types that quote the packet they complain about. */
const QUOTING: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);

function placed(name: string, label: string, bytes: Uint8Array, at: number, len: number): Placed[] {
  const part = bytes.subarray(0, len);
  if (part.length < len || len === 0) return [];
  const fields = fieldsOf(label, part).map((f) => [f.name, at + f.at, f.len, f.value] as const);
  return [{ name, at, len, fields }];
}

/** The headers that a dump of `bytes` at `at` shows. */
export function partsOfDump(label: string, bytes: Uint8Array, at: number): Placed[] {
  if (label !== "icmp message") return placed(label, label, bytes, at, bytes.length);
  const rest = bytes.subarray(ICMP_HEADER);
  const header = placed("icmp header", label, bytes, at, ICMP_HEADER);
  if (rest.length === 0) return header;
  const after = at + ICMP_HEADER;
  if (!QUOTING.has(bytes[0] ?? 0))
    return [...header, { name: "icmp data", at: after, len: rest.length, fields: [] }];
  return [...header, ...quoted(rest, after)];
}

function quoted(bytes: Uint8Array, at: number): Placed[] {
  const ihl = ((bytes[0] ?? 0) & 15) * 4;
  if (ihl < IP_HEADER || bytes.length < ihl)
    return [{ name: "quoted packet", at, len: bytes.length, fields: [] }];
  const ip = placed("quoted ip header", "ip header", bytes, at, ihl);
  const rest = bytes.subarray(ihl);
  const isUdp = bytes[9] === 17 || bytes[9] === 136;
  const udp = isUdp ? placed("quoted udp header", "udp header", rest, at + ihl, UDP_HEADER) : [];
  const used = ihl + (udp.length > 0 ? UDP_HEADER : 0);
  const left = bytes.length - used;
  return [
    ...ip,
    ...udp,
    ...(left > 0 ? [{ name: "quoted data", at: at + used, len: left, fields: [] }] : []),
  ];
}

/** The headers of a frame that came from outside, and what they carry. */
export function partsOfFrame(frame: Uint8Array, at: number, link?: LinkType): Placed[] {
  const out: Placed[] = [];
  let end = 0;
  for (const [name, fields] of headersOf(frame, link)) {
    const first = fields[0];
    if (first === undefined) continue;
    const last = Math.max(...fields.map((f) => f.at + f.len));
    out.push({
      name: `${name} header`,
      at: at + first.at,
      len: last - first.at,
      fields: fields.map((f) => [f.name, at + f.at, f.len, f.value] as const),
    });
    end = Math.max(end, last);
  }
  if (end < frame.length) out.push({ name: "payload", at: at + end, len: frame.length - end, fields: [] });
  return out;
}
