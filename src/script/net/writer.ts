// SPDX-License-Identifier: GPL-2.0-only
/** Collects the commands that a recorded network comes to. */
import { TABLES } from "../reader.ts";
import { commandOf } from "./command.ts";
import type { Fields } from "./fields.ts";
import type { NetCommand, NetNote, Network } from "./network.ts";
import { quoted } from "./quoted.ts";

/** Where numbers for tables begin that are known by a name alone. */
const NAMED_TABLES = 10_000;

export class Writer {
  private readonly commands: NetCommand[] = [];
  private readonly notes: NetNote[] = [];
  private readonly tables = new Map<string, number>();
  /** IPv6's entries: one note for all. */
  private ipv6: [number, Fields] | undefined;

  /** A command, word by word, made of an entry. */
  add(entry: Fields, words: readonly string[]): void {
    this.commands.push(commandOf(words.map(quoted).join(" "), () => entry.place()));
  }

  note(entry: Fields, text: string): void {
    this.notes.push({ text, place: () => entry.place() });
  }

  skipIpv6(entry: Fields): void {
    this.ipv6 = [(this.ipv6?.[0] ?? 0) + 1, this.ipv6?.[1] ?? entry];
  }

  /** A table as a number or a well-known name; others come from a file that is not here. */
  table(name: string, entry: Fields): string {
    if (/^\d+$/.test(name) || Object.hasOwn(TABLES, name)) return name;
    const known = this.tables.get(name);
    const number = known ?? NAMED_TABLES + this.tables.size;
    if (known === undefined) {
      this.tables.set(name, number);
      this.note(entry, `table ${name} is called ${number}: its number is in rt_tables, not here`);
    }
    return String(number);
  }

  network(): Network {
    const { notes, ipv6 } = this;
    if (ipv6 !== undefined) {
      const [count, entry] = ipv6;
      const entries = count === 1 ? "1 entry" : `${count} entries`;
      notes.push({ text: `IPv6 is not modelled: ${entries} left out`, place: () => entry.place() });
    }
    return { commands: this.commands, notes, recorded: true };
  }
}
