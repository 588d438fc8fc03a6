// SPDX-License-Identifier: GPL-2.0-only
/** Lines of a log that another format holds: as strings of JSON, Python or CSV, in HTML's tags, in a table; taken out of it again. */
import type { Clean } from "./clean.ts";

/** What a line is a string of. */
export type Literal = "json" | "python" | "yaml" | "csv";

/** Fields of JSON that logging programs put a line into. */
const FIELDS = "log|msg|message|MESSAGE|line|text|event|content|_raw|body";
/** What may stand before a string in a list, and behind it. */
const BEFORE = "[ \\t]*(?:[-*][ \\t]+|[\\[({][ \\t]*)*(?:[A-Za-z_]\\w*[ \\t]*=[ \\t]*\\[?[ \\t]*|rb?|b|u|f)?";
const BEHIND = "[ \\t]*[,;\\])}]*[ \\t]*$";
const SHAPES: readonly (readonly [Literal, RegExp])[] = [
  ["csv", /^[ \t]*"((?:[^"]|"")*)"(?:,.*)?$/],
  ["json", new RegExp(`^${BEFORE}"((?:[^"\\\\]|\\\\.)*)"${BEHIND}`)],
  ["json", new RegExp(`^[ \\t]*\\{.*?"(?:${FIELDS})"[ \\t]*:[ \\t]*"((?:[^"\\\\]|\\\\.)*)"`)],
  ["python", new RegExp(`^${BEFORE}'((?:[^'\\\\]|\\\\.)*)'${BEHIND}`)],
  ["yaml", new RegExp(`^${BEFORE}'((?:[^']|'')*)'${BEHIND}`)],
];
/** A backslash that nothing escapes, before what strace writes behind one: YAML's single quotes know no escapes. */
const BARE = /(?<!\\)(?:\\\\)*\\[0-7xvf"]/;
/** …and one that something does. */
const DOUBLED = /\\\\|\\'/;

/** Where the string of such a line stands in it; undefined where it holds none. */
function held(line: string, literal: Literal): { text: string; at: number } | undefined {
  for (const [kind, shape] of SHAPES) {
    if (kind !== literal) continue;
    const m = shape.exec(line);
    const text = m?.[1];
    if (m === null || text === undefined) continue;
    return { text, at: line.indexOf(text, m[0].indexOf(text)) };
  }
  return undefined;
}

/** What a line may be a string of: each with what it says. */
export function literals(line: string): (readonly [Literal, string])[] {
  const kinds: readonly Literal[] = ["json", "python", "yaml", "csv"];
  return kinds.flatMap((kind) => {
    const found = held(line, kind);
    const not = kind === "python" ? BARE : kind === "yaml" ? DOUBLED : undefined;
    return found === undefined || not?.test(found.text) === true
      ? []
      : [[kind, decoded(found, kind).text] as const];
  });
}

/** The line that a string is, with the places of its characters; another line as it stands. */
export function unwrapped(line: Clean, literal: Literal): Clean {
  const found = held(line.text, literal);
  if (found === undefined) return line;
  const { text, places } = decoded(found, literal);
  const at = (i: number): number => (line.places === undefined ? i + line.shift : (line.places[i] ?? i));
  return { text, shift: 0, places: places.map(at) };
}

const SIMPLE: Readonly<Record<string, string>> = { n: "", r: "", t: "\t", b: "", f: "" };
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/y;

function decoded(
  { text, at }: { text: string; at: number },
  kind: Literal,
): { text: string; places: number[] } {
  if (kind === "yaml") return plain(text, at, "''");
  if (kind === "csv") return plain(text, at, '""');
  let out = "";
  const places: number[] = [];
  for (let i = 0; i < text.length; ) {
    ESCAPE.lastIndex = i;
    const m = ESCAPE.exec(text);
    const code = m?.[1] ?? m?.[2];
    const made =
      m === null
        ? (text[i] as string)
        : code !== undefined
          ? String.fromCharCode(Number.parseInt(code, 16) & 0xff)
          : (SIMPLE[m[3] as string] ?? (m[3] as string));
    out += made;
    if (made !== "") places.push(at + i);
    i += m?.[0].length ?? 1;
  }
  return { text: out, places };
}

/** Nothing but a doubled mark stands for something else. */
function plain(text: string, at: number, doubled: string): { text: string; places: number[] } {
  let out = "";
  const places: number[] = [];
  for (let i = 0; i < text.length; i++) {
    out += text[i];
    places.push(at + i);
    if (text.startsWith(doubled, i)) i++;
  }
  return { text: out, places };
}

/** What stands behind a line in a table, a list of strings, or a web page. */
export const SUFFIX = /(?:`[ \t]*\|?|[ \t]\||<br[ \t]*\/?>|<\/\w+>)[ \t]*$/i;
