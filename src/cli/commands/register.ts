// SPDX-License-Identifier: GPL-2.0-only
/** What a command is to the program. */
import type { Command } from "commander";
import type { Io } from "../io.ts";

/** A command adds itself to the program; its action says what it returns through `exit`. */
export type Register = (program: Command, io: Io, exit: (status: number) => void) => void;
