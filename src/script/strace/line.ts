// SPDX-License-Identifier: GPL-2.0-only
/** A line of a log before its call is looked at: process, time, and what sort of line it is (strace 4 to 6, any options). */
import type { Scanner } from "./scanner.ts";

/** When a line was written: seconds of the day or since 1970, or since the line before (-r). */
export interface LogTime {
  readonly seconds: number;
  readonly relative: boolean;
}

export interface Prefix {
  /** 0 where the log has none. */
  readonly pid: number;
  readonly time: LogTime | undefined;
}

export type Sort =
  /** `name(`: `name` and where it begins. */
  | { readonly sort: "call"; readonly name: string; readonly at: number }
  /** `<... name resumed>`. */
  | { readonly sort: "resumed"; readonly name: string }
  /** `+++ exited with 0 +++`. */
  | { readonly sort: "exit" }
  /** Signals, strace's own messages, dumps of -e read, stacks of -k. */
  | { readonly sort: "remark" }
  | { readonly sort: "other" };

const PID = /(?:\[pid +([0-9]+)(?:<[^>\n]*>)?\]|([0-9]+)(?:<[^>\n]*>)?(?=[ \t])) */y;
const CLOCK = /([0-9]{1,2}):([0-9]{2}):([0-9]{2}(?:\.[0-9]+)?)[ \t]+/y;
const SECONDS = /([0-9]+\.[0-9]+|[0-9]{8,})[ \t]+/y;
const SINCE = /\(\+[ \t]*([0-9]+\.[0-9]+)\)[ \t]+/y;
/** -i: where the program was; -n: the number of the call. */
const POINTER = /\[[ \t]*[0-9a-f?]+\][ \t]+/y;
/** Greater numbers are no pids (PID_MAX_LIMIT). */
const LAST_PID = 4_194_304;
/** Less seconds than these are since the line before. */
const FIRST_EPOCH = 100_000_000;

function exec(s: Scanner, sticky: RegExp): RegExpExecArray | null {
  sticky.lastIndex = s.pos;
  const m = sticky.exec(s.text);
  if (m !== null) s.pos += m[0].length;
  return m;
}

/** Take what stands before the call. */
export function parsePrefix(s: Scanner): Prefix {
  s.blanks();
  const pid = parsePid(s);
  s.blanks();
  const clock = parseClock(s);
  const since = exec(s, SINCE);
  while (exec(s, POINTER) !== null);
  const time = clock ?? (since === null ? undefined : { seconds: Number(since[1]), relative: true });
  return { pid, time };
}

function parsePid(s: Scanner): number {
  const back = s.pos;
  const m = exec(s, PID);
  const pid = Number(m?.[1] ?? m?.[2] ?? 0);
  if (pid <= LAST_PID) return pid;
  s.pos = back;
  return 0;
}

function parseClock(s: Scanner): LogTime | undefined {
  const m = exec(s, CLOCK);
  if (m !== null) {
    return { seconds: Number(m[1]) * 3600 + Number(m[2]) * 60 + Number(m[3]), relative: false };
  }
  const n = exec(s, SECONDS);
  if (n === null) return undefined;
  const seconds = Number(n[1]);
  return { seconds, relative: seconds < FIRST_EPOCH };
}

const CALL = /([A-Za-z_][A-Za-z0-9_]*)\(/y;
const RESUMED = /<\.\.\. ([A-Za-z_0-9]+|\?+) resumed>[ \t]?/y;
const EXIT = /\+\+\+ (?:exited|killed|superseded)/y;
const REMARK =
  /---|\+\+\+|(?:\S*\/)?strace: |strace:|\[ Process PID=|[ \t]*\| [0-9a-f]{5}|[ \t]*> .*\[0x[0-9a-f]+\]|\[Process |(?:\^C)?(?:strace: )?Process [0-9]+ (?:attached|detached|resumed|suspended)|<detached|(?:upeek|ptrace|umoven\w*): ?|<ptrace\(|\?{3,4}\(|syscall_[0-9xa-f]+\(|SYS_[0-9]+\(|\[0x[0-9a-f]+\]\(/y;

/** What sort of line this is; a resumed call's marker is taken. */
export function sortOf(s: Scanner): Sort {
  const call = peek(s, CALL);
  if (call !== null) return { sort: "call", name: call[1] as string, at: s.pos };
  const resumed = exec(s, RESUMED);
  if (resumed !== null) return { sort: "resumed", name: resumed[1] as string };
  if (peek(s, EXIT) !== null) return { sort: "exit" };
  return { sort: peek(s, REMARK) !== null ? "remark" : "other" };
}

function peek(s: Scanner, sticky: RegExp): RegExpExecArray | null {
  sticky.lastIndex = s.pos;
  return sticky.exec(s.text);
}
