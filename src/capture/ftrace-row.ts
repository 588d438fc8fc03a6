// SPDX-License-Identifier: GPL-2.0-only
/**
 * One line of function_graph text: as tracefs prints it (kernel/trace/trace_functions_graph.c, el6 to 6.15),
 * as `trace-cmd report` does, or as bare names with a blank a level.
 */
import type { Value } from "../trace/event.ts";
import { printable } from "../trace/printable.ts";

/** On which task's stack a row stands, as far as the line says. */
export interface Place {
  readonly cpu: number | undefined;
  readonly pid: number | undefined;
}

export type Row = Place &
  (
    | {
        readonly is: "enter";
        readonly fn: string;
        readonly indent: number;
        readonly args: { readonly [name: string]: Value };
        /** `f();`: it returned at once. `name`: a line with nothing but its name. */
        readonly form: "leaf" | "nested" | "name";
        readonly ret?: Value;
      }
    | { readonly is: "exit"; readonly indent: number; readonly ret?: Value }
    | { readonly is: "note"; readonly text: string }
    /** Something is missing here, on all stacks. */
    | { readonly is: "gap"; readonly text: string }
    | { readonly is: "irq"; readonly on: boolean }
    /** The task on the CPU changes. */
    | { readonly is: "switch"; readonly from: number; readonly to: number }
  );

/** A line that can't be read: where it stops making sense, from 0. */
export interface Unreadable {
  readonly is: "unreadable";
  readonly at: number;
  readonly expected: string;
}

/** Lines that say nothing of calls: headers, rules, what trace-cmd and perf-tools say about themselves, fences, prompts. */
const SILENT =
  /^\s*$|^\s*#|^ -{20,}$|^CPU \d+ is empty$|^cpus=\d+$|^version = \d+$|^trace\.dat\b|^ *\(Overruns: \d+\)$|^Tracing "?.*\.\.\. |^(?:\^C)?(?:Ending tracing\.\.\.)?$|^\s*(?:```|~~~|<\/?pre>)|^\[?[\w.-]+@[\w.-]+[^#$%]*[#$%](?: |$)|^\$ \S/;
/** `CPU:2 [LOST 12 EVENTS]`, `CPU:2 [EVENTS DROPPED]`, also behind a task's column. */
const LOST = /\[(?:LOST (\d+) EVENTS|(\d+) EVENTS LOST|EVENTS DROPPED)\] *$/i;

const NAME = /^( *)([A-Za-z_][\w.]*)$/;
const SWITCH = /^ *(\d+)\) +\S.*?-(\d+) +=> +\S.*?-(\d+) *$/;
/** `comm-pid  (tgid) [cpu] flags time: event: rest`; the event's column may be cut out. */
const REPORT =
  /^ *\S.*?-(\d+) +(?:\( *[\d-]+\) +)?\[(\d+)\] +(?:\S+ +)?\d+\.\d+:(?: +(\w+)(?:: ?|(?= +\|)))?/;
/** The same without the columns before it. */
const EVENT = /^ *funcgraph_(?:entry|exit): ?/;
/** uftrace replay: `  1.234 us [ 1234] | `. */
const UFTRACE = /^ *(?:\d+\.\d+ +[mun]?s)? *\[ *(\d+)\] \| /;
/** Time, CPU, task, flags of the latency format (with a bar behind them from 5.0 on): each as the options have it. */
const PROLOGUE =
  /^(?: *\d+\.\d{6} \| {1,2})?(?: *(\d+)\) )?(?: *\S.{0,15}?-(\d+) * \| )?(?: *(?:[.\w#]{4,8} \| |[.dXD][.NnpBbLl][.hHsSzZ][.\da-f]{1,3} ))?/;
const IRQ = /^ *(=+>|<=+) *\|? *$/;
/** The overhead mark, the duration, and the bar. */
const DURATION = /^ *[$@*#!+]? *(?:\d+(?:\.\d+)? us *)?\| {0,2}/;
/** The same without the bar: the column of the name tells how deep it is. */
const BARLESS = /^ *[$@*#!+]? *\d+(?:\.\d+)? us +/;
/** uftrace has what was returned before the semicolon, trace-cmd in brackets behind it. */
const RET = "(?: = (?<early>[^;]+))?";
const TAIL = "(?: *(?:/\\*(?<tail>.*)\\*/|\\((?<late>ret=[^)]*)\\)))? *$";
const CALL = new RegExp(`^( *)([\\w.$]+)(?: \\[[^\\]]+\\])?\\((.*?)\\)${RET}(;| \\{)${TAIL}`);
const CLOSE = new RegExp(`^( *)\\}(?: = (?<early>[^;]+);)?${TAIL}`);
const COMMENT = /^ *\/\* ?(.*?) ?\*\/ *$/;
/** No symbol is longer (KSYM_NAME_LEN is 512, and nobody uses half of it). */
const LONGEST_NAME = 128;

/** What a line may be. */
export const CALLS = "a call 'name();' or 'name() {', '}' or '/* … */'";

/** No tracer writes longer lines. */
const LONGEST = 4096;

/** Read a line; null where it says nothing of calls. */
export function parseRow(line: string): Row | Unreadable | null {
  if (line.length > LONGEST) {
    return { is: "unreadable", at: LONGEST, expected: `a shorter line: it has ${line.length} characters` };
  }
  const name = NAME.exec(line);
  if (name !== null) {
    const [, blanks = "", fn = ""] = name;
    return { is: "enter", fn, indent: blanks.length, args: {}, form: "name", cpu: undefined, pid: undefined };
  }
  if (SILENT.test(line)) return null;
  const lost = LOST.exec(line);
  if (lost !== null) {
    const count = lost[1] ?? lost[2];
    const what = count === undefined ? "events" : `${count} events`;
    return { is: "gap", text: `the tracer lost ${what} here`, cpu: undefined, pid: undefined };
  }
  const change = SWITCH.exec(line);
  if (change !== null) {
    const [cpu, from, to] = change.slice(1).map(Number) as [number, number, number];
    return { is: "switch", cpu, pid: undefined, from, to };
  }
  const report = REPORT.exec(line);
  if (report !== null) return parseReport(line, report);
  const event = EVENT.exec(line)?.[0].length;
  if (event !== undefined) return parseBody(line, event, { cpu: undefined, pid: undefined });
  const uftrace = UFTRACE.exec(line);
  if (uftrace !== null) {
    return parseBody(line, uftrace[0].length - 2, { cpu: undefined, pid: number(uftrace[1]) });
  }
  return parseTracefs(line);
}

function parseTracefs(line: string): Row | Unreadable {
  const [prologue = "", cpu, pid] = PROLOGUE.exec(line) ?? [];
  return parseBody(line, prologue.length, { cpu: number(cpu), pid: number(pid) });
}

/** Of the events that trace-cmd reports, those of the graph and of trace_printk. */
function parseReport(line: string, match: RegExpExecArray): Row | Unreadable | null {
  const [all, pid, cpu, event] = match;
  const place = { cpu: number(cpu), pid: number(pid) };
  if (event === undefined || event.startsWith("funcgraph_e")) return parseBody(line, all.length, place);
  if (event !== "print" && event !== "bprint") return null;
  return { ...place, is: "note", text: printable(line.slice(all.length).replace(/^ *\S+: /, "")) };
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function parseBody(line: string, from: number, place: Place): Row | Unreadable {
  const irq = IRQ.exec(line.slice(from));
  if (irq !== null) return { ...place, is: "irq", on: irq[1]?.endsWith(">") === true };
  const rest = line.slice(from);
  const barred = DURATION.exec(rest)?.[0].length;
  const at = from + (barred ?? BARLESS.exec(rest)?.[0].length ?? 0);
  // Columns that all lines have are no depth; without a bar, that is all columns.
  const left = barred === undefined ? at : 0;
  const body = line.slice(at);
  const call = CALL.exec(body);
  if (call !== null && (call[2] as string).length <= LONGEST_NAME) {
    const [, blanks = "", fn = "", args = "", , end] = call;
    const form = end === ";" ? "leaf" : "nested";
    const ret = form === "leaf" ? returned(call.groups) : {};
    const indent = left + blanks.length;
    return { ...place, is: "enter", fn, indent, args: parseArguments(args), form, ...ret };
  }
  const close = CLOSE.exec(body);
  if (close !== null)
    return { ...place, is: "exit", indent: left + (close[1]?.length ?? 0), ...returned(close.groups) };
  const comment = COMMENT.exec(body);
  if (comment !== null) return { ...place, is: "note", text: printable(comment[1] ?? "") };
  return {
    is: "unreadable",
    at: at + body.search(/\S|$/),
    expected: CALLS,
  };
}

/** `= 0x0` (6.5), `ret=-22` (6.13) in the comment behind a call. */
function returned(groups: Readonly<Record<string, string | undefined>> = {}): { ret?: Value } {
  const { early, tail, late } = groups;
  const said = early === undefined ? (late ?? tail ?? "") : `= ${early}`;
  const text = /(?:^|\s)(?:= ?|ret=)(0x[0-9a-f]+|-?\d+)/.exec(said)?.[1];
  return text === undefined ? {} : { ret: result(text) };
}

/** No errno is larger (MAX_ERRNO of include/linux/err.h). */
const MAX_ERRNO = 4095n;

/** What a register held: the tracer does not know whether that was an int, so -EMSGSIZE may be 0xffffffa6. */
function result(text: string): Value {
  if (!text.startsWith("0x") || text.length > 18) return value(text);
  const bits = BigInt(text);
  for (const size of [32n, 64n]) {
    const below = (1n << size) - bits;
    if (below > 0n && below <= MAX_ERRNO) return -Number(below);
  }
  return value(text);
}

function parseArguments(text: string): { [name: string]: Value } {
  const args: { [name: string]: Value } = {};
  for (const [, name = "", word = ""] of text.matchAll(/(\w+)=([^,]*)/g)) {
    // An object has a prototype, which is no argument.
    if (name !== "__proto__") args[name] = value(word);
  }
  return args;
}

/** A number as one, an address (which no number here can hold) as its text. */
function value(text: string): Value {
  const v = /^(?:-?\d+|0x[0-9a-f]+)$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(v) ? v : printable(text);
}
