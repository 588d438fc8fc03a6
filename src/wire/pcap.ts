// SPDX-License-Identifier: GPL-2.0-only
/** Capture files: libpcap's with nanoseconds (draft-ietf-opsawg-pcap), and pcapng (draft-ietf-opsawg-pcapng), little-endian. */

/** LINKTYPE_ETHERNET: also what lo says of itself. */
const LINKTYPE_ETHERNET = 1;
/** LINKTYPE_RAW: a packet begins with its IP header. */
const LINKTYPE_RAW = 101;
/** What tcpdump asks for: longer frames are cut. */
const SNAPLEN = 262_144;

const SECOND = 1e9;
const WORD = 2 ** 32;

/** Words of 32 bits in a row, then bytes up to a multiple of `align`. */
function pack(words: readonly number[], bytes: Uint8Array, align: number): Uint8Array {
  const size = words.length * 4 + bytes.length;
  const out = new Uint8Array(Math.ceil(size / align) * align);
  const view = new DataView(out.buffer);
  words.forEach((word, i) => {
    view.setUint32(i * 4, word, true);
  });
  out.set(bytes, words.length * 4);
  return out;
}

/** Byte arrays one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const NOTHING = new Uint8Array();

/** The head of a pcap file. */
export function pcapHeader(): Uint8Array {
  return pack([0xa1b23c4d, 2 | (4 << 16), 0, 0, SNAPLEN, LINKTYPE_ETHERNET], NOTHING, 4);
}

/** A frame at a time in nanoseconds. */
export function pcapRecord(ns: number, frame: Uint8Array): Uint8Array {
  const kept = frame.subarray(0, SNAPLEN);
  return pack([Math.floor(ns / SECOND), ns % SECOND, kept.length, frame.length], kept, 1);
}

/** An option of a pcapng block: its code, and text or the bytes that it is. */
export type PcapngOption = readonly [code: number, value: string | Uint8Array];

/** Codes of options, by the block that has them. */
export const OPT = {
  comment: 1,
  shbOs: 3,
  shbUserappl: 4,
  ifName: 2,
  ifDescription: 3,
  ifTsresol: 9,
  epbFlags: 2,
  isbStarttime: 2,
  isbEndtime: 3,
  isbIfrecv: 4,
} as const;

/** The longest option whose length can be said. */
const MAX_OPTION = 0xfffc;

function options(list: readonly PcapngOption[]): Uint8Array {
  if (list.length === 0) return NOTHING;
  const parts = list.map(([code, value]) => {
    const bytes = (typeof value === "string" ? utf8(value) : value).subarray(0, MAX_OPTION);
    return pack([code | (bytes.length << 16)], bytes, 4);
  });
  return concat([...parts, pack([0], NOTHING, 4)]);
}

/** UTF-8 that fits an option, cut between characters. */
function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(MAX_OPTION);
  return bytes.subarray(0, new TextEncoder().encodeInto(text, bytes).written);
}

function block(
  type: number,
  words: readonly number[],
  data: Uint8Array,
  list: readonly PcapngOption[],
): Uint8Array {
  const body = concat([pack(words, data, 4), options(list)]);
  const length = body.length + 12;
  return concat([pack([type, length], body, 4), pack([length], NOTHING, 4)]);
}

/** The two words of a number of 64 bits, the higher one first, as pcapng has its times. */
function high(value: number): readonly [number, number] {
  return [Math.floor(value / WORD) % WORD, value % WORD];
}

/** A time as the value of an option. */
export function timeValue(ns: number): Uint8Array {
  return pack(high(ns), NOTHING, 4);
}

/** A number of 64 bits as the value of an option: the lower word first, unlike times. */
export function countValue(n: number): Uint8Array {
  return pack([n % WORD, Math.floor(n / WORD)], NOTHING, 4);
}

/** A number of 32 bits as the value of an option. */
export function wordValue(n: number): Uint8Array {
  return pack([n], NOTHING, 4);
}

/** Section Header Block: the file begins; its length is not said. */
export function sectionHeader(list: readonly PcapngOption[]): Uint8Array {
  return block(0x0a0d0d0a, [0x1a2b3c4d, 1, 0xffffffff, 0xffffffff], NOTHING, list);
}

/** Interface Description Block: a device, of Ethernet or without a link-layer header, with times in nanoseconds. */
export function interfaceBlock(link: "raw" | undefined, list: readonly PcapngOption[]): Uint8Array {
  const type = link === "raw" ? LINKTYPE_RAW : LINKTYPE_ETHERNET;
  return block(1, [type, SNAPLEN], NOTHING, [...list, [OPT.ifTsresol, Uint8Array.of(9)]]);
}

/** Enhanced Packet Block: a frame on the interface of that number. */
export function packetBlock(
  iface: number,
  ns: number,
  frame: Uint8Array,
  list: readonly PcapngOption[],
): Uint8Array {
  const kept = frame.subarray(0, SNAPLEN);
  return block(6, [iface, ...high(ns), kept.length, frame.length], kept, list);
}

/** Interface Statistics Block, at a time. */
export function statisticsBlock(iface: number, ns: number, list: readonly PcapngOption[]): Uint8Array {
  return block(5, [iface, ...high(ns)], NOTHING, list);
}
