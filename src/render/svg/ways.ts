// SPDX-License-Identifier: GPL-2.0-only
/** The datagram's way through the lanes, and that of the ICMP error which answers it, as curves. */
import type { Step } from "../../trace/step.ts";
import { type Station, type Story, StoryBook } from "../../trace/story.ts";
import type { Call } from "../../trace/tree.ts";
import { journey } from "../journey.ts";
import { px } from "./bars.ts";
import { type Bar, SIZE } from "./layout.ts";

/** The curves of a step whose calls have these bars. */
export function ways(step: Step, bars: readonly Bar[]): string {
  const at = new Map<Call, Bar>(bars.map((bar) => [bar.call, bar]));
  // Read again from the tree that is drawn: the bars are its calls.
  const story = new StoryBook().read(step.tree);
  const { sent, ends } = journey(story);
  const main = [...sent, ...ends.slice(0, 1).flatMap((end) => end.stations)];
  const answer = answerOf(story, new Set(main.map(({ call }) => call)));
  return curve(main, at, "way") + curve(answer, at, "way answer", "icmp");
}

/** From where the kernel answers to the device, and on the other side up to who hears of it. */
function answerOf({ datagrams }: Story, named: ReadonlySet<Call>): Station[] {
  const subject = datagrams.find(({ answers }) => answers.length > 0);
  const reply = subject?.answers[0];
  const sent = (reply?.frames[0] ?? reply?.moments[0])?.chain ?? [];
  const hears = subject?.told[0]?.chain ?? reply?.of("consumed")[0]?.chain ?? [];
  const before = sent.filter(({ call }) => !named.has(call));
  const from = sent[sent.length - before.length - 1];
  const seen = new Set([...named, ...sent.map(({ call }) => call)]);
  return [...(from === undefined ? [] : [from]), ...before, ...hears.filter(({ call }) => !seen.has(call))];
}

/** How round its corners are. */
const RADIUS = 6;

/** Along the lower edge of each bar to where the next is called, then down or up to it; a point at the end. */
function curve(stations: readonly Station[], bars: ReadonlyMap<Call, Bar>, look: string, layer = ""): string {
  const points = stations.flatMap(({ call }): [number, number][] => {
    const bar = bars.get(call);
    return bar === undefined ? [] : [[bar.x, bar.y + SIZE.bar]];
  });
  const [first, ...rest] = points;
  if (first === undefined || rest.length === 0) return "";
  let d = `M${px(first[0])} ${px(first[1])}`;
  let [x0, y0] = first;
  for (const [x, y] of rest) {
    const r = Math.min(RADIUS, Math.abs(x - x0) / 2, Math.abs(y - y0) / 2);
    d += `H${px(x - r)}Q${px(x)} ${px(y0)} ${px(x)} ${px(y0 + Math.sign(y - y0) * r)}V${px(y)}`;
    [x0, y0] = [x, y];
  }
  const stop = `<circle class="stop" cx="${px(x0)}" cy="${px(y0)}" r="5"/>`;
  return `<g class="${layer}"><path class="${look}" d="${d}"/></g>${layer === "" ? stop : ""}\n`;
}
