// SPDX-License-Identifier: GPL-2.0-only
/** Lines of recordings as people copy them: quoted, numbered, coloured, with gaps; without what stands around them. */

/** What terminals, editors and mail programs put before a line: quotes, diffs, `grep -n`, `cat -n`, `less -N`. */
const AROUND = /^(?:>+ ?|[+-](?= )| *\d+(?:[:\-.\t]|(?: ?[|│])? )|[│┃] )/;

/** Colours of `grep --color` and its kin. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const COLOUR = /\x1b\[[\d;]*[mK]/g;

/** Somebody cut lines out: `...`, `[...]`, `<snip>`, `-- 8< --`. */
const GAP = /^[^\w(){}]*(?:\.{3,}|…|(?:snip|cut)(?:ped)?|8<)[^\w(){}]*$/i;

/** Is it the mark of a gap, and nothing else? */
export function isGap(line: string): boolean {
  return line.length < 80 && GAP.test(line.replace(/^.*\|/, ""));
}

/** The line as its tool wrote it: no end of another system, no colours, no tabs, no byte order mark. */
export function plainLine(line: string): string {
  let text = line.endsWith("\r") ? line.slice(0, -1) : line;
  if (text.startsWith("\ufeff")) text = text.slice(1);
  return text.includes("\x1b") ? text.replace(COLOUR, "") : text;
}

/** The line without one layer of what stands around it; the same where there is none. */
export function unwrapped(line: string): string {
  const inner = line.replace(AROUND, "");
  return inner === line ? expanded(line) : inner;
}

const TAB = 8;

/** Tabs as the blanks that they stand for. */
function expanded(line: string): string {
  if (!line.includes("\t")) return line;
  let text = "";
  for (const part of line.split(/(\t)/)) {
    text += part === "\t" ? " ".repeat(TAB - (text.length % TAB)) : part;
  }
  return text;
}
