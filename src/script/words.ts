// SPDX-License-Identifier: GPL-2.0-only
/** Lines into words: split at blanks, `"…"` keeps blanks; where each word stands is remembered. */
import { ScriptError } from "./error.ts";

export interface Word {
  /** As written, quotes and escapes included. */
  readonly text: string;
  /** Column of its first character, from 1. */
  readonly column: number;
  /** The quotes are off already: what stands here is meant as it is. */
  readonly bare?: true;
  /** A quotation mark or a backslash was in it: it is no sign of the shell's. */
  readonly quoted?: true;
}

const isBlank = (c: string | undefined): boolean => c === " " || c === "\t";

/** Split a line. A quote that is never closed is an error. */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  let i = 0;
  for (;;) {
    while (isBlank(line[i])) i++;
    if (i >= line.length) return words;
    const start = i;
    let open = -1;
    for (; i < line.length && (open >= 0 || !isBlank(line[i])); i++) {
      if (line[i] === "\\" && open >= 0) i++;
      else if (line[i] === '"') open = open < 0 ? i : -1;
    }
    if (open >= 0) throw new ScriptError(open + 1, "unterminated quotation mark", 'a closing `"`');
    words.push({ text: line.slice(start, i), column: start + 1 });
  }
}

/**
 * Split a line as a shell does: quotes may begin anywhere in a word and are taken off, `\\` keeps the next character,
 * and a word that begins with `#` ends the line.
 */
export function shellWords(line: string): Word[] {
  const words: Word[] = [];
  let i = 0;
  for (;;) {
    while (isBlank(line[i])) i++;
    if (i >= line.length || line[i] === "#") return words;
    const start = i;
    let text = "";
    let open = -1;
    for (; i < line.length && (open >= 0 || !isBlank(line[i])); i++) {
      const c = line[i] as string;
      const quote = open < 0 ? "" : line[open];
      const ansi = open < 0 && c === "$" ? ANSI.exec(line.slice(i)) : null;
      if (ansi !== null) {
        text += ansiC(ansi[1] as string);
        i += ansi[0].length - 1;
      } else if (c === quote) open = -1;
      else if (open < 0 && (c === '"' || c === "'")) open = i;
      else if (c === "\\" && quote !== "'" && i + 1 < line.length) text += line[++i];
      else text += c;
    }
    if (open >= 0)
      throw new ScriptError(open + 1, "unterminated quotation mark", `a closing \`${line[open]}\``);
    const isQuoted = i - start !== text.length;
    words.push({ text, column: start + 1, bare: true, ...(isQuoted ? { quoted: true } : {}) });
  }
}

/** Bash's `$'…'`. */
const ANSI = /^\$'((?:[^'\\]|\\.)*)'/;
const ANSI_ESCAPE = /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.))/gu;

function ansiC(text: string): string {
  return text.replace(ANSI_ESCAPE, (_all, x?: string, u?: string, wide?: string, c?: string) => {
    const code = Number.parseInt(x ?? u ?? wide ?? "", 16);
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    return escaped(c ?? "");
  });
}

/** The bytes of `"…"` with its escapes `\n \t \0 \xNN \" \\`; other text is UTF-8. */
export function unquote(text: string): Uint8Array {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let i = 1; i < text.length && text[i] !== '"'; i++) {
    const c = text.codePointAt(i) as number;
    if (c !== 0x5c) {
      bytes.push(...encoder.encode(String.fromCodePoint(c)));
      if (c > 0xffff) i++;
      continue;
    }
    i++;
    const hex = text[i] === "x" ? /^[0-9a-fA-F]{1,2}/.exec(text.slice(i + 1))?.[0] : undefined;
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16));
      i += hex.length;
    } else if (i < text.length) bytes.push(...encoder.encode(escaped(text[i] as string)));
  }
  return Uint8Array.from(bytes);
}

function escaped(c: string): string {
  return c === "n" ? "\n" : c === "t" ? "\t" : c === "0" ? "\0" : c;
}

/** A word without the quotes that may stand around it. */
export function bare(word: Word): string {
  const { text } = word;
  return text.startsWith('"') && word.bare !== true ? new TextDecoder().decode(unquote(text)) : text;
}
