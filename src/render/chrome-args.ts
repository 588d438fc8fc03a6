// SPDX-License-Identifier: GPL-2.0-only
/** What a call was given and what it gave back, as texts for formats that show named values. */
import { show, showReturn } from "../trace/show.ts";
import type { Call } from "../trace/tree.ts";

/** What the recorder says of a value that is neither plain nor named. */
const OPAQUE = "…";

/** Arguments by name; what has no plain value is left out. */
export function argumentTexts(call: Call): { [name: string]: string } {
  const known = Object.entries(call.args).filter(([, value]) => value !== OPAQUE);
  return Object.fromEntries(known.map(([name, value]) => [name, show(name, value, call.fn)]));
}

/** `return`, unless the function is void. */
export function returnText(call: Call): { [name: string]: string } {
  if (!call.returned) return { return: "never returned" };
  return call.ret === undefined || call.ret === OPAQUE ? {} : { return: showReturn(call.fn, call.ret) };
}
