// SPDX-License-Identifier: GPL-2.0-only
/** Completion for shells, from the commands themselves. */

import type { Command } from "commander";
import { type CommandPage, type Flag, pagesOf } from "./tree.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** The script that a shell reads. */
export function completionFor(shell: Shell, program: Command): string {
  const pages = pagesOf(program);
  return { bash, zsh, fish }[shell](pages);
}

const named = ({ long, short }: Flag): string[] => (short === undefined ? [long] : [short, long]);
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** What a value completes to in bash: words, files, or both. */
function bashValue({ words, kind, value }: Flag): string {
  const list = words.length === 0 ? "" : `COMPREPLY=($(compgen -W ${quoted(words.join(" "))} -- "$cur"))`;
  const files = kind === "file" || value === "file" ? `COMPREPLY+=($(compgen -f -- "$cur"))` : "";
  const glue = words.some((word) => word.endsWith("=")) ? "compopt -o nospace" : "";
  return [list, files, glue].filter((part) => part !== "").join("; ") || ":";
}

function bash(pages: readonly CommandPage[]): string {
  const cases = pages.map((page) => {
    const values = page.flags.filter((flag) => flag.value !== undefined);
    const byName = values.map((flag) => `        ${named(flag).join("|")}) ${bashValue(flag)}; return ;;`);
    const flags = page.flags.flatMap(named).join(" ");
    return [
      `    ${page.name})`,
      `      case "$prev" in`,
      ...byName,
      "      esac",
      `      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W ${quoted(flags)} -- "$cur"))`,
      `      else ${operand(page)}; fi ;;`,
    ].join("\n");
  });
  return `# bash completion for nettrace: eval "$(nettrace completion bash)"
_nettrace() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  # bash parts --option=value into three words.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = && COMP_CWORD -gt 2 ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [[ COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W ${quoted(`${pages.map(({ name }) => name).join(" ")} help --help --version`)} -- "$cur"))
    return
  fi
  case \${COMP_WORDS[1]} in
    help) COMPREPLY=($(compgen -W ${quoted(pages.map(({ name }) => name).join(" "))} -- "$cur")) ;;
${cases.join("\n")}
  esac
}
complete -o filenames -F _nettrace nettrace
`;
}

/** What stands where no option does: a file, or one of a few words. */
function operand({ operands, name }: CommandPage): string {
  if (name === "completion") return `COMPREPLY=($(compgen -W ${quoted(SHELLS.join(" "))} -- "$cur"))`;
  return operands.some(([word]) => /^(file|a|b)$/.test(word)) ? `COMPREPLY=($(compgen -f -- "$cur"))` : ":";
}

/** One option for zsh's _arguments. */
function zshFlag(flag: Flag): string {
  const help = flag.help.replace(/[[\]:\\]/g, "\\$&");
  const names = named(flag);
  const spec = names.length > 1 ? `(${names.join(" ")})` : "";
  const takes = flag.value === undefined ? "" : `:${flag.value.replace(/[:\\]/g, "\\$&")}:${zshValue(flag)}`;
  return names
    .map((name) => {
      const joined = flag.value === undefined ? "" : name.startsWith("--") ? "=" : "+";
      const optional = flag.isOptional && joined === "=" ? "-" : "";
      return `      ${quoted(`*${spec === "" ? "" : ""}${name}${joined}${optional}[${help}]${flag.isOptional && takes !== "" ? `:${takes}` : takes}`)}`;
    })
    .join(" \\\n");
}

function zshValue({ words, kind, value }: Flag): string {
  if (words.length > 0 && kind !== "file") return `(${words.join(" ")})`;
  return kind === "file" || value === "file" ? "_files" : " ";
}

function zsh(pages: readonly CommandPage[]): string {
  const commands = pages.map(
    ({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(":", "\\:")}`)}`,
  );
  const cases = pages.map((page) => {
    const rest = page.name === "completion" ? `1:shell:(${SHELLS.join(" ")})` : zshRest(page);
    const lines = [...page.flags.map(zshFlag), ...(rest === "" ? [] : [`      ${quoted(rest)}`])];
    return `    ${page.name})\n      _arguments -s \\\n${lines.join(" \\\n")} ;;`;
  });
  return `#compdef nettrace
# zsh completion for nettrace: nettrace completion zsh > ~/.zfunc/_nettrace, with ~/.zfunc in fpath
_nettrace() {
  local -a commands
  commands=(
${commands.join("\n")}
    'help:show the help of a command'
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
    help) _describe -t commands command commands ;;
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _nettrace ]]; then _nettrace "$@"; else compdef _nettrace nettrace; fi
`;
}

function zshRest({ operands }: CommandPage): string {
  return operands.some(([word]) => /^(file|a|b)$/.test(word)) ? "*:file:_files" : "";
}

function fish(pages: readonly CommandPage[]): string {
  const lines = [
    "# fish completion for nettrace: nettrace completion fish > ~/.config/fish/completions/nettrace.fish",
  ];
  lines.push("complete -c nettrace -f");
  const all = `${pages.map(({ name }) => name).join(" ")} help`;
  for (const { name, summary } of pages)
    lines.push(
      `complete -c nettrace -n "not __fish_seen_subcommand_from ${all}" -a ${name} -d ${fishQuoted(summary)}`,
    );
  lines.push(
    `complete -c nettrace -n "__fish_seen_subcommand_from help" -a "${pages.map(({ name }) => name).join(" ")}"`,
  );
  for (const page of pages) {
    const seen = `complete -c nettrace -n "__fish_seen_subcommand_from ${page.name}"`;
    for (const flag of page.flags) lines.push(`${seen} ${fishFlag(flag)}`);
    if (page.name === "completion") lines.push(`${seen} -a "${SHELLS.join(" ")}"`);
    else if (page.operands.some(([word]) => /^(file|a|b)$/.test(word))) lines.push(`${seen} -F`);
  }
  return `${lines.join("\n")}\n`;
}

function fishFlag(flag: Flag): string {
  const parts = [`-l ${flag.long.slice(2)}`];
  if (flag.short !== undefined) parts.unshift(`-s ${flag.short.slice(1)}`);
  if (flag.value !== undefined && !flag.isOptional) parts.push("-r");
  if (flag.kind === "file" || flag.value === "file") parts.push("-F");
  if (flag.words.length > 0) parts.push(`-a ${fishQuoted(flag.words.join(" "))}`);
  return [...parts, `-d ${fishQuoted(flag.help)}`].join(" ");
}

const fishQuoted = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
