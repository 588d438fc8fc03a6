// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace run FILE…`: transcripts of strace, with ip commands and expectations, on a simulated machine. */
import type { Command } from "commander";
import type { Machine } from "../../kernels/release.ts";
import { EXIT, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { loadNetwork, netOptions, networkText, type RawNet, setUpNetwork } from "../net.ts";
import { HOLD_SEVERAL, Output, type Target } from "../output.ts";
import type { Kernel } from "../sendto/session.ts";
import { parseChoice, parseNumber } from "../values.ts";
import { parseView, type RawView, viewOptions } from "../view.ts";
import type { Register } from "./index.ts";

interface Raw extends RawView, RawNet {
  kernel: string;
  seed: string;
  update?: boolean;
}

export const run: Register = (program, io, exit) => {
  const command = program
    .command("run")
    .description("run scenarios: what strace wrote, with ip commands and expectations")
    .usage("[options] <file...>")
    .argument("[file...]", "transcripts, - for standard input")
    .option("--update", "write the results that come into the files");
  command
    .optionsGroup("The machine:")
    .option("--kernel <release>", "el6 (2.6.32-642.6.2.el6)", "el6")
    .option("--seed <n>", "decides what is random and not in the transcript", "0");
  netOptions(command);
  viewOptions(command);
  command.action(async (files: string[], raw: Raw) => {
    exit(await runFiles(files, raw, command, io));
  });
};

/** Formats that people read line by line: what commands print may stand between. */
const FOR_PEOPLE: readonly string[] = ["strace", "graph"];

async function runFiles(files: readonly string[], raw: Raw, command: Command, io: Io): Promise<number> {
  const kernel = parseChoice<Kernel>("--kernel", raw.kernel, ["el6"]);
  const seed = parseNumber("--seed", raw.seed, 0, 0xffffffff);
  if (raw.netShow === true) {
    io.stdout(networkText(await loadNetwork(raw, io)));
    return EXIT.ok;
  }
  const graph = command.getOptionValueSource("trace") === "cli";
  const { view, targets } = await parseView(raw, io, graph ? "graph" : "strace");
  check(files, targets, raw.update ?? false);
  const graphs = targets.some((t) => t.format !== "strace");
  const changes = view.everyCall || targets.some((t) => !FOR_PEOPLE.includes(t.format));
  const { prepare, runPrepared } = await import("../run/run.ts");
  const network = await networkOf(raw, io);
  const prepared = files.map((file) =>
    prepare({ file, kernel, seed, network, graphs, changes, update: raw.update ?? false }, io),
  );
  const output = new Output();
  const human = targets.some((t) => t.file === undefined && FOR_PEOPLE.includes(t.format));
  const say = (text: string): void => {
    if (human) output.settle();
    if (human) io.stdout(text);
    else io.stderr(text);
  };
  let failures = 0;
  try {
    await output.open(targets, view, io);
    for (const [i, one] of prepared.entries()) {
      if (files.length > 1) say(`${i > 0 ? "\n" : ""}==> ${one.source.name} <==\n`);
      failures += runPrepared(one, stage(output, say), io);
    }
  } finally {
    output.close();
  }
  return failures > 0 ? EXIT.errno : EXIT.ok;
}

function stage(output: Output, say: (text: string) => void): import("../run/run.ts").Stage {
  return {
    head: (machine, before) => output.head(machine, before),
    step: (step) => output.step(step),
    end: (after) => output.end(after),
    say,
  };
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
    throw new UsageError("- is given twice: expected it once");
  if (update && files.includes("-"))
    throw new UsageError("--update: expected a file, standard input cannot be updated");
}

/** Makes the network of each machine; what there is to say about it is said once. */
async function networkOf(raw: Raw, io: Io): Promise<(machine: Machine) => string> {
  const named = await loadNetwork(raw, io);
  const silent: Io = { ...io, stderr: () => {} };
  let said = false;
  return (machine) => {
    const line = setUpNetwork(machine, named, said ? silent : io);
    said = true;
    return line;
  };
}
