// SPDX-License-Identifier: GPL-2.0-only
/** Names that only a machine knows, looked up before anything runs: counters, functions, files of /proc. */
import type { Machine } from "../../../kernels/release.ts";
import { LineError, ScriptError, unknownWord } from "../../../script/error.ts";
import type { Kept } from "../../../script/expect/expectation.ts";
import type { ScenarioStep } from "../../../script/step.ts";
import { counterName } from "../../../trace/counter.ts";
import { glob } from "../../../trace/select.ts";
import { SYMBOLS } from "../../../trace/symbol.ts";
import { UsageError } from "../../errors.ts";
import { counterKey } from "./expectations.ts";

/** Counters that are there when they have been counted once, or when their device is there. */
const LATER =
  /^(?:IcmpMsg\.(?:In|Out)Type\d+|dev:.+\.(?:[rt]x_(?:bytes|packets|errs|drop)|rx_multicast|tx_colls))$/;
/** Files and settings that belong to a device. */
const PER_DEVICE = /^\/proc\/sys\/net\/ipv4\/(?:conf|neigh)\//;
const PROC_FILES = [
  "snmp",
  "netstat",
  "sockstat",
  "dev",
  "softnet_stat",
  "stat/rt_cache",
  "udp",
  "udplite",
  "arp",
  "rt_cache",
  "route",
  "igmp",
  "mcfilter",
].map((name) => `/proc/net/${name}`);

/** Throws LineError for a name that is none. `machine` has just booted; `traced` throws for a trace that cannot be read. */
export function checker(machine: Machine, traced: (kept: Kept) => void): (step: ScenarioStep) => void {
  const counters = [...machine.counters().keys()];
  const functions = [...new Set(SYMBOLS.map(({ name }) => name))];
  return (step) => {
    try {
      checkNames(step, machine, counters, functions);
      checkTrace(step, traced);
    } catch (error) {
      throw error instanceof ScriptError ? new LineError(step.line, error) : error;
    }
  };
}

function checkNames(
  step: ScenarioStep,
  machine: Machine,
  counters: readonly string[],
  functions: readonly string[],
): void {
  if (step.kind === "command" && step.command.kind === "cat") {
    for (const { path, column } of step.command.files) {
      if (machine.proc(path) === undefined && !PER_DEVICE.test(path)) {
        throw unknownWord(column, path, "an existing file", PROC_FILES);
      }
    }
  }
  if (step.kind !== "expect") return;
  const { expectation: e } = step;
  if (e.what === "counter" && !counters.includes(counterKey(e.name)) && !LATER.test(counterKey(e.name))) {
    throw unknownWord(e.column, e.name, "a counter", counters.map(counterName));
  }
  if (e.what === "call" && !functions.some(glob(e.glob))) {
    throw unknownWord(e.column, e.glob, "a function of the network stack", functions);
  }
}

function checkTrace(step: ScenarioStep, traced: (kept: Kept) => void): void {
  if (step.kind !== "expect" || !("file" in step.expectation)) return;
  try {
    traced(step.expectation);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const what = "a trace to compare with (nettrace run --update writes it)";
    throw new ScriptError(step.expectation.column, error.message, what);
  }
}
