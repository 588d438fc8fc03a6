// SPDX-License-Identifier: GPL-2.0-only
/** The datagram's way through the lanes, and that of the ICMP error which answers it, as curves. */
import type { Step } from "../../trace/step.ts";
import type { Call, Item } from "../../trace/tree.ts";
import { find, type Station } from "../outcome.ts";
import { toDevice, wayOf } from "../way.ts";
import { px } from "./bars.ts";
import { type Bar, SIZE } from "./layout.ts";

/** The curves of a step whose calls have these bars. */
export function ways(step: Step, bars: readonly Bar[]): string {
  const at = new Map<Call, Bar>(bars.map((bar) => [bar.call, bar]));
  const { sent, ends } = wayOf(step);
  const main = [...sent, ...ends.slice(0, 1).flatMap((end) => end.stations)];
  const answer = answerOf(step.tree.body, new Set(main.map(({ call }) => call)));
  return curve(main, at, "way") + curve(answer, at, "way answer", "icmp");
}

/** From icmp_send to the device, and on the other side up to who hears of it. */
function answerOf(body: readonly Item[], named: ReadonlySet<Call>): Station[] {
  const sender = find(body, (i) => i.ev === "call" && i.fn === "icmp_send")?.at(-1);
  if (sender === undefined) return [];
  const sent = toDevice(sender.call.body) ?? [];
  const hears = ["__udp4_lib_err", "icmp_rcv"].map((fn) => find(body, (i) => i.ev === "call" && i.fn === fn));
  const received = hears.find((stations) => stations !== null) ?? [];
  return [sender, ...sent, ...received.filter(({ call }) => !named.has(call))];
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
