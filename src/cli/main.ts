// SPDX-License-Identifier: GPL-2.0-only
/** The program: arguments in, exit status out. */

import { Command, CommanderError, type Option } from "commander";
import { KernelPanic } from "../kernels/release.ts";
import { nearest } from "../script/nearest.ts";
import { COMMAND_NAMES, commandsFor, isCommand } from "./commands/index.ts";
import { isSet as hasOptions } from "./environment-names.ts";
import { EXIT, UsageError } from "./errors.ts";
import { ClosedPipe, type Io } from "./io.ts";
import { isValueOf, RowOption } from "./option.ts";
import { page } from "./pager.ts";
import { printable } from "./printable.ts";
import { type Launcher, processIo, THREAD } from "./process-io.ts";
import type { Port } from "./run/threads/thread.ts";
import { versionText } from "./version.ts";

/** Run the program within `io` and give its exit status; only a mistake of ours throws. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let from: ReadonlyMap<string, string> = new Map();
  try {
    if (VERSION_FLAGS.includes(argv[0] ?? "")) {
      io.stdout(await versionText(io.build));
      return EXIT.ok;
    }
    if (isPlain(argv) && !hasOptions(io.env)) {
      const { plainSendto } = await import("./commands/sendto.ts");
      return await plainSendto(argv.slice(1), io);
    }
    let status: number = EXIT.ok;
    const exit = (given: number): void => {
      status = given;
    };
    let words = argv[0] === "help" ? helpOf(argv) : argv;
    const program = await programFor(words[0], io, exit);
    if (words.length === 0 || words.some((word) => HELP_FLAGS.includes(word))) {
      (await import("./manual/help.ts")).addPages(program);
    }
    if (words.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    if (hasOptions(io.env) && isCommand(words[0])) {
      const every = await programFor(undefined, io, exit);
      const { withEnvironment } = await import("./environment.ts");
      const command = program.commands.find((c) => c.name() === words[0]) as Command;
      ({ argv: words, from } = withEnvironment(words, io.env, command, every.commands));
    }
    await program.parseAsync(bareOptions(words, program), { from: "user" });
    return status;
  } catch (error) {
    return explain(error, io, from);
  }
}

const VERSION_FLAGS: readonly string[] = ["-V", "--version"];
const HELP_FLAGS: readonly string[] = ["-h", "--help"];

/** The main job, without an option. A start is a thirtieth shorter where none is declared and looked for. */
function isPlain([command, ...words]: readonly string[]): boolean {
  const { length } = words;
  return command === "sendto" && length > 0 && length <= 3 && !words.some((word) => word.startsWith("-"));
}

/** `help COMMAND` is `COMMAND --help`. */
function helpOf([, command]: readonly string[]): readonly string[] {
  if (command === undefined) return ["--help"];
  if (isCommand(command)) return [command, "--help"];
  const near = nearest(command, COMMAND_NAMES);
  const hint = near === undefined ? `; there are ${COMMAND_NAMES.join(", ")}` : `; did you mean ${near}?`;
  throw new UsageError(`help: unknown command '${command}'${hint}`);
}

/** The program with the command of that name, or with all where there is none of that name. */
async function programFor(
  name: string | undefined,
  io: Io,
  exit: (status: number) => void,
): Promise<Command> {
  const program = newProgram(io);
  for (const register of await commandsFor(name)) register(program, io, exit);
  return program;
}

/**
 * Run with the real input and output, and set the exit status of the process. `launcher`: what called this; `build`: whose
 * name it read. Whether all is done: a thread waits for more.
 */
export async function run(argv: readonly string[], launcher?: Launcher, build?: string): Promise<boolean> {
  const io = processIo(launcher, build);
  if (argv[0] === THREAD) {
    const { serve } = await import("./run/threads/thread.ts");
    serve(process.getBuiltinModule("node:worker_threads").parentPort as Port, io);
    return false;
  }
  try {
    process.exitCode = await main(argv, io);
    io.flush();
  } catch (error) {
    // What the launcher has to say: a part of the program is missing.
    if (error instanceof Error && "advice" in error) throw error;
    if (!(error instanceof ClosedPipe)) process.exitCode = fail(error, io);
  } finally {
    await io.close();
  }
  return true;
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
    else if (isValueOf(row, argv[i + 1] ?? "")) words.push(`${word}=${argv[++i]}`);
    else words.push(`${word}=${BARE}`);
  }
  return words;
}

function newProgram(io: Io): Command {
  return new Command("nettrace")
    .description("strace for a kernel you don't have: follow a sendto(2) through a simulated Linux stack")
    .option("-V, --version", "print the versions of nettrace, the kernels and Node.js, and the build")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .usage("<command> [options]")
    .configureHelp({ optionDescription: describeOption, optionTerm: termOf })
    .exitOverride()
    .configureOutput({
      writeOut(text) {
        // A version is no page.
        page(io, text.split("\n").length > 10);
        io.stdout(text);
      },
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

/** One line for bad usage; commander's help is no error. Anything else is thrown on. `from`: options that a variable gave. */
function explain(error: unknown, io: Io, from: ReadonlyMap<string, string> = new Map()): number {
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
  const text = error.message
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ")
    .replace(/ \(Did you mean (?:one of )?(.+)\?\)$/, "; did you mean $1?");
  const [, variable] = [...from].find(([flag]) => text.includes(flag)) ?? [];
  if (variable !== undefined) io.stderr(`nettrace: ${variable}: ${printable(text)}\n`);
  else io.stderr(`nettrace: ${printable(text)}\n`);
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
