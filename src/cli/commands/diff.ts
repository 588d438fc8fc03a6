// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace diff A B`: two traces' call trees side by side, simulated or recorded from a real kernel. */
import { treeDiff } from "../../render/tree-diff.ts";
import { differences, pairs } from "../../trace/diff.ts";
import type { TraceEvent } from "../../trace/event.ts";
import { EVERYTHING, type Selection } from "../../trace/select.ts";
import { painter, type When, wantsColour } from "../colour.ts";
import { comparable, comparerOf, differentEnds, type Side, sideOf } from "../compare.ts";
import { EXIT, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { addOptions, type OptionRow } from "../option.ts";
import { NO_PAGER, page } from "../pager.ts";
import { printable } from "../printable.ts";
import { recordedEvents } from "../recordings.ts";
import { Unmatched } from "../unmatched.ts";
import { parseChoice, parseNumber } from "../values.ts";
import { COLOR, DEPTH, HIDE, ONLY, parseDepth } from "../view.ts";
import { layoutFor, parseWidth, terminalColumns, WIDTH } from "../width.ts";
import type { Register } from "./register.ts";

/** Options as commander hands them over. */
export interface RawDiff {
  only: string[];
  hide: string[];
  inline: boolean;
  strangers?: boolean;
  depth: string;
  context: string;
  case?: string;
  color: string;
  pager: boolean;
  width: string;
}

const ROWS: readonly OptionRow[] = [
  ONLY,
  HIDE,
  { ...DEPTH, fallback: "all" },
  { flags: "--no-inline", help: "leave out what the stock kernel's compiler inlines" },
  {
    flags: "--strangers",
    help: "next to a simulated trace, also show functions that the simulator does not know",
  },
  { flags: "--context <n>", help: "lines around a difference, or all", fallback: "8", words: ["all"] },
  { flags: "--case <name>", help: "with JSON cases: only this one" },
  COLOR,
  WIDTH,
  NO_PAGER,
];

export const diff: Register = (program, io, exit) => {
  const command = program
    .command("diff")
    .description(
      "compare the call trees of two traces: saved with --format json, or recordings of real kernels",
    )
    .usage("[options] <a> <b>")
    .argument("<a>", "a trace or a recording (see capture); - for standard input")
    .argument("<b>", "another");
  addOptions(command, "The comparison:", ROWS);
  command.action(async (a: string, b: string, raw: RawDiff) => {
    exit(await diffFiles(a, b, raw, io));
  });
};

/** Compare two files: status 1 where they differ. */
export async function diffFiles(a: string, b: string, raw: RawDiff, io: Io): Promise<number> {
  if (a === "-" && b === "-") throw new UsageError("diff - -: only one of them can be standard input");
  const context =
    raw.context === "all" ? Number.POSITIVE_INFINITY : parseNumber("--context", raw.context, 0, 1e6);
  const when = parseChoice<When>("--color", raw.color, ["auto", "always", "never"]);
  const depth = parseDepth(raw.depth);
  const selection: Selection = { ...EVERYTHING, depth, only: raw.only, hide: raw.hide, inline: raw.inline };
  const said: string[] = [];
  const unmatched = new Unmatched(raw.only);
  const read = (file: string): Side =>
    sideOf(
      file === "-" ? "<stdin>" : printable(file),
      looked(
        recordedEvents(file, raw.case, io, (text) => said.push(text)),
        unmatched,
      ),
      selection,
    );
  const { left, right, leftOut } = comparable(read(a), read(b), raw.strangers ?? false);
  unmatched.tell(io.stderr);
  const lines = pairs(left.calls, right.calls, comparerOf(left, right));
  if (lines.length === 0) throw new UsageError(`${a}, ${b}: expected calls to compare, found none`);
  const found = differences(lines);
  const paint = await painter(wantsColour(when, false, io));
  const width = parseWidth(raw.width);
  const columns = width === undefined ? terminalColumns(io) : width;
  const layout = await layoutFor(columns, paint);
  const view = {
    context,
    paint,
    ...(layout === undefined || columns === null ? {} : { layout, columns }),
    ends: found.length > 0 ? differentEnds(left, right) : undefined,
  };
  page(io, raw.pager);
  for (const line of treeDiff(lines, found, [left.name, right.name], view)) {
    io.stdout(`${line}\n`);
  }
  for (const what of leftOut) io.stdout(`Left out: ${what}.\n`);
  for (const text of said) io.stderr(`${text}\n`);
  return found.length === 0 ? EXIT.ok : EXIT.errno;
}

function* looked(events: Iterable<TraceEvent>, unmatched: Unmatched): Generator<TraceEvent> {
  for (const event of events) {
    if (event.ev === "enter") unmatched.look({ events: [event] });
    yield event;
  }
}
