// SPDX-License-Identifier: GPL-2.0-only
/** proc: the files of /proc/net before and after, each where tools look for it below `before/` and `after/`. */
import type { StateEvent } from "../trace/event.ts";
import type { OutFolder, Renderer } from "./format.ts";

/** The format: `before/proc/net/snmp`, `after/proc/net/snmp` and so on, the kernel's own text. */
export function proc(out: OutFolder): Renderer {
  const write = ({ when, proc }: StateEvent): void => {
    for (const [path, text] of Object.entries(proc)) out.file(`${when}${path}`).write(text);
  };
  return {
    head: (_machine, before) => write(before),
    step: () => {},
    end: write,
  };
}
