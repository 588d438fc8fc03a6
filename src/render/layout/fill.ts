// SPDX-License-Identifier: GPL-2.0-only
/** Text filled into lines of a width. */
import { blanks } from "../blanks.ts";
import type { Paint, Role } from "../style.ts";
import { GLUE, type Span } from "./layout.ts";
import { columnsOf, cutAt } from "./width.ts";

/** Text of one role. */
type Piece = readonly [role: Role | null, text: string];

/** What stands between two blanks. */
interface Word {
  /** Blanks before it, unless it begins a line. */
  readonly gap: number;
  readonly pieces: Piece[];
  columns: number;
}

/** Where lines begin and end, in columns. */
export interface Measure {
  readonly width: number;
  readonly first: number;
  readonly rest: number;
}

const pieceOf = (span: Span): Piece => (typeof span === "string" ? [null, span] : span);

/** The columns that a text takes on one line. */
export function columnsOfSpans(spans: readonly Span[]): number {
  let columns = 0;
  for (const span of spans) columns += columnsOf(pieceOf(span)[1]);
  return columns;
}

/** On one line, however long it is. */
export function painted(spans: readonly Span[], paint: Paint): string {
  const pieces = spans.map(pieceOf).map(([role, text]): Piece => [role, text.replaceAll(GLUE, " ")]);
  return paintAll(pieces, paint);
}

/** Lines that are broken between words: not within quotation marks, nor at a GLUE. A word as long as a line is cut. */
export function fill(spans: readonly Span[], { width, first, rest }: Measure, paint: Paint): string[] {
  const lines: string[] = [];
  let line: Piece[] = [];
  let indent = first;
  let used = first;
  const next = (): void => {
    lines.push(blanks(indent) + paintAll(line, paint));
    line = [];
    indent = rest;
    used = rest;
  };
  for (const word of wordsOf(spans)) {
    if (line.length > 0) {
      if (used + word.gap + word.columns > width && word.columns <= width - Math.min(rest, used)) next();
      else if (used + word.gap >= width) next();
      else {
        append(line, blanks(word.gap), word.pieces[0]?.[0] ?? null);
        used += word.gap;
      }
    }
    for (const [role, text] of word.pieces) {
      let left = text;
      while (left !== "") {
        const room = Math.max(width - used, 0);
        if (columnsOf(left) <= room) {
          line.push([role, left]);
          used += columnsOf(left);
          break;
        }
        if (room === 0) {
          next();
          continue;
        }
        const [beginning, others] = cutAt(left, room);
        line.push([role, beginning]);
        left = others;
        next();
      }
    }
  }
  if (line.length > 0 || lines.length === 0) next();
  return lines;
}

/** Blanks take the colour of what is on both sides of them. */
function append(line: Piece[], gap: string, role: Role | null): void {
  const before = line.at(-1)?.[0] ?? null;
  line.push([before === role ? role : null, gap]);
}

function wordsOf(spans: readonly Span[]): Word[] {
  const words: Word[] = [];
  let word: Word = { gap: 0, pieces: [], columns: 0 };
  let gap = 0;
  const quotes = new Quotes();
  const add = (role: Role | null, text: string): void => {
    if (text === "") return;
    word.pieces.push([role, text.replaceAll(GLUE, " ")]);
    word.columns += columnsOf(text);
  };
  for (const span of spans) {
    const [role, text] = pieceOf(span);
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const letter = text[i];
      if (quotes.hold(letter as string) || letter !== " ") continue;
      add(role, text.slice(from, i));
      from = i + 1;
      if (word.pieces.length > 0) {
        words.push(word);
        gap = 0;
      }
      word = { gap: ++gap, pieces: [], columns: 0 };
    }
    add(role, text.slice(from));
  }
  if (word.pieces.length > 0) words.push(word);
  return words;
}

/** Follows a text: what stands between quotation marks is one word. */
class Quotes {
  private quoted = false;
  private escaped = false;

  /** Does this letter stand within? */
  hold(letter: string): boolean {
    if (this.quoted && letter === "\\") {
      this.escaped = !this.escaped;
      return true;
    }
    if (letter === '"' && !this.escaped) this.quoted = !this.quoted;
    this.escaped = false;
    return this.quoted;
  }
}

function paintAll(line: readonly Piece[], paint: Paint): string {
  let text = "";
  for (let i = 0; i < line.length; i++) {
    const role = (line[i] as Piece)[0];
    let run = (line[i] as Piece)[1];
    while (i + 1 < line.length && (line[i + 1] as Piece)[0] === role) run += (line[++i] as Piece)[1];
    text += role === null ? run : paint(role, run);
  }
  return text;
}
