// SPDX-License-Identifier: GPL-2.0-only
/** What a session cost, added up: a line for each system call as `strace -c` has it, and the functions that took most. */
import { type TimedItem, VirtualClock } from "../trace/time.ts";
import type { DrawTable, Out, Renderer, ViewOptions } from "./format.ts";
import { CLOCK_NOTICE, timed } from "./timed.ts";

/** What is added up. */
interface Sum {
  ns: number;
  calls: number;
  errors: number;
  functions: number;
  frames: number;
}

/** Functions that are listed. */
const LISTED = 20;
const BETWEEN = "(between the calls)";

/** The format: two tables at the end of a session; memory is one step and a line for each function. */
export function summary(out: Out, view: ViewOptions): Renderer {
  // Beside a second of waiting, nothing that runs would count.
  const clock = new VirtualClock({ idle: false });
  const calls = new Map<string, Sum>();
  const functions = new Map<string, Sum>();
  return {
    step(step) {
      const { call, ret, start, end, body } = timed(step, clock, view.selection);
      const sum = entry(calls, call?.name ?? BETWEEN);
      sum.calls++;
      sum.ns += end - start;
      if ((ret?.ret ?? 0) < 0) sum.errors++;
      own(body, functions, sum);
    },
    end() {
      out.write(
        `# ${CLOCK_NOTICE}\n${callTable(calls, view.table)}\n${functionTable(functions, view.table)}`,
      );
    },
  };
}

function entry(sums: Map<string, Sum>, name: string): Sum {
  const known = sums.get(name);
  if (known !== undefined) return known;
  const sum = { ns: 0, calls: 0, errors: 0, functions: 0, frames: 0 };
  sums.set(name, sum);
  return sum;
}

/** Add each function's own time; what is returned is the time of all of the body. */
function own(body: readonly TimedItem[], functions: Map<string, Sum>, call: Sum): number {
  let all = 0;
  for (const item of body) {
    if (item.ev === "packet") call.frames++;
    if (item.ev === "in") all += own(item.body, functions, call);
    if (item.ev !== "call") continue;
    call.functions++;
    const sum = entry(functions, item.fn);
    const whole = item.end - item.start;
    // First what is inside: a function may be within itself.
    const inner = own(item.body, functions, call);
    sum.calls++;
    sum.ns += whole - inner;
    all += whole;
  }
  return all;
}

/** The costliest first; equals in the order of their names. */
function sorted(sums: ReadonlyMap<string, Sum>): [string, Sum][] {
  return [...sums].sort(([a, x], [b, y]) => y.ns - x.ns || (a < b ? -1 : 1));
}

function total(sums: ReadonlyMap<string, Sum>): Sum {
  const all: Sum = { ns: 0, calls: 0, errors: 0, functions: 0, frames: 0 };
  for (const sum of sums.values()) for (const key of KEYS) all[key] += sum[key];
  return all;
}
const KEYS = ["ns", "calls", "errors", "functions", "frames"] as const;

const percent = (part: number, whole: number): string => ((100 * part) / Math.max(whole, 1)).toFixed(2);
const usecs = (ns: number): string => (ns / 1000).toFixed(3);
/** strace leaves a zero out. */
const some = (n: number): string => (n === 0 ? "" : String(n));

function callTable(sums: ReadonlyMap<string, Sum>, table: DrawTable): string {
  const all = total(sums);
  const row = (name: string, s: Sum): string[] => [
    percent(s.ns, all.ns),
    usecs(s.ns),
    usecs(s.ns / Math.max(s.calls, 1)),
    String(s.calls),
    some(s.errors),
    String(s.functions),
    some(s.frames),
    name,
  ];
  const rows = sorted(sums).map(([name, sum]) => row(name, sum));
  const head = ["% time", "usecs", "usecs/call", "calls", "errors", "functions", "frames", "syscall"];
  return table(head, [...head.slice(1).map(() => "right" as const), "left"], [...rows, row("total", all)]);
}

function functionTable(sums: ReadonlyMap<string, Sum>, table: DrawTable): string {
  const all = total(sums);
  const list = sorted(sums);
  const rows = list
    .slice(0, LISTED)
    .map(([name, s]) => [percent(s.ns, all.ns), usecs(s.ns), String(s.calls), name]);
  const text = table(["% own", "own usecs", "calls", "function"], ["right", "right", "right", "left"], rows);
  const more = list.length - rows.length;
  return more > 0 ? `${text}… and ${more} more functions: --format folded shows them all.\n` : text;
}
