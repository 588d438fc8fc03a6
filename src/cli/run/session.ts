// SPDX-License-Identifier: GPL-2.0-only
/** What the files of one `nettrace run` have in common, and how one of them is prepared and run. */
import type { Machine } from "../../kernels/release.ts";
import type { Format, ViewOptions } from "../../render/format.ts";
import { FORMATS, type FormatName } from "../../render/index.ts";
import { parseNetwork } from "../../script/net/parse.ts";
import type { Io } from "../io.ts";
import { PRESETS, setUpNetwork } from "../net.ts";
import { FORMAT_NAMES, type Output, type Target } from "../output.ts";
import { printableLines } from "../printable.ts";
import type { Kernel } from "../sendto/session.ts";
import { parseView, type RawView } from "../view.ts";
import type { ReceiptWish } from "./judge/receipt.ts";
import { type FileResult, type Prepared, prepare, runPrepared, type Stage } from "./run.ts";
import { Source } from "./source.ts";
import type { Survey } from "./survey.ts";

/** Plain values: they go to threads as they are. */
export interface Common {
  readonly kernel: Kernel;
  readonly seed: number;
  readonly update: boolean;
  readonly strict: boolean | undefined;
  readonly receipt: ReceiptWish;
  /** The network as commands. */
  readonly network: {
    readonly name: string;
    readonly label: string;
    readonly text: string;
    readonly recorded: boolean;
  };
  readonly view: RawView;
  readonly format: FormatName;
  /** Only what fails is told. */
  readonly quiet: boolean;
  /** There are several files: each has its name over it. */
  readonly several: boolean;
}

/** Formats that people read line by line: what commands print may stand between. */
const FOR_PEOPLE: readonly FormatName[] = FORMAT_NAMES.filter(
  (name) => (FORMATS[name] as Format).people === true,
);

export class Session {
  readonly view: ViewOptions;
  readonly targets: readonly Target[];
  private readonly common: Common;
  private readonly io: Io;
  private readonly network: (machine: Machine) => string;
  private readonly lan: ((machine: Machine) => string) | undefined;
  private readonly done: () => void;

  private constructor(
    common: Common,
    { view, targets }: { view: ViewOptions; targets: readonly Target[] },
    io: Io,
    done: () => void,
  ) {
    this.common = common;
    this.view = view;
    this.targets = targets.filter(({ file }) => !common.quiet || file !== undefined);
    this.io = io;
    this.network = networkOf(common.network, io);
    this.lan = common.network.label === "" ? networkOf(LAN, io) : undefined;
    this.done = done;
  }

  /** `done` is called after each step of a scenario. */
  static async open(common: Common, io: Io, done: () => void): Promise<Session> {
    return new Session(common, await parseView(common.view, io, common.format), io, done);
  }

  /** Read a file through. Throws UsageError. */
  prepare(file: string): Prepared {
    return prepare(this.job(file), this.io);
  }

  /** A file that somebody else has read through. */
  resume(file: string, survey: Survey): Prepared {
    return { job: this.job(file), source: new Source(file, this.io), survey };
  }

  private job(file: string): Prepared["job"] {
    const { kernel, seed, update, strict, receipt, quiet } = this.common;
    const { targets, network, lan } = this;
    const graphs = targets.some((t) => t.format !== "strace");
    const changes = this.view.everyCall || targets.some((t) => !FOR_PEOPLE.includes(t.format));
    return {
      file,
      kernel,
      seed,
      network,
      graphs,
      changes,
      update,
      strict,
      receipt,
      quiet,
      ...(lan === undefined ? {} : { lan }),
    };
  }

  /** Run a file. `index`: which of all files it is. */
  run(one: Prepared, index: number, output: Output): FileResult {
    const human = this.targets.some((t) => t.file === undefined && FOR_PEOPLE.includes(t.format));
    const say = (text: string): void => {
      if (this.common.quiet) return;
      if (human) output.settle();
      if (human) this.io.stdout(printableLines(text));
      else this.io.stderr(printableLines(text));
    };
    if (this.common.several) say(`${index > 0 ? "\n" : ""}==> ${one.source.name} <==\n`);
    return runPrepared(one, { ...stage(output, say), done: this.done }, this.io);
  }
}

function stage(output: Output, say: (text: string) => void): Omit<Stage, "done"> {
  return {
    head: (machine, before, adviser) => output.head(machine, before, false, adviser),
    step: (step) => output.step(step),
    advises: output.advises,
    end: (after) => output.end(after),
    say,
  };
}

/** The network that is offered to who has none. */
const LAN = { name: "lan", label: "lan", text: PRESETS["lan"] as string, recorded: false };

/** Makes the network of each machine; what there is to say about it was said when it was loaded. */
function networkOf({ name, label, text, recorded }: Common["network"], io: Io): (machine: Machine) => string {
  const named = { name, label, network: { ...parseNetwork(text), notes: [], recorded } };
  const silent: Io = { ...io, stderr: () => {} };
  return (machine) => setUpNetwork(machine, named, silent);
}
