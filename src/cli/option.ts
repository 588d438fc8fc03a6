// SPDX-License-Identifier: GPL-2.0-only
/** Options as rows of a table: what `--help`, the completion and the man page say of one stands in its row. */
import { type Command, Option } from "commander";
import { nearest } from "../script/nearest.ts";

/** What a value is, where it is none of a few words: what a shell completes. */
export type Kind = "file" | "device" | "flags" | "sockopt";

/** One option of a command. */
export interface OptionRow {
  /** As commander reads it: `-n, --count <n>`, `--udplite [coverage]`. */
  readonly flags: string;
  readonly help: string;
  /** The value where the option is not given. */
  readonly fallback?: string;
  /** It may be repeated: its value is a list. */
  readonly many?: true;
  /** The words that its value may be. */
  readonly words?: readonly string[];
  readonly kind?: Kind;
}

/** A declared option, with what its row says of its value. */
export class RowOption extends Option {
  readonly row: OptionRow;

  constructor(row: OptionRow) {
    super(row.flags, row.many === true ? `${row.help} (may be repeated)` : row.help);
    this.row = row;
    if (row.many === true) this.default([]).argParser(collect);
    else if (row.fallback !== undefined) this.default(row.fallback);
  }
}

/** Add rows to a command, below a title of its help. */
export function addOptions(command: Command, title: string, rows: readonly OptionRow[]): void {
  command.optionsGroup(title);
  for (const row of rows) command.addOption(new RowOption(row));
}

function collect(value: string, list: string[]): string[] {
  return [...list, value];
}

/** Whether a word is the value of an option that may have none: one of its words, also mistyped, or a number. */
export function isValueOf({ words }: OptionRow, word: string): boolean {
  if (words === undefined) return /^\d+$/.test(word);
  return words.includes(word) || nearest(word, words) !== undefined;
}

/** What commander makes of options of which none is given, by their attribute names. */
export function defaultsOf(rows: readonly OptionRow[]): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const { flags, fallback, many } of rows) {
    const [, no, name = ""] = /--(no-)?([a-z-]+)/.exec(flags) ?? [];
    const key = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    if (many === true) values[key] = [];
    else if (no !== undefined) values[key] = true;
    else if (fallback !== undefined) values[key] = fallback;
  }
  return values;
}
