// SPDX-License-Identifier: GPL-2.0-only
/** Whose story a trace tells: a simulated machine's, or that of a real one, recorded. */
import type { MachineEvent } from "../trace/event.ts";

/** `simulated 2.6.32-…`, or `recorded: FILE`. */
export function kernelOf({ uname, recorded }: MachineEvent): string {
  return recorded === undefined ? `simulated ${uname}` : `recorded: ${recorded}`;
}

/** `Linux 2.6.32-…, simulated · lo 127.0.0.1/8 · seed 0`, or `Linux, recorded: FILE`. */
export function titleOf({ uname, network, seed, recorded }: MachineEvent): string {
  if (recorded !== undefined) return `Linux, recorded: ${recorded}`;
  return `Linux ${uname}, simulated · ${network} · seed ${seed}`;
}

/** A title that also says that nothing was sent, where nothing was. */
export function wholeTitleOf(machine: MachineEvent): string {
  return machine.recorded === undefined ? `${titleOf(machine)} · nothing was really sent` : titleOf(machine);
}
