// SPDX-License-Identifier: GPL-2.0-only
/** The lines of a log as steps: whole calls, calls in two halves, lines that strace tore, who they belong to. */
import type { Syscall } from "../../kernels/release.ts";
import { SYSCALL_NAMES } from "../../uapi/unistd.ts";
import { LineError, ScriptError, unknownWord } from "../error.ts";
import { nearest } from "../nearest.ts";
import type { ScenarioStep, TaskCall } from "../step.ts";
import { isInput, type ParsedCall, parseCall } from "./call.ts";
import { CALLS } from "./calls.ts";
import { type LogTime, parsePrefix, sortOf } from "./line.ts";
import type { Devices } from "./message.ts";
import { Pids } from "./pids.ts";
import { parseResult, type Written } from "./result.ts";
import { Scanner } from "./scanner.ts";

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
/** -c and -C: how often which call was made. */
const TABLE = /^(?:% time +seconds|-{6} -{11}|\s*\d+\.\d\d +\d+\.\d{6} +\d+ )/;
/** On standard error a message may come in the middle of a call, which then goes on in the next line. */
const TORN = /strace: Process [0-9]+(?:<[^>]*>)? (?:attached|detached)$/;

/** The lines of one log, in their order. */
export class LogReader {
  private readonly devices: Devices;
  private readonly pids = new Pids();
  /** By pid. */
  private readonly halves = new Map<number, Half>();
  /** The beginning of a line into which strace wrote a message of its own. */
  private torn = "";

  constructor(devices: Devices) {
    this.devices = devices;
  }

  /** The steps of the next line: none where it is only a part of something, or a remark. */
  line(own: string, line: number): ScenarioStep[] {
    if (TABLE.test(own)) return [];
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
    if (sort.sort === "other") throw new NoLogLine(s.pos);
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
    const call = entered(made.call, this.pids.is32(pid));
    return { kind: "call", line, column, pid, time, begun: false, ...made, call };
  }
}

/** A call that sends, as its program enters the kernel: x86-64 has no send(2), what it has for 32-bit programs is socketcall(2). */
function entered(call: Syscall | TaskCall, compat: boolean): Syscall | TaskCall {
  if (call.name === "sendto" && compat) return { ...call, compat };
  if (call.name === "send" && !compat) return { ...call, name: "sendto", addr: null, addrlen: 0 };
  return call;
}

/** A misspelt call must not pass for one that is not simulated. */
function checkName(name: string, at: number): void {
  if (Object.hasOwn(CALLS, name) || SYSCALL_NAMES.has(name)) return;
  const known = Object.keys(CALLS);
  if (nearest(name, known) !== undefined) throw unknownWord(at + 1, name, "a system call", known);
}

/** A line that is nothing of strace's. */
export class NoLogLine extends Error {
  /** Where its first word begins, in characters from 0. */
  readonly at: number;
  constructor(at: number) {
    super("no line of a log");
    this.name = "NoLogLine";
    this.at = at;
  }
}
