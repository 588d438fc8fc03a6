// SPDX-License-Identifier: GPL-2.0-only
/** One command of a network, read as a shell reads it. */
import { readConfig } from "../iproute2.ts";
import { Reader } from "../reader.ts";
import { shellWords } from "../words.ts";
import type { NetCommand } from "./network.ts";

/** Throws `ScriptError`. */
export function commandOf(text: string, place: NetCommand["place"]): NetCommand {
  return { text, changes: readConfig(new Reader(shellWords(text), text.length + 1)), place };
}
