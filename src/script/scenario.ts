// SPDX-License-Identifier: GPL-2.0-only
/** Transcripts → steps, line by line: calls as strace writes them, commands, expectations, comments. */
import { COMMAND_NAMES, isCommand, parseCommand } from "./command/command.ts";
import { LineError, ScriptError } from "./error.ts";
import { isExpect, parseExpect } from "./expect/expectation.ts";
import { nearest } from "./nearest.ts";
import type { Dress } from "./paste/dress.ts";
import { type Joined, join, type Piece, Pieces, placeOf } from "./paste/lines.ts";
import { noiseOf } from "./paste/noise.ts";
import type { Entry, Fate } from "./receipt.ts";
import type { ScenarioStep } from "./step.ts";
import { LogReader, NoLogLine } from "./strace/log.ts";
import type { Devices } from "./strace/message.ts";
import { inUtf8, utf8 } from "./utf8.ts";

const FIRST_WORDS = [...COMMAND_NAMES, "expect"];

/** How a transcript is read. */
export interface Manner {
  /** A log as people paste it: how its lines are dressed. What cannot be read of it is left out. */
  readonly dress?: Dress;
  /** Told of every line, blank ones left out, as it is read. */
  readonly entry?: (entry: Entry) => void;
}

/** Read a transcript. Lines are bytes as latin-1 text, without their newline. Throws nothing but LineError. */
export function* scenario(
  lines: Iterable<string>,
  devices: Devices,
  { dress, entry }: Manner = {},
): Generator<ScenarioStep> {
  const lenient = dress !== undefined;
  const reader = new LogReader(devices, lenient);
  const pieces = new Pieces(lines, dress);
  for (let first = pieces.next(); first !== undefined; first = pieces.next()) {
    if (first.text.trim() === "") continue;
    const whole = pieces.whole(first);
    const read =
      whole.length === 1 ? readOne(join(whole, false), reader, lenient) : readJoined(whole, reader, dress);
    // What follows a line that could not be completed is looked at by itself.
    if (read.used < whole.length) pieces.unread(whole.slice(read.used));
    entry?.({ from: first.line, to: (whole[read.used - 1] as Piece).line, fate: read.fate });
    yield* read.steps;
  }
}

interface Read {
  readonly steps: readonly ScenarioStep[];
  readonly fate: Fate;
  /** Pieces that belong to it. */
  readonly used: number;
}

/** A line in several pieces: put together as it was most likely broken, else in the other way, else it was never one. */
function readJoined(whole: readonly Piece[], reader: LogReader, dress: Dress | undefined): Read {
  const hard = dress?.hard !== undefined || cutsWord(whole);
  let failed: unknown;
  let unread: Read | undefined;
  for (const way of [hard, !hard]) {
    try {
      const read = readOne(join(whole, way), reader, false, dress !== undefined);
      if (read.fate.kind !== "unread") return read;
      unread ??= read;
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      failed ??= error;
    }
  }
  if (unread !== undefined) return unread;
  if (dress === undefined) throw failed;
  return readOne(join(whole.slice(0, 1), false), reader, true);
}

/** Was an address or a port cut in two, where there is no blank that a line could be wrapped at? */
function cutsWord(whole: readonly Piece[]): boolean {
  return whole.some(
    ({ text }, i) =>
      /(?:inet_addr\("|htons\()[0-9.]*$/.test(text) && /^[0-9.]*[")]/.test(whole[i + 1]?.text ?? ""),
  );
}

/** `lenient`: what cannot be read is told; else it is thrown. */
function readOne(line: Joined, reader: LogReader, lenient: boolean, guess = lenient): Read {
  const used = line.parts.length;
  try {
    const steps = stepsOf(line, reader);
    if (guess && isComment(line.text)) return { steps, fate: noise(line.text), used };
    return { steps, fate: fateOf(steps, guess), used };
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    const placed = placedIn(line, error);
    if (!lenient || placed.fatal) throw placed.error;
    return { steps: [], fate: noise(line.text), used };
  }
}

const isComment = (text: string): boolean => /^\s*#/.test(text);

function noise(text: string): Fate {
  const name = /^[^("]*?([a-z_][a-z0-9_]*)\(/.exec(text)?.[1] ?? "";
  return { kind: "noise", noise: isComment(text) ? "comment" : noiseOf(text, name), text: utf8(text).trim() };
}

/** What became of a line that could be read. */
function fateOf(steps: readonly ScenarioStep[], lenient: boolean): Fate {
  const guesses: string[] = [];
  for (const step of steps) {
    if (step.kind === "skip" && step.unread !== undefined) {
      return { kind: "unread", column: step.column, problem: step.unread };
    }
    if (step.kind !== "call") continue;
    guesses.push(...step.guesses);
    if (step.padded > 0 && lenient) guesses.push(`${step.padded} zero bytes where a string is truncated`);
  }
  return guesses.length > 0 ? { kind: "guessed", guesses } : { kind: "understood" };
}

/** "ip address of the box is 10.0.0.5." begins with the name of a program, and is none of its lines. */
const PROSE = /[.!?:]\s*$|, |\s(?:a|an|and|but|did|does|is|it|my|not|of|our|the|was|we|when|with|you)\s/;

/** An error at its place in the file; a command that was meant as one is an error in any manner of reading. */
function placedIn(line: Joined, error: ScriptError): { error: LineError; fatal: boolean } {
  const at = error instanceof LineError ? error : placeOf(line, error.column - 1);
  const { expected, nearest: meant } = error;
  const made = new ScriptError(at.column, inUtf8(error.problem), expected, meant);
  const third =
    (/^\s*(?:\$\s+)?(?:sudo\s+)?\S+\s+\S+\s+/.exec(line.text)?.[0].length ?? Number.POSITIVE_INFINITY) + 1;
  const meantAsOne = (meant !== undefined || error.column >= third) && !PROSE.test(line.text);
  const command = isCommand(line.text) && meantAsOne;
  return { error: new LineError(at.line, made), fatal: command || isExpect(line.text) };
}

/** The steps of one line: a command, expectations, or what a log says. Throws ScriptError, of the log also LineError. */
function stepsOf(joined: Joined, log: LogReader): ScenarioStep[] {
  const { text } = joined;
  const last = joined.parts.at(-1) as Joined["parts"][number];
  const { line } = last.piece;
  const start = text.length - text.trimStart().length;
  if (text[start] === "#") return [];
  const { shift, places } = last.piece;
  const asItStands = joined.parts.length === 1 && shift === 0 && places === undefined;
  const column = asItStands ? start + 1 : placeOf(joined, start).column;
  if (isExpect(text)) {
    const expectations = parseExpect(utf8(text));
    return expectations.map((expectation) => ({
      kind: "expect",
      line,
      column,
      text: text.trim(),
      expectation,
    }));
  }
  if (isCommand(text)) {
    const command = parseCommand(utf8(text));
    return [{ kind: "command", line, column, text: utf8(text).trim(), command }];
  }
  try {
    return log.line(text, line).map((step) => moved(step, joined));
  } catch (error) {
    throw error instanceof NoLogLine ? unreadable(text, error.at) : error;
  }
}

/** A step's places in the last of the lines that it was read from. */
function moved(step: ScenarioStep, joined: Joined): ScenarioStep {
  const { parts } = joined;
  const last = parts.at(-1) as Joined["parts"][number];
  if (parts.length === 1 && last.piece.shift === 0 && last.piece.places === undefined) return step;
  const back = (at: number): number => (at < last.at ? 0 : placeOf(joined, at).column - 1);
  const column = placeOf(joined, step.column - 1).column;
  if (!("written" in step) || step.written === undefined) return { ...step, column };
  const written = { ...step.written, at: back(step.written.at), end: back(step.written.end) };
  if (step.kind !== "call") return { ...step, column, written };
  return { ...step, column, written, span: [back(step.span[0]), back(step.span[1])] };
}

function unreadable(text: string, pos: number): ScriptError {
  const word = /^[^\s(]{0,40}/.exec(text.slice(pos))?.[0] ?? "";
  const expected =
    "a system call as printed by strace, a command (ip, tc, sysctl, cat …), expect … or # a comment";
  return new ScriptError(
    pos + 1,
    `cannot read ${JSON.stringify(word)}`,
    expected,
    nearest(word, FIRST_WORDS),
  );
}
