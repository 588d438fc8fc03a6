// SPDX-License-Identifier: GPL-2.0-only
/** Lines of a file as lines of a log: bare, and those put together again that a mail program or a terminal broke. */
import { SYSCALL_NAMES } from "../../uapi/unistd.ts";
import { isCommand } from "../command/command.ts";
import { isExpect } from "../expect/expectation.ts";
import { parsePrefix, sortOf } from "../strace/line.ts";
import { Scanner } from "../strace/scanner.ts";
import { asWritten, type Clean, rawPlace } from "./clean.ts";
import { type Dress, foldedLength, isOpen, Open, undresser, unprintable, WANTS_ERROR } from "./dress.ts";

/** A line of the file. */
export interface Piece extends Clean {
  readonly line: number;
  readonly raw: string;
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
/** The end of a call by itself, and blank lines that may stand before it. */
const END = /^\s*\)\s*=\s/;
const MOST_BLANKS = 8;

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
    const raw = this.dress?.printable === true ? this.printed(value) : value;
    const { text, shift, places } = this.bare(raw);
    const { read: line } = this;
    return places === undefined ? { text, shift, line, raw } : { text, shift, places, line, raw };
  }

  /** A line of quoted-printable goes on after a `=` at its end. */
  private printed(first: string): string {
    let raw = first.trimEnd();
    while (raw.endsWith("=") && raw.length < MOST_TEXT) {
      const { value, done } = this.lines.next();
      if (done === true) break;
      this.read++;
      raw = raw.slice(0, -1) + value.trimEnd();
    }
    return unprintable(raw);
  }

  unread(pieces: readonly Piece[]): void {
    for (let i = pieces.length - 1; i >= 0; i--) this.back.push(pieces[i] as Piece);
  }

  /** All pieces of the line that begins with this one. */
  whole(first: Piece): Piece[] {
    const pieces = [first];
    if (this.isWhole(first.text)) return pieces;
    if (isPrefix(first.text) || /<\.\.\. [a-z0-9_?]+\s*$/.test(first.text)) {
      const next = this.next();
      if (next === undefined) return pieces;
      if (beginsCall(next.text) || /^\s*resumed>/.test(next.text)) pieces.push(next);
      else this.unread([next]);
    }
    if (pieces.length === 1 && !beginsCall(first.text)) return pieces;
    const open = new Wanted();
    for (const { text } of pieces) open.add(text);
    let length = pieces.reduce((sum, { text }) => sum + text.length, 0);
    while (pieces.length < MOST_PARTS && length < MOST_TEXT) {
      const last = pieces.at(-1) as Piece;
      if (!this.wants(pieces, last, open)) break;
      const next = this.next();
      if (next === undefined) break;
      if (next.text.trim() === "" && open.wanting) {
        const end = this.endBehind(next);
        if (end === undefined) break;
        pieces.push(end);
        break;
      }
      if (
        startsNew(next.text, open.quoted) ||
        !(open.wanting || /^\s*=\s/.test(next.text) || this.folded(last, next))
      ) {
        this.unread([next]);
        break;
      }
      pieces.push(next);
      open.add(next.text);
      length += next.text.length;
    }
    return pieces;
  }

  /** The program wrote blank lines while it waited: the end of the call stands behind them. */
  private endBehind(blank: Piece): Piece | undefined {
    const blanks = [blank];
    for (;;) {
      const next = this.next();
      if (next !== undefined && END.test(next.text)) return next;
      if (next !== undefined) blanks.push(next);
      if (next === undefined || next.text.trim() !== "" || blanks.length > MOST_BLANKS) {
        this.unread(blanks);
        return undefined;
      }
    }
  }

  /** Nothing of it is open, and no line of the file was broken behind its brackets. */
  private isWhole(text: string): boolean {
    const { fold, hard } = this.dress ?? {};
    if (fold !== undefined || hard !== undefined || !/[)0-9>]\s*$/.test(text)) return false;
    return !isOpen(text) && /\)\s+= /.test(text) && !WANTS_ERROR.test(text.slice(-100));
  }

  /** Is more to come? Brackets are open, or the line was broken in what stands behind them. */
  private wants(pieces: readonly Piece[], { text }: Piece, open: Wanted): boolean {
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

  private folded({ raw }: Piece, next: Piece): boolean {
    const { fold, hard } = this.dress ?? {};
    if (hard !== undefined) return raw.trimEnd().length >= hard - 1;
    return fold !== undefined && foldedLength(raw, next.text) >= fold;
  }
}

/** What the parts so far want. */
class Wanted extends Open {
  private end = "";
  /** More must come. */
  get wanting(): boolean {
    return this.quoted || this.brackets > 0 || WANTS_ERROR.test(this.end);
  }
  override add(text: string): void {
    super.add(text);
    this.end = `${this.end} ${text}`.slice(-100);
  }
}

/** A call that we know, or the second half of one. */
function beginsCall(text: string): boolean {
  if (!/\(|<\.\.\.|---/.test(text)) return false;
  const s = new Scanner(text);
  parsePrefix(s);
  const sort = sortOf(s);
  if (sort.sort === "remark") return /^--- SIG[A-Z]+ \{/.test(text.slice(s.pos));
  return sort.sort === "resumed" || (sort.sort === "call" && isName(sort.name));
}

/** A process and a time, and then the line was broken. */
function isPrefix(text: string): boolean {
  if (!/^[ \t]*(?:\[pid +)?[0-9]/.test(text)) return false;
  const s = new Scanner(`${text.trimEnd()} `);
  const { pid, time } = parsePrefix(s);
  return s.done && (pid > 0 || time !== undefined);
}

const isName = (name: string): boolean => SYSCALL_NAMES.has(name);

/** No part of another line. */
function startsNew(text: string, quoted: boolean): boolean {
  if (text.trim() === "") return true;
  if (!quoted && (/^\s*(?:#|`{3})/.test(text) || isExpect(text) || isCommand(text))) return true;
  const s = new Scanner(text);
  parsePrefix(s);
  const sort = sortOf(s);
  return sort.sort === "call" ? isName(sort.name) : sort.sort !== "other";
}
