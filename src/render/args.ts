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
  const parts: string[] = [];
  for (const [name, value] of Object.entries(call.args)) {
    if (value === "…" || name === "net") continue;
    if (brief && (SILENT.has(name) || value === null || (value === 0 && ZERO_SILENT.has(name)))) continue;
    if (brief && isFlow(value)) parts.push(showFacts(value, call.fn));
    else {
      const text = show(name, value, call.fn, call.args);
      const selfSaid =
        typeof value === "string" && (/^[a-z]+#\d+$/.test(value) || name === "uaddr" || name === "tb");
      parts.push(selfSaid ? text : `${name}=${text}`);
    }
  }
  return parts.join(", ");
}

const ZERO_SILENT: ReadonlySet<string> = new Set(["flags", "info", "itag", "noblock", "odd"]);

function isFlow(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === "object" && value !== null && "daddr" in value;
}
