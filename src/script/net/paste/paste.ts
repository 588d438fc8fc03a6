// SPDX-License-Identifier: GPL-2.0-only
/** What somebody copied out of a terminal or a file: commands, what programs printed, or both. */
import { LineError, ScriptError } from "../../error.ts";
import { promptOf, withoutSudo } from "../../prompt.ts";
import { shellWords } from "../../words.ts";
import { MAX_COMMANDS, type Network } from "../network.ts";
import { Collected } from "./collected.ts";
import { askedTable, isProgram, type Told, tellCommands } from "./command-line.ts";
import type { Line } from "./entry.ts";
import { IfconfigText } from "./ifconfig-text.ts";
import { InterfacesText } from "./interfaces-text.ts";
import { isJson, takeJson } from "./json-text.ts";
import { type LogicalLine, logicalLines } from "./lines.ts";
import { LinkText } from "./link-text.ts";
import { RouteText } from "./route-text.ts";
import { NeighbourText, RouteTable, RuleText } from "./rule-text.ts";
import { IptablesSave, SysctlText } from "./rules-text.ts";
import type { Section } from "./section.ts";
import { strangerOf } from "./strangers.ts";

/** Read it. Throws `LineError` where there are commands alone and one is wrong, or nothing can be read. */
export function parsePasted(text: string): Network {
  const paste = new Paste(text);
  for (const line of logicalLines(text)) paste.line(line);
  return paste.collected.network();
}

class Paste {
  readonly collected = new Collected();
  private readonly text: string;
  private readonly sections: readonly Section[] = [
    new LinkText(),
    new RuleText(),
    new NeighbourText(),
    new RouteText(),
    new RouteTable(),
    new IfconfigText(),
    new IptablesSave(),
    new SysctlText(),
    new InterfacesText(),
  ];
  private current: Section | undefined;
  /** JSON goes up to here. */
  private jsonEnd = 0;
  /** Are there commands without a prompt? Then a `#` begins a comment. */
  private readonly script: boolean;

  constructor(text: string) {
    this.text = text;
    this.script = isScript(text);
  }

  line(line: LogicalLine): void {
    if (line.from < this.jsonEnd) return;
    const { text } = line;
    if (text.trim() === "" || /^\s*(?:```|~~~)/.test(text)) return;
    try {
      if (this.command(line) || this.printed(line) || this.comment(line) || this.json(line)) return;
      this.batch(line);
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      this.collected.unread(line, error instanceof LineError ? error : line.failure(error));
    }
  }

  /** A line that begins with a prompt, or with a program's name. */
  private command(line: LogicalLine): boolean {
    const prompt = promptOf(line.text);
    const rest = prompt === undefined ? line.text : line.text.slice(prompt.length);
    if (!startsWithProgram(rest)) return prompt !== undefined && !prompt.doubtful && this.other();
    if (prompt?.doubtful === true && this.script) {
      this.collected.notes.add(
        "this comment looks like a command: without the # it would be one",
        line.placeOf(1),
      );
      return true;
    }
    if (this.current instanceof InterfacesText && prompt === undefined) return false;
    this.tell(line, prompt === undefined ? line.text : " ".repeat(prompt.length) + rest);
    return true;
  }

  /** A prompt with something that we know nothing of: what it printed is none of ours either. */
  private other(): boolean {
    this.current = undefined;
    return true;
  }

  private tell(line: LogicalLine, text: string): void {
    for (const told of tellCommands(text, this.collected.chains)) this.told(told, line);
  }

  private told(told: Told, line: LogicalLine): void {
    if (told.kind === "question") {
      this.leave();
      this.collected.table = askedTable(told.words);
    } else if (told.kind === "note")
      this.collected.notes.add(told.text, line.placeOf(told.column), told.item);
    else this.collected.written(told, line);
  }

  private leave(): void {
    for (const section of this.sections) section.reset();
    this.current = undefined;
    this.collected.table = undefined;
  }

  /** A line of something that a program printed, or of a file. */
  private printed(line: LogicalLine): boolean {
    const plain: Line = { text: line.text.replace(/\s+$/, ""), number: line.number, column: 1 };
    if (this.current?.take(plain, this.collected) === true) return true;
    const next = this.sections.find((section) => section !== this.current && section.begins(plain));
    if (next?.take(plain, this.collected) !== true) return false;
    this.current = next;
    return true;
  }

  private comment({ text }: LogicalLine): boolean {
    return /^\s*#/.test(text);
  }

  private json(line: LogicalLine): boolean {
    if (!isJson(line.text)) return false;
    this.jsonEnd = takeJson(this.text, line.from + line.text.search(/\S/), this.collected);
    return true;
  }

  /** As `ip -batch` has them; or nothing that can be read. */
  private batch(line: LogicalLine): void {
    const stranger = strangerOf(line.text);
    if (stranger !== undefined) throw new ScriptError(1, stranger.what, stranger.expected);
    if (this.collected.count > MAX_COMMANDS) {
      throw line.failure(new ScriptError(1, `more than ${MAX_COMMANDS} commands`, "the end of the file"));
    }
    this.tell(line, line.text);
  }
}

function startsWithProgram(text: string): boolean {
  if (/^\s*(?:ip|tc|iptables)\s/.test(text)) return true;
  const m = /^\s*(?:(?:sudo|doas|env)\s|[\w/.-]+(?:\s|;|$))/.exec(text);
  if (m === null) return false;
  try {
    const [first, second] = withoutSudo(shellWords(text.replace(/["'].*$/s, "")));
    if (first === undefined || !isProgram(first.text)) return false;
    // `route add 192.0.2.0/24 …` may be a line of a batch: it is read as either.
    return first.text !== "hostname" || second === undefined;
  } catch {
    return false;
  }
}

/** Are there lines that change something and have no prompt? */
function isScript(text: string): boolean {
  return /^[ \t]*(?:sudo[ \t]+)?(?:\/(?:usr\/)?s?bin\/)?(?:(?:ip[ \t]+(?:-\S+[ \t]+)*)?(?:link|l|addr|address|a|route|r|ro|rule|ru|neigh|n)[ \t]+(?:add|set|del|delete|replace|append|change|flush|a)\b|iptables[ \t]+-|tc[ \t]+q|sysctl[ \t]+(?:-[wqe]+[ \t]+)?\S+=)/m.test(
    text,
  );
}
