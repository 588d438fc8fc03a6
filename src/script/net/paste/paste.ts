// SPDX-License-Identifier: GPL-2.0-only
/** What somebody copied out of a terminal or a file: commands, what programs printed, or both. */
import { cut, LineError, ScriptError } from "../../error.ts";
import { withoutSudo } from "../../prompt.ts";
import { shellWords } from "../../words.ts";
import { MAX_COMMANDS, type Network } from "../network.ts";
import { ArpText } from "./arp-text.ts";
import type { Collected } from "./collected.ts";
import { askedTable, isGet, isOther, isProgram, type Told, tellCommands } from "./command-line.ts";
import { likely, type Undressed, undressed } from "./dress.ts";
import type { Line } from "./entry.ts";
import { IfcfgText } from "./ifcfg-text.ts";
import { IfconfigText } from "./ifconfig-text.ts";
import { InterfacesText } from "./interfaces-text.ts";
import { isJson, takeJson } from "./json-text.ts";
import { type BareText, bareText, type LogicalLine, logicalLines, without } from "./lines.ts";
import { LinkText } from "./link-text.ts";
import { type NetPrompt, netPromptOf } from "./prompt.ts";
import { RouteText } from "./route-text.ts";
import { NeighbourText, RouteTable, RuleText } from "./rule-text.ts";
import { IptablesSave, SysctlText, TableNames } from "./rules-text.ts";
import type { Section } from "./section.ts";
import { commandsOf, isElsewhere } from "./shell.ts";
import { BSD_IFCONFIG, failureOf, isBsd, strangerOf } from "./strangers.ts";
import { Whereabouts } from "./whereabouts.ts";
import { unwrapped } from "./wrapping.ts";

/** Read it. Throws `LineError` where there are commands alone and one is wrong, or nothing can be read. */
export function parsePasted(text: string, strict: boolean): Network {
  const paste = new Paste(bareText(text), strict);
  if (!paste.isEmpty || !COMMENTED.test(text)) return orNothing(paste.network(), text);
  // Outcomes stand as comments below their commands.
  const again = new Paste(bareText(text), strict, true);
  return again.isEmpty ? paste.network() : again.network();
}

/** Nothing that was asked, or said, is of use: whoever gave it should know. */
function orNothing(network: Network, text: string): Network {
  const at = /^[^\S\n]*[^\s#;]/m.exec(text);
  if (at === null || network.commands.length > 0 || network.notes.length > 0) return network;
  const line = text.slice(0, at.index).split("\n").length;
  const note = {
    text: "the file contains no network: only lo is up",
    place: () => ({ line, column: 1 }),
  };
  return { ...network, notes: [note] };
}

/** A comment that has what `ip` prints. */
const COMMENTED =
  /^\s*(?:#|\/\/)+ ?(?:\d+: \S+: <|\d+:\s+from |(?:default|[\d.]+\/\d+) .*dev |Kernel IP routing|\S+\s+(?:UP|UNKNOWN)\s+[\d.]+\/)/m;
const COMMENT = /^\s*(?:#|\/\/)+ ?/;
/** Fences, rules, headings, prompts without a command, and the first of a prompt's two lines. */
const NOTHING = /^\s*(?:```|~~~|[┌╭]─|[$#%>❯➜]\s*$|={2,}|-{3,}|_{3,}|\*{3,})/;

class Paste {
  private readonly places: Whereabouts;
  private readonly bare: BareText;
  private readonly sections: readonly Section[] = [
    new LinkText(),
    new RuleText(),
    new NeighbourText(),
    new RouteText(),
    new RouteTable(),
    new IfconfigText(),
    new IptablesSave(),
    new SysctlText(),
    new TableNames(),
    new InterfacesText(),
    new IfcfgText(),
    new ArpText(),
  ];
  private current: Section | undefined;
  /** JSON goes up to here. */
  private jsonEnd = 0;
  /** Are there commands without a prompt? Then a `#` begins a comment. */
  private readonly script: boolean;
  private readonly bsd: boolean;
  /** What follows was printed by something that we know nothing of, or can't be read: until something else begins. */
  private foreign = false;
  /** `ip route get` was asked: what follows is no table, whatever it looks like; until the next command. */
  private get = false;
  /** IPv6's was asked for: rules, and chains, look like IPv4's. */
  private ipv6 = false;
  /** How the lines are dressed. */
  private dress: RegExp | undefined;

  /** Comments may be what was printed. */
  private readonly comments: boolean;

  constructor(bare: BareText, strict: boolean, comments = false) {
    this.places = new Whereabouts(strict);
    this.bare = bare;
    this.comments = comments;
    this.script = isScript(bare.text);
    this.bsd = isBsd(bare.text);
    const lines = [...logicalLines(bare)];
    for (const line of unwrapped(lines, (l) => this.isFresh(l))) this.line(line);
    this.close();
  }

  /** Nothing changes anything, and nothing was printed. */
  get isEmpty(): boolean {
    return this.places.isEmpty;
  }

  network(): Network {
    return this.places.network();
  }

  private get collected(): Collected {
    return this.places.current;
  }

  private line(line: LogicalLine): void {
    if (line.from < this.jsonEnd) return;
    const { text } = line;
    if (text.trim() === "" || NOTHING.test(text)) return;
    try {
      if (this.reads(likely(line, this.dress)) || this.strange(line) || this.reads(undressed(line))) return;
      if (!this.foreign) this.batch(line);
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      this.collected.unread(line, error instanceof LineError ? error : line.failure(error));
    }
  }

  /** Read the line in one of these ways. */
  private reads(ways: Iterable<Undressed>): boolean {
    for (const { line: inner, dress } of ways) {
      if (!this.understood(inner)) continue;
      this.dress = dress;
      return true;
    }
    return false;
  }

  private understood(line: LogicalLine): boolean {
    return (
      this.failure(line) || this.command(line) || this.printed(line) || this.comment(line) || this.json(line)
    );
  }

  /** Does something begin here, so that it belongs to no line before? */
  private isFresh(line: LogicalLine): boolean {
    const plain: Line = { text: line.text, number: line.number, column: 1 };
    return (
      netPromptOf(line.text) !== undefined ||
      startsWithProgram(line.text) ||
      /^\s*(?:[#[{*:]|```)/.test(line.text) ||
      failureOf(line.text) !== undefined ||
      this.sections.some((section) => section.begins(plain))
    );
  }

  /** A line that begins with a prompt, or with a program's name. */
  private command(line: LogicalLine): boolean {
    const prompt = netPromptOf(line.text);
    const rest = prompt === undefined ? line.text : line.text.slice(prompt.length);
    const windows = prompt !== undefined && /^(?:PS )?[A-Z]:\\/.test(line.text);
    if (windows || !startsWithProgram(rest)) {
      return prompt !== undefined && !prompt.doubtful && this.other(prompt);
    }
    if (prompt?.doubtful === true && this.script) {
      this.collected.notes.add("this comment looks like a command: remove the # to run it", line.placeOf(1));
      return true;
    }
    if (this.current instanceof InterfacesText && prompt === undefined) return false;
    if (strangerOf(rest) !== undefined) return false;
    if (prompt !== undefined) this.at(prompt);
    this.tell(line, prompt === undefined ? line.text : " ".repeat(prompt.length) + rest);
    return true;
  }

  /** A prompt with something that we know nothing of: what it printed is none of ours either. */
  private other(prompt: NetPrompt): boolean {
    this.at(prompt);
    this.leave();
    this.foreign = true;
    return true;
  }

  private at({ host }: NetPrompt): void {
    this.places.host(host);
    this.get = false;
    this.ipv6 = false;
    this.foreign = false;
  }

  private tell(line: LogicalLine, text: string): void {
    this.collected.typed(line);
    for (const told of tellCommands(text, this.collected.chains)) this.told(told, line);
  }

  private told(told: Told, line: LogicalLine): void {
    if (told.kind === "question") {
      this.leave();
      this.places.enter(told.where);
      this.get = isGet(told.words);
      this.ipv6 = told.ipv6;
      this.foreign = isOther(told.words);
      this.collected.asked(askedTable(told.words), told.piped);
    } else if (told.kind === "note")
      this.collected.notes.add(told.text, line.placeOf(told.column), told.item);
    else {
      this.close();
      this.collected.written(told, line);
    }
  }

  /** There is no more of what was being read. */
  private close(): void {
    try {
      this.current?.end?.(this.collected);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      this.collected.unread({ text: "" }, error);
    }
  }

  private leave(): void {
    this.close();
    for (const section of this.sections) section.reset();
    this.current = undefined;
    this.foreign = false;
    this.collected.asked(undefined, false);
  }

  /** What a command says that did not do what it was told. */
  private failure(line: LogicalLine): boolean {
    const why = failureOf(line.text);
    if (why === undefined) return false;
    this.collected.failed(line, why);
    return true;
  }

  /** A line of something that a program printed, or of a file. */
  private printed(line: LogicalLine): boolean {
    const plain: Line = {
      text: line.text.replace(/\s+$/, "").replace(/(\S)\t+/g, "$1 "),
      number: line.number,
      column: 1,
    };
    if (this.get && /^(?:\w+ )?\d|^ +cache/.test(plain.text)) {
      if (!plain.text.startsWith(" ")) this.collected.answer(plain, false);
      return true;
    }
    if (this.ipv6 && this.sections.some((section) => section.begins(plain))) {
      this.collected.ipv6(plain);
      return true;
    }
    if (this.current?.take(plain, this.collected) === true) return true;
    const next = this.sections.find((section) => section !== this.current && section.begins(plain));
    if (next === undefined || this.isOfBsd(next, line)) return false;
    this.close();
    this.current = undefined;
    if (!next.take(plain, this.collected)) return false;
    this.current = next;
    this.foreign = false;
    return true;
  }

  private isOfBsd(section: Section, line: LogicalLine): boolean {
    if (!this.bsd || !(section instanceof IfconfigText)) return false;
    this.collected.strange(line, BSD_IFCONFIG);
    this.foreign = true;
    return true;
  }

  private comment(line: LogicalLine): boolean {
    const mark = COMMENT.exec(line.text)?.[0].length ?? 0;
    if (this.comments && mark > 0 && this.printed(without(mark, line))) return true;
    return /^\s*[#;]/.test(line.text) || (this.comments && mark > 0);
  }

  private json(line: LogicalLine): boolean {
    if (!isJson(line.text)) return false;
    const from = line.from + line.text.search(/\S/);
    this.jsonEnd = takeJson(this.bare.text, from, this.collected);
    return true;
  }

  /** A text that is known and cannot be read: its other lines say nothing either. */
  private strange(line: LogicalLine): boolean {
    const stranger = strangerOf(line.text.trimEnd()) ?? strangerOf(line.text.trim());
    if (stranger === undefined) return false;
    this.collected.strange(line, stranger);
    this.foreign = true;
    this.close();
    this.current = undefined;
    return true;
  }

  /** As `ip -batch` has them; or nothing that can be read. */
  private batch(line: LogicalLine): void {
    if (this.collected.count > MAX_COMMANDS) {
      throw line.failure(new ScriptError(1, `more than ${MAX_COMMANDS} commands`, "the end of the file"));
    }
    if (commandsOf(line.text).length === 0) {
      throw line.failure(
        new ScriptError(
          1,
          `cannot read ${JSON.stringify(cut(line.text.trim(), 40))}`,
          "a command such as ip link",
        ),
      );
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
    if (first === undefined) return false;
    if (isElsewhere(first.text)) return /\b(?:ip|ifconfig|route|netstat|iptables|sysctl|arp)\b/.test(text);
    // `route add 192.0.2.0/24 …` may be a line of a batch: it is read as either.
    return isProgram(first.text) && (first.text !== "hostname" || second === undefined);
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
