// SPDX-License-Identifier: GPL-2.0-only
/** mermaid: what goes from layer to layer, as a sequence diagram. */

import { isReason, type PacketEvent, type Reason } from "../trace/event.ts";
import { LAYERS, type Layer } from "../trace/layer.ts";
import { isErrno } from "../trace/quiet.ts";
import { showFacts, showReturn } from "../trace/show.ts";
import type { Step } from "../trace/step.ts";
import type { Call, Context, Item } from "../trace/tree.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { frameWord } from "./frames.ts";
import { storyLine } from "./head.ts";
import { mermaidText } from "./mermaid-text.ts";
import { HUES } from "./palette.ts";
import { isShown, shownBody } from "./shown.ts";
import { titleOf } from "./title.ts";
import { wrap } from "./wrap.ts";

/** Who makes the system calls. */
const PROGRAM = "program";
/** Characters in a line of a note. */
const NOTE_WIDTH = 32;
/** The ground of another context. */
const CONTEXT_GROUND = "rgb(247, 245, 240)";

/** The format: the head names all layers, so that each call can be written as it comes. */
export function mermaid(out: Out, view: ViewOptions): Renderer {
  return {
    head(machine) {
      const layers = LAYERS.filter(
        (l) => view.selection.layers.length === 0 || view.selection.layers.includes(l),
      );
      const title = mermaidText(titleOf(machine));
      out.write(`sequenceDiagram\n  title ${title}\n  actor ${PROGRAM}\n${layers.map(column).join("")}`);
    },
    step(step) {
      if (isShown(step, view)) out.write(new Sequence(view).step(step));
    },
  };
}

/** A layer's column, on its own ground. */
function column(layer: Layer): string {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(HUES[layer].tint.slice(at, at + 2), 16));
  return `  box rgb(${r}, ${g}, ${b})\n    participant ${layer}\n  end\n`;
}

class Sequence {
  private text = "";
  private readonly view: ViewOptions;

  constructor(view: ViewOptions) {
    this.view = view;
  }

  step(step: Step): string {
    const { tree, verdict } = step;
    this.items(shownBody(tree.body, this.view.selection), PROGRAM, 1);
    if (verdict !== null) this.note(`${PROGRAM},socket`, storyLine(step), 1);
    return this.text;
  }

  private items(items: readonly Item[], at: Layer | typeof PROGRAM, depth: number): void {
    for (const item of items) {
      if (item.ev === "call") this.call(item, at, depth);
      else if (item.ev === "in") this.context(item, at, depth);
      else if (item.ev === "packet") this.packet(item, at, depth);
      else if (isReason(item) && this.view.why) this.note(at, reason(item), depth);
    }
  }

  /** A call into another layer is a message; one within the layer is not shown, but what happens in it is. */
  private call(call: Call, from: Layer | typeof PROGRAM, depth: number): void {
    const to = call.layer;
    if (to === from) {
      this.items(call.body, to, depth);
      return;
    }
    this.line(depth, `${from}->>+${to}: ${call.fn}`);
    this.items(call.body, to, depth + 1);
    if (!call.returned) this.note(to, "never returned", depth);
    else if (call.ret === undefined) this.line(depth, `deactivate ${to}`);
    else {
      const arrow = isErrno(call.ret) ? "--x" : "-->>";
      this.line(depth, `${to}${arrow}-${from}: ${mermaidText(showReturn(call.fn, call.ret))}`);
    }
  }

  private context({ name, body }: Context, at: Layer | typeof PROGRAM, depth: number): void {
    this.line(depth, `rect ${CONTEXT_GROUND}`);
    this.note(at, name, depth + 1);
    this.items(body, at, depth + 1);
    this.line(depth, "end");
  }

  private packet(event: PacketEvent, at: Layer | typeof PROGRAM, depth: number): void {
    if (this.view.hexdump === "none") return;
    const { dev, type, hex } = event;
    const way = type === 4 ? "leaves by" : "comes in on";
    this.note(at, `${frameWord(event)} ${way} ${dev}, ${hex.length / 2} bytes`, depth);
  }

  private note(at: string, text: string, depth: number): void {
    this.line(depth, `Note over ${at}: ${wrap(text, NOTE_WIDTH).map(mermaidText).join("<br/>")}`);
  }

  private line(depth: number, text: string): void {
    this.text += `${"  ".repeat(depth)}${text}\n`;
  }
}

function reason({ text, facts, fn }: Reason): string {
  return facts === undefined ? text : `${text}: ${showFacts(facts, fn)}`;
}
