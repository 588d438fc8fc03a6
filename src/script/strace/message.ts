// SPDX-License-Identifier: GPL-2.0-only
/** struct msghdr and what hangs on it: pieces of data, control messages. */
import type { UserIovec, UserMessage, UserPtr } from "../../kernels/release.ts";
import { set32, set32le } from "../../wire/bytes.ts";
import { flagsOf, intOf, isNull, sizeOf, Unsimulated, wrongValue } from "./args.ts";
import { addressOf, inetOf, latin1, memoryOf, type Padding } from "./memory.ts";
import { CONTROL, LEVELS } from "./names.ts";
import type { ArrayValue, StructValue, Value } from "./value.ts";

/** strace before 4.13 writes no names for the fields of some structures. */
export function fieldOf(v: StructValue, name: string, index: number): Value | undefined {
  return v.fields.get(name) ?? v.fields.get(`#${index}`);
}

/** What a log refers to by name and a machine has by number. */
export interface Devices {
  /** The index of a device, as if_nametoindex(3). */
  ifindex(name: string): number | undefined;
}

/** sizeof(struct cmsghdr), and how messages are aligned (x86-64). */
const CMSG_HDR = 16;
const align = (n: number): number => (n + 7) & ~7;
const SIZEOF_PKTINFO = 12;

/** The structure behind a message argument; a bad address is nothing that we can pass on. */
export function headerOf(v: Value): StructValue {
  if (v.kind === "struct") return v;
  if (v.kind === "number" || isNull(v)) throw new Unsimulated("message headers that strace could not read");
  throw wrongValue(v, "not a message header", "{msg_name=…, msg_namelen=…, msg_iov=[…], …}");
}

/** A message to be sent. */
export function messageOf(v: Value, devices: Devices, padding: Padding): UserMessage {
  const header = headerOf(v);
  const number = (name: string): number => optionalSize(header, name);
  const namelen = number("msg_namelen");
  const name = header.fields.get("msg_name");
  const iov = header.fields.get("msg_iov");
  const pieces = iov === undefined ? [] : isElided(iov, header) ? elided(padding) : iovOf(iov, padding);
  const shown = header.fields.has("msg_iovlen") && !(iov !== undefined && isElided(iov, header));
  const iovlen = shown ? number("msg_iovlen") : pieces.length;
  const controllen = number("msg_controllen");
  return {
    msgname: name === undefined ? null : addressOf(name, namelen, padding),
    namelen,
    iov: pieces,
    ...(iovlen === pieces.length ? {} : { iovlen }),
    ...sentControl(header, controllen, devices, padding),
  };
}

/** `[...]`: strace -s 0 leaves out what is in an array. */
function isElided(iov: Value, header: StructValue): boolean {
  return iov.kind === "array" && iov.items.length === 0 && optionalSize(header, "msg_iovlen") > 0;
}

/** One piece for those that are left out: as long as what the call says that it sent. */
function elided(padding: Padding): UserIovec[] {
  const { sent } = padding;
  if (sent === undefined) throw new Unsimulated("messages of which strace -s 0 shows nothing");
  padding.unseen += sent;
  return [{ base: { bytes: new Uint8Array(sent) }, len: sent }];
}

/** Control messages: before 4.13 without a name, behind their length, one or an array of them. */
export function controlField(header: StructValue): Value | undefined {
  const named = header.fields.get("msg_control");
  if (named !== undefined) return named;
  for (const [name, v] of header.fields) if (name.startsWith("#") && v.kind !== "unknown") return v;
  return undefined;
}

/** The elements of an array of messages: before 4.13 in braces as well. Undefined where it is none. */
export function elementsOf(v: Value): readonly Value[] | undefined {
  if (v.kind === "array") return v.items;
  return v.kind === "struct" && v.fields.has("#0") ? [...v.fields.values()] : undefined;
}

/** The header in an element of sendmmsg's and recvmmsg's array, and its length. */
export function elementOf(item: Value): { header: Value; len: number } {
  if (item.kind !== "struct") return { header: item, len: 0 };
  const len = fieldOf(item, "msg_len", 1);
  return { header: fieldOf(item, "msg_hdr", 0) ?? item, len: len === undefined ? 0 : sizeOf(len, "msg_len") };
}

/** Control messages of which strace shows only that there were some are left out. */
function sentControl(
  header: StructValue,
  controllen: number,
  devices: Devices,
  padding: Padding,
): Pick<UserMessage, "control" | "controllen"> {
  try {
    return { control: controlOf(controlField(header), controllen, devices), controllen };
  } catch (error) {
    if (!(error instanceof Unsimulated) || !padding.worked) throw error;
    padding.said.push("control messages that the log does not show are omitted");
    return { control: null, controllen: 0 };
  }
}

/** A field that counts, 0 where it is not there. */
export function optionalSize(header: StructValue, name: string): number {
  const v = header.fields.get(name);
  return v === undefined ? 0 : sizeOf(v, name);
}

/** `[{iov_base="…", iov_len=5}, …]`. */
export function iovOf(v: Value, padding: Padding): UserIovec[] {
  if (isNull(v)) return [];
  if (v.kind === "number") throw new Unsimulated("buffers at addresses that strace could not read");
  if (v.kind !== "array") throw wrongValue(v, "not an iovec", '[{iov_base="…", iov_len=…}, …]');
  return v.items.map((item) => {
    const base = item.kind === "struct" ? fieldOf(item, "iov_base", 0) : undefined;
    if (item.kind !== "struct" || base === undefined) {
      throw wrongValue(item, "not a buffer", '{iov_base="…", iov_len=…}');
    }
    const shown = base.kind === "string" ? base.bytes.length : 0;
    const size = fieldOf(item, "iov_len", 1);
    const len = size === undefined ? shown : sizeOf(size, "iov_len");
    return { base: memoryOf(base, len, padding), len };
  });
}

/** Control data of `len` bytes. */
function controlOf(v: Value | undefined, len: number, devices: Devices): UserPtr {
  if (v === undefined || isNull(v)) return null;
  if (v.kind === "number") return { bytes: new Uint8Array(0) };
  if (v.kind === "unknown") throw new Unsimulated("control messages that strace could not read");
  const bytes = new Uint8Array(Math.min(len, 0x10000));
  const made = v.kind === "string" ? latin1(v.bytes) : messages(v, devices);
  bytes.set(made.subarray(0, bytes.length));
  return { bytes };
}

function messages(v: Value, devices: Devices): Uint8Array {
  if (v.kind !== "array" && v.kind !== "struct")
    throw wrongValue(v, "not control messages", "[{cmsg_len=…, cmsg_level=…, …}]");
  const parts = (v.kind === "struct" ? [v] : v.items).map((item) => controlMessage(item, devices));
  const all = new Uint8Array(parts.reduce((sum, part) => sum + align(part.length), 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += align(part.length);
  }
  return all;
}

function controlMessage(v: Value, devices: Devices): Uint8Array {
  const level = v.kind === "struct" ? v.fields.get("cmsg_level") : undefined;
  const type = v.kind === "struct" ? v.fields.get("cmsg_type") : undefined;
  if (v.kind !== "struct" || level === undefined || type === undefined) {
    throw wrongValue(v, "not a control message", "{cmsg_len=…, cmsg_level=…, cmsg_type=…, cmsg_data=…}");
  }
  const at = flagsOf(level, LEVELS, "a level");
  const len = optionalSize(v, "cmsg_len");
  if (type.kind === "unknown") throw new Unsimulated("control messages that strace could not read");
  const data = v.fields.get("cmsg_data") ?? bodyOf(type) ?? controlField(v);
  const made = data === undefined ? new Uint8Array(0) : controlData(data, len - CMSG_HDR, devices);
  const bytes = new Uint8Array(CMSG_HDR + made.length);
  set32le(bytes, 0, len);
  set32le(bytes, 8, at);
  set32le(bytes, 12, flagsOf(type, CONTROL.get(at) ?? [], "a control message type"));
  bytes.set(made, CMSG_HDR);
  return bytes;
}

/** `cmsg_type=SCM_CREDENTIALS{pid=1, …}`. */
const bodyOf = (type: Value): Value | undefined => (type.kind === "names" ? type.body : undefined);

/** What a control message carries: `[9]` is an int where there is room for one, else bytes. */
function controlData(v: Value, len: number, devices: Devices): Uint8Array {
  if (v.kind === "string") return latin1(v.bytes);
  if (v.kind === "array") return numbers(v, len);
  if (v.kind === "struct" && v.fields.has("ipi_ifindex")) return pktinfo(v, devices);
  throw new Unsimulated("control messages of this kind");
}

function numbers(v: ArrayValue, len: number): Uint8Array {
  if (v.items.length === 0 && len > 0) throw new Unsimulated("control messages that strace truncates");
  const values = v.items.map((item) => intOf(item, "cmsg_data"));
  const width = len >= values.length * 4 ? 4 : 1;
  const bytes = new Uint8Array(values.length * width);
  values.forEach((value, i) => {
    if (width === 4) set32le(bytes, i * 4, value);
    else bytes[i] = value;
  });
  return bytes;
}

/** struct in_pktinfo. */
function pktinfo(v: StructValue, devices: Devices): Uint8Array {
  const bytes = new Uint8Array(SIZEOF_PKTINFO);
  set32le(bytes, 0, ifindexOf(v.fields.get("ipi_ifindex"), devices));
  const spec = v.fields.get("ipi_spec_dst");
  const addr = v.fields.get("ipi_addr");
  if (spec !== undefined) set32(bytes, 4, inetOf(spec));
  if (addr !== undefined) set32(bytes, 8, inetOf(addr));
  return bytes;
}

/** `if_nametoindex("lo")`, or a number. */
export function ifindexOf(v: Value | undefined, devices: Devices): number {
  if (v === undefined || v.kind === "unknown") return 0;
  if (v.kind === "number") return v.value;
  const arg = v.kind === "call" ? v.args[0] : undefined;
  if (arg?.kind !== "string") throw wrongValue(v, "not a device", 'if_nametoindex("lo")');
  return devices.ifindex(arg.bytes) ?? 0;
}
