// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace run FILE…`: transcripts of strace, with ip commands and expectations, on a simulated machine. */
import type { Command } from "commander";
import { RELEASES } from "../../kernels/index.ts";
import { type When, wantsColour } from "../colour.ts";
import { EXIT, UsageError } from "../errors.ts";
import { heedless, type Io } from "../io.ts";
import { loadNetwork, machineOptions, networkText, type RawNet, setUpNetwork, showNetwork } from "../net.ts";
import { addOptions, type OptionRow } from "../option.ts";
import { HOLD_SEVERAL, Output, type Target } from "../output.ts";
import type { ReceiptWish } from "../run/judge/receipt.ts";
import { Progress } from "../run/progress.ts";
import { parseReports, Results } from "../run/results.ts";
import type { FileResult } from "../run/run.ts";
import type { Common } from "../run/session.ts";
import { type FileAt, parseJobs, shardOf } from "../run/shard.ts";
import type { runParallel } from "../run/threads/parallel.ts";
import type { Kernel } from "../sendto/session.ts";
import { parseChoice, parseNumber } from "../values.ts";
import { parseView, type RawView, viewOptions } from "../view.ts";
import { parseWidth, terminalColumns } from "../width.ts";
import type { Register } from "./register.ts";

interface Raw extends RawView, RawNet {
  kernel: string;
  seed: string;
  jobs: string;
  shard?: string;
  summary?: boolean;
  update?: boolean;
  strict?: boolean;
  receipt: string;
  quiet?: boolean;
  report: string[];
}

const RECEIPTS = ["log", "always", "all", "none"] as const;

const ROWS: readonly OptionRow[] = [
  {
    flags: "-c, --summary",
    help: "count calls, errors and functions, as strace -c (short for --format summary)",
  },
  { flags: "--update", help: "write the actual results into the files" },
  {
    flags: "--strict",
    help: "treat an unreadable line as an error in logs too (in scenarios it always is)",
  },
  { flags: "--no-strict", help: "skip and report unreadable lines, in scenarios too" },
  {
    flags: "--receipt <which>",
    help: "report what became of the lines: log (for logs), always, all (line by line), none",
    words: RECEIPTS,
    fallback: "log",
  },
  { flags: "--quiet", help: "print failures and a last line, nothing else" },
  {
    flags: "--report <kind>",
    help: "failures in a machine-readable form: junit=FILE, or github (workflow annotations)",
    words: ["junit=", "github"],
    many: true,
  },
  {
    flags: "-j, --jobs <n>",
    help: "run n files at once (auto: one per processor), print them in order",
    words: ["auto"],
    fallback: "1",
  },
  {
    flags: "--shard <i/n>",
    help: "run part i of n of the files; together, the parts print what one run prints",
  },
];

export const run: Register = (program, io, exit) => {
  const command = program
    .command("run")
    .description("run scenarios: strace logs with ip commands and expectations")
    .usage("[options] <file...>")
    .argument("[file...]", "scenarios or strace logs; - for standard input");
  addOptions(command, "The run:", ROWS);
  machineOptions(command);
  viewOptions(command);
  command.action(async (files: string[], raw: Raw) => {
    exit(await runFiles(files, raw, command, io));
  });
};

async function runFiles(files: readonly string[], given: Raw, command: Command, real: Io): Promise<number> {
  // Who stops reading what is printed does not stop what is written.
  const io = given.update === true || given.output.length > 0 ? heedless(real) : real;
  const raw = given.summary === true ? { ...given, format: [...given.format, "summary"] } : given;
  const kernel = parseChoice<Kernel>("--kernel", raw.kernel, ["el6"]);
  const seed = parseNumber("--seed", raw.seed, 0, 0xffffffff);
  if (raw.netShow === true) {
    showNetwork(RELEASES[kernel].boot({ seed }), await loadNetwork(raw, io), io);
    return EXIT.ok;
  }
  const graph = raw.brief === true || command.getOptionValueSource("trace") === "cli";
  const format = graph ? "graph" : "strace";
  const { targets } = await parseView(raw, io, format);
  const quiet = raw.quiet ?? false;
  const wish = parseChoice<ReceiptWish>("--receipt", raw.receipt, RECEIPTS);
  const receipt = quiet && command.getOptionValueSource("receipt") !== "cli" ? "none" : wish;
  const reports = parseReports(raw.report);
  const mine = shardOf(files, raw.shard);
  const jobs = parseJobs(raw.jobs, processors);
  check(files, targets, raw.update ?? false);
  const network = await networkOf(raw, kernel, io);
  const update = raw.update ?? false;
  const several = files.length > 1;
  const { strict } = raw;
  const common: Common = {
    kernel,
    seed,
    update,
    strict,
    receipt,
    quiet,
    network,
    view: raw,
    format,
    several,
  };
  const outcome = new Results(reports, io);
  try {
    const results =
      jobs > 1 && mine.length > 1 && !(update && repeats(files, io))
        ? await inParallel(
            mine,
            { ...common, view: settled(raw, targets, io) },
            { jobs, targets, ready: outcome.open },
            io,
          )
        : await oneByOne(mine, common, outcome.open, io);
    // Parts print together what one run prints: none has a last line of its own.
    outcome.tell(results, quiet || (several && raw.shard === undefined));
    return results.some(({ failures }) => failures > 0) ? EXIT.errno : EXIT.ok;
  } finally {
    outcome.abandon();
  }
}

/** Nobody looks at what threads write: whether there is colour, and how wide lines are, is settled before. */
function settled(raw: RawView, targets: readonly Target[], io: Io): RawView {
  const toFile = targets.every((t) => t.file !== undefined);
  const given = parseWidth(raw.width);
  const width = given === undefined && !toFile ? terminalColumns(io) : given;
  const colour = wantsColour(raw.color as When, toFile, io);
  return { ...raw, color: colour ? "always" : "never", width: String(width ?? "none") };
}

/** In this thread: each call is written as it returns. */
async function oneByOne(
  files: readonly FileAt[],
  common: Common,
  ready: () => void,
  io: Io,
): Promise<FileResult[]> {
  const { Session } = await import("../run/session.ts");
  const progress = new Progress(names(files), io);
  const session = await Session.open(common, progress.io, progress.step);
  const prepared = files.map(({ file, index }) => ({ index, one: session.prepare(file) }));
  for (const { file } of files) io.claims.runs(file, io.place(file));
  ready();
  for (const { one } of prepared) progress.expect(one.survey.steps);
  const output = new Output();
  const results: FileResult[] = [];
  try {
    await output.open(session.targets, session.view, io);
    for (const { one, index } of prepared) results.push(session.run(one, index, output));
    output.commit(io.stderr);
  } finally {
    progress.end();
    output.close();
  }
  return results;
}

const names = (files: readonly FileAt[]): string[] => files.map(({ file }) => file);

async function inParallel(
  ...[files, common, how, io]: Parameters<typeof runParallel>
): Promise<FileResult[]> {
  const { runParallel } = await import("../run/threads/parallel.ts");
  return runParallel(files, common, how, io);
}

function processors(): number {
  return process.getBuiltinModule("node:os").availableParallelism();
}

/** Two of the files are one: they must be updated one after the other. */
function repeats(files: readonly string[], io: Io): boolean {
  const identities = files.map((file) => io.identity(file) ?? file);
  return new Set(identities).size < files.length;
}

/** What cannot be done is said before anything is read. */
function check(files: readonly string[], targets: readonly Target[], update: boolean): void {
  // With --net-show it may be left out, so it is not commander that asks for it.
  if (files.length === 0) throw new UsageError("missing required argument 'file'");
  const single = targets.find((t) => !HOLD_SEVERAL.includes(t.format));
  if (files.length > 1 && single !== undefined) {
    throw new UsageError(
      `--format ${single.format} holds one session: expected one file, got ${files.length}`,
    );
  }
  if (files.filter((file) => file === "-").length > 1)
    throw new UsageError("standard input (-) is given twice");
  if (update && files.includes("-"))
    throw new UsageError("--update: expected a file, standard input cannot be updated");
}

/** The network of each machine, tried on one: what there is to say about it is said once. */
async function networkOf(raw: Raw, kernel: Kernel, io: Io): Promise<Common["network"]> {
  const named = await loadNetwork(raw, io);
  setUpNetwork(RELEASES[kernel].boot({ seed: 0 }), named, io);
  const { name, label, network } = named;
  return { name, label, text: networkText(named), recorded: network.recorded };
}
