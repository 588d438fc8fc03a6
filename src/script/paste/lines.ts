// SPDX-License-Identifier: GPL-2.0-only
/** Lines of a file as lines of a log: bare, and those put together again that a mail program or a terminal broke. */
import { SYSCALL_NAMES } from "../../uapi/unistd.ts";
import { isCommand } from "../command/command.ts";
import { isExpect } from "../expect/expectation.ts";
import { parsePrefix, sortOf } from "../strace/line.ts";
import { Scanner } from "../strace/scanner.ts";
import { asWritten, type Clean, rawPlace } from "./clean.ts";
import { type Dress, foldedLength, isOpen, undresser } from "./dress.ts";

/** A line of the file. */
export interface Piece extends Clean {
  readonly line: number;
  /** Its length in the file. */
  readonly length: number;
}

/** Parts of a line that are one for strace. */
export interface Joined {
  readonly text: string;
  /** Each with the place in the text where it begins; characters before `skip` of it are not in the text. */
  readonly parts: readonly { readonly piece: Piece; readonly at: number; readonly skip: number }[];
}

/** A broken line has no more parts, and no more characters. */
const MOST_PARTS = 200;
const MOST_TEXT = 1 << 20;
const UNFINISHED = /<unfinished \.\.\.>/;

/** Put together: with a blank where the line was broken at one, with nothing where it was cut after so many characters. */
export function join(pieces: readonly Piece[], hard: boolean): Joined {
  let text = "";
  const parts: { piece: Piece; at: number; skip: number }[] = [];
  for (const piece of pieces) {
    const first = parts.length === 0;
    const skip = first || hard ? 0 : piece.text.length - piece.text.trimStart().length;
    if (!first && !hard) text = text.trimEnd();
    const glue = first || hard ? "" : " ";
    text += glue;
    parts.push({ piece, at: text.length, skip });
    text += piece.text.slice(skip);
  }
  return { text, parts };
}

/** Line and column (from 1) of a character of the text. */
export function placeOf({ parts }: Joined, at: number): { line: number; column: number } {
  let found = parts[0] as Joined["parts"][number];
  for (const part of parts) if (part.at <= at) found = part;
  return {
    line: found.piece.line,
    column: rawPlace(found.piece, Math.max(0, at - found.at) + found.skip) + 1,
  };
}

/** Gives pieces, and takes back those that belong to no other. */
export class Pieces {
  private readonly lines: Iterator<string>;
  private readonly back: Piece[] = [];
  private readonly bare: (raw: string) => Clean;
  private readonly dress: Dress | undefined;
  private read = 0;

  /** Without a dress the lines stand as they are written. */
  constructor(lines: Iterable<string>, dress: Dress | undefined) {
    this.lines = lines[Symbol.iterator]();
    this.dress = dress;
    this.bare = dress === undefined ? asWritten : undresser(dress);
  }

  next(): Piece | undefined {
    const held = this.back.pop();
    if (held !== undefined) return held;
    const { value, done } = this.lines.next();
    if (done === true) return undefined;
    this.read++;
    return { ...this.bare(value), line: this.read, length: value.trimEnd().length };
  }

  unread(pieces: readonly Piece[]): void {
    for (let i = pieces.length - 1; i >= 0; i--) this.back.push(pieces[i] as Piece);
  }

  /** All pieces of the line that begins with this one. */
  whole(first: Piece): Piece[] {
    const pieces = [first];
    if (!beginsCall(first.text)) return pieces;
    const open = new Open();
    open.add(first.text);
    let { length } = first.text;
    while (pieces.length < MOST_PARTS && length < MOST_TEXT) {
      const last = pieces.at(-1) as Piece;
      if (!this.wants(pieces, last, open)) break;
      const next = this.next();
      if (next === undefined) break;
      if (startsNew(next.text) || !(open.wanting || this.folded(last, next))) {
        this.unread([next]);
        break;
      }
      pieces.push(next);
      open.add(next.text);
      length += next.text.length;
    }
    return pieces;
  }

  /** Is more to come? Brackets are open, or the line was broken in what stands behind them. */
  private wants(pieces: readonly Piece[], { text }: Piece, open: Open): boolean {
    if (
      UNFINISHED.test(text) ||
      /<unfinished\s+\.\.\.>/.test(
        pieces
          .slice(-2)
          .map((p) => p.text)
          .join(" "),
      )
    )
      return false;
    return open.wanting || this.dress?.fold !== undefined || this.dress?.hard !== undefined;
  }

  private folded(line: Piece, next: Piece): boolean {
    const { fold, hard } = this.dress ?? {};
    if (hard !== undefined) return line.length >= hard - 1;
    return fold !== undefined && foldedLength("x".repeat(line.length), next.text) >= fold;
  }
}

/** Brackets and strings that want to be closed, over several pieces. */
class Open {
  private text = "";
  wanting = false;
  add(text: string): void {
    // Only what is still open counts on: a string, or brackets.
    this.text = this.wanting ? `${this.text} ${text}` : text;
    this.wanting = isOpen(this.text);
  }
}

/** A call that we know, or the second half of one. */
function beginsCall(text: string): boolean {
  if (!text.includes("(") && !text.includes("<...")) return false;
  const s = new Scanner(text);
  parsePrefix(s);
  const sort = sortOf(s);
  return sort.sort === "resumed" || (sort.sort === "call" && isName(sort.name));
}

const isName = (name: string): boolean => SYSCALL_NAMES.has(name);

/** No part of another line. */
function startsNew(text: string): boolean {
  if (text.trim() === "" || /^\s*(?:#|`{3})/.test(text) || isExpect(text) || isCommand(text)) return true;
  const s = new Scanner(text);
  parsePrefix(s);
  const sort = sortOf(s);
  return sort.sort === "call" ? isName(sort.name) : sort.sort !== "other";
}
