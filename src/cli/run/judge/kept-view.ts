// SPDX-License-Identifier: GPL-2.0-only
/** How a step looks that is kept beside a scenario: `expect trace FILE [OPTIONS]`, `expect path FILE`, `expect calls FILE`. */
import type { Out, Renderer, ViewOptions } from "../../../render/format.ts";
import { DEFAULT_TRACE_OPTIONS } from "../../../render/ftrace-options.ts";
import { json } from "../../../render/json.ts";
import { path } from "../../../render/path.ts";
import { report } from "../../../render/report.ts";
import { plain } from "../../../render/style.ts";
import { ScriptError, unknownWord } from "../../../script/error.ts";
import type { Kept } from "../../../script/expect/expectation.ts";
import type { Value } from "../../../trace/event.ts";
import { LAYERS } from "../../../trace/layer.ts";
import { EVERYTHING, select } from "../../../trace/select.ts";
import type { Item } from "../../../trace/tree.ts";
import { errnoName } from "../../../uapi/errno.ts";
import { UsageError } from "../../errors.ts";
import { noTable } from "../../table.ts";
import { parseChoice, parseNumber } from "../../values.ts";
import { COUNTERS, HEXDUMPS, parseDepth } from "../../view.ts";

/** A renderer, and what it shows. */
export interface KeptView {
  readonly render: (out: Out, view: ViewOptions) => Renderer;
  readonly view: ViewOptions;
}

/** As `nettrace run --trace all` shows a step by itself. */
const VIEW: ViewOptions = {
  paint: plain,
  selection: { ...EVERYTHING, depth: "story" },
  args: true,
  why: true,
  hexdump: "headers",
  counters: "none",
  stringLimit: 32,
  brief: false,
  everyCall: true,
  traceOptions: DEFAULT_TRACE_OPTIONS,
  table: noTable,
};

/** Throws ScriptError for an option that is none. */
export function keptView(what: Kept["what"], file: string, options: Kept["options"]): KeptView {
  if (what === "path") return { render: path, view: VIEW };
  if (what === "calls") return { render: calls, view: VIEW };
  const render = file.endsWith(".json") ? json : report;
  return { render, view: withOptions(options) };
}

/** The functions alone, a line each, and the errors that they return: nothing of it comes with another seed or payload. */
function calls(out: Out, view: ViewOptions): Renderer {
  return {
    step({ tree }) {
      for (const line of callLines(select(tree.body, view.selection), "")) out.write(`${line}\n`);
    },
  };
}

function* callLines(body: readonly Item[], indent: string): Generator<string> {
  for (const item of body) {
    if (item.ev === "in") {
      yield `${indent}(${item.name})`;
      yield* callLines(item.body, `${indent}  `);
    } else if (item.ev === "call") {
      yield `${indent}${item.fn}${errorOf(item.ret)}`;
      yield* callLines(item.body, `${indent}  `);
    }
  }
}

function errorOf(ret: Value | undefined): string {
  const name = typeof ret === "number" && ret < 0 ? errnoName(-ret) : undefined;
  return name === undefined ? "" : ` = -${name}`;
}

type Change = (view: ViewOptions, value: string) => ViewOptions;

const selecting = (view: ViewOptions, change: Partial<ViewOptions["selection"]>): ViewOptions => ({
  ...view,
  selection: { ...view.selection, ...change },
});

/** Options that take a value, and those that take none. */
const VALUED: Readonly<Record<string, Change>> = {
  "--depth": (view, text) => selecting(view, { depth: parseDepth(text) }),
  "--only": (view, text) => selecting(view, { only: [...view.selection.only, text] }),
  "--hide": (view, text) => selecting(view, { hide: [...view.selection.hide, text] }),
  "--layer": (view, text) =>
    selecting(view, { layers: text.split(",").map((w) => parseChoice("--layer", w, LAYERS)) }),
  "--hexdump": (view, text) => ({ ...view, hexdump: parseChoice("--hexdump", text, HEXDUMPS) }),
  "--counters": (view, text) => ({ ...view, counters: parseChoice("--counters", text, COUNTERS) }),
  "--strings": (view, text) => ({ ...view, stringLimit: parseNumber("--strings", text, 0, 0x7fffffff) }),
};
const SWITCHES: Readonly<Record<string, (view: ViewOptions) => ViewOptions>> = {
  "--no-inline": (view) => selecting(view, { inline: false }),
  "--no-args": (view) => ({ ...view, args: false }),
  "--brief": (view) => ({ ...view, brief: true }),
  "--no-why": (view) => ({ ...view, why: false }),
};

function withOptions(options: Kept["options"]): ViewOptions {
  let view = VIEW;
  for (let i = 0; i < options.length; i++) {
    const { text, column } = options[i] as Kept["options"][number];
    const [name = "", ...rest] = text.split("=");
    const change = Object.hasOwn(VALUED, name) ? VALUED[name] : undefined;
    const alone = rest.length === 0 && Object.hasOwn(SWITCHES, text) ? SWITCHES[text] : undefined;
    if (change === undefined && alone === undefined)
      throw unknownWord(column, text, "a view option", [...Object.keys(VALUED), ...Object.keys(SWITCHES)]);
    const value = rest.length > 0 ? rest.join("=") : change === undefined ? "" : options[++i]?.text;
    if (value === undefined) throw new ScriptError(column, `${text} without a value`, `${text} and a value`);
    view = at(column, () =>
      change === undefined ? (alone as (v: ViewOptions) => ViewOptions)(view) : change(view, value),
    );
  }
  return view;
}

/** A bad value is told with its place. */
function at<T>(column: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const [problem = "", ...expected] = error.message.split(": expected ");
    throw new ScriptError(column, problem, expected.join(": expected "));
  }
}
