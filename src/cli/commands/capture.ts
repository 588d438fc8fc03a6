// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace capture FILE`: a recording of a real kernel, shown as a trace is. */
import { EXIT } from "../errors.ts";
import { feed, isReadable } from "../feed.ts";
import { heedless, type Io } from "../io.ts";
import { addOptions, type OptionRow } from "../option.ts";
import { Output } from "../output.ts";
import { recordedEvents } from "../recordings.ts";
import { parseView, type RawView, viewOptions } from "../view.ts";
import { diffFiles } from "./diff.ts";
import type { Register } from "./register.ts";

/** Options as commander hands them over. */
interface Raw extends RawView {
  case?: string;
  diff?: string;
}

const ROWS: readonly OptionRow[] = [
  { flags: "--case <name>", help: "with JSON cases: only this one" },
  {
    flags: "--diff <file>",
    help: "compare with a trace saved with --format json, as nettrace diff does",
    kind: "file",
  },
];

export const capture: Register = (program, io, exit) => {
  const command = program
    .command("capture")
    .description("show a recording of a real kernel: function_graph text, trace-cmd report, JSON cases")
    .usage("[options] <file>")
    .argument("<file>", "the recording (also .gz, .br); - for standard input");
  addOptions(command, "The recording:", ROWS);
  viewOptions(command);
  command.action(async (file: string, raw: Raw) => {
    if (raw.diff === undefined) {
      await run(file, raw, io);
      exit(EXIT.ok);
    } else {
      // The story is how one trace is shown; two are compared whole, unless it was asked for.
      const depth = command.getOptionValueSource("depth") === "cli" ? raw.depth : "all";
      exit(await diffFiles(raw.diff, file, { ...raw, depth, context: "8" }, io));
    }
  });
};

async function run(file: string, raw: Raw, real: Io): Promise<void> {
  const io = raw.output.length > 0 ? heedless(real) : real;
  const { view, targets } = await parseView(raw, io);
  // Read an ordinary file once before anything is written: a bad line must leave nothing half done.
  if (isReadable(file === "-" ? undefined : file, targets, io))
    for (const _ of recordedEvents(file, raw.case, io));
  const output = new Output();
  try {
    // There are few calls in a recording, and each was recorded to be seen.
    await output.open(targets, { ...view, everyCall: true }, io);
    const said: string[] = [];
    feed(
      recordedEvents(file, raw.case, io, (text) => said.push(text)),
      output,
    );
    output.commit(io.stderr);
    for (const text of said) io.stderr(`${text}\n`);
  } finally {
    output.close();
  }
}
