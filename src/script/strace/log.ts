// SPDX-License-Identifier: GPL-2.0-only
/** The lines of a log as steps: whole calls, calls in two halves, lines that strace tore, who they belong to. */
import type { Syscall } from "../../kernels/release.ts";
import { AF_INET, SOCK_DGRAM, SOCK_RAW, SOCK_TYPE_MASK } from "../../uapi/socket.ts";
import { SYSCALL_NAMES } from "../../uapi/unistd.ts";
import { LineError, ScriptError, unknownWord } from "../error.ts";
import { nearest } from "../nearest.ts";
import type { ScenarioStep, TaskCall } from "../step.ts";
import { Blacked } from "./blacked.ts";
import {
  isInput,
  looseResult,
  OTHER_CALLS,
  type ParsedCall,
  parseCall,
  type Reading,
  skipped,
} from "./call.ts";
import { CALLS } from "./calls.ts";
import { otherIoctl } from "./files.ts";
import { type LogTime, parsePrefix, sortOf } from "./line.ts";
import type { Devices } from "./message.ts";
import { fromPerf } from "./perf.ts";
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

/** 0, 1, 2: the program's own input and output, until it opens something there. */
const STANDARD = [0, 1, 2];
/** What it is counted under where the arguments of a call cannot be read. */
export const UNREAD = "calls that cannot be read";

/** The lines of one log, in their order. */
export class LogReader {
  private readonly reading: Reading;
  /** A log as people paste it: what cannot be read is told and left out. */
  private readonly lenient: boolean;
  /** Descriptors that are no sockets of the simulated kinds. */
  private readonly others = new Set<number>(STANDARD);
  private readonly pids = new Pids();
  /** By pid. */
  private readonly halves = new Map<number, Half>();
  /** The beginning of a line into which strace wrote a message of its own. */
  private torn = "";

  constructor(devices: Devices, lenient = false) {
    this.lenient = lenient;
    this.reading = { devices, blacked: lenient ? new Blacked() : undefined };
  }

  /** The steps of the next line: none where it is only a part of something, or a remark. */
  line(own: string, line: number): ScenarioStep[] {
    if (TABLE.test(own)) return [];
    const perf = this.lenient ? fromPerf(own) : undefined;
    if (perf !== undefined) return this.whole(perf, line).map((step) => placedIn(step, own));
    const { torn } = this;
    const end = TORN.exec(own);
    this.torn = "";
    if (end !== null && own.slice(0, end.index).includes("(")) {
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

  private whole(text: string, line: number, from = 0): ScenarioStep[] {
    const s = new Scanner(text, from);
    const { pid: written, time } = parsePrefix(s);
    const sort = sortOf(s);
    if (sort.sort === "remark") {
      this.pids.remark(text);
      return [];
    }
    if (sort.sort === "other") return this.embedded(text, s.pos, line, from);
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
    if (this.lenient && !isKnown(name)) {
      const own = ownName(name);
      if (own !== undefined) return this.called(text, own, at + name.length - own.length, line, pid, time);
      if (!/\)\s*=\s/.test(text)) throw new NoLogLine(at);
    } else checkName(name, at);
    const unfinished = UNFINISHED.exec(text);
    if (unfinished === null) return this.complete(text, name, at, line, pid, time);
    const half = { name, text: text.slice(0, unfinished.index), at, line, time };
    const early = isInput(name, half.text) ? this.begin(half, pid) : undefined;
    // `<unfinished ...>) = ?`: the process ended in it.
    if (!unfinished[0].includes("=")) this.halves.set(pid, { ...half, begun: early !== undefined });
    return early === undefined ? [] : [early];
  }

  /** A call with its result; perhaps another one stands behind it, where newlines got lost. */
  private complete(
    text: string,
    name: string,
    at: number,
    line: number,
    pid: number,
    time: LogTime | undefined,
  ): ScenarioStep[] {
    const { step, rest } = this.parsed(text, name, at, line, pid, time);
    const more = rest !== undefined && startsCall(text.slice(rest, rest + 200));
    return more ? [step, ...this.whole(text, line, rest)] : [step];
  }

  private parsed(
    text: string,
    name: string,
    at: number,
    line: number,
    pid: number,
    time: LogTime | undefined,
  ): { step: ScenarioStep; rest?: number } {
    try {
      const { rest, ...made } = rested(parseCall(text, at, name, this.reading));
      return {
        step: this.step(made as ParsedCall, line, at + 1, pid, time),
        ...(rest === undefined ? {} : { rest }),
      };
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      return { step: this.step(this.instead(text, name, at, error), line, at + 1, pid, time) };
    }
  }

  /** A call whose arguments cannot be read: one that is skipped whatever they say, one that was torn, or none. */
  private instead(text: string, name: string, at: number, error: ScriptError): ParsedCall {
    const fd = /^\w+\((\d{1,9})(?![\w.])/.exec(text.slice(at))?.[1];
    if (fd !== undefined && this.others.has(Number(fd))) return skipped(text, at, name, OTHER_CALLS);
    const request = name === "ioctl" ? otherIoctl(text.slice(at)) : undefined;
    if (request !== undefined) return skipped(text, at, name, request);
    const foreign = name === "socket" && !/^socket\((?:[AP]F_INET\b(?!6)|2\b)/.test(text.slice(at));
    if (!this.lenient || (foreign && looseResult(text) === undefined)) throw error;
    if (foreign) return skipped(text, at, name, familyIn(text.slice(at)));
    const mended = this.repaired(text, name, at, error);
    if (mended !== undefined) return mended;
    if (!/\)\s*=\s/.test(text)) throw new NoLogLine(at);
    return skipped(text, at, name, UNREAD, error);
  }

  /** What the program itself wrote can stand where strace waited for the call to end: before `) = 5`. */
  private repaired(text: string, name: string, at: number, error: ScriptError): ParsedCall | undefined {
    const from = error.column - 1;
    const close = [...text.matchAll(/\)\s*=\s/g)].at(-1)?.index ?? -1;
    if (close <= from) return undefined;
    const number = /^-?(?:0x[0-9a-f]+|[0-9]+|NULL|"(?:[^"\\]|\\.)*")/.exec(text.slice(from))?.[0].length ?? 0;
    for (const cut of number > 0 ? [from + number, from] : [from]) {
      try {
        const made = parseCall(text.slice(0, cut) + text.slice(close), at, name, this.reading);
        if (!("call" in made)) return made;
        const out = `${JSON.stringify(text.slice(cut, close))} removed from the middle`;
        const { rest: _rest, written, ...others } = made;
        const moved = written && { ...written, at: written.at + close - cut, end: written.end + close - cut };
        return { ...others, written: moved, guesses: [...made.guesses, out] };
      } catch (again) {
        if (!(again instanceof ScriptError)) throw again;
      }
    }
    return undefined;
  }

  /** A call right behind what the program itself wrote without a newline. */
  private embedded(text: string, at: number, line: number, from: number): ScenarioStep[] {
    const place = this.lenient && from === 0 ? callWithin(text) : undefined;
    if (place === undefined || place === 0) throw new NoLogLine(at);
    return this.whole(text, line, place);
  }

  /** A call of which only the result is still to come is made when it begins. */
  private begin({ text, at, name, line, time }: Omit<Half, "begun">, pid: number): ScenarioStep | undefined {
    try {
      const made = parseCall(`${text})`, at, name, { ...this.reading, half: true });
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
      const what = "calls that began before the log";
      return [
        { kind: "skip", line, column, pid, time, name, what, written: undefined, fd: undefined, opened: [] },
      ];
    }
    if (half.begun) return [this.finish(name, endOf(s, name, this.lenient), line, column, pid)];
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
      const { rest: _rest, ...made } = rested(
        parseCall(half.text + s.text.slice(s.pos), half.at, half.name, this.reading),
      );
      const written = made.written;
      const moved = written && { ...written, at: written.at + shift, end: written.end + shift };
      return { ...made, written: moved } as ParsedCall;
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      if (this.lenient) return this.instead(half.text + s.text.slice(s.pos), half.name, half.at, error);
      const { problem, expected } = error;
      const inHead = error.column <= half.text.length;
      const column = inHead ? error.column : error.column + shift;
      throw new LineError(
        inHead ? half.line : line,
        new ScriptError(column, problem, expected, error.nearest),
      );
    }
  }

  /** Descriptors by what opened them last. */
  private known(made: ParsedCall): void {
    const ret = made.written?.ret ?? -1;
    if (!("call" in made)) {
      for (const fd of made.opened) this.others.add(fd);
      return;
    }
    const { call } = made;
    if (ret < 0) return;
    if (call.name === "socket") {
      const type = call.type & SOCK_TYPE_MASK;
      const ours = call.domain === AF_INET && (type === SOCK_DGRAM || type === SOCK_RAW);
      if (ours) this.others.delete(ret);
      else this.others.add(ret);
    }
    if (call.name !== "dup" && call.name !== "dup2") return;
    if (this.others.has(call.fd)) this.others.add(ret);
    else this.others.delete(ret);
  }

  private step(
    made: ParsedCall,
    line: number,
    column: number,
    pid: number,
    time: LogTime | undefined,
  ): ScenarioStep {
    this.known(made);
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

/** A step of a line that was put into other words: its places in the line as it stands. */
function placedIn(step: ScenarioStep, own: string): ScenarioStep {
  const column = 1;
  if (!("written" in step) || step.written === undefined) return { ...step, column };
  const at = Math.max(0, own.lastIndexOf("= "));
  const written = { ...step.written, at, end: own.length };
  return step.kind === "call" ? { ...step, column, written, span: [0, at] } : { ...step, column, written };
}

/** The end of a call that was made when it began: of clone, what it wrote to stands there too. */
function endOf(s: Scanner, name: string, lenient: boolean): Written | undefined {
  if (/fork|clone/.test(name)) return looseResult(s.text.slice(s.pos));
  s.expect(")");
  return parseResult(s, lenient);
}

const rested = (made: ParsedCall): ParsedCall & { readonly rest?: number } => made;

/** What a socket is counted under that cannot be read, and is no IPv4 one. */
function familyIn(text: string): string {
  const name = /^socket\(([AP]F_[A-Z0-9_]+)/.exec(text)?.[1]?.replace(/^PF_/, "AF_");
  return name === undefined
    ? "sockets of other families"
    : `${name === "AF_LOCAL" ? "AF_UNIX" : name} sockets`;
}

const isKnown = (name: string): boolean => Object.hasOwn(CALLS, name) || SYSCALL_NAMES.has(name);

/** The call at the end of a word: before it stands what the program wrote. */
function ownName(name: string): string | undefined {
  for (let i = 1; i < name.length - 2; i++) if (isKnown(name.slice(i))) return name.slice(i);
  return undefined;
}

/** Does the text begin with a call? A number of a process may stand before it. */
function startsCall(text: string): boolean {
  const name = /^\s*(?:\[pid +[0-9]+\] |[0-9]+ +)?([a-z_][a-z0-9_]*)\(/.exec(text)?.[1];
  return name !== undefined && isKnown(name);
}

/** Where a call with its result begins behind other text, with no blank between them. */
function callWithin(text: string): number | undefined {
  for (const m of text.matchAll(/(\S)\b([a-z_][a-z0-9_]*)\(/g)) {
    const [, before = "", name = ""] = m;
    if (/["'`(,=|&.\w]/.test(before) || !Object.hasOwn(CALLS, name)) continue;
    const at = m.index + 1;
    if (/\)\s*=\s+(?:-?\d|\?)/.test(text.slice(at))) return at;
  }
  return undefined;
}

/** A misspelt call must not pass for one that is not simulated. */
function checkName(name: string, at: number): void {
  if (isKnown(name)) return;
  const known = Object.keys(CALLS);
  if (nearest(name, known) !== undefined) throw unknownWord(at + 1, name, "a system call", known);
}

/** A line that is nothing of strace's. */
export class NoLogLine extends Error {
  /** Where its first word begins, in characters from 0. */
  readonly at: number;
  constructor(at: number) {
    super("not a line of a log");
    this.name = "NoLogLine";
    this.at = at;
  }
}
