// SPDX-License-Identifier: GPL-2.0-only
/** Values of socket options: `[1]`, `"lo"`, `{l_onoff=1, l_linger=5}` as the bytes that the program had in memory. */
import type { UserPtr } from "../../kernels/release.ts";
import { errnoNumber } from "../../uapi/errno.ts";
import { SO_BINDTODEVICE, SOL_SOCKET } from "../../uapi/socket.ts";
import { numberOf, type Xlat } from "../../uapi/xlat.ts";
import { set32, set32le } from "../../wire/bytes.ts";
import { nearest } from "../nearest.ts";
import { type Args, flagsOf, intOf, isNull, Unsimulated, wrongValue } from "./args.ts";
import { inetOf, latin1 } from "./memory.ts";
import { type Devices, ifindexOf } from "./message.ts";
import { LEVELS, OPTION_VALUES, OPTIONS } from "./names.ts";
import type { StructValue, Value } from "./value.ts";

/** A socket option by its numbers. */
export interface Option {
  readonly level: number;
  readonly optname: number;
}

/** Level and name, arguments 1 and 2. A name that we do not know and that resembles none we do is skipped. */
export function optionOf(args: Args): Option {
  const level = flagsOf(args.get(1), LEVELS, "a level");
  const v = args.get(2);
  const table = OPTIONS.get(level) ?? [];
  if (v.kind === "names") unknownOption(v.parts[0]?.text ?? "", table);
  return { level: level | 0, optname: flagsOf(v, table, "a socket option") | 0 };
}

function unknownOption(name: string, table: Xlat): void {
  if (numberOf(table, name) !== undefined) return;
  const names = table.map(([n]) => n);
  if (nearest(name, names) === undefined || table.length === 0)
    throw new Unsimulated(`socket option ${name}`);
}

/** `optlen` bytes of user memory that hold the value. */
export function optionValueOf(v: Value, option: Option, optlen: number, devices: Devices): UserPtr {
  if (isNull(v)) return null;
  if (v.kind === "number") return v.value === 0 ? null : { bytes: new Uint8Array(0) };
  return { bytes: sized(valueBytes(v, option, devices), optlen) };
}

/** The bytes of a value as a log shows it; undefined where it shows an address or something we cannot read. */
export function shownOption(v: Value, option: Option, devices: Devices): Uint8Array | undefined {
  if (v.kind === "number" || isNull(v) || v.kind === "names") return undefined;
  if (v.kind === "string" && v.cut) return undefined;
  try {
    return valueBytes(v, option, devices);
  } catch (error) {
    if (error instanceof Unsimulated) return undefined;
    throw error;
  }
}

/** What the program has behind the value counts as zeros. */
function sized(bytes: Uint8Array, len: number): Uint8Array {
  if (len < 0 || len > 0x10000 || bytes.length >= len) return bytes;
  const room = new Uint8Array(len);
  room.set(bytes);
  return room;
}

function valueBytes(v: Value, option: Option, devices: Devices): Uint8Array {
  if (v.kind === "string") {
    const device = option.level === SOL_SOCKET && option.optname === SO_BINDTODEVICE;
    return latin1(device && !v.bytes.endsWith("\0") ? `${v.bytes}\0` : v.bytes);
  }
  if (v.kind === "struct") return structBytes(v, devices);
  if (v.kind === "array") {
    const words = v.items.map((item) => number(item));
    const bytes = new Uint8Array(words.length * 4);
    words.forEach((word, i) => {
      set32le(bytes, i * 4, word);
    });
    return bytes;
  }
  throw wrongValue(v, "no option value", '[1], "…" or {…}');
}

/** A number, or one of the names that stand for values. */
function number(v: Value): number {
  if (v.kind === "number") return intOf(v, "the value");
  const name = v.kind === "names" && v.parts.length === 1 ? v.parts[0]?.text : undefined;
  const errno = name === undefined ? undefined : errnoNumber(name);
  return errno ?? flagsOf(v, OPTION_VALUES, "a value") | 0;
}

/** Structures by the name of their first field: how long, and where each field is. */
const LAYOUTS: Readonly<
  Record<string, readonly (readonly [string, number, "int" | "long" | "addr" | "dev"])[]>
> = {
  l_onoff: [
    ["l_onoff", 0, "int"],
    ["l_linger", 4, "int"],
  ],
  tv_sec: [
    ["tv_sec", 0, "long"],
    ["tv_usec", 8, "long"],
  ],
  imr_multiaddr: [
    ["imr_multiaddr", 0, "addr"],
    ["imr_interface", 4, "addr"],
    ["imr_address", 4, "addr"],
    ["imr_ifindex", 8, "dev"],
    ["imr_sourceaddr", 8, "addr"],
  ],
};

function structBytes(v: StructValue, devices: Devices): Uint8Array {
  const [first = ""] = v.fields.keys();
  const layout = Object.hasOwn(LAYOUTS, first) ? LAYOUTS[first] : undefined;
  if (layout === undefined) throw new Unsimulated(`socket options with a structure of ${first || "nothing"}`);
  const bytes = new Uint8Array(24);
  let end = 0;
  for (const [name, at, kind] of layout) {
    const field = v.fields.get(name);
    if (field === undefined) continue;
    if (kind === "addr") set32(bytes, at, inetOf(field));
    else {
      const value = kind === "dev" ? ifindexOf(field, devices) : intOf(field, name);
      set32le(bytes, at, value);
      if (kind === "long" && value < 0) set32le(bytes, at + 4, -1);
    }
    end = Math.max(end, at + (kind === "long" ? 8 : 4));
  }
  return bytes.slice(0, end);
}
