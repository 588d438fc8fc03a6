// SPDX-License-Identifier: GPL-2.0-only
/** What mail programs, web pages and terminals do to a line: taken back, with the place that each character came from. */

/** A line, and for each of its characters the place in the raw one; without places they are the same but for `shift`. */
export interface Clean {
  readonly text: string;
  /** Characters that were taken off the beginning. */
  readonly shift: number;
  readonly places?: readonly number[];
}

/** Where a character of a clean line stands in the raw one, from 0. */
export function rawPlace({ shift, places }: Pick<Clean, "shift" | "places">, at: number): number {
  if (places === undefined) return at + shift;
  return places[at] ?? (places.at(-1) ?? shift - 1) + 1 + Math.max(0, at - places.length);
}

/** UTF-8 bytes as latin-1 text. */
const bytes = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (b) => String.fromCharCode(b)).join("");

/** What a web page makes of a line's `"` and `<`; only there, for programs send such words themselves. */
const ENTITIES: Replacements = [
  ["&quot;", '"'],
  ["&#34;", '"'],
  ["&#39;", "'"],
  ["&gt;", ">"],
  ["&lt;", "<"],
  ["&amp;", "&"],
  ["&nbsp;", " "],
];
/** What a text program makes of what was typed: strace writes nothing but ASCII. */
const TYPESET: Replacements = [
  [bytes("\u00a0"), " "],
  [bytes("\u202f"), " "],
  [bytes("\u200b"), ""],
  [bytes("\ufeff"), ""],
  [bytes("\u201c"), '"'],
  [bytes("\u201d"), '"'],
  [bytes("\u201e"), '"'],
  [bytes("\u2026"), "..."],
  [bytes("\u2013"), "-"],
  [bytes("\u2212"), "-"],
  [bytes("\u2192"), "->"],
  [bytes("\u21d2"), "=>"],
];
type Replacements = readonly (readonly [from: string, to: string])[];

/** Colours and other commands of terminals. */
const ANSI = "\\x1b\\[[0-9;?]*[A-Za-z]|\\x1b\\][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)";
const anyOf = (list: Replacements): string => list.map(([from]) => from).join("|");
const ALL: ReadonlyMap<string, string> = new Map([...ENTITIES, ...TYPESET]);
const PLAIN = new RegExp(`${ANSI}|${anyOf(TYPESET)}`, "g");
const WEB = new RegExp(`${ANSI}|${anyOf(TYPESET)}|${anyOf(ENTITIES)}`, "g");
/** Whether there is anything to look for. */
const SUSPECT = /[^ -~\t]|&/;
const ESCAPED = /^[^"]*&(?:quot|#34);|&lt;(?:unfinished|\.\.\.)|[-=]&gt;|^(?:&gt;|[ \t])*&gt; ?/;
/** UTF-8's byte order mark. */
const MARK = bytes("\ufeff");

/** A line as it was before it was pasted. */
export function clean(raw: string): Clean {
  const line = ended(raw);
  return SUSPECT.test(line) ? replaced(line, ESCAPED.test(line) ? WEB : PLAIN) : { text: line, shift: 0 };
}

/** A line of somebody who means what stands there: a byte order mark and the ends of lines are nobody's. */
export function asWritten(raw: string): Clean {
  const line = ended(raw);
  return line.startsWith(MARK) ? without(MARK.length, { text: line, shift: 0 }) : { text: line, shift: 0 };
}

function ended(raw: string): string {
  const end = /\r+$/.exec(raw)?.index ?? raw.length;
  return end === raw.length ? raw : raw.slice(0, end);
}

function replaced(line: string, any: RegExp): Clean {
  let text = "";
  const places: number[] = [];
  let from = 0;
  const copy = (to: number): void => {
    for (let i = from; i < to; i++) places.push(i);
    text += line.slice(from, to);
  };
  for (const m of line.matchAll(any)) {
    copy(m.index);
    const put = ALL.get(m[0]) ?? "";
    for (let i = 0; i < put.length; i++) places.push(m.index);
    text += put;
    from = m.index + m[0].length;
  }
  if (from === 0) return { text: line, shift: 0 };
  copy(line.length);
  return { text, shift: 0, places };
}

/** The line without its first `n` characters. */
export function without(n: number, line: Clean): Clean {
  if (n === 0) return line;
  const { text, shift, places } = line;
  return {
    text: text.slice(n),
    shift: shift + n,
    ...(places === undefined ? {} : { places: places.slice(n) }),
  };
}
