// SPDX-License-Identifier: GPL-2.0-only
/** Bytes that are kept as latin-1 text, one character a byte, shown as the UTF-8 that they are. */

const ASCII = /^[ -~\t]*$/;

/** Bytes as they stand in the file, read as UTF-8: what people see. */
export function utf8(latin1: string): string {
  if (ASCII.test(latin1)) return latin1;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    Uint8Array.from(latin1, (c) => c.charCodeAt(0)),
  );
}

/** A message that quotes such text beside other words; bytes that are no UTF-8 stay what they are. */
export function inUtf8(message: string): string {
  return message.replace(/[\x80-\xff]+/g, (bytes) => {
    const read = utf8(bytes);
    return read.includes("\ufffd") ? partly(bytes) : read;
  });
}

/** The last character may have been cut. */
function partly(bytes: string): string {
  for (let end = bytes.length - 1; end > 0 && end > bytes.length - 4; end--) {
    const read = utf8(bytes.slice(0, end));
    if (!read.includes("\ufffd")) return `${read}\ufffd`;
  }
  return bytes;
}
