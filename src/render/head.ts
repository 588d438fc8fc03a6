// SPDX-License-Identifier: GPL-2.0-only
/** The head of a call: what became of it stands below its line, before everything else. */
import type { VerdictEvent } from "../trace/event.ts";
import type { Step } from "../trace/step.ts";
import type { Layout, Span } from "./layout/layout.ts";
import { ADDRESS_AND_PORT, waiting } from "./reason.ts";
import { formatResult } from "./strace.ts";
import type { Role } from "./style.ts";

interface State {
  readonly mark: string;
  readonly word: string;
  readonly role: Role;
}

const GOOD = { mark: "✓", role: "good" } as const;
const BAD = { mark: "✗", role: "fail" } as const;
const OPEN = { mark: "…", role: "wait" } as const;

/** By the verdict's outcome. */
const STATES: ReadonlyMap<string | undefined, State> = new Map([
  ["delivered", { ...GOOD, word: "delivered" }],
  ["left", { ...GOOD, word: "left" }],
  ["taken", { ...GOOD, word: "consumed" }],
  ["held", { ...OPEN, word: "held" }],
  ["waiting", { ...OPEN, word: "waiting" }],
  ["unmade", { ...OPEN, word: "not made" }],
  ["reported", { ...OPEN, word: "reported" }],
  ["unreported", { ...OPEN, word: "not reported" }],
  ["lost", { ...BAD, word: "lost" }],
  ["failed", { ...BAD, word: "failed" }],
  ["refused", { ...BAD, word: "refused" }],
  ["panicked", { ...BAD, word: "panic" }],
]);
const UNKNOWN: State = { ...OPEN, word: "" };

/** Of what a head line speaks. */
type End = Pick<VerdictEvent, "outcome" | "of" | "what">;

function stateOf(outcome: string | undefined): State {
  return STATES.get(outcome) ?? UNKNOWN;
}

/** `✗ lost (send 2): ` */
function label({ outcome, of }: End): string {
  const { mark, word } = stateOf(outcome);
  const whose = of === undefined ? "" : `${word === "" ? "" : " "}(${of})`;
  const text = `${word}${whose}`;
  return text === "" ? `${mark} ` : `${mark} ${text}: `;
}

/** What became of it, as one text: `✗ lost: no socket is bound to …`. */
export function headline(end: End): string {
  return label(end) + end.what;
}

/** The same where the call's line is not at hand: `sendto = -1 EPERM (…): ✗ refused: …`. */
export function storyLine({ verdict, tree }: Step): string {
  if (verdict === null) return "";
  const { ret } = tree;
  const result = ret === null || ret.ret >= 0 ? "" : `${ret.name} = ${formatResult(ret.ret)}: `;
  return result + ends(verdict).map(headline).join(" ");
}

/** All ends of a verdict, the first that in question. */
export function ends(verdict: VerdictEvent): End[] {
  return [verdict, ...(verdict.more ?? [])];
}

/** Who decided: `__udp4_lib_lookup (net/ipv4/udp.c): daddr=127.0.0.1 dport=9999`; the reason where the headline has not said it. */
export function decider({ what, decided }: VerdictEvent): { fn: string; file: string; why: string } | null {
  if (decided === undefined) return null;
  const { fn, file, why, values } = decided;
  const said =
    what.includes(waiting(why)) || why.split(ADDRESS_AND_PORT).every((part) => what.includes(part));
  if (why === "" || said) return { fn, file, why: values ?? "" };
  return { fn, file, why: whyOf(decided) };
}

/** `: no socket is bound … (daddr=…)`. */
export function whyOf({ why, values = "" }: NonNullable<VerdictEvent["decided"]>): string {
  return values === "" ? why : `${why} (${values})`;
}

/** The states alone: `✗ lost`. */
export function marks(verdict: VerdictEvent): Span[] {
  const spans = ends(verdict).map((end): Span => [stateOf(end.outcome).role, stateText(end.outcome)]);
  return spans.flatMap((span, i) => (i === 0 ? [span] : [", ", span]));
}

function stateText(outcome: string | undefined): string {
  const { mark, word } = stateOf(outcome);
  return `${mark} ${word}`.trim();
}

/** The head's lines, without a newline. */
export function headLines(verdict: VerdictEvent, layout: Layout): string[] {
  const lines = ends(verdict).flatMap((end) => {
    const { role, mark } = stateOf(end.outcome);
    const word = label(end).slice(mark.length).trim();
    // Green and yellow are no colours to read words in on every ground: the mark alone has them.
    const state: Span[] = word === "" ? [] : [[role === "fail" ? role : "head", word], " "];
    return layout.text([[role, mark], " ", ...state, end.what], 2, 2);
  });
  const by = decider(verdict);
  if (by !== null) {
    const file = by.file === "" ? "" : ` (${by.file})`;
    const why = by.why === "" ? "" : `: ${by.why}`;
    lines.push(...layout.text(["decided in ", ["head", by.fn], file + why], 2, 4));
  }
  const { change } = verdict;
  if (change.length > 0) lines.push(...layout.text([`tried: ${change.join(" · ")}`], 2, 4));
  return lines;
}
