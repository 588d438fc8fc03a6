// SPDX-License-Identifier: GPL-2.0-only
/**
 * Options that people keep in their environment: NETTRACE_OPTS has any, NETTRACE_NET and NETTRACE_KERNEL have the value
 * of --net and --kernel. What the command line says itself stands before all of them.
 */
import type { Command, Option } from "commander";
import { nearest } from "../script/nearest.ts";
import { OPTS, VALUES } from "./environment-names.ts";
import { UsageError } from "./errors.ts";
import { isValueOf, RowOption } from "./option.ts";

/** An option of a variable: as it is given to the command, and what it is. */
interface Given {
  readonly variable: string;
  readonly words: readonly string[];
  readonly option: Option;
}

/**
 * The command line with what the environment adds, behind the command's name, and which option came from which variable.
 * `every`: all commands; an option of NETTRACE_OPTS that only another command has is left out. Throws UsageError.
 */
export function withEnvironment(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  command: Command,
  every: readonly Command[],
): { readonly argv: string[]; readonly from: ReadonlyMap<string, string> } {
  const mine = argv.slice(1);
  const typed = new Set(
    mine.slice(0, mine.includes("--") ? mine.indexOf("--") : mine.length).flatMap(flagsOf),
  );
  const all = [...valuesOf(env, typed), ...optionsOf(env[OPTS] ?? "", command, every)];
  const given = all.filter(({ option }) => command.options.includes(option) && !isTyped(option, typed));
  return {
    argv: [argv[0] as string, ...given.flatMap(({ words }) => words), ...mine],
    from: new Map(given.map(({ option, variable }) => [option.long ?? option.short ?? "", variable])),
  };

  function valuesOf(of: typeof env, words: ReadonlySet<string>): Given[] {
    return VALUES.flatMap(([variable, long]) => {
      const value = of[variable] ?? "";
      const option = command.options.find((o) => o.long === long);
      // --host is another answer to what --net asks.
      const isAnswered = long === "--net" && words.has("--host");
      return value === "" || option === undefined || isAnswered
        ? []
        : [{ variable, words: [`${long}=${value}`], option }];
    });
  }
}

/** `--net=x`, `-n5` and `-n` as the flags that they give. */
function flagsOf(word: string): string[] {
  if (word.startsWith("--")) return [word.replace(/=.*/s, "")];
  return /^-[A-Za-z]/.test(word) ? [word.slice(0, 2)] : [];
}

function isTyped(option: Option, typed: ReadonlySet<string>): boolean {
  return [option.long, option.short].some((flag) => flag != null && typed.has(flag));
}

/** The options of NETTRACE_OPTS, each with its value. */
function optionsOf(text: string, command: Command, every: readonly Command[]): Given[] {
  const words = shellWords(text);
  const list: Given[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    const [flag = ""] = flagsOf(word);
    const owner = [command, ...every].find((c) => c.options.some((o) => o.long === flag || o.short === flag));
    const option = owner?.options.find((o) => o.long === flag || o.short === flag);
    if (option === undefined) throw new UsageError(`${OPTS}: ${unknown(word, every)}`);
    const taken = [word];
    const hasValue = word !== flag;
    const next = words[i + 1];
    if (option.optional && option instanceof RowOption && next !== undefined && isValueOf(option.row, next)) {
      taken.push(words[++i] as string);
    } else if (option.required && !hasValue) {
      const value = words[++i];
      if (value === undefined) throw new UsageError(`${OPTS}: ${flag}: expected a value`);
      taken.push(value);
    }
    list.push({ variable: OPTS, words: taken, option });
  }
  return list;
}

function unknown(word: string, every: readonly Command[]): string {
  if (!word.startsWith("-")) return `'${word}': expected options, such as --depth=all`;
  const flags = every.flatMap((c) => c.options.map((o) => o.long ?? ""));
  const near = nearest(word, flags);
  return `unknown option '${word}'${near === undefined ? "" : `; did you mean ${near}?`}`;
}

/** Words as a shell parts them: blanks, 'quotes', "quotes" and backslashes; nothing is expanded. */
function shellWords(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:[^\s'"\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+|['"\\]/g)) {
    if (/^['"\\]$/.test(word))
      throw new UsageError(`${OPTS}: a ${word === "\\" ? "backslash" : "quote"} without its end`);
    words.push(
      word.replace(
        /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g,
        (_, single, double, escaped) => single ?? escaped ?? String(double).replace(/\\(["\\$`])/g, "$1"),
      ),
    );
  }
  return words;
}
