// SPDX-License-Identifier: GPL-2.0-only
/** How many columns of a terminal a text takes. */

const ASCII = /^[\x20-\x7e]*$/;
/** What has no column of its own: marks on the letter before, joiners, selectors of a form. */
const NONE = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** What takes two: the letters of East Asia in their full width, and pictures. */
const TWO =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u;

/** The columns of a text without control characters. */
export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const letter of text) columns += columnsOfLetter(letter);
  return columns;
}

function columnsOfLetter(letter: string): number {
  if (letter < "\u0300") return 1;
  if (NONE.test(letter)) return 0;
  return TWO.test(letter) ? 2 : 1;
}

/** The longest beginning of a text that takes no more than `columns`, or ends sooner behind a mark; at least one letter. And the rest. */
export function cutAt(text: string, columns: number): [beginning: string, rest: string] {
  let used = 0;
  let at = 0;
  for (const letter of text) {
    const more = columnsOfLetter(letter);
    if (at > 0 && used + more > columns) break;
    used += more;
    at += letter.length;
  }
  const mark = /^.*[({=,|/](?=.)/u.exec(text.slice(0, at + 1))?.[0].length ?? 0;
  if (mark > at / 2) at = mark;
  return [text.slice(0, at), text.slice(at)];
}
