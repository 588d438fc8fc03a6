// SPDX-License-Identifier: GPL-2.0-only
/** Operands of the case language: flags, payloads, addresses. What probe.c makes of each. */
import type { UserPtr } from "../../src/kernels/release.ts";
import { unquote } from "../../src/script/words.ts";
import { AF_INET, AF_INET6 } from "../../src/uapi/socket.ts";
import { set16, set32 } from "../../src/wire/bytes.ts";

/** A step that is not in the case language. */
export class StepError extends Error {}

const MSG: Readonly<Record<string, number>> = {
  OOB: 1,
  PEEK: 2,
  DONTROUTE: 4,
  TRYHARD: 4,
  CTRUNC: 8,
  PROBE: 0x10,
  TRUNC: 0x20,
  DONTWAIT: 0x40,
  EOR: 0x80,
  WAITALL: 0x100,
  FIN: 0x200,
  SYN: 0x400,
  CONFIRM: 0x800,
  RST: 0x1000,
  ERRQUEUE: 0x2000,
  NOSIGNAL: 0x4000,
  MORE: 0x8000,
  WAITFORONE: 0x10000,
  SENDPAGE_NOTLAST: 0x20000,
  BATCH: 0x40000,
  ZEROCOPY: 0x4000000,
  FASTOPEN: 0x20000000,
  CMSG_CLOEXEC: 0x40000000,
  CMSG_COMPAT: 0x80000000,
};

/** Page size: what is readable of the guarded page. */
const PAGE = 4096;
const G = 0x67;

/** strtoul, base 0: reads as far as it can, 0 where there is no number. */
export function strtoul(text: string): number {
  const m = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text);
  if (m === null) return 0;
  const digits = m[2] as string;
  const v = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return m[1] === "-" ? -v : v;
}
/** atoi: decimal only. */
export function atoi(text: string): number {
  return Number(/^\s*[-+]?\d+/.exec(text)?.[0] ?? 0);
}

/** `OOB|DONTWAIT|0x40000`, with or without `MSG_`. */
export function flagsOf(text: string): number {
  let flags = 0;
  for (const part of text.split("|")) {
    if (part === "") continue;
    if (/^\d/.test(part)) flags |= strtoul(part);
    else {
      const v = MSG[part.replace(/^MSG_/, "")];
      if (v === undefined) throw new StepError(`flag ${part}`);
      flags |= v;
    }
  }
  return flags;
}

/** Pairs of hex digits, up to the first that is none. */
export function hexBytes(text: string): Uint8Array {
  const digits = /^(?:[0-9a-fA-F]{2})*/.exec(text)?.[0] ?? "";
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

/** A buffer of user space: where it is and how many bytes are claimed. */
export interface Payload {
  readonly base: UserPtr;
  readonly len: number;
  /** Bytes of the program's own: readable memory of exactly that many. */
  readonly own: boolean;
}

export function payloadOf(text: string): Payload {
  if (text.startsWith('"')) return own(unquote(text));
  const [kind, size = "", third = ""] = text.split(":");
  const len = strtoul(size);
  switch (kind) {
    case "hex":
      return own(hexBytes(size));
    case "pat":
      return own(pattern(len, strtoul(third)));
    case "zero":
      return own(new Uint8Array(len));
    case "ff":
      return own(new Uint8Array(len).fill(0xff));
    case "null":
      return { base: null, len, own: false };
    case "bad":
      return { base: { bytes: new Uint8Array(0) }, len, own: false };
    case "part":
      return { base: { bytes: new Uint8Array(strtoul(third)).fill(G) }, len, own: false };
    case "rawlen":
      return { base: { bytes: new Uint8Array(PAGE).fill(G) }, len, own: false };
    case "kernel":
      return { base: { bytes: new Uint8Array(0), kernel: true }, len, own: false };
    default:
      throw new StepError(`payload ${text}`);
  }
}

function own(bytes: Uint8Array): Payload {
  return { base: { bytes }, len: bytes.length, own: true };
}

function pattern(len: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(len);
  for (let i = 0; i < len; i++) bytes[i] = i * 7 + seed * 13 + (i >> 8);
  return bytes;
}

/** A struct sockaddr of user space, as pointer and length. */
export interface Address {
  readonly ptr: UserPtr;
  readonly len: number;
  /** The memory at the pointer, there even where the pointer is bad. */
  readonly bytes: Uint8Array;
}

/** What an address may refer to. */
export interface AddressBook {
  /** Own address of an open socket as `a.b.c.d:port`. */
  ownAddress(name: string): string | undefined;
}

const SOCKADDR_IN = 16;
const SOCKADDR_IN6 = 28;

export function addressOf(text: string, book: AddressBook): Address {
  const [head = "", ...options] = text.split(",");
  const bytes = new Uint8Array(256);
  let ptr: UserPtr = { bytes };
  let len = SOCKADDR_IN;
  if (head === "null" || head === "-") {
    ptr = null;
    len = 0;
  } else if (head.startsWith("nulllen=")) {
    ptr = null;
    len = strtoul(head.slice(8));
  } else if (head === "badptr") ptr = { bytes: new Uint8Array(0) };
  else if (head === "unspec") bytes[0] = 0;
  else if (head.startsWith("hex:")) {
    const raw = hexBytes(head.slice(4));
    bytes.set(raw.subarray(0, 256));
    len = raw.length;
  } else if (head.startsWith("[")) len = inet6(head, bytes, book);
  else inet(head, bytes, book);
  for (const option of options) {
    if (option.startsWith("len=")) len = strtoul(option.slice(4));
    else if (option.startsWith("family=")) family(bytes, atoi(option.slice(7)));
    else throw new StepError(`address option ${option}`);
  }
  return { ptr, len, bytes };
}

function family(bytes: Uint8Array, v: number): void {
  bytes[0] = v;
  bytes[1] = v >>> 8;
}

function inet(head: string, bytes: Uint8Array, book: AddressBook): void {
  let text = head;
  if (head.startsWith("@")) {
    const bound = book.ownAddress(head.slice(1));
    if (bound === undefined) throw new StepError(`address ${head}`);
    text = bound.replace(/^0\.0\.0\.0:/, "127.0.0.1:");
  }
  const [host = "", port] = text.split(":");
  family(bytes, AF_INET);
  set32(bytes, 4, ipv4(host));
  set16(bytes, 2, port === undefined ? 0 : portOf(port, book) & 0xffff);
}

/** Only what the cases use: `[::1]:9`, `[::]:9`, `[::ffff:127.0.0.1]:9`. */
function inet6(head: string, bytes: Uint8Array, book: AddressBook): number {
  const m = /^\[([0-9a-fA-F:.]*)\]:?(.*)$/.exec(head);
  if (m === null) throw new StepError(`address ${head}`);
  family(bytes, AF_INET6);
  set16(bytes, 2, portOf(m[2] as string, book) & 0xffff);
  const text = (m[1] as string).replace(/\d+\.\d+\.\d+\.\d+$/, (quad) => {
    const v = ipv4(quad);
    return `${(v >>> 16).toString(16)}:${(v & 0xffff).toString(16)}`;
  });
  const [left = "", right] = text.split("::");
  const groups = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((g) => Number.parseInt(g, 16));
  const [a, b] = [groups(left), groups(right ?? "")];
  const all = right === undefined ? a : [...a, ...new Array<number>(8 - a.length - b.length).fill(0), ...b];
  all.forEach((g, i) => {
    set16(bytes, 8 + i * 2, g);
  });
  return SOCKADDR_IN6;
}

/** A number, or `@VAR`: the port of a socket. */
export function portOf(text: string, book: AddressBook): number {
  if (!text.startsWith("@")) return atoi(text);
  const bound = book.ownAddress(text.slice(1));
  if (bound === undefined) throw new StepError(`port ${text}`);
  return Number(bound.slice(bound.lastIndexOf(":") + 1));
}

/** inet_aton, as far as dotted parts in decimal, octal or hexadecimal go. */
export function ipv4(text: string): number {
  const parts = text.split(".");
  const values = parts.map((p) => (/^(0[xX][0-9a-fA-F]+|\d+)$/.test(p) ? strtoul(p) : Number.NaN));
  const last = values.pop() as number;
  const room = 256 ** (4 - values.length);
  if (values.length > 3 || values.some((v) => !(v < 256)) || !(last < room))
    throw new StepError(`address ${text}`);
  return values.reduce((sum, v, i) => sum + v * 256 ** (3 - i), last) >>> 0;
}

/** struct in_addr at a place. */
export function putIpv4(bytes: Uint8Array, at: number, text: string): void {
  set32(bytes, at, ipv4(text));
}
