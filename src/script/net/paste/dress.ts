// SPDX-License-Identifier: GPL-2.0-only
/** What editors, pagers, logs and other tools put before every line: taken off where that makes sense of a line. */
import { type LogicalLine, without } from "./lines.ts";

const LAYERS: readonly RegExp[] = [
  // `cat -n`, `less -N`, an editor's.
  /^ *\d{1,5}(?:: ?|[.)] |\t| ?[│|] ?| )/,
  // `grep -n`, `grep -r`.
  /^[\w./+-]{1,80}[:-]\d{1,6}[:-]|^[\w./-]{1,80}\.(?:txt|log|out|md|conf):/,
  // A drawn frame, a bullet, a comment of a program.
  /^\s*(?:[│┃|•·›»*]|\/\/|-(?= )|\++(?= ))[ \t]?/,
  // Logs.
  /^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\s\]]*\]?:? ?/,
  /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} \S{1,80}: ?/,
  /^\[ *\d+\.\d+\] ?/,
  // docker-compose.
  /^[\w.-]{1,40} +\| ?/,
];
/** A quote of a numbered log. */
const MOST = 3;

export interface Undressed {
  readonly line: LogicalLine;
  /** What was taken off: most likely it stands before the next line, too. */
  readonly dress: RegExp | undefined;
}

/** The line without what the one before had, if it has that, too; and as it is. */
export function* likely(line: LogicalLine, known: RegExp | undefined): Generator<Undressed> {
  const worn = known?.exec(line.text)?.[0].length ?? 0;
  if (worn > 0) yield { line: without(worn, line), dress: known };
  yield { line, dress: undefined };
}

/** The line in all other ways in which it may be meant. */
export function undressed(line: LogicalLine): Generator<Undressed> {
  return inner(line, "", MOST);
}

function* inner(line: LogicalLine, before: string, left: number): Generator<Undressed> {
  if (left === 0) return;
  for (const layer of [indentation(line.text), ...LAYERS]) {
    const taken = layer === undefined ? 0 : (layer.exec(line.text)?.[0].length ?? 0);
    if (layer === undefined || taken === 0) continue;
    const rest = without(taken, line);
    const dress = `${before}${layer.source.replaceAll("^", "")}`;
    yield { line: rest, dress: new RegExp(`^(?:${dress})`) };
    yield* inner(rest, `(?:${dress})`, left - 1);
  }
}

/** Blanks, as many as there are: the lines below may have more of their own. */
function indentation(text: string): RegExp | undefined {
  const blanks = /^[ \t]+/.exec(text)?.[0];
  return blanks === undefined ? undefined : new RegExp(`^${blanks.replaceAll("\t", "\\t")}`);
}
