// SPDX-License-Identifier: GPL-2.0-only
/** What stands around a command that was typed in a terminal: a prompt, sudo, the program's folder. */
import type { Word } from "./words.ts";

/** `$ `, `# `, `[root@host ~]# `, `me@host:~$ `, `/ # `, `bash-4.2$ `, with a Python environment before it or not. */
const PROMPT =
  /^\s*(?:\([\w.-]+\)\s*)?(?:\[[^\]]{1,60}\]|[\w.-]+@[\w.-]+(?:[:\s][^\s#$%]{0,200})?|[~/][\w/.~-]*\s|(?:ba|z|da|k)?sh-[\d.]+|[\w-]+(?=#\s))?\s*([#$%])\s+(?=\S)/;

export interface Prompt {
  /** Characters of the line that it takes. */
  readonly length: number;
  /** A `#` and nothing else: it may as well begin a comment. */
  readonly doubtful: boolean;
}

/** The prompt that a line begins with. */
export function promptOf(line: string): Prompt | undefined {
  const m = PROMPT.exec(line);
  return m === null ? undefined : { length: m[0].length, doubtful: /^\s*#/.test(line) };
}

/** Options of sudo that take a value. */
const WITH_VALUE = ["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-T", "-U", "-D", "-R"];

/** The command itself: without sudo, doas and assignments; `/sbin/ip` is `ip`. */
export function withoutSudo(words: readonly Word[]): readonly Word[] {
  let i = 0;
  const text = (): string => words[i]?.text ?? "";
  while (/^[A-Za-z_]\w*=/.test(text()) && words[i + 1] !== undefined) i++;
  while (text() === "sudo" || text() === "doas" || text() === "env" || text() === "time") {
    i++;
    while (/^-/.test(text()) || /^[A-Za-z_]\w*=/.test(text())) i += WITH_VALUE.includes(text()) ? 2 : 1;
  }
  const [first, ...rest] = words.slice(i);
  if (first === undefined) return [];
  const name = /^(?:\/usr)?(?:\/local)?\/s?bin\/([\w.-]+)$/.exec(first.text)?.[1];
  return name === undefined ? [first, ...rest] : [{ ...first, text: name }, ...rest];
}
