// SPDX-License-Identifier: GPL-2.0-only
/** A line without what terminals, web pages, forums and text programs made of it: colours, entities, tags, typeset marks. */

/** Is there anything to look for? */
const SUSPECT = /[^\t -~]|&(?:[a-z]|#\d)|<\/?[a-z]|\[\/?[A-Za-z]+[\]=]|\*\*|^\s*`/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours and titles begin with them
const TERMINAL = /\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\^\[\[[\d;]*[mK]|\x1b\(B/g;
const TAGS =
  /<\/?(?:pre|code|br|p|div|span|b|i|u|em|strong|tt|font|blockquote|samp|kbd|li|ul)(?:\s[^<>]*)?\/?>/gi;
const FORUM =
  /\[\/?(?:b|i|u|code|quote|font|color|size|pre|noparse|shell|bash|php|indent|left|spoiler)(?:=[^\]]*)?\]/gi;
const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&#39;": "'",
  "&#34;": '"',
  "&#60;": "<",
  "&#62;": ">",
  "&nbsp;": " ",
  "&#160;": " ",
  "&amp;": "&",
};
/** `–A` is what a text program made of `-A`, `—dport` of `--dport`. */
const DASH = /(^|\s)[\u2012-\u2015\u2212]{1,2}-?(?=([A-Za-z0-9])([A-Za-z0-9])?)/g;

/** The line as its program wrote it. */
export function plainLine(raw: string): string {
  const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
  if (!SUSPECT.test(line)) return line;
  const text = line
    .replace(TERMINAL, "")
    .replace(TAGS, "")
    .replace(FORUM, "")
    .replace(/&(?:[a-z]+|#\d+);/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(/[\u00a0\u2000-\u200a\u202f\u3000]/g, " ")
    .replace(/[\u200b-\u200d\u2060\ufeff]/g, "")
    .replace(/[\u201c\u201d\u201e]/g, '"')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(DASH, (_all, before: string, _first: string, second: string | undefined) =>
      second === undefined ? `${before}-` : `${before}--`,
    );
  return text.replace(/^(\s*)\*\*(.*?)\*\*\s*$/, "$1$2").replace(/^(\s*)`([^`]+)`\s*$/, "$1$2");
}

/** What `print` of Python makes of an object, as JSON; each value stays where it stands. */
export function jsonOfPython(text: string): string {
  return text.replace(
    /"(?:[^"\\\n]|\\.)*"|u?'((?:[^'\\\n"]|\\.)*)'|\b(True|False|None)\b/g,
    (all: string, quoted: string | undefined, word: string | undefined) => {
      if (word !== undefined) return word === "None" ? "null" : word.toLowerCase();
      return quoted === undefined ? all : `${all.startsWith("u") ? " " : ""}"${quoted}"`;
    },
  );
}

/** Does it look like that? */
export function isPython(text: string): boolean {
  return /^\s*\[?\s*\{\s*u?'/.test(text);
}
