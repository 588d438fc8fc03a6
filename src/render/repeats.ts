// SPDX-License-Identifier: GPL-2.0-only
/** Calls that went as an earlier one: they are counted, and told in one line when something else comes. */
import { likeness } from "../trace/alike.ts";
import type { VerdictEvent } from "../trace/event.ts";
import type { Step } from "../trace/step.ts";
import type { Item } from "../trace/tree.ts";
import type { ViewOptions } from "./format.ts";
import { ends, headline } from "./head.ts";

/** A call that is shown, with what went as it did since something else was said. */
interface Leader {
  /** Which of the session's sends; 0: it is none. */
  readonly send: number;
  readonly name: string;
  readonly line: string;
  readonly head: string;
  readonly verdict: VerdictEvent;
  readonly body: readonly Item[];
  text: string | undefined;
  readonly runs: Run[];
}

/** Sends number `from`, `from + step`, … `to`. */
interface Run {
  readonly from: number;
  step: number;
  to: number;
}

/** What there is to tell: `sends 3 … 100 went as send 2`, and what became of them. */
export interface Repeat {
  readonly text: string;
  readonly verdict: VerdictEvent;
}

/** So many earlier calls are compared with. */
const LEADERS = 4;

/** Does a view show each call, whether it went as another or not? */
export function showsRepeats({ selection, hexdump }: Pick<ViewOptions, "selection" | "hexdump">): boolean {
  return selection.depth === "all" || hexdump === "all";
}

export class Repeats {
  private leaders: Leader[] = [];

  /** Does a call with this line go as an earlier one? If not, it is one that later ones may go as. */
  isOne(step: Step, line: string): boolean {
    const { story, verdict, tree } = step;
    if (tree.call === null || verdict === null) return false;
    const head = ends(verdict).map(wordsOf).join("\n");
    const send = story?.nth ?? 0;
    const same = this.leaders.filter((one) => one.line === line && one.head === head);
    // The text of a call is made where there is something to compare it with.
    const text = same.length === 0 ? undefined : likeness(tree.body);
    for (const leader of same) {
      leader.text ??= likeness(leader.body);
      if (leader.text !== text) continue;
      extend(leader.runs, send === 0 ? (leader.runs.at(-1)?.to ?? 0) + 1 : send);
      return true;
    }
    const { name } = tree.call;
    this.leaders.push({ ...{ send, name, line, head, verdict, body: tree.body, text }, runs: [] });
    if (this.leaders.length > LEADERS) this.leaders.shift();
    return false;
  }

  /** What has gone as before since it was asked last, the earliest first. */
  told(): Repeat[] {
    return this.leaders.flatMap(({ runs, send, name, verdict }) => {
      const list = runs.splice(0);
      if (list.length === 0) return [];
      return [{ text: send === 0 ? again(name, list) : sends(list, send), verdict }];
    });
  }

  /** Another call stands between: only sends are numbered, so only they can be said to go as one further up. */
  pass(): void {
    this.leaders = this.leaders.filter(({ send }) => send > 0);
  }
}

/** The words of an end; which send an error was about counts up. */
function wordsOf(end: Parameters<typeof headline>[0]): string {
  return headline(end).replace(/\b(for send|sends?) \d+(?:, \d+)*/g, "$1");
}

function extend(runs: Run[], n: number): void {
  const last = runs.at(-1);
  if (last !== undefined && (last.from === last.to || n - last.to === last.step)) {
    last.step = n - last.to;
    last.to = n;
  } else runs.push({ from: n, step: 1, to: n });
}

/** `sends 3 … 100 went as send 2`. */
function sends(runs: readonly Run[], as: number): string {
  const list = runs.map(numbers).join(", ");
  return `send${/\D/.test(list) ? "s" : ""} ${list} went as send ${as}`;
}

/** `3 … 100`; `4, 6 … 100`; few are all named. */
function numbers({ from, step, to }: Run): string {
  const n = (to - from) / step + 1;
  if (n <= 3 && (n < 3 || step > 1))
    return [from, from + step, to]
      .slice(0, n - 1)
      .concat(to)
      .join(", ");
  return step === 1 ? `${from} … ${to}` : `${from}, ${from + step} … ${to}`;
}

/** `recvfrom went so 9 times more`. */
function again(name: string, runs: readonly Run[]): string {
  const n = runs.reduce((sum, { from, to, step }) => sum + (to - from) / step + 1, 0);
  return `${name} went so ${n === 1 ? "once" : `${n} times`} more`;
}
