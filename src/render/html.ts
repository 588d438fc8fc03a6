// SPDX-License-Identifier: GPL-2.0-only
/**
 * One self-contained page to look at: the call tree, the packet as it grows, reasons, counters, the verdict.
 * The page's own script and style are html/page/; whoever builds or tests the program bundles them
 * (tools/page.mjs) and defines the three constants below, so that this file holds no generated text.
 */
import { LAYERS } from "../trace/layer.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import type { Opening } from "./html/model.ts";
import { Story } from "./html/section.ts";
import { pageFoot, pageHead, repeatHtml, sectionHtml } from "./html/shell.ts";
import { Repeats, showsRepeats } from "./repeats.ts";
import { formatCall } from "./strace.ts";

/** The page's style, its script, and the policy that allows these two and nothing else. */
declare const PAGE_STYLE: string;
declare const PAGE_SCRIPT: string;
declare const PAGE_POLICY: string;

/** The format: a section is written as its call returns, the script comes last. */
export function html(out: Out, view: ViewOptions): Renderer {
  const { depth, layers } = view.selection;
  let story = new Story({});
  let first = 1;
  let sections = 0;
  let open: number | null = null;
  const repeats = showsRepeats(view) ? undefined : new Repeats();
  const settle = (): void => {
    for (const repeat of repeats?.told() ?? []) out.write(repeatHtml(repeat));
  };
  let failure: Pick<Opening, "open" | "row"> | null = null;
  return {
    head(machine, before) {
      story = new Story(before.counters);
      out.write(pageHead(machine, PAGE_STYLE, PAGE_POLICY));
    },
    step(step) {
      const { call, ret } = step.tree;
      const section = story.section(step, first);
      const failed = (ret?.ret ?? 0) < 0;
      const line = call === null ? "between the calls" : formatCall(call, ret, view.stringLimit);
      // It is walked through nevertheless: counters and packets go on from it.
      if (repeats?.isOne(step, line) === true) return;
      settle();
      if (step.verdict === null) repeats?.pass();
      out.write(sectionHtml({ line, failed, verdict: step.verdict, send: step.story?.nth ?? 0 }, section));
      if (open === null && (step.verdict !== null || failed)) open = sections;
      if (failed && section.decided >= 0) failure ??= { open: sections, row: section.decided };
      first += section.rows.length;
      sections += 1;
    },
    end() {
      settle();
      const only = layers.map((layer) => LAYERS.indexOf(layer));
      const opening: Opening = {
        layers: LAYERS,
        all: depth === "all",
        only,
        ...(failure ?? { open: open ?? 0, row: 0 }),
        steps: first - 1,
      };
      out.write(pageFoot(opening, PAGE_SCRIPT));
    },
  };
}
