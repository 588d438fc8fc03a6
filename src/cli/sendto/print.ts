// SPDX-License-Identifier: GPL-2.0-only
/** The graph view of a session: header, calls, graphs, verdict, counters. */

import type { Machine } from "../../kernels/release.ts";
import { counterRows, moved } from "../../render/counters.ts";
import { graph } from "../../render/graph.ts";
import { formatCall } from "../../render/strace.ts";
import type { Paint } from "../../render/style.ts";
import { failedPath } from "../../render/verdict.ts";
import type { MachineEvent, VerdictEvent } from "../../trace/event.ts";
import { countCalls, EVERYTHING, select } from "../../trace/select.ts";
import type { Syscall } from "../../trace/tree.ts";
import type { View } from "./view.ts";

/** Writes text. */
export type Write = (text: string) => void;

/** `simulated Linux … · lo 127.0.0.1/8 · seed 0 · nothing was really sent`. */
export function header(machine: MachineEvent, paint: Paint): string {
  return `${paint("head", `simulated Linux ${machine.uname}`)} · ${machine.network} · seed ${machine.seed} · nothing was really sent\n`;
}

/** The strace line of a call, its error in red. */
export function callLine(syscall: Syscall, view: View, paint: Paint): string {
  if (syscall.call === null) return "";
  const line = formatCall(syscall.call, syscall.ret, view.stringLimit);
  const ret = syscall.ret?.ret ?? 0;
  return ret < 0 ? line.replace(/= -1 .*$/, (text) => paint("fail", text)) : line;
}

/** The graph of one call, and how much of it is shown. */
export function printGraph(
  syscall: Syscall,
  view: View,
  paint: Paint,
  write: Write,
): { shown: number; all: number } {
  const body = select(syscall.body, view.selection);
  const failed = new Set(failedPath({ ...syscall, body }));
  const { args, why, hexdump } = view;
  const brief = view.selection.depth === "story";
  graph(syscall, body, { paint, args, why, hexdump, failed, brief }, (line) => write(`${line}\n`));
  return { shown: countCalls(body), all: countCalls(select(syscall.body, EVERYTHING)) };
}

/** The end that answers the question a person came with. */
export function printVerdict(v: VerdictEvent, paint: Paint, write: Write): void {
  write(`\n${paint("head", "What happened:")} ${v.what}\n`);
  if (v.decided !== undefined) {
    const why = v.decided.why === "" ? "" : `: ${v.decided.why}`;
    write(`Decided in ${paint("head", v.decided.fn)} (${v.decided.file})${why}.\n`);
  }
  if (v.change.length > 0) write(`It would be different with: ${v.change.join("; ")}.\n`);
}

/** The counters that moved, as a table. */
export async function printMoved(
  calls: readonly Syscall[],
  before: ReadonlyMap<string, number>,
  write: Write,
): Promise<void> {
  const rows = counterRows(moved(calls, before));
  if (rows.length === 0) return;
  const { default: Table } = await import("cli-table3");
  const none = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "  ",
  };
  const table = new Table({
    head: ["counters", "", "before", "after", "moved by"],
    chars: none,
    colAligns: ["left", "left", "right", "right", "left"],
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows);
  write(
    `\n${table
      .toString()
      .split("\n")
      .map((l) => l.trimEnd())
      .join("\n")}\n`,
  );
}

/** How much was shown, and how to see the rest. */
export function footer(shown: number, all: number, write: Write): void {
  if (shown === all) return;
  write(`\n${shown} of ${all} calls shown: --depth all, --layer route, --only 'fib_*' show the rest.\n`);
}

const PROC_FILES = ["stat/rt_cache", "snmp", "netstat", "dev", "udp", "softnet_stat"];

/** The counter files, in the kernel's own layout. */
export function printProc(machine: Machine, write: Write): void {
  for (const file of PROC_FILES) {
    const text = machine.proc(`/proc/net/${file}`);
    if (text !== undefined) write(`\n==> /proc/net/${file} <==\n${text}`);
  }
}
