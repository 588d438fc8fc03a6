// SPDX-License-Identifier: GPL-2.0-only
/** The counters that moved, and who moved each: before and what moved it make what /proc says after. */
import { counterName, counterTwin, isCounter, moverText } from "../trace/counter.ts";
import type { CountEvent, StateEvent } from "../trace/event.ts";
import type { Item, Syscall } from "../trace/tree.ts";
import type { Layout } from "./layout/layout.ts";

/** Who moved a counter: how often, and by how much in all. */
interface Mover {
  times: number;
  by: number;
}

/** The movers of one counter: functions, and contexts outside of any function, by name. */
type Movers = Map<string, Mover>;

/** A counter's movements: in the calls, and between them. */
interface Movements {
  readonly calls: Movers;
  readonly between: Movers;
}

/** One counter: its value before and after, and who moved it. */
export interface Moved {
  readonly name: string;
  readonly before: number;
  /** Undefined: its device is gone. */
  readonly after: number | undefined;
  readonly by: Movements;
}

/** What did it is in no trace. */
const NOBODY = "";

/** Adds up movements call by call. */
export class Moves {
  private readonly all = new Map<string, Movements>();

  add({ call, body }: Syscall): void {
    this.items(body, call === null ? "between" : "calls", NOBODY);
  }

  /** Sums in the order of first movement, by the events' names. */
  sums(): [name: string, by: number][] {
    return [...this.all].map(([name, movements]) => [name, sumOf(movements)]);
  }

  private items(items: readonly Item[], when: keyof Movements, who: string): void {
    for (const item of items) {
      if (item.ev === "call") this.items(item.body, when, item.fn);
      else if (item.ev === "in") this.items(item.body, when, item.name);
      else if (item.ev === "count") this.count(item, when, who);
    }
  }

  private count({ name, by }: CountEvent, when: keyof Movements, who: string): void {
    for (const counter of [name, counterTwin(name)]) {
      if (counter === undefined) continue;
      const movements = this.all.get(counter) ?? nothing();
      this.all.set(counter, movements);
      move(movements[when], who, 1, by);
    }
  }

  /** What moved, in the order of first movement; then what only the states know to have moved. */
  list(before: StateEvent, after: StateEvent): Moved[] {
    const there = devicesOf(after);
    const names = [...this.all.keys(), ...Object.keys(before.counters), ...Object.keys(after.counters)];
    return [...new Set(names)].filter(isCounter).flatMap((name) => {
      const from = before.counters[name] ?? 0;
      const to = after.counters[name] ?? 0;
      const by = this.all.get(name) ?? nothing();
      const gone = there !== undefined && name.startsWith("dev:") && !there.has(deviceOf(name));
      const rest = gone ? 0 : to - from - sumOf(by);
      if (rest === 0 && by.calls.size + by.between.size === 0 && (!gone || from === 0)) return [];
      const between = new Map(by.between);
      if (rest !== 0) move(between, NOBODY, 0, rest);
      return [{ name, before: from, after: gone ? undefined : to, by: { calls: by.calls, between } }];
    });
  }
}

const nothing = (): Movements => ({ calls: new Map(), between: new Map() });

function move(movers: Movers, who: string, times: number, by: number): void {
  const known = movers.get(who) ?? { times: 0, by: 0 };
  movers.set(who, { times: known.times + times, by: known.by + by });
}

function sumOf({ calls, between }: Movements): number {
  let sum = 0;
  for (const { by } of [...calls.values(), ...between.values()]) sum += by;
  return sum;
}

const deviceOf = (name: string): string => name.slice("dev:".length, name.lastIndexOf("."));

/** The devices that /proc/net/dev lists; undefined where a trace does not have the file. */
function devicesOf({ proc }: StateEvent): Set<string> | undefined {
  const text = proc["/proc/net/dev"];
  if (text === undefined) return undefined;
  const lines = text.split("\n").slice(2);
  return new Set(lines.map((line) => line.slice(0, line.lastIndexOf(":")).trim()));
}

const GROUPS = ["rt", "Udp", "UdpLite", "Icmp", "IcmpMsg", "Ip", "IpExt", "TcpExt", "dev", "softnet"];

/** Its place among the groups. */
function rank(name: string): number {
  return GROUPS.indexOf(name.startsWith("dev:") ? "dev" : name.slice(0, name.indexOf(".")));
}

function moversText(movers: Movers): string {
  return [...movers].map(([who, { times, by }]) => moverText(who, times, by)).join(", ");
}

/** In the calls, then between them; what nobody is known for stands alone. */
function whoText({ calls, between }: Movements): string {
  const named = new Map([...between].filter(([who]) => who !== NOBODY));
  const nobody = between.get(NOBODY);
  const parts = [
    moversText(calls),
    named.size === 0 ? "" : `between the calls: ${moversText(named)}`,
    nobody === undefined ? "" : moverText("between the calls", nobody.times, nobody.by),
  ];
  return parts.filter((part) => part !== "").join("; ");
}

/** Rows: counter, before, after, who. Sorted by group, then by first movement. */
export function counterRows(list: readonly Moved[]): string[][] {
  const order = list
    .map((m, i) => [m, i] as const)
    .sort(([a, i], [b, j]) => rank(a.name) - rank(b.name) || i - j);
  return order.map(([{ name, before, after, by }]) => [
    counterName(name),
    String(before),
    after === undefined ? "gone" : String(after),
    whoText(by),
  ]);
}

const HEAD = ["counters", "before", "after", "moved by"];
const NUMERIC: ReadonlySet<number> = new Set([1, 2]);

/** The table of what moved, with a newline at its end. */
export function counterTable(list: readonly Moved[], layout: Layout): string {
  const lines = layout.table([HEAD, ...counterRows(list)], NUMERIC);
  return lines.map((line) => `${line}\n`).join("");
}
