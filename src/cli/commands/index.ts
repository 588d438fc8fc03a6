// SPDX-License-Identifier: GPL-2.0-only
/** The commands, in the order in which `--help` lists them: one file each, one line each here. */
import { capture } from "./capture.ts";
import { diff } from "./diff.ts";
import { host } from "./host.ts";
import type { Register } from "./register.ts";
import { render } from "./render.ts";
import { run } from "./run.ts";
import { sendto } from "./sendto.ts";

/** Every command of the program. */
export const COMMANDS: readonly Register[] = [sendto, run, render, capture, diff, host];
