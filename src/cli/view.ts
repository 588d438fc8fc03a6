// SPDX-License-Identifier: GPL-2.0-only
/** The options that choose what is shown, and how: the same for every command that shows a trace. */
import type { Command } from "commander";
import type { Format, Looks, ViewOptions } from "../render/format.ts";
import { TRACE_OPTION_NAMES } from "../render/ftrace-options.ts";
import { FORMATS, type FormatName } from "../render/index.ts";
import { LAYERS, type Layer } from "../trace/layer.ts";
import type { Selection } from "../trace/select.ts";
import { painter, type When, wantsColour } from "./colour.ts";
import type { Io } from "./io.ts";
import { OPEN, opened } from "./open.ts";
import { addOptions, type OptionRow } from "./option.ts";
import { FORMAT_NAMES, type Target, targets } from "./output.ts";
import { NO_PAGER, page } from "./pager.ts";
import { noTable, tableDrawer } from "./table.ts";
import { parseTraceOptions } from "./trace-options.ts";
import { parseChoice, parseNumber } from "./values.ts";
import { layoutFor, parseWidth, terminalColumns, WIDTH } from "./width.ts";

/** The view options as commander hands them over. */
export interface RawView {
  format: string[];
  brief?: boolean;
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
  width: string;
  pager: boolean;
  open?: boolean;
}

/** Values of --hexdump and --counters. */
export const HEXDUMPS = ["headers", "all", "packets", "none"] as const;
export const COUNTERS = ["moved", "all", "none"] as const;

/** Whether there is colour. */
export const COLOR: OptionRow = {
  flags: "--color <when>",
  help: "auto, always or never (NO_COLOR and FORCE_COLOR are honoured)",
  words: ["auto", "always", "never"],
  fallback: "auto",
};

/** Which calls are shown: of every command that shows call trees. */
export const ONLY: OptionRow = {
  flags: "--only <glob>",
  help: "only functions that match, and what they call",
  many: true,
};
export const HIDE: OptionRow = {
  flags: "--hide <glob>",
  help: "leave out functions that match, and what they call",
  many: true,
};
export const DEPTH: OptionRow = {
  flags: "--depth <n>",
  help: "levels of calls: a number, all, or story (bookkeeping folded away)",
  words: ["all", "story"],
  fallback: "story",
};

const VIEW_ROWS: readonly OptionRow[] = [
  { flags: "-q, --brief", help: "no graph or counters: only the calls, and what became of each" },
  DEPTH,
  ONLY,
  HIDE,
  { flags: "--layer <list>", help: `only these layers: ${LAYERS.join(",")}`, words: LAYERS },
  { flags: "--no-inline", help: "only functions that ftrace can see on the stock kernel" },
  { flags: "--no-args", help: "leave out arguments" },
  { flags: "--no-why", help: "leave out reasons" },
  {
    flags: "--hexdump [what]",
    help: "headers, packets (frames only), none, or all; without a value: all",
    words: HEXDUMPS,
    fallback: "headers",
  },
  {
    flags: "--counters [which]",
    help: "moved, none, or all (with the /proc/net files); without a value: all",
    words: COUNTERS,
    fallback: "moved",
  },
  {
    flags: "-s, --strings <n>",
    help: "maximum bytes of a string in strace lines, 0 = all",
    fallback: "32",
  },
  {
    flags: "--trace <calls>",
    help: "which calls to show the graph of: send (and failed calls), or all",
    words: ["send", "all"],
    fallback: "send",
  },
  {
    flags: "--trace-option <list>",
    help: "for ftrace: funcgraph-tail, -proc, -abstime, -retval, -args, …; the prefix no turns one off",
    many: true,
    words: TRACE_OPTION_NAMES,
  },
  {
    flags: "-o, --output <file>",
    help: "write to a file, - is standard output (once for each --format)",
    kind: "file",
    many: true,
  },
  OPEN,
  COLOR,
  WIDTH,
  NO_PAGER,
];

/** The view options; `format` is how a command calls the choice of a format. */
export function viewRows(format = "--format"): readonly OptionRow[] {
  const choice: OptionRow = {
    flags: `${format} <format>`,
    help: `${FORMAT_NAMES.join(", ")}, with an -o each`,
    words: FORMAT_NAMES,
    many: true,
  };
  return [choice, ...VIEW_ROWS];
}

/** Add them to a command. */
export function viewOptions(command: Command, format = "--format"): void {
  addOptions(command, "The view:", viewRows(format));
}

/** Check the options: what is shown, and where it goes; `fallback` is the format of who names none. Throws UsageError. */
export async function parseView(
  raw: RawView,
  io: Io,
  fallback: FormatName = "graph",
): Promise<{ view: ViewOptions; targets: Target[] }> {
  const wish = targets(raw.format, raw.output, raw.open === true ? "html" : fallback);
  const list = raw.open === true ? opened(wish, io) : wish;
  const when = parseChoice<When>("--color", raw.color, ["auto", "always", "never"]);
  const width = parseWidth(raw.width);
  const looks = async (toFile: boolean): Promise<Looks> => {
    const paint = await painter(wantsColour(when, toFile, io));
    const columns = toFile ? null : terminalColumns(io);
    const layout = await layoutFor(width === undefined ? columns : width, paint);
    return layout === undefined ? { paint } : { paint, layout };
  };
  const seen = list.find((t) => t.file === undefined);
  page(io, raw.pager && seen !== undefined && isForPeople(FORMATS[seen.format]));
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
    brief: raw.brief === true,
    everyCall: parseChoice("--trace", raw.trace, ["send", "all"]) === "all",
    traceOptions: parseTraceOptions(raw.traceOption),
    ...(await looks(seen === undefined)),
    ...(seen !== undefined && list.length > 1 ? { inFiles: await looks(true) } : {}),
    table: list.some((t) => t.format === "summary") ? await tableDrawer() : noTable,
  };
  return { view, targets: list };
}

/** Text that people read from top to bottom. */
function isForPeople(format: Format): boolean {
  return format.paged === true;
}

/** The value of --depth. */
export function parseDepth(text: string): Selection["depth"] {
  return text === "all" || text === "story" ? text : parseNumber("--depth", text, 1, 1000);
}
