// SPDX-License-Identifier: GPL-2.0-only
/** The default screen: header, calls with what became of them, graphs, counters. */
import type { MachineEvent, StateEvent } from "../trace/event.ts";
import { failedPath } from "../trace/failed.ts";
import { countCalls, type Selection, select } from "../trace/select.ts";
import type { Step } from "../trace/step.ts";
import type { Syscall } from "../trace/tree.ts";
import { Boxes } from "./boxes.ts";
import { counterTable, Moves } from "./counters.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { graph } from "./graph.ts";
import { headLines, marks } from "./head.ts";
import type { Layout, Span } from "./layout/layout.ts";
import { layoutOf } from "./layout/straight.ts";
import { Repeats, showsRepeats } from "./repeats.ts";
import { formatCall } from "./strace.ts";
import { headOf } from "./title.ts";

/** Write the graph view as the pieces come. */
export function report(out: Out, view: ViewOptions): Renderer {
  const layout = layoutOf(view);
  const write = (text: string): void => out.write(text);
  const writeLines = (rows: readonly string[]): void => {
    for (const row of rows) write(`${row}\n`);
  };
  const moves = new Moves();
  let before: StateEvent | null = null;
  let shown = 0;
  let all = 0;
  let open = false;
  /** One blank line between blocks; call lines in a row stand together. */
  const block = (): void => {
    if (open) write("\n");
    open = true;
  };
  const repeats = showsRepeats(view) ? undefined : new Repeats();
  const settle = (): void => {
    for (const { text, verdict } of repeats?.told() ?? []) {
      writeLines(layout.text([`${text}: `, ...marks(verdict)], 2));
      open = true;
    }
  };
  let boxes = new Boxes(view.hexdump);
  /** What happens after a call carries the headers that it built. */
  const boxesOf = ({ call }: Syscall): Boxes => {
    if (call !== null) boxes = new Boxes(view.hexdump);
    return boxes;
  };
  return {
    head(machine, state) {
      before = state;
      write(`${header(machine, layout)}\n`);
    },
    step(step) {
      const { tree, verdict } = step;
      moves.add(tree);
      const line = callLine(tree, view);
      if (repeats?.isOne(step, line) === true) {
        all += countCalls(tree.body);
        return;
      }
      const drawn = !view.brief && hasGraph(step, view) ? graphOf(tree, view, boxesOf(tree)) : null;
      shown += drawn?.shown ?? 0;
      all += drawn?.all ?? 0;
      const none = drawn === null || drawn.idle || drawn.rows.length === 0;
      if (tree.call === null && verdict === null && none) return;
      settle();
      if (verdict === null) repeats?.pass();
      write(line);
      open = true;
      if (verdict !== null) writeLines(headLines(verdict, layout));
      if (view.brief || (verdict === null && none)) return;
      if (drawn !== null && drawn.rows.length > 0) {
        write("\n");
        writeLines(drawn.rows);
      }
      write("\n");
      open = false;
    },
    settle,
    end(after) {
      settle();
      if (view.brief) return;
      const moved = view.counters === "none" || before === null ? [] : moves.list(before, after);
      if (moved.length > 0) {
        block();
        write(counterTable(moved, layout));
      }
      if (view.counters === "all") {
        for (const [path, text] of Object.entries(after.proc)) {
          block();
          write(`==> ${path} <==\n`);
          for (const line of linesOf(text)) write(lines(layout.text([line], 4)));
        }
      }
      if (shown !== all) {
        const text = `${shown} of ${all} calls shown: ${whatShowsAll(view.selection)}.`;
        write(`\n${lines(layout.text([text], 0))}`);
      }
    },
  };
}

function lines(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join("");
}

/** The lines of a file. */
function linesOf(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

/** Which options leave calls out, and what to give instead. */
function whatShowsAll({ depth, only, hide, layers, inline }: Selection): string {
  const given = [
    ...(only.length > 0 ? ["--only"] : []),
    ...(hide.length > 0 ? ["--hide"] : []),
    ...(layers.length > 0 ? ["--layer"] : []),
    ...(inline ? [] : ["--no-inline"]),
  ];
  if (given.length === 0) return "--depth all shows the rest";
  return `without ${given.join(", ")}${depth === "all" ? " all are" : " --depth all shows the rest"}`;
}

/** Timers, and what they set off. */
function isClock({ body }: Syscall): boolean {
  return body.every((item) => item.ev !== "call");
}

/** Sends have a graph, and so have what failed and what happens beside the calls. */
function hasGraph(step: Step, view: ViewOptions): boolean {
  return view.everyCall || step.tree.call === null || step.verdict !== null || (step.tree.ret?.ret ?? 0) < 0;
}

/** `simulated Linux … · lo 127.0.0.1/8 · seed 0 · nothing was really sent`. */
function header(machine: MachineEvent, layout: Layout): string {
  const [who, how] = headOf(machine);
  return lines(layout.text([["head", who], ` · ${how}`], 2));
}

/** The strace line of a call, its error in red. */
function callLine(syscall: Syscall, view: ViewOptions): string {
  if (syscall.call === null) return isClock(syscall) ? "(between the calls)\n" : "";
  const line = formatCall(syscall.call, syscall.ret, view.stringLimit);
  const failed = (syscall.ret?.ret ?? 0) < 0 ? line.lastIndexOf("= -1 ") : -1;
  const spans: Span[] = failed < 0 ? [line] : [line.slice(0, failed), ["fail", line.slice(failed)]];
  // What is broken goes on behind the parenthesis.
  return lines(layoutOf(view).text(spans, line.indexOf("(") + 1));
}

/** The graph of a step, and how much of it is shown. */
interface Drawn {
  readonly rows: readonly string[];
  readonly shown: number;
  readonly all: number;
  /** Time passed, and nothing happened that is shown. */
  readonly idle: boolean;
}

function graphOf(syscall: Syscall, view: ViewOptions, boxes: Boxes): Drawn {
  const body = select(syscall.body, view.selection);
  const failed = new Set(failedPath({ ...syscall, body }));
  const { args, why } = view;
  const brief = view.selection.depth === "story";
  const rows: string[] = [];
  const layout = layoutOf(view).graph({ args, brief, failed }, (row) => rows.push(row));
  graph(syscall, body, { why, boxes }, layout);
  const idle = body.every((item) => item.ev === "clock" || item.ev === "count");
  return { rows, shown: countCalls(body), all: countCalls(syscall.body), idle };
}
