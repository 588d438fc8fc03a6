// SPDX-License-Identifier: GPL-2.0-only
/** Are the packets that leave a machine right: lengths, header checksums, transport checksums? */
import type { Frame, Syscall } from "../../../../src/kernels/release.ts";
import { get8, get16, get32 } from "../../../../src/wire/bytes.ts";
import { csum_fold, csum_partial, csum_tcpudp_magic } from "../../../../src/wire/checksum.ts";
import type { Action } from "./action.ts";

const ETH = 14;
const OUTGOING = 4;
const UNFINISHED = 8;
const IP = 0x0800;

/** A card takes in no shorter frame. */
const ETH_ZLEN = 60;
function padded(frame: Uint8Array): Uint8Array {
  const b = new Uint8Array(ETH_ZLEN);
  b.set(frame);
  return b;
}

const latin1 = (b: Uint8Array): string => Buffer.from(b).toString("latin1");

/** An IPv4 packet of a frame. */
interface Packet {
  readonly src: number;
  /** With a source route, where it leads in the end. */
  readonly dst: number;
  readonly proto: number;
  readonly id: number;
  /** Of the first byte of `data`. */
  readonly offset: number;
  readonly more: boolean;
  readonly data: Uint8Array;
}

/** Bytes that came from outside: frames that were put on a wire, messages of raw sockets. What is passed on is as it came. */
export class Foreign {
  private readonly known: string[] = [];
  private readonly frames: Set<string> = new Set();

  add(action: Action): void {
    if (action.do === "inject" || action.do === "receive") {
      this.frames.add(latin1(action.frame));
      if (action.frame.length < ETH_ZLEN) this.frames.add(latin1(padded(action.frame)));
      this.known.push(latin1(action.frame));
    }
    if (action.do === "call") for (const b of sent(action.call)) this.known.push(latin1(b));
  }
  /** Was exactly this put on a wire? */
  frame(f: Frame): boolean {
    return this.frames.has(latin1(f.bytes));
  }
  /** Is the transport's part of this packet somebody else's, in whole or in part? */
  transport(data: Uint8Array): boolean {
    const text = latin1(data);
    return this.known.some((whole) => whole.includes(text)) || this.corked(text);
  }
  /** Several messages of a raw socket in one packet, the last bytes of some perhaps not readable. */
  private corked(text: string): boolean {
    for (let at = 0; at < text.length; ) {
      const enough = Math.min(4, text.length - at);
      let longest = 0;
      for (const piece of this.known) {
        const n = commonPrefix(piece, text, at);
        if (n >= enough || n === piece.length) longest = Math.max(longest, n);
      }
      if (longest === 0) return false;
      at += longest;
    }
    return true;
  }
}

/** How far `piece` agrees with what stands in `text` from `at` on. */
function commonPrefix(piece: string, text: string, at: number): number {
  let n = 0;
  while (n < piece.length && at + n < text.length && piece[n] === text[at + n]) n++;
  return n;
}

/** What a call hands to a socket, if it may be a raw one. */
function sent(call: Syscall): Uint8Array[] {
  switch (call.name) {
    case "sendto":
    case "send":
    case "write":
      return call.buf === null ? [] : [call.buf.bytes.subarray(0, call.len)];
    case "splice":
      return [call.bytes];
    case "sendmsg":
    case "writev":
      return [joined(call.iov)];
    case "sendmmsg":
      return call.messages.map((m) => joined(m.iov));
    default:
      return [];
  }
}
function joined(
  iov: readonly { readonly base: { readonly bytes: Uint8Array } | null; readonly len: number }[],
): Uint8Array {
  return Uint8Array.from(
    iov.flatMap(({ base, len }) => (base === null ? [] : [...base.bytes.subarray(0, len)])),
  );
}

/** What is wrong with the packets among these frames of one action, in words. */
export function wrongPackets(frames: readonly Frame[], foreign: Foreign): string[] {
  const wrong: string[] = [];
  const pieces = new Map<string, Packet[]>();
  for (const f of frames) {
    if (f.protocol !== IP || foreign.frame(f)) continue;
    const header = wrongHeader(f.bytes);
    if (header !== undefined) {
      // IP_HDRINCL: raw_send_hdrinc mends what stands before the destination, and only if there is a whole header.
      if (foreign.transport(f.bytes.subarray(ETH)) || foreign.transport(f.bytes.subarray(ETH + 16))) continue;
      wrong.push(`${f.dev}: ${header} in ${hex(f.bytes)}`);
      continue;
    }
    if (f.type !== OUTGOING) continue;
    const p = packet(f.bytes);
    if (p.offset > 0 || p.more) {
      const key = [f.dev, p.src, p.dst, p.proto, p.id].join();
      pieces.set(key, [...(pieces.get(key) ?? []), p]);
    } else check(p, f.status === UNFINISHED, f.dev);
  }
  for (const [key, list] of pieces) {
    const whole = reassembled(list);
    if (whole !== undefined) check(whole, false, key.split(",")[0] as string);
  }
  return wrong;

  function check(p: Packet, unfinished: boolean, dev: string): void {
    const problem = wrongTransport(p, unfinished);
    if (problem !== undefined && !foreign.transport(p.data)) wrong.push(`${dev}: ${problem}, ${hex(p.data)}`);
  }
}

function wrongHeader(b: Uint8Array): string | undefined {
  if (b.length < ETH + 20) return "no room for an IP header";
  const hlen = (get8(b, ETH) & 15) * 4;
  if (get8(b, ETH) >> 4 !== 4 || hlen < 20 || b.length < ETH + hlen) return "no IPv4 header";
  if (get16(b, ETH + 2) !== b.length - ETH) return `tot_len ${get16(b, ETH + 2)} of ${b.length - ETH} bytes`;
  if (csum_fold(csum_partial(b, ETH, ETH + hlen, 0)) !== 0) return "a wrong header checksum";
  return undefined;
}

function packet(b: Uint8Array): Packet {
  const hlen = (get8(b, ETH) & 15) * 4;
  const frag = get16(b, ETH + 6);
  return {
    src: get32(b, ETH + 12),
    dst: finalDestination(b, hlen) ?? get32(b, ETH + 16),
    proto: get8(b, ETH + 9),
    id: get16(b, ETH + 4),
    offset: (frag & 0x1fff) * 8,
    more: (frag & 0x2000) !== 0,
    data: b.subarray(ETH + hlen),
  };
}

/** The last address of a source route that has not been followed to its end. */
function finalDestination(b: Uint8Array, hlen: number): number | undefined {
  for (let at = 20; at < hlen; ) {
    const type = get8(b, ETH + at);
    if (type === 0) return undefined;
    if (type === 1) {
      at++;
      continue;
    }
    const len = get8(b, ETH + at + 1);
    if ((type === 131 || type === 137) && get8(b, ETH + at + 2) <= len) return get32(b, ETH + at + len - 4);
    if (len < 2) return undefined;
    at += len;
  }
  return undefined;
}

/** All pieces of a packet put together, if they are all there. */
function reassembled(list: readonly Packet[]): Packet | undefined {
  const sorted = [...list].sort((a, b) => a.offset - b.offset);
  const last = sorted.at(-1) as Packet;
  let end = 0;
  for (const p of sorted) {
    if (p.offset !== end) return undefined;
    end += p.data.length;
  }
  if (last.more) return undefined;
  const data = new Uint8Array(end);
  for (const p of sorted) data.set(p.data, p.offset);
  return { ...last, data, offset: 0, more: false };
}

function wrongTransport(p: Packet, unfinished: boolean): string | undefined {
  const { data } = p;
  if (p.proto === 17 && data.length >= 8) {
    if (get16(data, 4) !== data.length) return `UDP says ${get16(data, 4)} of ${data.length} bytes`;
    const check = get16(data, 6);
    if (unfinished) {
      const pseudo = ~csum_tcpudp_magic(p.src, p.dst, data.length, 17, 0) & 0xffff;
      return check === pseudo ? undefined : "an unfinished UDP checksum without its pseudo header";
    }
    const sum = csum_tcpudp_magic(p.src, p.dst, data.length, 17, csum_partial(data, 0, data.length, 0));
    return check === 0 || sum === 0 ? undefined : "a wrong UDP checksum";
  }
  if ((p.proto === 1 || p.proto === 2) && csum_fold(csum_partial(data, 0, data.length, 0)) !== 0)
    return p.proto === 1 ? "a wrong ICMP checksum" : "a wrong IGMP checksum";
  return undefined;
}

const hex = (b: Uint8Array): string => Buffer.from(b.subarray(0, 80)).toString("hex");
