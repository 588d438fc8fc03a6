// SPDX-License-Identifier: GPL-2.0-only
/** Watching a machine closely: frames of calls that close, events that end, counters that add up. */
import type { Machine } from "../../../../src/kernels/release.ts";
import type { Facts } from "../../../../src/trace/plain.ts";
import { Recorder } from "../../../../src/trace/record.ts";
import { SYMBOLS } from "../../../../src/trace/symbol.ts";

/** No action of a random session comes near. */
const ENDLESS = 500_000;

/** A recorder that notes which calls are open, and what every counter was moved by. */
export class Watcher extends Recorder {
  private readonly open: number[] = [];
  private readonly contexts: string[] = [];
  private calls = 0;
  private readonly entered: Map<number, number> = new Map();
  readonly moved: Map<string, number> = new Map();
  /** What did not fit together, in words. */
  readonly wrong: string[] = [];
  /** A note said that what follows is a bug of el6's own. */
  bug = false;

  /** Before the next action. */
  begin(): void {
    this.clear();
    this.calls = 0;
    this.moved.clear();
    this.entered.clear();
  }

  /** How often a function was called. */
  times(name: string): number {
    const id = SYMBOLS.findIndex((s) => s.name === name);
    return this.entered.get(id) ?? 0;
  }

  /** After it: nothing is open any more. */
  finish(): void {
    for (const id of this.open.splice(0)) this.wrong.push(`${nameOf(id)} was entered and never left`);
    for (const name of this.contexts.splice(0)) this.wrong.push(`the ${name} never ended`);
  }

  override enter(id: number, argc: number): void {
    if (++this.calls > ENDLESS) throw new Error("it calls and calls and does not come back");
    this.open.push(id);
    this.entered.set(id, (this.entered.get(id) ?? 0) + 1);
    super.enter(id, argc);
  }
  override exit(id: number, v: unknown): void {
    const last = this.open.pop();
    if (last !== id) this.wrong.push(`${nameOf(id)} was left where ${nameOf(last)} was open`);
    super.exit(id, v);
  }
  override context(name: string, on: boolean): void {
    if (on) this.contexts.push(name);
    else {
      const last = this.contexts.pop();
      if (last !== name) this.wrong.push(`the ${name} ended where the ${last} was on`);
    }
    super.context(name, on);
  }
  override note(text: string, facts: Facts | undefined): void {
    if (text.includes("a bug of el6")) this.bug = true;
    super.note(text, facts);
  }
  override count(name: string, by: number): void {
    this.moved.set(name, (this.moved.get(name) ?? 0) + by);
    super.count(name, by);
  }
}

const nameOf = (id: number | undefined): string =>
  id === undefined ? "nothing" : (SYMBOLS[id]?.name ?? `symbol ${id}`);

/** What /proc makes of other counters, or of the machine's state. */
const DERIVED = /^(Icmp\.(In|Out)(?!Msgs|Errors)|rt\.entries$|Ip\.(Forwarding|DefaultTTL)$)/;

/** Where counters did not move by what their events say. Devices that came or went are left out. */
export function disagreement(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  moved: ReadonlyMap<string, number>,
): string[] {
  const wrong: string[] = [];
  for (const name of new Set([...before.keys(), ...after.keys(), ...moved.keys()])) {
    const [a, b] = [before.get(name), after.get(name)];
    if (DERIVED.test(name) || (name.startsWith("dev:") && (a === undefined || b === undefined))) continue;
    const by = (b ?? 0) - (a ?? 0);
    if (by !== (moved.get(name) ?? 0))
      wrong.push(`${name} moved by ${by}, its events by ${moved.get(name) ?? 0}`);
  }
  return wrong;
}

/**
 * The counters, with nothing left to do that would move them: whoever reads them lets ksoftirqd run afterwards. Where it gets
 * nowhere (net.core.netdev_budget = 0) it will have tried as often again.
 */
export function settled(m: Machine): Map<string, number> {
  m.counters();
  const before = m.counters();
  const now = m.counters();
  return new Map([...now].map(([name, n]) => [name, n + n - (before.get(name) ?? 0)]));
}
