// SPDX-License-Identifier: GPL-2.0-only
/** The function graph for people, as a layout is told it: the call tree, the reasons beside it, and the bytes. */
import { countText } from "../trace/counter.ts";
import { type CountEvent, isReason, type Reason } from "../trace/event.ts";
import { showFacts } from "../trace/show.ts";
import type { Call, Context, Item, Syscall } from "../trace/tree.ts";
import type { Boxes } from "./boxes.ts";
import type { Beside, GraphLayout } from "./layout/layout.ts";

export interface GraphOptions {
  /** Print reasons. */
  readonly why: boolean;
  readonly boxes: Boxes;
}

/** Tell the graph of one system call, from top to bottom. */
export function graph(
  syscall: Syscall,
  body: readonly Item[],
  options: GraphOptions,
  layout: GraphLayout,
): void {
  new Graph(syscall, options, layout).all(body);
}

class Graph {
  private readonly name: string;
  private readonly o: GraphOptions;
  private readonly layout: GraphLayout;
  private readonly boxes: Boxes;

  constructor(syscall: Syscall, options: GraphOptions, layout: GraphLayout) {
    this.name = syscall.call?.name ?? "the clock";
    this.o = options;
    this.layout = layout;
    this.boxes = options.boxes;
  }

  all(items: readonly Item[]): void {
    this.body(items, 0);
    this.layout.end();
  }

  private body(items: readonly Item[], depth: number): void {
    for (let i = 0; i < items.length; i++) {
      const item = items[i] as Item;
      if (item.ev === "call") this.call(item, depth);
      else if (item.ev === "in") this.context(item, depth);
      else if (item.ev === "note" || item.ev === "fate") {
        for (const reason of this.reason(item)) this.layout.aside(depth, reason);
      } else if (item.ev === "count") {
        const run = counts(items, i);
        i += run.length - 1;
        this.layout.aside(depth, moved(run));
      } else if (item.ev === "dump") {
        if (this.boxes.shows(item)) this.layout.box(depth, this.boxes.dump(item));
      } else if (item.ev === "clock") {
        let { ms } = item;
        for (let next = items[i + 1]; next?.ev === "clock"; next = items[++i + 1]) ms += next.ms;
        this.layout.rule(later(ms));
      } else if (this.boxes.shows(item))
        for (const box of this.boxes.frame(item)) this.layout.box(depth, box);
    }
  }

  private call(call: Call, depth: number): void {
    const { first, rest } = this.opening(call);
    const nested = rest.some((item) => item.ev === "call" || item.ev === "in" || this.visible(item));
    if (!nested) {
      this.layout.leaf(call, depth, first);
      return;
    }
    this.layout.open(call, depth, first);
    this.body(rest, depth + 1);
    this.layout.close(call, depth);
  }

  /** Reasons and counters from before the first visible thing inside: they stand beside the opening line. */
  private opening(call: Call): { first: Beside[]; rest: readonly Item[] } {
    const { body, folded } = call;
    const first: Beside[] = [];
    const left: Beside[] =
      folded === undefined ? [] : [{ role: "fold", text: `··· ${folded} calls, as before` }];
    let i = 0;
    for (; i < body.length; i++) {
      const item = body[i] as Item;
      if (isReason(item)) {
        const own = item.fn === call.fn;
        first.push(...(own ? [] : left.splice(0)), ...this.reason(item, own ? "" : `${item.fn}: `));
      } else if (item.ev === "count") {
        const run = counts(body, i);
        first.push(...left.splice(0), moved(run));
        i += run.length - 1;
      } else if ((item.ev === "dump" || item.ev === "packet") && !this.visible(item)) continue;
      else break;
    }
    return { first: [...first, ...left], rest: body.slice(i) };
  }

  private visible(item: Item): boolean {
    if (item.ev === "dump" || item.ev === "packet") return this.boxes.shows(item);
    if (item.ev === "note" || item.ev === "fate") return this.o.why && isReason(item);
    return true;
  }

  private reason(note: Reason, who = ""): Beside[] {
    if (!this.o.why || note.text === "") return [];
    const facts = note.facts === undefined ? "" : showFacts(note.facts, note.fn);
    return [{ role: "why", text: `${who}${note.text}${facts === "" ? "" : `: ${facts}`}` }];
  }

  private context(context: Context, depth: number): void {
    const where = this.name === "the clock" ? "" : `, still inside this ${this.name}`;
    this.layout.enter(`${context.name}${where}`);
    this.body(context.body, depth);
    this.layout.leave(`${context.name} done`);
  }
}

/** `1.2 s later`. */
function later(ms: number): string {
  return ms < 1000 ? `${ms} ms later` : `${ms / 1000} s later`;
}

function moved(run: readonly CountEvent[]): Beside {
  return { role: "number", text: `↑ ${run.map(countText).join(", ")}` };
}

function counts(items: readonly Item[], from: number): CountEvent[] {
  const run: CountEvent[] = [];
  for (let i = from; i < items.length && (items[i] as Item).ev === "count"; i++)
    run.push(items[i] as CountEvent);
  return run;
}
