// SPDX-License-Identifier: GPL-2.0-only
/** A type of service, as ip prints it. */
import { DSFIELDS, tosOf } from "../reader.ts";
import type { Fields } from "./fields.ts";

/** As ip reads it again: in hexadecimal. Of names, those of every iproute2 are known. */
export function tosWord(entry: Fields): string | undefined {
  const word = entry.word("tos");
  if (word === undefined) return undefined;
  const tos = tosOf(word);
  if (tos === undefined) throw entry.wrong("tos", `a TOS: hexadecimal or a name (${NAMES})`);
  return tos === 0 ? undefined : `0x${tos.toString(16)}`;
}

const NAMES = Object.keys(DSFIELDS).slice(0, 5).join(", ");
