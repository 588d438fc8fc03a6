// SPDX-License-Identifier: GPL-2.0-only
/** --update: the scenario again, with the results that came. Line by line, so that nothing else of it changes. */
import type { Replacement } from "../../io.ts";

/** Column at which strace puts `= value`. */
const RESULT_COLUMN = 40;

/** Put `text` at [from, to) of a line. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export class Rewriter {
  private readonly out: Replacement;
  private held: string | undefined;
  private edits: Edit[] = [];
  /** Lines that changed. */
  changed = 0;

  constructor(out: Replacement) {
    this.out = out;
  }

  /** The lines of a text, copied to the new one as the next is asked for: until then the line can be edited. */
  *through(lines: Iterable<string>): Generator<string> {
    for (const line of lines) {
      this.flush("\n");
      this.held = line;
      yield line;
    }
  }

  /** In the line that was read last: replace characters. */
  replace(from: number, to: number, text: string): void {
    this.edits.push({ from, to, text });
  }

  /** In the line that was read last: put a result behind the call that ends at `end`. */
  append(end: number, text: string): void {
    const blanks = " ".repeat(Math.max(0, RESULT_COLUMN - 1 - end));
    this.edits.push({ from: end, to: end, text: `${blanks} ${text}` });
  }

  /** The last line is done; it ends as it did. The new text takes the old one's place, if it is another. */
  commit(ended: boolean): void {
    this.flush(ended ? "\n" : "");
    if (this.changed > 0) this.out.commit();
    else this.out.abandon();
  }

  /** Forget it: the old text stays. */
  abandon(): void {
    this.out.abandon();
  }

  private flush(end: string): void {
    if (this.held === undefined) return;
    let line = this.held;
    for (const { from, to, text } of this.edits.sort((a, b) => b.from - a.from)) {
      line = line.slice(0, from) + text + line.slice(to);
    }
    if (line !== this.held) this.changed++;
    this.edits = [];
    this.held = undefined;
    this.out.write(Buffer.from(line + end, "latin1"));
  }
}
