// SPDX-License-Identifier: GPL-2.0-only
/** The datagram's way on one line: `sys_sendto → udp_sendmsg → … → loopback_xmit ⇒ __udp4_lib_rcv (no socket is bound …)`. */
import { glob, type Selection } from "../trace/select.ts";
import type { Step } from "../trace/step.ts";
import type { Station } from "../trace/story.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { type End, type Journey, journey } from "./journey.ts";
import { GLUE, type Span } from "./layout/layout.ts";
import { layoutOf } from "./layout/straight.ts";

/** The format: one line for each send, and for each call that failed. */
export function path(out: Out, view: ViewOptions): Renderer {
  const layout = layoutOf(view);
  return {
    step(step) {
      const { story } = step;
      if (story === undefined || !isShown(step, view)) return;
      for (const line of layout.text(wayLine(journey(story), view.selection), 2)) out.write(`${line}\n`);
    },
  };
}

function isShown({ tree, verdict }: Step, view: ViewOptions): boolean {
  return (tree.call !== null && view.everyCall) || verdict !== null || (tree.ret?.ret ?? 0) < 0;
}

/** The line. By default each function in which a layer is entered; with all also the way behind the device. */
function wayLine(way: Journey, selection: Selection): Span[] {
  const { depth } = selection;
  const shown = filter(selection);
  const sent = shown(way.sent.slice(0, typeof depth === "number" ? depth : undefined));
  const cut: Span[] = typeof depth === "number" && depth < way.sent.length ? arrow("→", "…") : [];
  const parts = [[...names(depth === "story" ? entries(sent) : sent), ...cut]];
  for (const end of way.ends)
    parts.push(endText(end, depth === "all" ? shown(end.stations) : [], way.failed));
  return joined(
    parts.filter((part) => part.length > 0),
    "⇒",
  );
}

/** An end: the way to who decided, where it is shown, then that function, then what it did. */
function endText(end: End, shown: readonly Station[], failed: boolean): Span[] {
  const last = end.stations.at(-1);
  const before = shown.filter((station) => station !== last);
  const text = last === undefined ? end.text : `(${end.text})`;
  const who = last === undefined ? [] : [{ ...last, context: before.length === 0 ? null : last.context }];
  const way = names([...before, ...who]);
  const said: Span = failed ? ["fail", text] : text;
  return way.length === 0 ? [said] : [...way, " ", said];
}

function names(stations: readonly Station[]): Span[] {
  return joined(
    stations.map(({ call, context }) => [...mark(context), [`layer:${call.layer}`, call.fn]]),
    "→",
  );
}

function mark(context: string | null): Span[] {
  return context === null ? [] : [["quiet", `${context}:`], " "];
}

/** A line is broken before an arrow. */
function arrow(sign: string, ...behind: Span[]): Span[] {
  return [" ", ["quiet", `${sign}${GLUE}`], ...behind];
}

function joined(parts: readonly (readonly Span[])[], sign: string): Span[] {
  return parts.flatMap((part, i) => (i === 0 ? part : arrow(sign, ...part)));
}

/** Of each stretch in one layer the first function, and the very last of all. */
function entries(stations: readonly Station[]): Station[] {
  return stations.filter(
    ({ call }, i) => call.layer !== stations[i - 1]?.call.layer || i === stations.length - 1,
  );
}

/** What the view's options leave. */
function filter(selection: Selection): (stations: readonly Station[]) => Station[] {
  const only = selection.only.map(glob);
  const hide = selection.hide.map(glob);
  const { layers } = selection;
  const fits = ({ call }: Station): boolean =>
    (only.length === 0 || only.some((test) => test(call.fn))) &&
    !hide.some((test) => test(call.fn)) &&
    (layers.length === 0 || layers.includes(call.layer)) &&
    (selection.inline || !call.inline);
  return (stations) => stations.filter(fits);
}
