// SPDX-License-Identifier: GPL-2.0-only
/** `run`: a scenario, or a log of strace, on a machine of its own. */
import { memoryIo } from "../cli/memory-io.ts";
import { prepare, runPrepared } from "../cli/run/run.ts";
import type { TraceEvent } from "../trace/event.ts";
import { BOOT_OPTIONS, type BootOptions, parseBoot } from "./boot.ts";
import { Collector } from "./collector.ts";
import { checked, type Place } from "./error.ts";
import { knownOptions } from "./options.ts";

/** How a scenario is run. */
export interface RunOptions extends BootOptions {
  /** True: every line must be right. False: it is a log, whose other lines are left out. Where not said, it is looked at. */
  readonly strict?: boolean;
  /** Files that the scenario names, by the name that it uses. */
  readonly files?: { readonly [name: string]: string };
}

/** Something that is to be said of a line. */
export interface Message {
  /** Absent where it concerns the whole. */
  readonly place?: Place;
  readonly text: string;
}

/** What became of it. */
export interface RunResult {
  /** How many things were not as they are written: results, expectations, refused commands. */
  readonly failures: number;
  /** What was not as written, what was left out, what a reader should know: in the order of `nettrace run`. */
  readonly messages: readonly Message[];
  /** What the scenario's commands printed. */
  readonly printed: string;
  readonly trace: TraceEvent[];
}

/** A scenario needs a name: messages have it, and lose it again. */
const NAME = "scenario";

/** Run the text of a scenario. What differs from what is written is in the result; a line that cannot be read is a NettraceError. */
export function run(text: string, options: RunOptions = {}): RunResult {
  return checked(() => {
    knownOptions(options, [...BOOT_OPTIONS, "strict", "files"], "run");
    const io = memoryIo({ files: { ...options.files, [NAME]: text } });
    const trace = new Collector();
    const { strict } = options;
    const job = {
      file: NAME,
      graphs: true,
      changes: true,
      update: false,
      strict,
      receipt: "none",
      quiet: false,
    } as const;
    const prepared = prepare({ ...job, ...parseBoot(options) }, io);
    let printed = "";
    const { failures } = runPrepared(
      prepared,
      {
        head: (machine, before) => trace.head(machine, before),
        step: (step) => trace.step(step),
        end: (after) => trace.end(after),
        say: (said) => {
          printed += said;
        },
        done: () => {},
        advises: false,
      },
      io,
    );
    return { failures, messages: messagesOf(io.err), printed, trace: trace.events };
  });
}

/** Lines with a place begin a message; those that are indented go on with it. */
function messagesOf(text: string): Message[] {
  const messages: Message[] = [];
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const found = new RegExp(`^${NAME}:(?:(\\d+):(\\d+):)? (.*)$`).exec(line);
    const last = messages.at(-1);
    if (found !== null) {
      const place = { line: Number(found[1]), column: Number(found[2]) };
      messages.push({ ...(found[1] !== undefined && { place }), text: found[3] ?? "" });
    } else if (last !== undefined) {
      messages[messages.length - 1] = { ...last, text: `${last.text}\n${line}` };
    } else messages.push({ text: line });
  }
  return messages;
}
