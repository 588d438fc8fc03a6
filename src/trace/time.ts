// SPDX-License-Identifier: GPL-2.0-only
/**
 * Virtual time: what a call costs by one table, so that formats with a clock have one. Nothing is measured:
 * the same trace has the same times everywhere, every event is later than the one before it, no call takes 0.
 */

import type { ClockEvent, CountEvent, DumpEvent, FateEvent, NoteEvent, PacketEvent } from "./event.ts";
import type { Layer } from "./layer.ts";
import { type Call, type Context, type Item, type Syscall, withBody } from "./tree.ts";

/** The cost model, in nanoseconds. Documented in docs/formats/virtual-time.md. */
export const COST = {
  /** Where the clock stands when the session begins: the machine has been up for a second. */
  boot: 1_000_000_000,
  /** What the program does before each system call. */
  user: 500,
  /** Into the kernel, and out of it. */
  syscall: 60,
  sysret: 40,
  /** To begin a softirq or a timer on top of what runs, and to come back. */
  context: 50,
  resume: 20,
  /** The call instruction; it is the caller's time. */
  call: 4,
  /** The same for a function that the compiler inlines: there is none, but time does not stand still. */
  inlineCall: 1,
  /** A function's own work without what it calls: one half before its first call, the rest at its end. */
  own: {
    socket: 30,
    udp: 36,
    route: 40,
    ip: 32,
    neigh: 30,
    dev: 26,
    driver: 24,
    icmp: 40,
  } satisfies Record<Layer, number>,
  /** The same for an inlined function. */
  inlineOwn: 6,
  /** What happens between calls: a reason, a counter, bytes shown. */
  event: 1,
} as const;

/** Functions that touch each byte: which parameter says how many, and nanoseconds for each 64 of them. */
export const PER_64_BYTES: ReadonlyMap<string, readonly [string, number]> = new Map([
  ["memcpy_fromiovec", ["len", 8]],
  ["memcpy_fromiovecend", ["len", 8]],
  ["memcpy_toiovec", ["len", 8]],
  ["memcpy_toiovecend", ["len", 8]],
  ["skb_copy_bits", ["len", 8]],
  ["csum_partial_copy_fromiovecend", ["len", 16]],
  ["skb_copy_and_csum_bits", ["len", 16]],
  ["__skb_checksum", ["len", 12]],
  ["csum_page", ["copy", 12]],
]);

/** A call with the times of its entry and its return. */
export interface TimedCall extends Call {
  start: number;
  end: number;
  readonly body: TimedItem[];
}

export interface TimedContext extends Context {
  readonly start: number;
  readonly end: number;
  readonly body: TimedItem[];
}

/** A reason, a counter, bytes, a frame, an end of idleness: with its time. */
export type TimedLeaf = (NoteEvent | FateEvent | DumpEvent | CountEvent | ClockEvent | PacketEvent) & {
  readonly at: number;
};

export type TimedItem = TimedCall | TimedContext | TimedLeaf;

export interface TimedSyscall extends Syscall {
  readonly start: number;
  readonly end: number;
  readonly body: TimedItem[];
}

const NS_PER_MS = 1_000_000;

/** The clock of one session: it goes on from step to step. */
export class VirtualClock {
  private now: number = COST.boot;
  private readonly idle: boolean;

  /** `idle` false: nothing that only waits takes time, for pictures of what runs. */
  constructor({ idle = true }: { readonly idle?: boolean } = {}) {
    this.idle = idle;
  }

  /** The tree of a step with times. Views are selected afterwards, so that they don't change a time. */
  syscall(step: Syscall): TimedSyscall {
    const isCall = step.call !== null;
    const start = isCall ? this.pass(COST.user) : this.now;
    if (isCall) this.pass(COST.syscall);
    const body = this.items(step.body);
    const end = step.ret === null ? this.now : this.pass(COST.sysret);
    return { ...step, body, start, end };
  }

  private sleep(ms: number): number {
    return this.idle ? ms * NS_PER_MS : 0;
  }

  private pass(ns: number): number {
    this.now += ns;
    return this.now;
  }

  private items(body: readonly Item[]): TimedItem[] {
    return body.map((item) => {
      if (item.ev === "call") return this.call(item);
      if (item.ev === "in") return this.context(item);
      return { ...item, at: this.pass(item.ev === "clock" ? this.sleep(item.ms) : COST.event) };
    });
  }

  private call(call: Call): TimedCall {
    const own = ownWork(call);
    const start = this.pass(call.inline ? COST.inlineCall : COST.call);
    const before = Math.floor(own / 2);
    this.pass(before);
    const body = this.items(call.body);
    const timed = withBody(call, body) as TimedCall;
    timed.start = start;
    timed.end = this.pass(own - before);
    return timed;
  }

  private context(context: Context): TimedContext {
    const start = this.pass(COST.context);
    const body = this.items(context.body);
    return { ...context, body, start, end: this.pass(COST.resume) };
  }
}

/** Nanoseconds of a call itself, at least 1. */
function ownWork(call: Call): number {
  const work = call.inline ? COST.inlineOwn : COST.own[call.layer];
  const bytes = PER_64_BYTES.get(call.fn);
  if (bytes === undefined) return work;
  const [parameter, rate] = bytes;
  const length = call.args[parameter];
  return typeof length === "number" && length > 0 ? work + Math.ceil((length * rate) / 64) : work;
}
