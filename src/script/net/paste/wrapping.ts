// SPDX-License-Identifier: GPL-2.0-only
/** Lines that a terminal or a mail program broke, put together again. */
import type { LogicalLine } from "./lines.ts";
import { withText } from "./lines.ts";

/** Lines of which there may be more in the next one. */
const WRAPPABLE =
  /^\s{0,3}\d+: \S+: <|^\s+(?:link\/|inet6? )|^\d+:\s+(?:not )?from |^(?:default|\d[\d.]*(?:\/\d+)?|(?:unreachable|blackhole|prohibit|broadcast|local|throw) \S+) .*(?:dev|via|proto|scope) |^-A /;
/** What may stand in such a rest. */
const WORD =
  /^(?:dev|via|src|scope|proto|kernel|link|global|host|metric|mtu|qdisc|state|UP|DOWN|UNKNOWN|group|default|qlen|brd|dynamic|noprefixroute|secondary|onlink|linkdown|table|main|local|lookup|mode|DEFAULT|nud|lladdr|REACHABLE|STALE|PERMANENT|DELAY|static|dhcp|boot|noqueue|mq|fq_codel|pfifo_fast|peer|weight|nexthop|advmss|--?[A-Za-z][\w-]*|ACCEPT|DROP|RETURN|REJECT)$/;
const VALUE = /^(?:\d[\w./:]*|[a-z][a-z.@-]*\d[\w.@-]*|(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|lo)$/;
/** Nobody breaks lines that are shorter. */
const SHORTEST = 50;
const TERMINAL = 79;

/** `begins`: does a text of its own begin with this line? */
export function* unwrapped(
  lines: readonly LogicalLine[],
  begins: (line: LogicalLine) => boolean,
): Generator<LogicalLine> {
  const longest = Math.max(...lengths(lines));
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i] as LogicalLine;
    if (line.text.length >= SHORTEST && WRAPPABLE.test(line.text)) {
      for (
        let rest = lines[i + 1];
        rest !== undefined && isRest(line.text, rest, longest, begins);
        rest = lines[i + 1]
      ) {
        line = withText(joined(line.text, rest.text, longest), line);
        i++;
      }
    }
    yield line;
  }
}

function* lengths(lines: readonly LogicalLine[]): Generator<number> {
  for (let i = 0; i < Math.min(lines.length, 2000); i++) yield (lines[i] as LogicalLine).text.length;
}

function isRest(
  text: string,
  rest: LogicalLine,
  longest: number,
  begins: (line: LogicalLine) => boolean,
): boolean {
  const words = rest.text.trim().split(/\s+/);
  const [first = "", ...more] = words;
  const hard = isHard(text, longest);
  if (first === "" || rest.text.length > SHORTEST + 30 || words.length > 16) return false;
  if (/^\s+(?:inet|link\/|valid_lft|nexthop|RX|TX)/.test(rest.text)) return false;
  if (!hard && !(isWord(first) && more.every(isWord))) return false;
  return !begins(rest);
}

const isWord = (word: string): boolean => WORD.test(word) || VALUE.test(word);

/** Broken by a terminal, wherever that fell. */
function isHard(text: string, longest: number): boolean {
  return text.length === longest && longest >= TERMINAL;
}

function joined(text: string, rest: string, longest: number): string {
  const last = /\S*$/.exec(text)?.[0] ?? "";
  const next = /^\s*\S*/.exec(rest)?.[0] ?? "";
  const apart =
    !isHard(text, longest) ||
    (last !== "" && WORD.test(last) && (isWord(next.trim()) || next.startsWith(" ")));
  return `${text}${apart ? " " : ""}${apart ? rest.trimStart() : rest}`;
}
