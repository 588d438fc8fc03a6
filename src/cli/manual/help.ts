// SPDX-License-Identifier: GPL-2.0-only
/** What `--help` prints below the options. */
import type { Command } from "commander";
import { ENVIRONMENT, PAGES, type Page } from "./pages.ts";

/** Add it to the program and its commands. */
export function addPages(program: Command): void {
  program.addHelpText("after", `\n${programText()}`);
  for (const command of program.commands) {
    const page = PAGES[command.name()];
    if (page !== undefined) command.addHelpText("after", `\n${pageText(page)}`);
  }
}

function programText(): string {
  return [
    "nettrace help COMMAND, or COMMAND --help, shows the help of a command.",
    "",
    "Environment:",
    ...columns(ENVIRONMENT),
  ].join("\n");
}

function pageText({ examples, statuses }: Page): string {
  return [
    "Examples:",
    ...examples.flatMap(([command, what]) => [`  # ${what}`, `  ${command}`]),
    "",
    "Exit status:",
    ...columns(statuses.map(([status, meaning]) => [String(status), meaning])),
  ].join("\n");
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, what]) => `  ${name.padEnd(width)}  ${what}`);
}
