// SPDX-License-Identifier: GPL-2.0-only
/** The way of an error through a call tree. */
import type { Call, Item, Syscall } from "./tree.ts";

/** The calls through which an error came back, outermost first. Empty where the system call did not fail. */
export function failedPath(syscall: Syscall): Call[] {
  const ret = syscall.ret?.ret ?? 0;
  if (ret >= 0) return [];
  const path: Call[] = [];
  let body = syscall.body;
  for (;;) {
    const next = body.filter((i): i is Call => i.ev === "call" && i.ret === ret).at(-1);
    if (next === undefined) return path;
    path.push(next);
    body = next.body;
  }
}

/** The calls that were entered and never left, outermost first: where a panic stopped the machine. */
export function openCalls(body: readonly Item[]): Call[] {
  const last = body.at(-1);
  if (last?.ev === "in") return openCalls(last.body);
  return last?.ev !== "call" || last.returned ? [] : [last, ...openCalls(last.body)];
}
