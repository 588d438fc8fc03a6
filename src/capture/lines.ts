// SPDX-License-Identifier: GPL-2.0-only
/** Bytes as they come → lines of text. */

/** A line that cannot be text. */
export class LineError extends Error {
  override name = "LineError";
  readonly line: number;
  readonly column: number;

  constructor(line: number, column: number, message: string) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** A line longer than this is no event: the longest carry one datagram, or a file of /proc. */
const MAX_LINE = 64 * 1024 * 1024;

const NEWLINE = 10;

/**
 * The lines of UTF-8 text, without their ends, some at a time.
 * Memory is the longest line and one chunk. Throws LineError.
 */
export function* lines(chunks: Iterable<Uint8Array>): Generator<string[]> {
  const decode = new Decoder();
  let held: Uint8Array[] = [];
  let length = 0;
  for (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end >= 0) {
      yield decode.lines(join([...held, chunk.subarray(0, end)]));
      held = [];
      length = 0;
    }
    length += chunk.length - end - 1;
    if (length > MAX_LINE) throw new LineError(decode.line, 1, `a line longer than ${MAX_LINE} bytes`);
    if (end + 1 < chunk.length) held.push(chunk.slice(end + 1));
  }
  if (held.length > 0) yield decode.lines(join(held));
}

class Decoder {
  /** Number of the next line. */
  line = 1;
  private readonly strict = new TextDecoder("utf-8", { fatal: true });

  lines(bytes: Uint8Array): string[] {
    const list = this.text(bytes).split("\n");
    this.line += list.length;
    return list;
  }

  private text(bytes: Uint8Array): string {
    try {
      return this.strict.decode(bytes);
    } catch {
      const before = beforeFault(bytes).split("\n");
      const column = [...(before.at(-1) ?? "")].length + 1;
      throw new LineError(this.line + before.length - 1, column, "not UTF-8 text");
    }
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The text before the first bytes that are none. */
function beforeFault(bytes: Uint8Array): string {
  const lenient = new TextDecoder("utf-8");
  const again = new TextEncoder().encode(lenient.decode(bytes));
  let same = 0;
  while (same < bytes.length && bytes[same] === again[same]) same++;
  // What was put in for the fault may share its first bytes with it.
  return lenient.decode(bytes.subarray(0, same)).replace(/\ufffd$/, "");
}
