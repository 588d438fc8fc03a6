// SPDX-License-Identifier: GPL-2.0-only
/** The payload argument: text, `hex:…`, `@file`, `-` for standard input, or a generated one. */

import { fromHex } from "../../wire/hexdump.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";

/** User memory and the length claimed for it; the two differ only for sizes that no datagram can have. */
export interface Payload {
  readonly bytes: Uint8Array;
  readonly len: number;
}

/** More than any socket call accepts, so that what lies behind it is never read. */
const READABLE = 0x20000;
/** Files larger than this are a mistake, not a datagram. */
const MAX_INPUT = 16 * 1024 * 1024;

/** The bytes that an argument means. Throws UsageError. */
export function readPayload(text: string | undefined, size: number | undefined, io: Io): Payload {
  if (size !== undefined) {
    if (text !== undefined) throw new UsageError("expected a payload or --size, not both");
    return generated(size);
  }
  if (text === undefined) return { bytes: new Uint8Array(), len: 0 };
  const bytes = payloadBytes(text, io);
  if (bytes.length > MAX_INPUT) {
    throw new UsageError(`payload: expected at most ${MAX_INPUT} bytes; --size N shows larger ones`);
  }
  return { bytes, len: bytes.length };
}

function payloadBytes(text: string, io: Io): Uint8Array {
  if (text === "-") return io.readStdin(MAX_INPUT + 1);
  if (text.startsWith("@")) return io.readFile(text.slice(1), MAX_INPUT + 1);
  if (text.startsWith("hex:")) return parseHex(text);
  return new TextEncoder().encode(text);
}

function parseHex(text: string): Uint8Array {
  const digits = text.slice(4);
  const bad = digits.search(/[^0-9a-fA-F]/);
  if (bad >= 0) {
    throw new UsageError(
      `payload '${text}': character ${bad + 5}, '${digits[bad]}', is not a hexadecimal digit`,
    );
  }
  if (digits.length % 2 !== 0) {
    throw new UsageError(
      `payload '${text}': expected pairs of hexadecimal digits, got ${digits.length} digits`,
    );
  }
  return fromHex(digits);
}

/** `abc…xyzabc…`, so that offsets can be read off a dump. */
function generated(size: number): Payload {
  const bytes = new Uint8Array(Math.min(size, READABLE));
  for (let i = 0; i < bytes.length; i++) bytes[i] = 0x61 + (i % 26);
  return { bytes, len: size };
}
