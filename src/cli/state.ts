// SPDX-License-Identifier: GPL-2.0-only
/** A machine's counters and files at one moment, as a trace keeps them. */
import type { Machine } from "../kernels/release.ts";
import type { StateEvent } from "../trace/event.ts";
import { printable, printableLines } from "./printable.ts";

/** The files whose counters a session may move. */
const PROC_FILES = ["stat/rt_cache", "snmp", "netstat", "dev", "udp", "softnet_stat", "route", "arp"].map(
  (f) => `/proc/net/${f}`,
);

/** The counters and /proc/net files as they are now; without the files, where nothing that is shown has them. */
export function stateOf(machine: Machine, when: "before" | "after", files = true): StateEvent {
  const proc: Record<string, string> = {};
  for (const path of files ? PROC_FILES : []) {
    const text = machine.proc(path);
    if (text !== undefined) proc[path] = printableLines(text);
  }
  return {
    ev: "state",
    when,
    counters: Object.fromEntries(
      [...machine.counters()]
        .filter(([, value]) => value !== 0)
        .map(([name, value]) => [printable(name), value]),
    ),
    proc,
  };
}
