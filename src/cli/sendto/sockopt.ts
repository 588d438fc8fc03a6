// SPDX-License-Identifier: GPL-2.0-only
/** Socket options as setsockopt(2) takes them, and `--setsockopt NAME=VALUE`. */
import { nearest } from "../../script/nearest.ts";
import { IP_NAMES, IPPROTO_IP, UDP_NAMES } from "../../uapi/in.ts";
import { SO_BINDTODEVICE, SO_NAMES, SOL_SOCKET, SOL_UDP, SOL_UDPLITE } from "../../uapi/socket.ts";
import { numberOf, type Xlat } from "../../uapi/xlat.ts";
import { set32, set32le } from "../../wire/bytes.ts";
import { fromHex } from "../../wire/hexdump.ts";
import { parseDottedQuad } from "../../wire/ipv4.ts";
import { UsageError } from "../errors.ts";

export interface SocketOption {
  readonly level: number;
  readonly name: number;
  readonly value: Uint8Array;
}

/** An int as user space passes it. */
export function int(v: number): Uint8Array {
  const b = new Uint8Array(4);
  set32le(b, 0, v);
  return b;
}

/** struct in_addr. */
export function inAddr(addr: number): Uint8Array {
  const b = new Uint8Array(4);
  set32(b, 0, addr);
  return b;
}

/** A string as C has it, with its NUL. */
export function cstring(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

const TABLES: readonly (readonly [number, Xlat])[] = [
  [SOL_SOCKET, SO_NAMES],
  [IPPROTO_IP, IP_NAMES],
  [SOL_UDP, UDP_NAMES],
];

/** `NAME=VALUE` of --setsockopt: a number, a dotted quad, `hex:…`, or text for a device name. */
export function parseSockopt(text: string, udplite: boolean): SocketOption {
  const eq = text.indexOf("=");
  if (eq <= 0) throw new UsageError(`--setsockopt '${text}': expected NAME=VALUE, such as IP_TTL=5`);
  const word = text.slice(0, eq).toUpperCase();
  const value = text.slice(eq + 1);
  for (const [level, table] of TABLES) {
    const name = numberOf(table, word);
    if (name === undefined) continue;
    const at = level === SOL_UDP && udplite ? SOL_UDPLITE : level;
    return {
      level: at,
      name,
      value: optionValue(text, value, level === SOL_SOCKET && name === SO_BINDTODEVICE),
    };
  }
  const near = nearest(
    word,
    TABLES.flatMap(([, t]) => t.map(([n]) => n)),
  );
  throw new UsageError(
    `--setsockopt '${text}': '${word}' is not a socket option of el6${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}

function optionValue(text: string, value: string, isDevice: boolean): Uint8Array {
  if (isDevice) return cstring(value);
  if (/^hex:([0-9a-fA-F]{2})*$/.test(value)) return fromHex(value.slice(4));
  if (/^-?[0-9]{1,10}$|^0[xX][0-9a-fA-F]{1,8}$/.test(value)) return int(Number(value));
  const addr = parseDottedQuad(value);
  if (addr !== undefined) return inAddr(addr);
  throw new UsageError(`--setsockopt '${text}': '${value}' is not a number, an address or hex:…`);
}
