// SPDX-License-Identifier: GPL-2.0-only
/** Under the lanes: what became of the datagram, who decided, the counters that moved. */
import { counterName } from "../../trace/counter.ts";
import type { VerdictEvent } from "../../trace/event.ts";
import type { Step } from "../../trace/step.ts";
import { Moves } from "../counters.ts";
import type { ViewOptions } from "../format.ts";
import { decider, ends, headline } from "../head.ts";
import { wrap } from "../wrap.ts";
import { escapeXml } from "../xml.ts";
import { px } from "./bars.ts";

/** From one line to the next. */
const LINE = 21;
/** Letters in a line of prose, of numbers. */
const PROSE = 170;
const NUMBERS = 200;

/** The lines from `y` on, and how high they are together. */
export function story(
  step: Step,
  view: ViewOptions,
  x: number,
  y: number,
): { markup: string; height: number } {
  const lines = [
    ...(step.verdict === null ? [] : prose(step.verdict)),
    ...(view.counters === "none" ? [] : counters(step)),
  ];
  const markup = lines.map(
    ([look, line], i) =>
      `<text class="${look}" x="${px(x)}" y="${px(y + 14 + i * LINE)}">${escapeXml(line)}</text>`,
  );
  return { markup: markup.join("\n"), height: lines.length * LINE + 14 };
}

type Line = readonly [look: string, text: string];

function prose(verdict: VerdictEvent): Line[] {
  const sentences = ends(verdict).map(headline);
  const decided = decider(verdict);
  if (decided !== null) {
    const why = decided.why === "" ? "" : `: ${decided.why}`;
    sentences.push(`◆ decided in ${decided.fn} (${decided.file})${why}`);
  }
  return sentences.flatMap((sentence) => wrap(sentence, PROSE).map((line): Line => ["serif", line]));
}

function counters(step: Step): Line[] {
  const moves = new Moves();
  moves.add(step.tree);
  const sums = moves.sums();
  if (sums.length === 0) return [];
  // Joined by a space at which no line is broken.
  const words = sums.map(([name, by]) => `${counterName(name)}\u00a0${by < 0 ? by : `+${by}`}`);
  return wrap(`↑ ${words.join(" ")}`, NUMBERS).map((line): Line => ["soft", line]);
}
