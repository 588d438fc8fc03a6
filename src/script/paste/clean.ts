// SPDX-License-Identifier: GPL-2.0-only
/** What mail programs, web pages and terminals do to a line: taken back, with the place that each character came from. */

import { isTagged, TAGS } from "./tags.ts";

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
  ["&apos;", "'"],
  ["&gt;", ">"],
  ["&lt;", "<"],
  ["&amp;", "&"],
  ["&nbsp;", " "],
  ["&vert;", "|"],
];
/** A character by its number. */
const NUMBERED = "&#(?:[0-9]{1,3}|[xX][0-9a-fA-F]{1,2});";
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
const ALL: ReadonlyMap<string, string> = new Map([...ENTITIES, ...TYPESET, ["\\|", "|"]]);
/** A bar in a table. */
const BAR = "\\\\\\|";
const PLAIN = new RegExp(`${ANSI}|${anyOf(TYPESET)}|${BAR}`, "g");
const WEB = new RegExp(`${ANSI}|${anyOf(TYPESET)}|${BAR}|${anyOf(ENTITIES)}|${NUMBERED}`, "g");
const WEB_PAGE = new RegExp(`${WEB.source}|${TAGS.source}`, "gi");
/** Whether there is anything to look for. */
const SUSPECT = /[^ -~\t]|&|\\\|/;
const ESCAPED =
  /^[^"]*&(?:quot|#34|#x22);|&lt;(?:unfinished|\.\.\.)|[-=]&gt;|[A-Z]&#124;[A-Z]|^(?:&gt;|[ \t])*&gt; ?/;
/** UTF-8's byte order mark. */
const MARK = bytes("\ufeff");

/** A line as it was before it was pasted. `web`: out of a web page, as others of the file are. */
export function clean(raw: string, web = false): Clean {
  const line = ended(raw);
  const { tagged, escaped } = webbed(line);
  if (tagged) return replaced(line, WEB_PAGE);
  return SUSPECT.test(line) ? replaced(line, web || escaped ? WEB : PLAIN) : { text: line, shift: 0 };
}

/** Has a line HTML's tags or entities in place of what strace writes? */
export function webbed(line: string): { readonly tagged: boolean; readonly escaped: boolean } {
  return { tagged: isTagged(line), escaped: ESCAPED.test(line) };
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
    const put = ALL.get(m[0]) ?? numbered(m[0]);
    for (let i = 0; i < put.length; i++) places.push(m.index);
    text += put;
    from = m.index + m[0].length;
  }
  if (from === 0) return { text: line, shift: 0 };
  copy(line.length);
  return { text, shift: 0, places };
}

/** `&#39;`, `&#x27;`: nothing for what is none. */
function numbered(entity: string): string {
  const [, hex, digits = ""] = /^&#(x?)([0-9a-f]+);$/i.exec(entity) ?? [];
  const code = Number.parseInt(digits, hex === "" ? 10 : 16);
  return Number.isNaN(code) ? "" : String.fromCharCode(code & 0xff);
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
