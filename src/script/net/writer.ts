// SPDX-License-Identifier: GPL-2.0-only
/** Collects the commands that a recorded network comes to. */

import { LineError, ScriptError } from "../error.ts";
import { quoted } from "../quoted.ts";
import { TABLES } from "../reader.ts";
import { commandOf } from "./command.ts";
import type { Fields } from "./fields.ts";
import type { NetCommand } from "./network.ts";
import type { Notes } from "./notes.ts";

/** Where numbers for tables begin that are known by a name alone. */
const NAMED_TABLES = 10_000;

export class Writer {
  private readonly commands: NetCommand[] = [];
  private readonly notes: Notes;
  private readonly strict: boolean;
  /** Tables by their names: those that the text itself tells, then those that get a number here. */
  private readonly tables: Map<string, number>;
  private named = 0;
  /** IPv6's entries: one note for all. */
  private ipv6: [number, Fields] | undefined;

  constructor(notes: Notes, tables: ReadonlyMap<string, number> = new Map(), strict = false) {
    this.notes = notes;
    this.strict = strict;
    this.tables = new Map(tables);
  }

  /** A command, word by word, made of an entry. */
  add(entry: Fields, words: readonly string[]): void {
    const text = words.map(quoted).join(" ");
    try {
      this.commands.push(commandOf(text, () => entry.place()));
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      this.note(entry, `'${text}' left out: ${error.problem}, expected ${error.expected}`);
    }
  }

  note(entry: Fields, text: string): void {
    this.notes.add(text, () => entry.place());
  }

  /** What `read` makes of an entry; of one that was pasted and cannot be read, nothing but a note. */
  attempt<T>(entry: Fields, what: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof LineError) || !entry.pasted || this.strict) throw error;
      const place = { line: error.line, column: error.column };
      this.notes.add(`${error.problem}, expected ${error.expected}: ${what} left out`, () => place);
      return undefined;
    }
  }

  skipIpv6(entry: Fields): void {
    this.ipv6 = [(this.ipv6?.[0] ?? 0) + 1, this.ipv6?.[1] ?? entry];
  }

  /** A table as a number or a well-known name; others come from a file that is not here. */
  table(name: string, entry: Fields): string {
    if (/^\d+$/.test(name) || Object.hasOwn(TABLES, name)) return name;
    const known = this.tables.get(name);
    const number = known ?? NAMED_TABLES + this.named;
    if (known === undefined) {
      this.named++;
      this.tables.set(name, number);
      this.note(
        entry,
        `table ${name} becomes table ${number}: its id is in rt_tables, which is not available`,
      );
    }
    return String(number);
  }

  /** All commands; what is left to say is said. */
  finished(): NetCommand[] {
    if (this.ipv6 !== undefined) {
      const [count, entry] = this.ipv6;
      this.note(entry, `IPv6 is not modelled: ${count === 1 ? "1 entry" : `${count} entries`} left out`);
    }
    return this.commands;
  }
}
