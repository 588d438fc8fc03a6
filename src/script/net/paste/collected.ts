// SPDX-License-Identifier: GPL-2.0-only
/** What was found in a pasted text, and the network that it comes to. */
import type { Config } from "../../../kernels/config.ts";
import { LineError, ScriptError } from "../../error.ts";
import type { Fields } from "../fields.ts";
import { MAX_COMMANDS, type NetCommand, type Network, type Place } from "../network.ts";
import { Notes } from "../notes.ts";
import { type Recorded, recordedNetwork } from "../recorded.ts";
import { Writer } from "../writer.ts";
import { type Told, tellCommands } from "./command-line.ts";
import { type Entry, fieldsOf, type Line } from "./entry.ts";
import { completed, type TextLink, withKernelRoutes } from "./guesses.ts";
import type { LogicalLine } from "./lines.ts";
import type { Found } from "./section.ts";
import type { Stranger } from "./strangers.ts";

/** Kinds of changes, by what prints them. */
type Kind = "link" | "addr" | "route" | "rule" | "neigh" | "other";

const KINDS: { readonly [K in Config["kind"]]?: Kind } = {
  "link-add": "link",
  "link-set": "link",
  "link-del": "link",
  "addr-add": "addr",
  "addr-del": "addr",
  route: "route",
  "rule-add": "rule",
  "rule-del": "rule",
  neigh: "neigh",
};

interface Written {
  readonly command: NetCommand;
  readonly line: number;
  /** Typed, and not part of what a program printed. */
  readonly typed: boolean;
}

export class Collected implements Found {
  readonly notes = new Notes();
  /** What cannot be read is an error, wherever it stands. */
  private readonly strict: boolean;
  readonly chains = new Set<string>();
  table: string | undefined;
  private readonly commands: Written[] = [];
  private readonly links: TextLink[] = [];
  private readonly routes: [Entry, Line][] = [];
  private readonly recorded: Recorded = { links: [], routes: [], rules: [], neighbours: [] };
  /** By kind, the last line of what was printed of it. */
  private readonly seen = new Map<Kind, number>();
  private readonly skipped: { readonly line: Pick<LogicalLine, "text">; readonly error: LineError }[] = [];
  /** Texts that are known and cannot be read: of each kind the first. */
  private readonly strangers = new Map<string, { readonly error: LineError; readonly stranger: Stranger }>();
  /** A part of a table of routes was asked for. */
  private piped = false;
  private partial = false;
  private readonly tables = new Map<string, number>();
  private lastTyped = 0;
  private ipv6Lines: { readonly line: Line; count: number } | undefined;
  private bareTable: Line | undefined;
  /** Something that was printed, rather than typed. */
  private prints = false;

  constructor(strict: boolean) {
    this.strict = strict;
  }

  /** Nothing changes anything, and nothing was printed. */
  get isEmpty(): boolean {
    return !this.prints && this.commands.length === 0;
  }

  /** The first line of it. */
  get line(): number {
    const routes = this.routes[0]?.[1].number;
    const entries = this.recorded.rules[0] ?? this.recorded.neighbours[0] ?? this.recorded.links[0];
    return (
      this.links[0]?.line.number ??
      routes ??
      entries?.place().line ??
      this.commands[0]?.line ??
      this.ipv6Lines?.line.number ??
      1
    );
  }

  get count(): number {
    const { rules, neighbours } = this.recorded;
    return this.commands.length + this.links.length + this.routes.length + rules.length + neighbours.length;
  }

  link(entry: Entry, line: Line, all: ReadonlyMap<string, Entry>): void {
    this.see("link", line);
    this.links.push({ entry, line, all });
  }

  route(entry: Entry, line: Line): void {
    this.see("route", line);
    this.partial ||= this.piped;
    this.routes.push([entry, line]);
  }

  /** The route that came last was none: `ip route get` asked for one address. */
  answer(line: Line, taken: boolean): void {
    if (taken) this.routes.pop();
    this.prints = true;
    this.note(line, ANSWER);
  }

  /** The table that was asked for, and whether a part of the answer is left. */
  asked(table: string | undefined, piped: boolean): void {
    this.table = table;
    this.piped = piped;
  }

  /** The commands that were typed in the line before did nothing. */
  failed(line: LogicalLine, why: string): void {
    if (this.skipped.at(-1)?.error.line === this.lastTyped) this.skipped.pop();
    const last = this.commands.at(-1);
    if (last === undefined || !last.typed || last.line >= line.number || this.lastTyped !== last.line) return;
    while (this.commands.at(-1)?.line === last.line) this.commands.pop();
    this.notes.add(`this command failed on that host (${why}): left out`, last.command.place);
  }

  rule(entry: Entry, line: Line): void {
    this.see("rule", line);
    this.recorded.rules.push(fieldsOf(entry, line));
  }

  neighbour(entry: Entry, line: Line): void {
    this.see("neigh", line);
    this.recorded.neighbours.push(fieldsOf(entry, line));
  }

  private see(kind: Kind, { number }: { readonly number: number }): void {
    this.prints = true;
    this.seen.set(kind, number);
    if (this.count > MAX_COMMANDS) {
      throw new LineError(
        number,
        new ScriptError(1, `more than ${MAX_COMMANDS} entries`, "the end of the file"),
      );
    }
  }

  command(text: string, line: Line): void {
    this.prints = true;
    const place = (): Place => ({
      line: line.number,
      column: line.column + Math.max(line.text.search(/\S/), 0),
    });
    try {
      for (const told of tellCommands(text, this.chains)) this.add(told, place, line.number, false);
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      throw new LineError(
        line.number,
        new ScriptError(place().column, error.problem, error.expected, error.nearest),
      );
    }
  }

  /** Somebody typed commands here. */
  typed(line: LogicalLine): void {
    this.lastTyped = line.number;
  }

  /** A command that somebody typed. */
  written(told: Told & { readonly kind: "change" }, line: LogicalLine): void {
    this.add(told, line.placeOf(told.column), line.number, true, line);
  }

  /** A text that is known and cannot be read. */
  strange(line: LogicalLine, stranger: Stranger): void {
    const error = line.failure(new ScriptError(1, stranger.what, stranger.expected));
    if (!this.strangers.has(stranger.what)) this.strangers.set(stranger.what, { error, stranger });
  }

  private add(told: Told, place: () => Place, line: number, typed: boolean, at?: LogicalLine): void {
    if (told.kind === "question") return;
    if (told.kind === "note") {
      this.notes.add(told.text, place, told.item);
      return;
    }
    for (const { text, column, item } of told.notes) this.notes.add(text, at?.placeOf(column) ?? place, item);
    if (told.changes.length === 0) return;
    this.commands.push({ command: { text: told.text, changes: told.changes, place }, line, typed });
  }

  note(line: Line, text: string): void {
    this.notes.add(text, () => ({ line: line.number, column: line.column }));
  }

  tableName(number: number, name: string): void {
    this.tables.set(name, number);
  }

  ipv6(line: Line): void {
    this.prints = true;
    this.ipv6Lines ??= { line, count: 0 };
    this.ipv6Lines.count++;
  }

  bare(line: Line): void {
    this.bareTable ??= line;
  }

  /** Entries of `ip -j`. */
  printed(found: Recorded): void {
    this.prints = true;
    const { line } = [...found.links, ...found.routes, ...found.rules, ...found.neighbours][0]?.place() ?? {
      line: 0,
    };
    const kinds = { links: "link", routes: "route", rules: "rule", neighbours: "neigh" } as const;
    for (const [name, kind] of Object.entries(kinds) as [keyof typeof kinds, Kind][]) {
      this.recorded[name].push(...found[name]);
      if (found[name].length > 0) this.see(kind, { number: line });
      if (found[name].some((entry) => entry.has("addr_info"))) this.seen.set("addr", line);
    }
  }

  unread(line: Pick<LogicalLine, "text">, error: LineError): void {
    this.skipped.push({ line, error });
  }

  /** Commands alone must all be right; of what was printed, what cannot be read is left out and said. */
  network(): Network {
    if (!this.prints) {
      const [stranger] = this.strangers.values();
      if (stranger !== undefined && this.commands.length === 0) throw stranger.error;
      const [first] = this.skipped;
      if (first !== undefined) throw first.error;
      this.sayStrangers();
      return { commands: this.commands.map((w) => w.command), notes: this.notes.list(), recorded: false };
    }
    const [unread] = this.strict ? this.skipped : [];
    if (unread !== undefined) throw unread.error;
    this.sayStrangers();
    this.sayUnread();
    const made = recordedNetwork(this.everything(), new Writer(this.notes, this.tables, this.strict));
    const rest = this.following();
    return { ...made, commands: [...made.commands, ...rest], notes: this.notes.list() };
  }

  private everything(): Recorded {
    const { links, routes, rules, neighbours } = this.recorded;
    const ipv6 = this.ipv6Lines;
    if (ipv6 !== undefined) {
      const entries = ipv6.count === 1 ? "1 entry" : `${ipv6.count} entries`;
      this.note(ipv6.line, `IPv6 is not modelled: ${entries} left out`);
    }
    const text = completed(
      this.links,
      this.routes.map(([entry]) => entry),
      this,
    );
    if (text.some((link) => link.has("addr_info"))) {
      this.seen.set("addr", Math.max(...this.links.map((l) => l.line.number)));
    }
    if (this.bareTable !== undefined && !this.seen.has("addr")) {
      this.note(
        this.bareTable,
        "a routing table does not show the devices' addresses: add the output of ip addr or ifconfig",
      );
    }
    const written = withKernelRoutes(this.routes.map(([entry]) => entry));
    const made = written.map((entry, i): Fields => fieldsOf(entry, (this.routes[i] as [Entry, Line])[1]));
    return {
      links: [...links, ...text],
      routes: [...routes, ...made],
      rules,
      neighbours,
      partial: this.partial,
    };
  }

  private sayStrangers(): void {
    for (const { error, stranger } of this.strangers.values()) {
      this.notes.add(`${stranger.what}: left out, expected ${stranger.expected}`, () => ({
        line: error.line,
        column: error.column,
      }));
    }
  }

  private sayUnread(): void {
    const [first] = this.skipped;
    if (first === undefined) return;
    const shown = this.skipped.slice(0, 3).map(({ line }) => JSON.stringify(line.text.trim().slice(0, 40)));
    const more = this.skipped.length > 3 ? ", …" : "";
    const lines = this.skipped.length === 1 ? "1 line" : `${this.skipped.length} lines`;
    const { error } = first;
    this.notes.add(
      `${lines} not understood and left out: ${shown.join(", ")}${more} (the first: ${error.problem}, expected ${error.expected})`,
      () => ({ line: error.line, column: error.column }),
    );
  }

  /** Typed commands that were there before what shows their outcome are in it already; settings of all devices come first. */
  private following(): NetCommand[] {
    const kept: Written[] = [];
    for (const written of this.commands) {
      const kind = kindOf(written.command);
      const after = kind === undefined || (this.seen.get(kind) ?? 0) < written.line;
      if (after || !written.typed) kept.push(written);
      else
        this.notes.add(
          "the effect of this command is part of the output after it: left out",
          written.command.place,
        );
    }
    const general = (w: Written): boolean =>
      w.command.changes.some((c) => c.kind === "sysctl" && !w.typed && GENERAL.test(c.key));
    return [...kept.filter(general), ...kept.filter((w) => !general(w))].map((w) => w.command);
  }
}

/** What `ip route get` prints. */
export const ANSWER = "output of ip route get is the route to one address, not a table: left out";

/** Settings that others follow when they change. */
const GENERAL = /^net\.ipv4\.(?:ip_forward$|(?:conf\.(?:all|default)|neigh\.default)\.)/;

function kindOf({ changes }: NetCommand): Kind | undefined {
  const [first] = changes;
  if (first?.kind === "flush") return first.object;
  return first === undefined ? undefined : KINDS[first.kind];
}
