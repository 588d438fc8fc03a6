// SPDX-License-Identifier: GPL-2.0-only
/** The program: arguments in, exit status out. */

import { Command, CommanderError, type Option } from "commander";
import { KernelPanic } from "../kernels/release.ts";
import { nearest } from "../script/nearest.ts";
import { commandsFor } from "./commands/index.ts";
import { EXIT, UsageError } from "./errors.ts";
import { ClosedPipe, type Io } from "./io.ts";
import { RowOption } from "./option.ts";
import { printable } from "./printable.ts";
import { type Launcher, processIo, THREAD } from "./process-io.ts";
import type { Port } from "./run/threads/thread.ts";
import { VERSION } from "./version.ts";

/** Run the program within `io` and give its exit status; only a mistake of ours throws. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let status: number = EXIT.ok;
  const program = newProgram(io);
  for (const register of await commandsFor(argv[0])) {
    register(program, io, (given) => {
      status = given;
    });
  }
  try {
    if (argv.length === 0) {
      io.stderr(program.helpInformation());
      return EXIT.usage;
    }
    await program.parseAsync(bareOptions(argv, program), { from: "user" });
    return status;
  } catch (error) {
    return explain(error, io);
  }
}

/** Run with the real input and output, and set the exit status of the process. `launcher`: what called this. */
export async function run(argv: readonly string[], launcher?: Launcher): Promise<void> {
  const io = processIo(launcher);
  if (argv[0] === THREAD) {
    const { serve } = await import("./run/threads/thread.ts");
    serve(process.getBuiltinModule("node:worker_threads").parentPort as Port, io);
    return;
  }
  try {
    process.exitCode = await main(argv, io);
    io.flush();
  } catch (error) {
    // What the launcher has to say: a part of the program is missing.
    if (error instanceof Error && "advice" in error) throw error;
    if (!(error instanceof ClosedPipe)) process.exitCode = fail(error, io);
  }
}

/** What an option whose value may be left out is without one. */
const BARE = "all";

/** Options whose value may be left out, with it behind a `=`, as commander takes it: no other word that follows is theirs. */
function bareOptions(argv: readonly string[], program: Command): string[] {
  const bare = new Map<string, RowOption["row"]>();
  for (const option of program.commands.flatMap((command) => command.options)) {
    if (option.optional && option instanceof RowOption) bare.set(option.long ?? "", option.row);
  }
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (word === "--") return [...words, ...argv.slice(i)];
    const row = bare.get(word);
    if (row === undefined) words.push(word);
    else if (isValue(argv[i + 1] ?? "", row)) words.push(`${word}=${argv[++i]}`);
    else words.push(`${word}=${BARE}`);
  }
  return words;
}

/** One of the words, or one of them mistyped, is no payload; where there are none, a number is the value. */
function isValue(word: string, { words }: RowOption["row"]): boolean {
  if (words === undefined) return /^\d+$/.test(word);
  return words.includes(word) || nearest(word, words) !== undefined;
}

function newProgram(io: Io): Command {
  return new Command("nettrace")
    .description("strace for a kernel you don't have: follow a sendto(2) through a simulated Linux stack")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .usage("<command> [options]")
    .configureHelp({ optionDescription: describeOption, optionTerm: termOf })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout(text),
      writeErr: (text) => io.stderr(text),
      outputError: () => {},
      getOutHelpWidth: () => io.columns ?? 100,
      getErrHelpWidth: () => io.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

/** A value that may be left out is written behind a `=`. */
function termOf({ flags }: Option): string {
  return flags.replace(" [", "[=");
}

/** An option's line; an empty list is no default worth printing. */
function describeOption(option: Option): string {
  const { defaultValue } = option;
  const shown = typeof defaultValue === "string" && defaultValue !== "";
  return shown ? `${option.description} (default: ${defaultValue})` : option.description;
}

/** One line for bad usage; commander's help and version are no errors. Anything else is thrown on. */
function explain(error: unknown, io: Io): number {
  if (error instanceof KernelPanic) {
    io.stderr(
      `nettrace: the simulated kernel panicked, as the real one would: ${printable(error.message)}\n`,
    );
    return EXIT.errno;
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    if (error.code === "commander.help") return EXIT.usage;
  } else if (!(error instanceof UsageError)) throw error;
  const text = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  io.stderr(`nettrace: ${printable(text)}\n`);
  return EXIT.usage;
}

/** What went wrong outside a command: output that cannot be written, or a mistake of ours. */
function fail(error: unknown, io: Io): number {
  if (error instanceof UsageError) return explain(error, io);
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: "" };
  io.stderr(`nettrace: internal error: ${printable(message.split("\n")[0] ?? "")}, please report\n`);
  if (io.env["NETTRACE_DEBUG"] === "1") io.stderr(`${stack}\n`);
  return EXIT.internal;
}
