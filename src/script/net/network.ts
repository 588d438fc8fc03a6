// SPDX-License-Identifier: GPL-2.0-only
/** A machine's network: the commands that make it, in iproute2's words. */
import type { Config } from "../../kernels/config.ts";

/** Where in a file something stands; both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One command, and what it does. */
export interface NetCommand {
  /** In a shell's words, with the program: `ip link set lo up`. */
  readonly text: string;
  readonly changes: readonly Config[];
  /** Finding it costs a look through the file: only for those who complain. Null: it is in no file. */
  readonly place: () => Place | null;
}

/** Something that the file says and a simulated machine does not have. */
export interface NetNote {
  readonly text: string;
  readonly place: () => Place | null;
}

export interface Network {
  readonly commands: readonly NetCommand[];
  readonly notes: readonly NetNote[];
  /** Made of what `ip -j` printed of a real machine: el6 may refuse what another kernel has. */
  readonly recorded: boolean;
}

/** More is no network but a mistake. */
export const MAX_COMMANDS = 200_000;
