// SPDX-License-Identifier: GPL-2.0-only
/** Reasons, bytes, counters and frames as Chrome's trace events. */
import { counterName } from "../trace/counter.ts";
import type { CountEvent, DumpEvent, PacketEvent, Reason } from "../trace/event.ts";
import { packetType, show } from "../trace/show.ts";
import { COST, type TimedItem, type TimedLeaf } from "../trace/time.ts";
import { fieldsOf } from "../wire/fields.ts";
import { fromHex } from "../wire/hexdump.ts";
import type { ChromeEvent } from "./chrome-event.ts";
import type { ViewOptions } from "./format.ts";
import { frameWord } from "./frames.ts";

/** PACKET_OUTGOING. */
const OUTGOING = 4;

type Flow = Pick<ChromeEvent, "ph" | "id" | "bp">;

/** Knows the values of the counters, and which frame comes in where. */
export class ChromeLeaves {
  private readonly view: ViewOptions;
  private readonly before: { readonly [name: string]: number };
  private readonly counters = new Map<string, number>();
  private flows = new Map<TimedLeaf, Flow>();
  private lastFlow = 0;

  constructor(view: ViewOptions, before: { readonly [name: string]: number }) {
    this.view = view;
    this.before = before;
  }

  /** Pair, in one step, each frame that is sent with the same bytes coming in. */
  findFlows(body: readonly TimedItem[]): void {
    this.flows = new Map();
    const sent = new Map<string, { id: number; from: TimedLeaf; last: TimedLeaf | null }>();
    for (const frame of frames(body)) {
      if (frame.type === OUTGOING) sent.set(frame.hex, { id: 0, from: frame, last: null });
      else {
        const flow = sent.get(frame.hex);
        if (flow === undefined) continue;
        if (flow.last === null) {
          flow.id = ++this.lastFlow;
          this.flows.set(flow.from, { ph: "s", id: flow.id });
        } else this.flows.set(flow.last, { ph: "t", id: flow.id });
        this.flows.set(frame, { ph: "f", id: flow.id, bp: "e" });
        flow.last = frame;
      }
    }
  }

  events(leaf: TimedLeaf): ChromeEvent[] {
    switch (leaf.ev) {
      case "fate":
        return this.view.why && leaf.text !== "" ? [note(leaf, leaf.at)] : [];
      case "note":
        return this.view.why ? [note(leaf, leaf.at)] : [];
      case "dump":
        return this.view.hexdump === "headers" || this.view.hexdump === "all" ? [dump(leaf, leaf.at)] : [];
      case "count":
        return this.count(leaf, leaf.at);
      case "packet":
        return this.packet(leaf, leaf.at);
      case "clock":
        return [];
    }
  }

  /** A counter's first movement says too what it was before. */
  private count({ name, by }: CountEvent, ts: number): ChromeEvent[] {
    const value = (v: number, at: number): ChromeEvent => ({
      ph: "C",
      name: counterName(name),
      ts: at,
      args: { value: v },
    });
    const old = this.counters.get(name) ?? this.before[name] ?? 0;
    const first = this.counters.has(name) ? [] : [value(old, COST.boot)];
    this.counters.set(name, old + by);
    return [...first, value(old + by, ts)];
  }

  private packet(leaf: PacketEvent & TimedLeaf, ts: number): ChromeEvent[] {
    const bytes = this.view.hexdump === "none" ? {} : { bytes: leaf.hex };
    const link = leaf.link === undefined ? {} : { link: leaf.link };
    const args = {
      dev: leaf.dev,
      ...link,
      type: packetType(leaf.type),
      length: leaf.hex.length / 2,
      ...bytes,
    };
    const name = `${frameWord(leaf)} ${leaf.type === OUTGOING ? "leaves by" : "comes in on"} ${leaf.dev}`;
    const flow = this.flows.get(leaf);
    const instant: ChromeEvent = { ph: "i", name, cat: "frame", ts, s: "t", args };
    return flow === undefined ? [instant] : [instant, { ...flow, name: "frame", cat: "frame", ts }];
  }
}

function note({ text, facts, fn }: Reason, ts: number): ChromeEvent {
  const args = Object.fromEntries(Object.entries(facts ?? {}).map(([name, v]) => [name, show(name, v, fn)]));
  return { ph: "i", name: text, cat: "why", ts, s: "t", args };
}

function dump({ label, at, hex }: DumpEvent, ts: number): ChromeEvent {
  const fields = Object.fromEntries(fieldsOf(label, fromHex(hex)).map((f) => [f.name, String(f.value)]));
  return { ph: "i", name: label, cat: "bytes", ts, s: "t", args: { at, bytes: hex, ...fields } };
}

function frames(body: readonly TimedItem[]): (PacketEvent & TimedLeaf)[] {
  return body.flatMap((item) => {
    if (item.ev === "call" || item.ev === "in") return frames(item.body);
    return item.ev === "packet" ? [item] : [];
  });
}
