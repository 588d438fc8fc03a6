/** The commands, in the order in which `--help` lists them: one file each, one line each here. */

import type { Command } from "commander";
import type { Io } from "../io.ts";
import { capture } from "./capture.ts";
import { diff } from "./diff.ts";
import { host } from "./host.ts";
import { render } from "./render.ts";
import { run } from "./run.ts";
import { sendto } from "./sendto.ts";

/** A command adds itself to the program; its action says what it returns through `exit`. */
export type Register = (program: Command, io: Io, exit: (status: number) => void) => void;

/** Every command of the program. */
export const COMMANDS: readonly Register[] = [sendto, run, render, capture, diff, host];
