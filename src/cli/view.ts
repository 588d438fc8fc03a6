// SPDX-License-Identifier: GPL-2.0-only
/** The options that choose what is shown, and how: the same for every command that shows a trace. */
import type { Command } from "commander";
import type { ViewOptions } from "../render/format.ts";
import type { FormatName } from "../render/index.ts";
import { LAYERS, type Layer } from "../trace/layer.ts";
import type { Selection } from "../trace/select.ts";
import { painter, type When, wantsColour } from "./colour.ts";
import type { Io } from "./io.ts";
import { FORMAT_NAMES, type Target, targets } from "./output.ts";
import { noTable, tableDrawer } from "./table.ts";
import { parseTraceOptions } from "./trace-options.ts";
import { parseChoice, parseNumber } from "./values.ts";

/** The view options as commander hands them over. */
export interface RawView {
  format: string[];
  depth: string;
  only: string[];
  hide: string[];
  layer?: string;
  inline: boolean;
  args: boolean;
  why: boolean;
  hexdump: string;
  counters: string;
  strings: string;
  trace: string;
  traceOption: string[];
  output: string[];
  color: string;
}

/** Values of --hexdump and --counters. */
export const HEXDUMPS = ["headers", "all", "packets", "none"] as const;
export const COUNTERS = ["moved", "all", "none"] as const;

/** For options that may be repeated. */
export function collect(value: string, list: string[]): string[] {
  return [...list, value];
}

/** Add the view options to a command; `format` is how it calls the choice of a format. */
export function viewOptions(command: Command, format = "--format"): void {
  command
    .optionsGroup("The view:")
    .option(
      `${format} <format>`,
      `${FORMAT_NAMES.join(", ")} (may be repeated, with an -o each)`,
      collect,
      [],
    )
    .option("--depth <n>", "levels of calls: a number, all, or story (bookkeeping folded away)", "story")
    .option("--only <glob>", "only functions that match, and what they call (may be repeated)", collect, [])
    .option(
      "--hide <glob>",
      "leave out functions that match, and what they call (may be repeated)",
      collect,
      [],
    )
    .option("--layer <list>", `only these layers: ${LAYERS.join(",")}`)
    .option("--no-inline", "only what ftrace could see on the stock kernel")
    .option("--no-args", "no arguments")
    .option("--no-why", "no reasons")
    .option("--hexdump <what>", "headers, packets (frames only), none, or all; bare: all", "headers")
    .option("--counters <which>", "moved, none, or all (the /proc/net files too); bare: all", "moved")
    .option("-s, --strings <n>", "bytes of a string in the strace lines, 0 = all", "32")
    .option("--trace <calls>", "whose graph is shown: send (and what failed), or all", "send")
    .option(
      "--trace-option <list>",
      "for ftrace: funcgraph-tail, -proc, -abstime, -retval, -args, …; no before a name is off",
      collect,
      [],
    )
    .option("-o, --output <file>", "write to a file (once for each --format)", collect, [])
    .option("--color <when>", "auto, always or never (NO_COLOR and FORCE_COLOR are honoured)", "auto");
}

/** Check the options: what is shown, and where it goes; `fallback` is the format of who names none. Throws UsageError. */
export async function parseView(
  raw: RawView,
  io: Io,
  fallback: FormatName = "graph",
): Promise<{ view: ViewOptions; targets: Target[] }> {
  const list = targets(raw.format, raw.output, fallback);
  const when = parseChoice<When>("--color", raw.color, ["auto", "always", "never"]);
  const toFile = list.every((t) => t.file !== undefined);
  const depth = parseDepth(raw.depth);
  const layers = (raw.layer ?? "")
    .split(",")
    .filter((w) => w !== "")
    .map((w): Layer => parseChoice("--layer", w, LAYERS));
  const view: ViewOptions = {
    selection: { depth, only: raw.only, hide: raw.hide, layers, inline: raw.inline },
    args: raw.args,
    why: raw.why,
    hexdump: parseChoice("--hexdump", raw.hexdump, HEXDUMPS),
    counters: parseChoice("--counters", raw.counters, COUNTERS),
    stringLimit: parseNumber("-s", raw.strings, 0, 0x7fffffff),
    everyCall: parseChoice("--trace", raw.trace, ["send", "all"]) === "all",
    traceOptions: parseTraceOptions(raw.traceOption),
    paint: await painter(wantsColour(when, toFile, io)),
    table: list.some((t) => t.format === "summary") ? await tableDrawer() : noTable,
  };
  return { view, targets: list };
}

/** The value of --depth. */
export function parseDepth(text: string): Selection["depth"] {
  return text === "all" || text === "story" ? text : parseNumber("--depth", text, 1, 1000);
}
