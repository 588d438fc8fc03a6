// SPDX-License-Identifier: GPL-2.0-only
/** One system call as a picture: what was called, the lanes, the frames, what became of it. */

import { isReason } from "../../trace/event.ts";
import { failedPath } from "../../trace/failed.ts";
import { countCalls } from "../../trace/select.ts";
import type { Step } from "../../trace/step.ts";
import type { TimedCall, TimedSyscall } from "../../trace/time.ts";
import { eachCall } from "../../trace/tree.ts";
import type { ViewOptions } from "../format.ts";
import { formatCall } from "../strace.ts";
import { wrap } from "../wrap.ts";
import { escapeXml } from "../xml.ts";
import { axis, type Scale, scale } from "./axis.ts";
import { bar, CHIP, chip, lane, lead, type Marks, px } from "./bars.ts";
import { type Layout, layout, SIZE } from "./layout.ts";
import { story } from "./story.ts";
import { ways } from "./ways.ts";

/** A part of the picture and how high it is. */
export interface Part {
  readonly markup: string;
  readonly height: number;
}

/** A call's picture. */
export interface Panel extends Part {
  readonly width: number;
}

const LEFT = 84;
const MARGIN = 24;
/** Room at the right for the names of late calls. */
const TAIL = 150;
/** Between the title and the lanes: the axis, and the names of contexts. */
const HEAD = 44;

/** How wide a picture of so many calls is. */
function widthFor(calls: number): number {
  return Math.min(6000, Math.max(1480, 640 + calls * 10));
}

/** Draw a step; `timed` has the times and the calls that are shown. */
export function panel(step: Step, timed: TimedSyscall, view: ViewOptions): Panel {
  const width = widthFor(countCalls(timed.body));
  const shown: Step = { ...step, tree: timed };
  const marks = marksOf(shown);
  const time = scale(timed.start, timed.end, LEFT, width - TAIL);
  const plan = layout(timed.body, time.x, (call) => (call === marks.decided ? `◆ ${call.fn}` : call.fn));
  const title = titleOf(step, view);
  const lanes = lanesOf(plan, width, marks, ways(shown, plan.bars), time);
  const frames = view.hexdump === "none" ? { markup: "", height: 0 } : framesOf(plan, plan.height);
  const below = plan.height + frames.height + 26;
  const end = story(step, view, MARGIN, below);
  const top = title.height + HEAD;
  return {
    markup: `${title.markup}<g transform="translate(0 ${px(top)})">\n${lanes}${frames.markup}${end.markup}</g>\n`,
    width,
    height: top + below + end.height,
  };
}

function marksOf(shown: Step): Marks {
  const failed = new Set(failedPath(shown.tree)) as Set<TimedCall>;
  const fn = shown.verdict?.decided?.fn;
  const candidates: TimedCall[] = [];
  eachCall(shown.tree.body, (call) => {
    if (call.fn === fn) candidates.push(call as TimedCall);
  });
  const giving = candidates.find((call) => call.body.some((item) => isReason(item)));
  return { failed, decided: [...failed].at(-1) ?? giving ?? candidates[0] ?? null };
}

function titleOf({ tree }: Step, view: ViewOptions): Part {
  const call = tree.call === null ? "between two calls" : formatCall(tree.call, tree.ret, view.stringLimit);
  const failed = (tree.ret?.ret ?? 0) < 0;
  const lines = wrap(call.replace(/ +=/, " ="), 160);
  return {
    markup: lines
      .map(
        (line, i) =>
          `<text class="title${failed ? " fail" : ""}" x="${MARGIN}" y="${16 + i * 20}">${escapeXml(line)}</text>`,
      )
      .join("\n"),
    height: lines.length * 20,
  };
}

function lanesOf(plan: Layout, width: number, marks: Marks, way: string, time: Scale): string {
  const right = width - MARGIN;
  return [
    ...plan.lanes.map((l) => lane(l, LEFT - 6, right)),
    axis(time, plan.height),
    ...plan.stretches.map(
      (s) =>
        `<rect class="softirq" x="${px(s.x)}" y="0" width="${px(s.width)}" height="${px(plan.height)}"/>` +
        `<line class="bracket" x1="${px(s.x)}" y1="-19" x2="${px(s.x + s.width)}" y2="-19"/>` +
        `<text class="sans soft" x="${px(s.x)}" y="-24">${escapeXml(s.name)}, inside the same call</text>`,
    ),
    ...plan.bars.map(lead),
    way,
    ...plan.bars.map((b) => bar(b, marks)),
  ].join("\n");
}

/** The frames under the lanes, each where its time is, in rows. */
function framesOf(plan: Layout, top: number): Part {
  const ends: number[] = [];
  let markup = "";
  for (const sight of plan.sights) {
    let row = 0;
    while ((ends[row] ?? 0) > sight.x) row++;
    ends[row] = sight.x + CHIP.width + 8;
    const y = top + 14 + row * (CHIP.height + 6);
    const from = sight.within === null ? top : sight.within.y + SIZE.bar;
    markup += `<line class="tick" x1="${px(sight.x)}" y1="${px(from)}" x2="${px(sight.x)}" y2="${px(y + CHIP.height - 3)}"/>${chip(sight, y)}`;
  }
  return { markup, height: ends.length === 0 ? 0 : ends.length * (CHIP.height + 6) + 14 };
}
