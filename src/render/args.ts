// SPDX-License-Identifier: GPL-2.0-only
/** Arguments of a call on one line, for people. */
import type { Value } from "../trace/event.ts";
import { show, showFacts } from "../trace/show.ts";
import type { Call } from "../trace/tree.ts";

/** Arguments that tell a reader nothing: callbacks, constants of the call, what is said beside the call. */
const SILENT: ReadonlySet<string> = new Set(
  "net okfn thresh cond pf getfrag napi quota h rflowp qtail saddr_comp uh hash udptable skb_dst txq q n msg oldflp neigh from cork queues".split(
    " ",
  ),
);

/**
 * What has no plain value, and the only namespace there is, is left out; a flow key says its parts.
 * `brief`: what tells a reader nothing new is left out too.
 */
export function formatArgs(call: Call, brief: boolean): string {
  return argsOf(call, brief).join(", ");
}

/** The same, one by one. */
export function argsOf(call: Call, brief: boolean): string[] {
  const { fn, args } = call;
  const all: string[] = [];
  for (const name in args) {
    const value = args[name] as Value;
    if (value === "…" || name === "net") continue;
    if (brief && (SILENT.has(name) || value === null || (value === 0 && ZERO_SILENT.has(name)))) continue;
    if (brief && isFlow(value)) all.push(showFacts(value, fn));
    else if (saysItself(name, value)) all.push(show(name, value, fn, args));
    else all.push(`${name}=${show(name, value, fn, args)}`);
  }
  return all;
}

/** `skb#1` needs no name before it. */
function saysItself(name: string, value: Value): boolean {
  return typeof value === "string" && (OBJECT.test(value) || name === "uaddr" || name === "tb");
}

const OBJECT = /^[a-z]+#\d+$/;

const ZERO_SILENT: ReadonlySet<string> = new Set(["flags", "info", "itag", "noblock", "odd"]);

function isFlow(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === "object" && value !== null && "daddr" in value;
}
