// SPDX-License-Identifier: GPL-2.0-only
/** Does a call that fails say why, in a function that the real kernel visited? */
import { SYMBOLS } from "../../src/trace/symbol.ts";
import type { Said } from "./calls.ts";
import type { SimulatedStep } from "./case.ts";
import type { Verdict } from "./compare.ts";
import type { RecordedStep } from "./recording.ts";

/** Steps that are no system calls of the case, or that are several. */
const NO_CALLS = /^(?:ip|tc|sysctl0?|nf|listener|inject|rtget|sleep|uid)(?:\s|$)/;

/**
 * The last refusal or loss of a call that fails: it has words, and the innermost of its functions that the table of el6's
 * network knows is in the recorded tree. What is outside of the tree (fs/, copies from user space) counts as its caller.
 */
export function compareReason(
  kinds: ReadonlyMap<string, string>,
  step: RecordedStep,
  sim: SimulatedStep,
): Verdict {
  if (step.err === undefined || NO_CALLS.test(step.op) || sim.err === undefined) return undefined;
  const last = sim.reasons?.at(-1);
  if (last === undefined || last.text === "") return missing(step, "nobody says why");
  const fn = decider(kinds, last);
  if (fn === undefined || step.calls === undefined) return null;
  const visited = new Set(step.calls.split("\n").map((line) => line.trimStart()));
  return visited.has(fn) ? null : missing(step, `${fn}: ${last.text}`);
}

function decider(kinds: ReadonlyMap<string, string>, { stack }: Said): string | undefined {
  const names = stack.map((id) => SYMBOLS[id]?.name ?? "");
  return names.findLast((name) => kinds.has(name));
}

function missing(step: RecordedStep, got: string): Verdict {
  const expected = `a function of the recorded tree says why: ${step.err}`;
  return { kind: `reason of ${step.err}: ${got}`, expected: [expected], got: [got], at: 0 };
}
