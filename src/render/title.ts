// SPDX-License-Identifier: GPL-2.0-only
/** Whose story a trace tells: a simulated machine's, or that of a real one, recorded. */
import type { MachineEvent } from "../trace/event.ts";

/** `simulated 2.6.32-…`, or `recorded: FILE`. */
export function kernelOf({ uname, recorded, simulated }: MachineEvent): string {
  if (simulated === true) return `simulated ${uname}`.trimEnd();
  return recorded === undefined ? `simulated ${uname}` : `recorded: ${recorded}`;
}

/** `Linux 2.6.32-…, simulated · lo 127.0.0.1/8 · seed 0`, or `Linux, recorded: FILE`. */
export function titleOf({ uname, network, seed, recorded, simulated }: MachineEvent): string {
  if (simulated === true) return `${`Linux ${uname}`.trimEnd()}, simulated: ${recorded}`;
  if (recorded !== undefined) return `Linux, recorded: ${recorded}`;
  return `Linux ${uname}, simulated · ${network} · seed ${seed}`;
}

/** A title that also says that nothing was sent, where nothing was. */
export function wholeTitleOf(machine: MachineEvent): string {
  return isReal(machine) ? titleOf(machine) : `${titleOf(machine)} · nothing was really sent`;
}

/** What people read first: whose story it is, in two parts. */
export function headOf({
  uname,
  network,
  seed,
  recorded,
  simulated,
}: MachineEvent): [who: string, how: string] {
  const kernel = `simulated Linux ${uname}`.trimEnd();
  if (simulated === true) return [kernel, `read from ${recorded} · nothing was really sent`];
  if (recorded !== undefined) return ["recorded on a real kernel", recorded];
  return [kernel, `${network} · seed ${seed} · nothing was really sent`];
}

/** Was it recorded on a real kernel? */
export function isReal({ recorded, simulated }: MachineEvent): boolean {
  return recorded !== undefined && simulated !== true;
}
