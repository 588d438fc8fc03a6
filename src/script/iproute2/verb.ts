// SPDX-License-Identifier: GPL-2.0-only
/** The verb of a command, perhaps abbreviated as iproute2 allows. */
import type { Reader } from "../reader.ts";

/** `a` → `add` if `verbs` has it; the first that begins so wins. `delete` counts as `del`. */
export function takeVerb<V extends string>(r: Reader, verbs: readonly V[]): V {
  const word = r.next(verbs.join(", "));
  const found = verbs.find(
    (verb) => word !== "" && (verb.startsWith(word) || (verb === "del" && "delete".startsWith(word))),
  );
  if (found !== undefined) return found;
  throw r.unknown("a verb", verbs);
}
