// SPDX-License-Identifier: GPL-2.0-only
/** Where the reader is and what he has chosen to see; every change goes through here. */
import type { Opening, Section } from "../model.ts";
import { endsOf, type Line, lineOf, linesOf, type View } from "./lines.ts";
import { find, withPaths } from "./search.ts";

/** What changed: another call, other lines, another step. */
export type Change = "section" | "lines" | "step";

export class State {
  readonly opening: Opening;
  /** Number of the section, and the section. */
  number = -1;
  section!: Section;
  lines: readonly Line[] = [];
  /** Index of the current line. */
  at = 0;
  /** Rows that the search has found. */
  found: readonly number[] = [];
  query = "";
  view: View;
  private ends: readonly number[] = [];
  private readonly load: (n: number) => Section;
  private readonly listeners: ((change: Change) => void)[] = [];

  constructor(opening: Opening, load: (n: number) => Section) {
    this.opening = opening;
    this.load = load;
    this.view = { all: opening.all, layers: new Set(opening.only), toggled: new Set(), wanted: new Set() };
  }

  /** Be told of changes. */
  listen(listener: (change: Change) => void): void {
    this.listeners.push(listener);
  }

  private say(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }

  get line(): Line {
    return this.lines[this.at] ?? { row: 0, last: -1, level: 1, place: 1, size: 1, parent: -1, open: null };
  }

  /** Number of the current step in the page. */
  get step(): number {
    return this.section.first + this.line.row;
  }

  /** Go to another call, or to a row of one, showing the row if it is hidden. */
  enter(number: number, row: number | null = null): void {
    if (number !== this.number) {
      this.number = number;
      this.section = this.load(number);
      this.ends = endsOf(this.section.rows);
      this.found = find(this.section, this.query);
      this.choose({ toggled: new Set() }, "section", row ?? 0);
    }
    if (row !== null && this.line.row !== row) this.reach(row);
  }

  /** See something else; the reader stays at the row where he is. */
  choose(view: Partial<View>, change: Change = "lines", row = this.line.row): void {
    const wanted = withPaths(this.section, this.found);
    this.view = { ...this.view, wanted, ...view };
    this.lines = linesOf(this.section, this.ends, this.view);
    this.at = lineOf(this.lines, row);
    this.say(change);
  }

  /** Go to a row, showing it if it is hidden. */
  reach(row: number): void {
    if (this.lines[lineOf(this.lines, row)]?.row !== row) {
      const wanted = new Set([...this.view.wanted, ...withPaths(this.section, [row])]);
      this.choose({ wanted }, "lines", row);
    } else this.go(lineOf(this.lines, row));
  }

  /** Go to a line. */
  go(at: number): void {
    this.at = Math.max(0, Math.min(this.lines.length - 1, at));
    this.say("step");
  }

  /** Open or close what is inside a line. */
  toggle(line: Line): void {
    const toggled = new Set(this.view.toggled);
    if (!toggled.delete(line.row)) toggled.add(line.row);
    this.choose({ toggled }, "lines", line.row);
  }

  /** Look for words. */
  search(query: string): void {
    this.query = query;
    this.found = find(this.section, query);
    this.choose({});
  }
}
