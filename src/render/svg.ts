// SPDX-License-Identifier: GPL-2.0-only
/** svg: the way of each datagram as a picture. One lane a layer, time from left to right. */

import type { TimedItem } from "../trace/time.ts";
import { VirtualClock } from "../trace/time.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { storyLine } from "./head.ts";
import { isShown, shownBody } from "./shown.ts";
import { type Panel, panel } from "./svg/panel.ts";
import { style } from "./svg/style.ts";
import { wholeTitleOf } from "./title.ts";
import { escapeXml } from "./xml.ts";

/** So many calls are drawn; a picture of more could not be looked at. */
const MOST_PANELS = 24;

/** The format: written at the end, since a picture says first how high it is. */
export function svg(out: Out, view: ViewOptions): Renderer {
  const clock = new VirtualClock({ idle: false });
  const panels: Panel[] = [];
  const stories: string[] = [];
  let title = "";
  let more = 0;
  return {
    head: (machine) => {
      title = wholeTitleOf(machine);
    },
    step(step) {
      const timed = clock.syscall(step.tree);
      if (!isShown(step, view)) return;
      if (panels.length === MOST_PANELS) more++;
      else {
        const body = shownBody(timed.body, view.selection) as TimedItem[];
        panels.push(panel(step, { ...timed, body }, view));
        if (step.verdict !== null) stories.push(storyLine(step));
      }
    },
    end: () => out.write(document(title, stories.join(" "), panels, more)),
  };
}

function document(title: string, story: string, panels: readonly Panel[], more: number): string {
  const width = Math.max(1480, ...panels.map((p) => p.width));
  let y = 64;
  let body = "";
  for (const p of panels) {
    body += `<g transform="translate(0 ${Math.round(y)})">\n${p.markup}</g>\n`;
    y += p.height + 40;
  }
  if (more > 0) {
    body += `<text class="serif" x="24" y="${Math.round(y)}">${more} more calls are not drawn.</text>\n`;
    y += 40;
  }
  const height = Math.round(y);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" style="max-width:100%;height:auto">\n` +
    `<title>${escapeXml(title)}</title>\n<desc>${escapeXml(story)}</desc>\n<style>${style()}</style>\n` +
    `<rect class="paper" width="${width}" height="${height}"/>\n` +
    `<text class="sans soft" x="24" y="32">${escapeXml(title)}</text>\n${legend(width - 24)}\n${body}</svg>\n`
  );
}

/** What the lines mean, at the right of the title. */
function legend(right: number): string {
  const item = (x: number, sample: string, text: string): string =>
    `<g transform="translate(${right - x} 28)">${sample}<text class="sans soft" x="34" y="4">${text}</text></g>`;
  return (
    item(400, '<path class="way" d="M0 0H26"/>', "the datagram") +
    item(275, '<g class="icmp"><path class="way answer" d="M0 0H26"/></g>', "the ICMP error about it") +
    item(
      100,
      '<g class="driver"><rect class="bar inline" y="-6" width="26" height="12" rx="2.5"/></g>',
      "inlined",
    )
  );
}
