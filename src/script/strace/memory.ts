// SPDX-License-Identifier: GPL-2.0-only
/** What calls point to: buffers, socket addresses. */
import type { UserPtr } from "../../kernels/release.ts";
import { AF_INET, AF_INET6, AF_NETLINK, AF_UNIX } from "../../uapi/socket.ts";
import { get16, get32, set16, set32, set32le } from "../../wire/bytes.ts";
import { parseDottedQuad } from "../../wire/ipv4.ts";
import { parseIpv6 } from "../../wire/ipv6.ts";
import { flagsOf, isNull, Unsimulated, wrongValue } from "./args.ts";
import { FAMILIES } from "./names.ts";
import type { CallValue, NumberValue, StructValue, Value } from "./value.ts";

/** More than any socket call accepts, so that what lies behind it is never read. */
const READABLE = 0x20000;
/** The first address that is not user space's (x86-64). */
const TASK_SIZE = 2 ** 47;
/** sizeof(struct sockaddr_storage). */
const SOCKADDR_STORAGE = 128;

/** Counts what had to be made up: bytes that strace left out. */
export interface Padding {
  bytes: number;
  /** Bytes behind addresses: strace shows an address only. */
  unseen: number;
  /** The call did not fail with EFAULT: what it was given could be read. */
  readonly readable: boolean;
  /** It did not fail at all. */
  readonly worked: boolean;
  /** Bytes that it says it sent: undefined where it failed, or does not say. */
  readonly sent?: number;
  /** What else was made up, in words. */
  readonly said: string[];
}

/** The addresses that the strace view writes for memory that cannot be read. */
const BAD: ReadonlySet<string> = new Set(["0xdead0000", "0xffffffffdead0000"]);

export function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A buffer of `len` bytes: a string shorter than that is filled up with zeros, and counted. */
export function memoryOf(v: Value, len: number, padding: Padding): UserPtr {
  if (isNull(v)) return null;
  if (v.kind === "number") return behind(v, len, padding);
  if (v.kind === "unknown") {
    const room = Math.min(len, READABLE);
    padding.unseen += room;
    return { bytes: new Uint8Array(room) };
  }
  if (v.kind === "struct" || v.kind === "array") {
    throw new Unsimulated("messages decoded by strace (netlink and the like)");
  }
  if (v.kind !== "string") throw wrongValue(v, "not a buffer", '"…", NULL or an address');
  const want = Math.min(len, READABLE);
  const bytes = latin1(v.bytes);
  if (bytes.length >= want) return { bytes };
  const full = new Uint8Array(want);
  full.set(bytes);
  padding.bytes += want - bytes.length;
  return { bytes: full };
}

/** What an address points to: zeros where the log shows that it could be read. */
function behind(v: NumberValue, len: number, padding: Padding | undefined): UserPtr {
  if (padding?.readable !== true || v.value === 0 || BAD.has(v.text)) return pointer(v);
  const room = Math.max(0, Math.min(len, READABLE));
  padding.unseen += room;
  return { bytes: new Uint8Array(room) };
}

/** An address that strace could not read behind: it faults. */
function pointer(v: NumberValue): UserPtr {
  if (v.value === 0) return null;
  const bytes = new Uint8Array(0);
  return v.value >= TASK_SIZE ? { bytes, kernel: true } : { bytes };
}

/** A struct sockaddr of `len` bytes. */
export function addressOf(v: Value, len: number, padding?: Padding): UserPtr {
  if (isNull(v)) return null;
  if (v.kind === "number") {
    // strace shows the pointer alone where there is no room for a family; else a call that worked had an address there.
    if (padding?.worked === true && len >= 2 && !BAD.has(v.text))
      throw new Unsimulated("addresses that strace could not read");
    return behind(v, Math.min(len, SOCKADDR_STORAGE), padding);
  }
  if (v.kind === "unknown") throw new Unsimulated("addresses that strace could not read");
  if (v.kind === "change") return addressOf(v.after, len, padding);
  if (v.kind === "string") return { bytes: latin1(v.bytes) };
  if (v.kind !== "struct") throw wrongValue(v, "not an address", "{sa_family=AF_INET, …} or NULL");
  const bytes = sockaddr(v);
  if (bytes.length === 2 && bytes[0] === AF_INET && len > 2) field(v, "sin_port", "htons(53)");
  if (len <= bytes.length) return { bytes };
  const room = new Uint8Array(Math.min(len, SOCKADDR_STORAGE));
  room.set(bytes.subarray(0, room.length));
  return { bytes: room };
}

/** Is it a struct sockaddr? */
export function isAddress(v: StructValue): boolean {
  return v.fields.has("sa_family") || v.fields.has("sin_family");
}

/** The bytes of `{sa_family=…, …}`. */
export function sockaddr(v: StructValue): Uint8Array {
  const familyField = v.fields.get("sa_family") ?? v.fields.get("sin_family");
  if (familyField === undefined)
    throw wrongValue(v, "an address without sa_family", "{sa_family=AF_INET, …}");
  const family = flagsOf(familyField, FAMILIES, "an address family");
  const data = v.fields.get("sa_data");
  const bytes = data?.kind === "string" ? withData(data.bytes) : byFamily(family, v);
  bytes[0] = family & 255;
  bytes[1] = (family >>> 8) & 255;
  return bytes;
}

function withData(text: string): Uint8Array {
  const bytes = new Uint8Array(2 + text.length);
  bytes.set(latin1(text), 2);
  return bytes;
}

function byFamily(family: number, v: StructValue): Uint8Array {
  switch (family) {
    case AF_INET:
      return sockaddrIn(v);
    case AF_INET6:
      return sockaddrIn6(v);
    case AF_UNIX:
      return sockaddrUn(v);
    case AF_NETLINK:
      return new Uint8Array(12);
    default:
      return new Uint8Array(16);
  }
}

function sockaddrIn(v: StructValue): Uint8Array {
  // An address of two bytes has a family and nothing else.
  if (!v.fields.has("sin_port") && !v.fields.has("sin_addr")) return new Uint8Array(2);
  const bytes = new Uint8Array(16);
  set16(bytes, 2, portOf(field(v, "sin_port", "htons(53)")));
  set32(bytes, 4, inetOf(field(v, "sin_addr", 'inet_addr("127.0.0.1")')));
  return bytes;
}

function sockaddrIn6(v: StructValue): Uint8Array {
  const bytes = new Uint8Array(28);
  set16(bytes, 2, portOf(field(v, "sin6_port", "htons(53)")));
  const addr = field(v, "sin6_addr", 'inet_pton(AF_INET6, "::1", &sin6_addr)');
  const text = addr.kind === "call" ? addr.args.find((a) => a.kind === "string") : undefined;
  const made = text?.kind === "string" ? parseIpv6(text.bytes) : undefined;
  if (made === undefined)
    throw wrongValue(addr, "not an IPv6 address", 'inet_pton(AF_INET6, "::1", &sin6_addr)');
  bytes.set(made, 8);
  const scope = v.fields.get("sin6_scope_id");
  if (scope?.kind === "number") set32le(bytes, 24, scope.value);
  return bytes;
}

function sockaddrUn(v: StructValue): Uint8Array {
  const path = v.fields.get("sun_path") ?? v.fields.get("path");
  return path?.kind === "string" ? withData(path.bytes) : new Uint8Array(2);
}

function field(v: StructValue, name: string, sample: string): Value {
  const found = v.fields.get(name);
  if (found === undefined) throw wrongValue(v, `an address without ${name}`, `${name}=${sample}`);
  return found;
}

/** `htons(53)`, a bare number, or with -X raw the two bytes. */
function portOf(v: Value): number {
  if (v.kind === "string" && v.bytes.length === 2) return get16(latin1(v.bytes), 0);
  const arg = v.kind === "call" && /^(?:htons|ntohs)$/.test(v.name) ? v.args[0] : v;
  if (arg?.kind !== "number" || arg.value < 0 || arg.value > 65535) {
    throw wrongValue(v, "not a port", "htons(0) to htons(65535)");
  }
  return arg.value;
}

/** `inet_addr("127.0.0.1")`, `htonl(INADDR_LOOPBACK)`, with -X raw the four bytes: host order. */
export function inetOf(v: Value): number {
  if (v.kind === "string" && v.bytes.length === 4) return get32(latin1(v.bytes), 0);
  const made = v.kind === "call" ? inetCall(v) : v.kind === "string" ? parseDottedQuad(v.bytes) : undefined;
  if (made === undefined) throw wrongValue(v, "not an IPv4 address", 'inet_addr("127.0.0.1")');
  return made;
}

const NAMED: Readonly<Record<string, number>> = {
  INADDR_ANY: 0,
  INADDR_LOOPBACK: 0x7f000001,
  INADDR_BROADCAST: 0xffffffff,
  INADDR_NONE: 0xffffffff,
};

function inetCall(v: CallValue): number | undefined {
  if (v.name === "htonl") {
    const [arg] = v.args;
    if (arg?.kind === "number") return arg.value >>> 0;
    const name = arg?.kind === "names" ? arg.parts[0]?.text : undefined;
    return name !== undefined && Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  }
  const text = v.args.find((a) => a.kind === "string");
  return /^inet_(?:addr|aton|pton)$/.test(v.name) && text?.kind === "string"
    ? parseDottedQuad(text.bytes)
    : undefined;
}
