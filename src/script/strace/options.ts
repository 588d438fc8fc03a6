// SPDX-License-Identifier: GPL-2.0-only
/** Values of socket options: `[1]`, `"lo"`, `{l_onoff=1, l_linger=5}` as the bytes that the program had in memory. */
import type { UserPtr } from "../../kernels/release.ts";
import { errnoNumber } from "../../uapi/errno.ts";
import { IP_MSFILTER, MCAST_MSFILTER } from "../../uapi/in.ts";
import { ICMP_TYPES } from "../../uapi/newer.ts";
import { SO_BINDTODEVICE, SOL_IP, SOL_RAW, SOL_SOCKET } from "../../uapi/socket.ts";
import { nameOf, numberOf, type Xlat } from "../../uapi/xlat.ts";
import { set32le } from "../../wire/bytes.ts";
import { unknownWord } from "../error.ts";
import { nearest } from "../nearest.ts";
import { type Args, flagsOf, intOf, isNull, Unsimulated, wrongValue } from "./args.ts";
import { latin1, memoryOf, type Padding } from "./memory.ts";
import type { Devices } from "./message.ts";
import { LEVELS, OPTION_VALUES, OPTIONS } from "./names.ts";
import { structBytes } from "./structures.ts";
import type { ArrayValue, Value } from "./value.ts";

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
export function optionValueOf(
  v: Value,
  option: Option,
  optlen: number,
  devices: Devices,
  padding: Padding,
): UserPtr {
  if (isNull(v)) return null;
  if (v.kind === "number") return memoryOf(v, optlen, padding);
  // One int may be shown where the program said less; two in the room of one are no log's.
  const second = v.kind === "array" && v.not !== true && !isIcmpFilter(option) ? v.items[1] : undefined;
  if (second !== undefined && optlen >= 0 && optlen < 8) {
    throw wrongValue(second, `a second value in ${optlen} bytes`, "one");
  }
  return { bytes: sized(valueBytes(v, option, devices), optlen) };
}

/** Options whose buffer says what is asked for before it holds the answer, where its beginning does not change. */
const IN_OUT: ReadonlySet<string> = new Set([`${SOL_IP}:${IP_MSFILTER}`, `${SOL_IP}:${MCAST_MSFILTER}`]);

/** What such a buffer held beforehand, as part of a call. */
export function inOut(
  { level, optname }: Option,
  value: Uint8Array | undefined,
): { readonly optval?: Uint8Array } {
  return value !== undefined && IN_OUT.has(`${level}:${optname}`) ? { optval: value } : {};
}

/** The bytes of a value as a log shows it; undefined where it shows an address or something we cannot read. */
export function shownOption(v: Value, option: Option, devices: Devices): Uint8Array | undefined {
  if (v.kind === "number" || isNull(v) || v.kind === "names" || v.kind === "unknown") return undefined;
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
  if (isIcmpFilter(option) && (v.kind === "array" || v.kind === "expression")) return words([icmpTypes(v)]);
  if (v.kind === "struct") return structBytes(v, devices, `socket option ${nameFor(option)}`);
  if (v.kind === "array") return words(v.items.map((item) => number(item)));
  if (v.kind === "names") return words([number(v)]);
  if (v.kind === "unknown" || v.kind === "expression") {
    throw new Unsimulated(`socket option ${nameFor(option)} with a value that strace could not read`);
  }
  throw wrongValue(v, "not an option value", '[1], "…" or {…}');
}

function words(list: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(list.length * 4);
  list.forEach((word, i) => {
    set32le(bytes, i * 4, word);
  });
  return bytes;
}

const nameFor = ({ level, optname }: Option): string =>
  nameOf(OPTIONS.get(level) ?? [], optname) ?? String(optname);

const ICMP_FILTER = 1;
const isIcmpFilter = ({ level, optname }: Option): boolean => level === SOL_RAW && optname === ICMP_FILTER;

/** `~[ICMP_ECHOREPLY …]`; from 4.9 on `~(1<<ICMP_ECHOREPLY|…)`, before `~(ICMP_ECHOREPLY|…)`: bits of types. */
function icmpTypes(v: ArrayValue | Extract<Value, { kind: "expression" }>): number {
  const not = v.kind === "array" ? v.not === true : v.text.startsWith("~");
  const set =
    v.kind === "array" && !v.not && v.items.length === 1 && v.items[0]?.kind === "number"
      ? intOf(v.items[0], "the filter")
      : icmpNames(v).reduce((all, [type, at]) => all | icmpBit(type, at), 0);
  return not ? ~set : set;
}

function icmpNames(v: ArrayValue | Extract<Value, { kind: "expression" }>): [string, number][] {
  if (v.kind === "array") {
    return v.items.map((item) => [
      item.kind === "names" ? (item.parts[0]?.text ?? "") : item.kind === "number" ? item.text : "",
      item.at,
    ]);
  }
  const inner = v.text.replace(/^~?\(|\)$/g, "");
  return inner.split("|").map((part) => [part.trim().replace(/^1\s*<<\s*/, ""), v.at]);
}

function icmpBit(type: string, at: number): number {
  const n = /^[0-9]+$/.test(type) ? Number(type) : numberOf(ICMP_TYPES, type);
  if (n !== undefined && n < 32) return 1 << n;
  throw unknownWord(
    at + 1,
    type,
    "an ICMP type",
    ICMP_TYPES.map(([name]) => name),
  );
}

/** A number, or one of the names that stand for values. */
function number(v: Value): number {
  if (v.kind === "number") return intOf(v, "the value");
  const name = v.kind === "names" && v.parts.length === 1 ? v.parts[0]?.text : undefined;
  const errno = name === undefined ? undefined : errnoNumber(name);
  if (v.kind === "unknown" || v.kind === "array" || v.kind === "struct") {
    throw new Unsimulated("values of socket options that strace could not read");
  }
  return errno ?? flagsOf(v, OPTION_VALUES, "a value") | 0;
}
