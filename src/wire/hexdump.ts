// SPDX-License-Identifier: GPL-2.0-only
/** `hexdump -C`: eight-digit offset, sixteen bytes in two halves, the printable ones between bars. */

const DIGITS = [..."0123456789abcdef"];
/** Every byte as its two digits. */
const HEX: readonly string[] = DIGITS.flatMap((high) => DIGITS.map((low) => high + low));

/** Bytes as lowercase hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  let s = "";
  for (const b of bytes) s += HEX[b];
  return s;
}

/**
 * Lines of `hexdump -C` for `bytes`, offsets counted from `at`; `xxd -r` and text2pcap read the columns back.
 * `row`: bytes a line, 16 as there; with 8 or fewer there are no halves. `digits`: of an offset, at least.
 */
export function hexdump(bytes: Uint8Array, at = 0, row = 16, digits = 8): string[] {
  const lines: string[] = [];
  for (let i = 0; i < bytes.length; i += row) {
    let hex = "";
    let text = "";
    for (let j = i; j < i + row; j++) {
      if (j === i + 8) hex += " ";
      const b = bytes[j];
      hex += b === undefined ? "   " : ` ${HEX[b]}`;
      if (b !== undefined) text += b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : ".";
    }
    lines.push(`${(at + i).toString(16).padStart(digits, "0")} ${hex}  |${text}|`);
  }
  return lines;
}

/** Bytes of hexadecimal digits; the digits must be pairs. */
export function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (digit(hex.charCodeAt(2 * i)) << 4) | digit(hex.charCodeAt(2 * i + 1));
  return bytes;
}

/** The value of a digit: letters of either case have bit 6, and count from 1 in their low bits. */
function digit(code: number): number {
  return (code & 15) + (code >> 6) * 9;
}
