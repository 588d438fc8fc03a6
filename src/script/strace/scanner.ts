// SPDX-License-Identifier: GPL-2.0-only
/** Reading a line from left to right, knowing the column of everything. */
import { ScriptError } from "../error.ts";

/** Characters of a line that an error message quotes. */
const QUOTED = 24;

export class Scanner {
  readonly text: string;
  pos: number;

  constructor(text: string, pos = 0) {
    this.text = text;
    this.pos = pos;
  }

  get done(): boolean {
    return this.pos >= this.text.length;
  }

  /** What follows, without taking it. */
  sees(literal: string): boolean {
    return this.text.startsWith(literal, this.pos);
  }

  get char(): string {
    return this.text[this.pos] ?? "";
  }

  blanks(): void {
    while (this.char === " " || this.char === "\t") this.pos++;
  }

  /** Take this text if it follows, blanks before it left out. */
  take(literal: string): boolean {
    this.blanks();
    if (!this.sees(literal)) return false;
    this.pos += literal.length;
    return true;
  }

  /** Take this text, or say that it was expected. */
  expect(literal: string, expected = `\`${literal}\``): void {
    if (!this.take(literal)) throw this.wrong(expected);
  }

  /** Take what a sticky expression finds here. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.pos;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.pos += found.length;
    return found;
  }

  /** What follows is not what should: an error there. */
  wrong(expected: string, pos: number = this.pos): ScriptError {
    const rest = this.text.slice(pos).trimEnd();
    const problem =
      rest === ""
        ? "the line ends"
        : `cannot read ${JSON.stringify(rest.length > QUOTED ? `${rest.slice(0, QUOTED)}…` : rest)}`;
    return new ScriptError(pos + 1, problem, expected);
  }
}
