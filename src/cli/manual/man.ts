// SPDX-License-Identifier: GPL-2.0-only
/** The manual page nettrace(1), from the commands themselves; man(7)'s macros. */
import type { Command } from "commander";
import { FORMATS } from "../../render/index.ts";
import { RELEASED, VERSION } from "../version.ts";
import { ENVIRONMENT, PAGES } from "./pages.ts";
import { type CommandPage, type Flag, pagesOf } from "./tree.ts";

/** Text as roff takes it: no line begins with a control character, no hyphen is turned into a dash. */
function roff(plain: string): string {
  return plain
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replaceAll("…", "\\&...")
    .replaceAll("·", "\\(pc")
    .replace(/^\./gm, "\\&.");
}

const bold = (words: string): string => `\\fB${roff(words)}\\fR`;
const italic = (words: string): string => `\\fI${roff(words)}\\fR`;

/** A paragraph, its lines no longer than 80 bytes where words allow (mandoc's style). */
function text(words: string): string {
  const lines = [""];
  for (const word of words.split(" ").map(roff)) {
    const line = lines.at(-1) as string;
    if (line !== "" && line.length + 1 + word.length > 79) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join("\n");
}

/** A term and what it means. */
function item(term: string, what: string): string[] {
  return [".TP", term, text(what)];
}

/** The whole page. `program`: with every command. */
export function manPage(program: Command): string {
  const pages = pagesOf(program);
  const shared = sharedGroups(pages);
  const lines = [
    `.TH NETTRACE 1 ${RELEASED} "nettrace ${VERSION}" "User Commands"`,
    ".SH NAME",
    `nettrace \\- ${roff("strace for a kernel you do not have")}`,
    ...synopsis(pages),
    ...description(),
    ...pages.flatMap((page) =>
      commandSection(page, new Set(shared.flatMap((g) => g.list.map(({ long }) => long)))),
    ),
    ...shared.flatMap(({ title, list }) => [`.SH ${heading(title)}`, ...list.flatMap(flagItem)]),
    ...formats(),
    ".SH EXIT STATUS",
    text("Each command lists its own. In general:"),
    ...item("0", "success"),
    ...item("1", "a simulated call failed, an expectation does not hold, or two traces differ"),
    ...item("2", "bad usage or bad input: one line on standard error names the place"),
    ...item("70", "an internal error of nettrace, or a broken installation"),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([name, what]) => item(bold(name), what)),
    ".SH NOTES",
    text(
      "Nothing is really sent, and neither root nor Linux is needed. The same input prints the same bytes: traces can be committed and compared in CI.",
    ),
    ".SH SEE ALSO",
    ["strace(1)", "trace-cmd(1)", "tcpdump(1)", "sendto(2)", "ip(7)", "udp(7)", "ip(8)", "iptables(8)"]
      .map((page) => page.replace(/(.*)\((\d)\)/, (_, name: string, n: string) => `.BR ${roff(name)} (${n})`))
      .join(" ,\n"),
  ];
  return `${lines.join("\n")}\n`;
}

function synopsis(pages: readonly CommandPage[]): string[] {
  const lines = pages.flatMap(({ name, synopsis: forms }) =>
    forms.map((form) => `${bold(`nettrace ${name}`)} ${italic(form)}`.replace(/ \\fI\\fR$/, "")),
  );
  return [".SH SYNOPSIS", lines.join("\n.br\n"), ".br", `${bold("nettrace help")} ${italic("[command]")}`];
}

function description(): string[] {
  return [
    ".SH DESCRIPTION",
    bold("nettrace"),
    text(
      "runs a sendto(2) through a simulated Linux network stack and prints the indented graph of every kernel function that the datagram visits, the reason for each turn, the bytes as they are built, and the counters that moved. It also replays the logs that strace(1) writes.",
    ),
  ];
}

/** Groups of options that several commands have: told once. */
const SHARED: readonly string[] = ["The machine:", "The view:"];

/** `told`: the options of the shared groups as their section has them. */
function commandSection(page: CommandPage, told: ReadonlySet<string>): string[] {
  const { name, operands, flags } = page;
  const { examples, statuses, more = [] } = PAGES[name] ?? { examples: [], statuses: [] };
  const groups = groupsOf(flags);
  const shared = [...groups.keys()].filter((title) => SHARED.includes(title)).map(heading);
  return [
    `.SH ${roff(`nettrace ${name}`).toUpperCase()}`,
    ...[...(more.length > 0 ? more : [sentence(page.summary)])]
      .flatMap((each) => [".PP", text(each)])
      .slice(1),
    ...operands.flatMap(([word, what]) => item(italic(word), what)),
    ...[...groups].flatMap(([title, list]) => {
      const own = list.filter(({ long }) => !SHARED.includes(title) || !told.has(long));
      return own.length === 0 ? [] : subsection(title, own);
    }),
    ...(shared.length > 0 ? [".PP", text(`More options: see ${shared.join(" and ")}.`)] : []),
    ".SS Examples",
    ...examples.flatMap(([command, what]) => [".TP", text(sentence(what)), ".EX", roff(command), ".EE"]),
    ".SS Exit status",
    ...statuses.flatMap(([status, meaning]) => item(String(status), meaning)),
  ];
}

/** The options that several commands have, as the first of them has them. */
function sharedGroups(pages: readonly CommandPage[]): { title: string; list: readonly Flag[] }[] {
  return SHARED.map((title) => {
    const lists = pages.map(({ flags }) => groupsOf(flags).get(title) ?? []);
    return { title, list: lists.find((list) => list.length > 0) ?? [] };
  });
}

function groupsOf(flags: readonly Flag[]): Map<string, Flag[]> {
  const groups = new Map<string, Flag[]>();
  for (const flag of flags) groups.set(flag.group, [...(groups.get(flag.group) ?? []), flag]);
  return groups;
}

const heading = (title: string): string => roff(title.replace(/:$/, "")).toUpperCase();

function subsection(title: string, list: readonly Flag[]): string[] {
  return [`.SS ${roff(title.replace(/:$/, ""))}`, ...list.flatMap(flagItem)];
}

function formats(): string[] {
  return [
    ".SH FORMATS",
    ...Object.entries(FORMATS).flatMap(([name, { summary }]) => item(bold(name), summary)),
  ];
}

/** With a capital and a full stop. */
function sentence(words: string): string {
  return `${words[0]?.toUpperCase() ?? ""}${words.slice(1)}.`;
}

function flagItem(flag: Flag): string[] {
  const value = flag.value === undefined ? "" : flag.isOptional ? `[=${flag.value}]` : ` ${flag.value}`;
  const names = [flag.short, flag.long].filter((name) => name !== undefined).map(bold);
  const term = `${names.join(", ")}${value === "" ? "" : italic(value)}`;
  const shown = flag.fallback === undefined ? "" : ` (default: ${flag.fallback})`;
  return item(term, `${flag.help}${shown}`);
}
