// SPDX-License-Identifier: GPL-2.0-only
/** Expectations against what happened in the step before: nothing where they are met, else what happened instead. */

import { formatResult } from "../../../render/strace.ts";
import type { Expectation, Kept } from "../../../script/expect/expectation.ts";
import { describePacket, type Packet, packetOf } from "../../../script/expect/packet.ts";
import { matches } from "../../../script/expect/pattern.ts";
import { counterEvent, counterName } from "../../../trace/counter.ts";
import { isReason, type TraceEvent } from "../../../trace/event.ts";
import { glob } from "../../../trace/select.ts";
import type { Step } from "../../../trace/step.ts";
import { errnoName } from "../../../uapi/errno.ts";
import { fromHex } from "../../../wire/hexdump.ts";

/** What a step did, as far as expectations ask. */
export interface Happened {
  /** The call or command, as it is written; empty where nothing has run yet. */
  readonly text: string;
  /** Its value or -errno. */
  readonly ret: number;
  readonly events: Iterable<TraceEvent>;
  /** All of it, as renderers take it. */
  readonly step: () => Step;
}

/** Why an expectation is not met, and details. */
export interface Unmet {
  readonly text: string;
  readonly details: readonly string[];
}

const PACKET_OUTGOING = 4;
/** Things that a message lists. */
const LISTED = 24;

/** Undefined where it is met. */
export function unmet(expected: Exclude<Expectation, Kept>, happened: Happened): Unmet | undefined {
  switch (expected.what) {
    case "errno":
      return errno(expected.errno, happened);
    case "return":
      return happened.ret === expected.value
        ? undefined
        : { text: `expected ${expected.value}, got ${formatResult(happened.ret)}`, details: [] };
    case "counter":
      return counter(expected.name, expected.by, happened);
    case "packet":
      return packet(expected, happened);
    case "call":
      return called(expected, happened);
    case "note":
      return noted(expected, happened);
  }
}

function errno(wanted: number, { ret }: Happened): Unmet | undefined {
  const got = ret < 0 ? -ret : 0;
  if (got === wanted) return undefined;
  const expected = wanted === 0 ? "no error" : (errnoName(wanted) ?? String(wanted));
  return { text: `expected ${expected}, got ${formatResult(ret)}`, details: [] };
}

/** The screen's `rt_cache.out_hit` is the trace's `rt.out_hit`; `Udp.NoPorts` and nstat's `UdpNoPorts` are the same. */
export function counterKey(name: string): string {
  return /[.:]/.test(name)
    ? counterEvent(name)
    : name.replace(/^(TcpExt|IpExt|IcmpMsg|UdpLite|Udp|Icmp|Ip)(?=[A-Z])/, "$1.");
}

function counter(name: string, by: number, { events }: Happened): Unmet | undefined {
  const moved = new Map<string, number>();
  for (const ev of events) if (ev.ev === "count") moved.set(ev.name, (moved.get(ev.name) ?? 0) + ev.by);
  const got = moved.get(counterKey(name)) ?? 0;
  if (got === by) return undefined;
  const details = [...moved].map(([key, n]) => `${counterName(key)} ${signed(n)}`);
  return { text: `expected ${name} ${signed(by)}, got ${signed(got)}`, details: listed("moved", details) };
}

const signed = (n: number): string => (n === 0 ? "unchanged" : n > 0 ? `+${n}` : String(n));

function packet(
  { count, pattern }: Expectation & { what: "packet" },
  { events }: Happened,
): Unmet | undefined {
  const seen: Packet[] = [];
  for (const ev of events) {
    if (ev.ev === "packet")
      seen.push(packetOf(ev.dev, ev.type === PACKET_OUTGOING, fromHex(ev.hex), ev.link));
  }
  const found = seen.filter((p) => matches(pattern, p)).length;
  if (count === undefined ? found > 0 : found === count) return undefined;
  const wanted = count === undefined ? "a packet" : count === 0 ? "no packet" : `${count} packets`;
  return {
    text: `expected ${wanted} like this, got ${found === 0 ? "none" : found}`,
    details: listed("packet", seen.map(describePacket)),
  };
}

function called(
  { glob: pattern, not }: Expectation & { what: "call" },
  { events }: Happened,
): Unmet | undefined {
  const test = glob(pattern);
  const found = new Set<string>();
  let calls = 0;
  for (const ev of events) {
    if (ev.ev !== "enter") continue;
    calls++;
    if (test(ev.fn)) found.add(ev.fn);
  }
  if (found.size > 0 !== not) return undefined;
  return not
    ? { text: `expected no call of ${pattern}, got ${[...found].join(", ")}`, details: [] }
    : { text: `expected a call of ${pattern}, got none among ${calls} calls`, details: [] };
}

function noted({ text, not }: Expectation & { what: "note" }, { events }: Happened): Unmet | undefined {
  const notes: string[] = [];
  for (const ev of events) if (isReason(ev)) notes.push(`${ev.fn}: ${ev.text}`);
  const found = notes.filter((note) => note.includes(text));
  if (found.length > 0 !== not) return undefined;
  return not
    ? { text: `expected no note with ${JSON.stringify(text)}`, details: listed("note", found) }
    : { text: `expected a note with ${JSON.stringify(text)}, got none`, details: listed("note", notes) };
}

/** `what` before each, and how many more there are. */
function listed(what: string, items: readonly string[]): string[] {
  const lines = items.slice(0, LISTED).map((item) => `${what} ${item}`);
  return items.length > LISTED ? [...lines, `… and ${items.length - LISTED} more`] : lines;
}
