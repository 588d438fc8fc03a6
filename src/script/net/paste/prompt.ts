// SPDX-License-Identifier: GPL-2.0-only
/** Prompts of all kinds of shells: in a text that somebody copied, more of them are told than in a scenario. */
import { type Prompt, promptOf } from "../../prompt.ts";

const PATH = "[^\\s#$%>]*(?: [^\\s#$%>]+){0,3}";
const OTHERS = new RegExp(
  `^\\s*(?:${[
    // Two lines, as Kali and Parrot have it.
    "[└╰]─+╼?\\s*[$#❯➜]?\\s*",
    // zsh and its themes.
    "[❯➜λ»]\\s+(?:~\\S*\\s+)?(?:[\\w.-]+ git:\\(\\S+\\) (?:✗ )?)?",
    "(?:~|/)\\S*(?: \\(?[\\w/-]+\\)?)? ?[❯➜$#%>]\\s+",
    `(?:\\[?\\d\\d:\\d\\d(?::\\d\\d)?\\]?\\s+|\\d+\\|)?[\\w.-]+@[\\w.()-]+(?:[:\\s]+${PATH})?\\s?[#$%>]\\s*`,
    `[\\w.-]{1,40}:(?:~|/)${PATH}\\s?[#$%>]\\s*`,
    "[\\w.-]{1,40} ~? ?[#$]\\s+",
    "-?[A-Za-z][\\w.-]{0,20}(?:\\([\\w-]+\\))?[>$%#]\\s+",
    "\\[[\\w.-]+(?:@[\\w.-]+)?(?:[\\s:][^\\]]*)?\\]\\s*[>#$%]\\s*",
    "(?:PS )?[A-Z]:\\\\[^>]{0,80}>\\s*",
    "[$#%]>\\s*",
    "(?:In \\[\\d+\\]: )?!(?=\\w)",
    "\\$(?=(?:sudo|ip|ifconfig|route|netstat|iptables)\\b)",
  ].join("|")})(?=\\S|$)`,
);

/** One, and which machine it is of, where it says. */
export interface NetPrompt extends Prompt {
  readonly host: string | undefined;
}

/** The prompt that a line begins with, or is. */
export function netPromptOf(line: string): NetPrompt | undefined {
  const known = promptOf(line);
  const length = known?.length ?? lengthOf(line);
  if (length === undefined) return undefined;
  return { length, doubtful: known?.doubtful ?? false, host: hostOf(line.slice(0, length)) };
}

function lengthOf(line: string): number | undefined {
  if (line.length === 0 || /^\s*(?:[:*#]|-(?!bash))/.test(line)) return undefined;
  const found = OTHERS.exec(line)?.[0];
  return found === undefined || found === "" ? undefined : found.length;
}

function hostOf(prompt: string): string | undefined {
  return /[\w.-]+@([\w.-]+)/.exec(prompt)?.[1];
}
