// SPDX-License-Identifier: GPL-2.0-only
/** Transcripts → steps, line by line: calls as strace writes them, commands, expectations, comments. */
import { COMMAND_NAMES, isCommand, parseCommand } from "./command/command.ts";
import { LineError, ScriptError } from "./error.ts";
import { isExpect, parseExpect } from "./expect/expectation.ts";
import { nearest } from "./nearest.ts";
import type { ScenarioStep } from "./step.ts";
import { LogReader, NoLogLine } from "./strace/log.ts";
import type { Devices } from "./strace/message.ts";

const FIRST_WORDS = [...COMMAND_NAMES, "expect"];

/** Read a transcript. Lines are bytes as latin-1 text, without their newline. Throws nothing but LineError. */
export function* scenario(lines: Iterable<string>, devices: Devices): Generator<ScenarioStep> {
  const reader = new LogReader(devices);
  let line = 0;
  for (const text of lines) {
    line++;
    try {
      yield* stepsOf(text.endsWith("\r") ? text.slice(0, -1) : text, line, reader);
    } catch (error) {
      if (error instanceof ScriptError && !(error instanceof LineError)) throw new LineError(line, error);
      throw error;
    }
  }
}

/** The steps of one line: a command, expectations, or what a log says. */
function stepsOf(text: string, line: number, log: LogReader): ScenarioStep[] {
  const start = /\S/.exec(text)?.index;
  if (start === undefined || text[start] === "#") return [];
  const column = start + 1;
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
    return log.line(text, line);
  } catch (error) {
    throw error instanceof NoLogLine ? unreadable(text, error.at) : error;
  }
}

/** Bytes as they stand in the file, read as UTF-8: what people see. */
function utf8(latin1: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes of ASCII
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1;
  return new TextDecoder().decode(Uint8Array.from(latin1, (c) => c.charCodeAt(0)));
}

function unreadable(text: string, pos: number): ScriptError {
  const word = /^[^\s(]{0,40}/.exec(text.slice(pos))?.[0] ?? "";
  const expected =
    "a system call as strace writes it, a command (ip, tc, sysctl, cat …), expect … or # a comment";
  return new ScriptError(
    pos + 1,
    `cannot read ${JSON.stringify(word)}`,
    expected,
    nearest(word, FIRST_WORDS),
  );
}
