// SPDX-License-Identifier: GPL-2.0-only
/** Transcripts → steps, line by line: calls as strace writes them, commands, expectations, comments. */
import { SYSCALL_NAMES } from "../uapi/unistd.ts";
import { COMMAND_NAMES, isCommand, parseCommand } from "./command/command.ts";
import { LineError, ScriptError, unknownWord } from "./error.ts";
import { isExpect, parseExpect } from "./expect/expectation.ts";
import { nearest } from "./nearest.ts";
import type { ScenarioStep } from "./step.ts";
import { isInput, OTHER_CALLS, type ParsedCall, parseCall } from "./strace/call.ts";
import { CALLS } from "./strace/calls.ts";
import { type LogTime, parsePrefix, sortOf } from "./strace/line.ts";
import type { Devices } from "./strace/message.ts";
import { Pids } from "./strace/pids.ts";
import { parseResult, type Written } from "./strace/result.ts";
import { Scanner } from "./strace/scanner.ts";

/** A call whose end a later line brings. */
interface Half {
  readonly name: string;
  /** The line as far as the call is in it, and where the call begins. */
  readonly text: string;
  readonly at: number;
  readonly line: number;
  readonly time: LogTime | undefined;
  /** It is made already. */
  readonly begun: boolean;
}

const UNFINISHED = /\s*<unfinished \.\.\.>\s*(?:\)\s*= \?.*)?$/;
/** On standard error a message may come in the middle of a call, which then goes on in the next line. */
const TORN = /strace: Process [0-9]+(?:<[^>]*>)? (?:attached|detached)$/;
const FIRST_WORDS = [...COMMAND_NAMES, "expect"];

/** Read a transcript. Lines are bytes as latin-1 text, without their newline. Throws nothing but LineError. */
export function* scenario(lines: Iterable<string>, devices: Devices): Generator<ScenarioStep> {
  const reader = new TranscriptReader(devices);
  let line = 0;
  for (const text of lines) {
    line++;
    try {
      yield* reader.line(text.endsWith("\r") ? text.slice(0, -1) : text, line);
    } catch (error) {
      if (error instanceof ScriptError && !(error instanceof LineError)) throw new LineError(line, error);
      throw error;
    }
  }
}

class TranscriptReader {
  private readonly devices: Devices;
  private readonly pids = new Pids();
  /** By pid. */
  private readonly halves = new Map<number, Half>();
  /** The beginning of a line into which strace wrote a message of its own. */
  private torn = "";

  constructor(devices: Devices) {
    this.devices = devices;
  }

  line(text: string, line: number): ScenarioStep[] {
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
    return this.logLine(text, line);
  }

  private logLine(own: string, line: number): ScenarioStep[] {
    const { torn } = this;
    const end = TORN.exec(own);
    this.torn = "";
    if (end !== null && end.index > 0) {
      this.pids.remark(own);
      this.torn = torn + own.slice(0, end.index);
      return [];
    }
    return torn === "" ? this.whole(own, line) : this.mended(torn, own, line);
  }

  /** A line whose beginning stands in the line before: places are those of its end. */
  private mended(torn: string, own: string, line: number): ScenarioStep[] {
    return this.whole(torn + own, line).map((step) => {
      if (step.kind !== "call" || step.written === undefined) return step;
      const { written, span } = step;
      const back = (at: number): number => Math.max(0, at - torn.length);
      const moved = { ...written, at: back(written.at), end: back(written.end) };
      return { ...step, column: 1, written: moved, span: [0, back(span[1])] };
    });
  }

  private whole(text: string, line: number): ScenarioStep[] {
    const s = new Scanner(text);
    const { pid: written, time } = parsePrefix(s);
    const sort = sortOf(s);
    if (sort.sort === "remark") {
      this.pids.remark(text);
      return [];
    }
    if (sort.sort === "other") throw unreadable(text, s.pos);
    const pid = this.pids.of(written);
    switch (sort.sort) {
      case "exit":
        this.pids.exited(pid);
        return [{ kind: "exit", line, column: s.pos + 1, pid }];
      case "resumed":
        return this.resumed(s, sort.name, line, pid, time);
      case "call":
        return this.called(text, sort.name, sort.at, line, pid, time);
    }
  }

  private called(
    text: string,
    name: string,
    at: number,
    line: number,
    pid: number,
    time: LogTime | undefined,
  ): ScenarioStep[] {
    checkName(name, at);
    const unfinished = UNFINISHED.exec(text);
    if (unfinished === null)
      return [this.step(parseCall(text, at, name, this.devices), line, at + 1, pid, time)];
    const half = { name, text: text.slice(0, unfinished.index), at, line, time };
    const early = isInput(name) ? this.begin(half, pid) : undefined;
    // `<unfinished ...>) = ?`: the process ended in it.
    if (!unfinished[0].includes("=")) this.halves.set(pid, { ...half, begun: early !== undefined });
    return early === undefined ? [] : [early];
  }

  /** A call of which only the result is still to come is made when it begins. */
  private begin({ text, at, name, line, time }: Omit<Half, "begun">, pid: number): ScenarioStep | undefined {
    try {
      const made = parseCall(`${text})`, at, name, this.devices, true);
      return "call" in made
        ? ({ ...this.step(made, line, at + 1, pid, time), begun: true } as ScenarioStep)
        : undefined;
    } catch (error) {
      if (error instanceof ScriptError) return undefined;
      throw error;
    }
  }

  private resumed(
    s: Scanner,
    name: string,
    line: number,
    pid: number,
    time: LogTime | undefined,
  ): ScenarioStep[] {
    const half = this.halves.get(pid);
    this.halves.delete(pid);
    const column = s.pos + 1;
    if (half === undefined || half.name !== name) {
      const what = "calls whose beginning is not in the log";
      return [
        { kind: "skip", line, column, pid, time, name, what, written: undefined, fd: undefined, opened: [] },
      ];
    }
    if (half.begun) {
      s.expect(")");
      return [this.finish(name, parseResult(s), line, column, pid)];
    }
    return [this.step(this.join(half, s, line), line, column, pid, half.time)];
  }

  private finish(
    name: string,
    written: Written | undefined,
    line: number,
    column: number,
    pid: number,
  ): ScenarioStep {
    if (written?.ret !== undefined && /fork|clone/.test(name)) this.pids.forked(written.ret);
    return { kind: "finish", line, column, pid, name, written };
  }

  /** Both halves as one text; places in it are put back to the lines that they came from. */
  private join(half: Half, s: Scanner, line: number): ParsedCall {
    const shift = s.pos - half.text.length;
    try {
      const made = parseCall(half.text + s.text.slice(s.pos), half.at, half.name, this.devices);
      const written = made.written;
      const moved = written && { ...written, at: written.at + shift, end: written.end + shift };
      return { ...made, written: moved };
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      const { problem, expected } = error;
      const inHead = error.column <= half.text.length;
      const column = inHead ? error.column : error.column + shift;
      throw new LineError(
        inHead ? half.line : line,
        new ScriptError(column, problem, expected, error.nearest),
      );
    }
  }

  private step(
    made: ParsedCall,
    line: number,
    column: number,
    pid: number,
    time: LogTime | undefined,
  ): ScenarioStep {
    if (!("call" in made)) return { kind: "skip", line, column, pid, time, ...made };
    if (made.call.name === "fork" && made.written?.ret !== undefined) this.pids.forked(made.written.ret);
    return { kind: "call", line, column, pid, time, begun: false, ...made };
  }
}

/** Bytes as they stand in the file, read as UTF-8: what people see. */
function utf8(latin1: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes of ASCII
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1;
  return new TextDecoder().decode(Uint8Array.from(latin1, (c) => c.charCodeAt(0)));
}

/** A misspelt call must not pass for one that is not simulated. */
function checkName(name: string, at: number): void {
  if (Object.hasOwn(CALLS, name) || SYSCALL_NAMES.has(name)) return;
  const known = Object.keys(CALLS);
  if (nearest(name, known) !== undefined) throw unknownWord(at + 1, name, "a system call", known);
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

export { OTHER_CALLS };
