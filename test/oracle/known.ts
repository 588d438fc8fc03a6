// SPDX-License-Identifier: GPL-2.0-only
/** Cases whose route cache held something that the recording does not explain: docs/oracle.md looks at each. */

import type { CaseResult, Failure } from "./run.ts";

/** Why a case's route cache may differ. */
export const KNOWN: ReadonlyMap<string, string> = new Map([
  ["br-maxsize", "which routes garbage collection takes, and when, depends on a random hash and on RCU"],
  ["br-maxsize-held", "which routes garbage collection takes, and when, depends on a random hash and on RCU"],
  ["r02131", "another namespace that went away swept void routes out of the cache"],
  [
    "mc-drop-member",
    "a route came into the cache while /proc/net/rt_cache was read, and the next line was read twice",
  ],
]);

/** Is this one of the differences that are known? */
export const isKnown = (result: CaseResult, failure: Failure): boolean =>
  failure.aspect === "cache" && KNOWN.has(result.name);

/** How many cases differ for a known reason and no other. */
export function toKnown(results: readonly CaseResult[]): string {
  const n = results.filter((r) => r.failures.length > 0 && r.failures.every((f) => isKnown(r, f))).length;
  return n === 0 ? "" : `route caches that differ for a reason named in docs/oracle.md: ${n}`;
}
