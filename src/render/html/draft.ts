// SPDX-License-Identifier: GPL-2.0-only
/** A section being written: rows that still grow, names that become numbers. */
import { counterName } from "../../trace/counter.ts";
import type { CountEvent, Reason as Told } from "../../trace/event.ts";
import { LAYERS } from "../../trace/layer.ts";
import { show } from "../../trace/show.ts";
import type { Call } from "../../trace/tree.ts";
import type { Buffer, Writer, Written } from "./buffer.ts";
import type { Fact, Fn, Frame, Pair, Part, Reason, Row, Section, Write } from "./model.ts";
import type { News } from "./packets.ts";

/** What has grown on a row. */
interface Growing {
  readonly row: Row;
  readonly why: Reason[];
  readonly writes: { readonly buf: number; readonly written: Written }[];
  readonly parts: Part[];
  readonly frames: Frame[];
  readonly facts: Fact[];
  readonly counts: (readonly [number, number, number])[];
}

const CALLER = -1;
const UNTOLD = -2;
/** `status` of a frame whose transport checksum is not filled in (TP_STATUS_CSUMNOTREADY). */
const CSUM_NOT_READY = 8;
const PACKET_OUTGOING = 4;

export class Draft {
  private readonly fns: Fn[] = [];
  private readonly fnIndex = new Map<string, number>();
  private readonly rows: Growing[] = [];
  private readonly values: Map<string, number>;
  private readonly counters: [string, number][] = [];
  private readonly buffers: Buffer[] = [];
  /** What was there before the first step. */
  private readonly head: Growing = growing({ kind: "after", depth: 0, fn: -1 });

  /** `values`: of the counters, kept up to date. */
  constructor(values: Map<string, number>) {
    this.values = values;
  }

  /** The number of a call's function. */
  fn(call: Pick<Call, "fn" | "file" | "layer">): number {
    return this.fnOf([call.fn, call.file, LAYERS.indexOf(call.layer)]);
  }

  /** The number of somebody who is no function of the network. */
  nobody(name: string): number {
    return this.fnOf([name, "", -1]);
  }

  private fnOf(fn: Fn): number {
    const key = `${fn[0]} ${fn[1]}`;
    const known = this.fnIndex.get(key);
    if (known !== undefined) return known;
    this.fnIndex.set(key, this.fns.length);
    this.fns.push(fn);
    return this.fns.length - 1;
  }

  /** A new row; what happens from now on happens there. */
  row(row: Row, about: Buffer | null): void {
    const buf = about === null || about.end === 0 ? {} : { buf: this.buffer(about) };
    this.rows.push(growing({ ...row, ...buf }));
  }

  private get last(): Growing {
    const last = this.rows.at(-1);
    if (last !== undefined) return last;
    this.rows.push(growing({ kind: "after", depth: 0, fn: -1 }));
    return this.last;
  }

  /** The number of a buffer. */
  private buffer(buffer: Buffer): number {
    const known = this.buffers.indexOf(buffer);
    if (known >= 0) return known;
    this.buffers.push(buffer);
    return this.buffers.length - 1;
  }

  /** A reason. */
  why(note: Told): void {
    const facts = Object.entries(note.facts ?? {}).map(([k, v]): Pair => [k, show(k, v, note.fn)]);
    this.last.why.push([note.text, facts]);
  }

  /** A counter moved. */
  count(count: CountEvent, fn: number): void {
    const before = this.values.get(count.name) ?? 0;
    let index = this.counters.findIndex(([name]) => name === count.name);
    if (index < 0) index = this.counters.push([count.name, before]) - 1;
    this.values.set(count.name, before + count.by);
    this.last.counts.push([index, count.by, fn]);
  }

  /** Something is known now. */
  tell(facts: readonly Fact[]): void {
    if (facts.length > 0) this.last.facts.push(...facts);
  }

  /** Buffers changed. */
  news(list: readonly News[]): void {
    for (const news of list) this.add(this.last, news);
  }

  /** What the caller hands in is there before the first step. */
  given(list: readonly News[]): void {
    for (const news of list) this.add(this.head, news);
  }

  private add(to: Growing, news: News): void {
    const buf = this.buffer(news.buffer);
    if (news.what === "carried") {
      for (const written of news.writes) this.head.writes.push({ buf, written });
      for (const { at, len, name, fields } of news.parts)
        this.head.parts.push({ buf, at, len, name, fields });
    } else if (news.what === "write") to.writes.push({ buf, written: news.written });
    else if (news.what === "part") {
      const { at, len, name, fields } = news;
      to.parts.push({ buf, at, len, name, fields });
    } else {
      const { at, len } = news;
      const out = news.event.type === PACKET_OUTGOING;
      const unsummed = news.event.status & CSUM_NOT_READY ? ", transport checksum not filled in yet" : "";
      const text = `frame ${out ? "leaves by" : "comes in on"} ${news.event.dev}, ${len} bytes${unsummed}`;
      to.frames.push({ buf, at, len, text, out });
    }
  }

  /** All that was told in this section. */
  facts(): Fact[] {
    return this.rows.flatMap((g) => g.facts);
  }

  /** The section as plain values. */
  finish(first: number, name: string, facts: readonly Fact[]): Omit<Section, "decided"> {
    const write = (w: { buf: number; written: Written }): Write => this.write(w);
    const rows = this.rows.map((g): Row => ({ ...g.row, ...present(g, write) }));
    const before = { writes: this.head.writes.map(write), parts: this.head.parts, facts };
    const buffers = this.buffers.map((b) => b.name);
    const counters = this.counters.map(([event, before]): [string, number] => [counterName(event), before]);
    return { first, name, fns: this.fns, counters, buffers, before, rows };
  }

  private write({ buf, written }: { buf: number; written: Written }): Write {
    const { at, len, bytes } = written;
    const hex = (bytes ?? []).map((b) => (b < 0 ? ".." : b.toString(16).padStart(2, "0"))).join("");
    return { buf, at, len, hex, by: this.writer(written.by) };
  }

  private writer(by: Writer): number {
    return by === "caller" ? CALLER : by === "untold" ? UNTOLD : this.fnOf(by);
  }
}

function growing(row: Row): Growing {
  return { row, why: [], writes: [], parts: [], frames: [], facts: [], counts: [] };
}

/** The lists that are not empty. */
function present(g: Growing, write: (w: Growing["writes"][number]) => Write): Partial<Row> {
  return {
    ...(g.why.length > 0 ? { why: g.why } : {}),
    ...(g.writes.length > 0 ? { writes: g.writes.map(write) } : {}),
    ...(g.parts.length > 0 ? { parts: g.parts } : {}),
    ...(g.frames.length > 0 ? { frames: g.frames } : {}),
    ...(g.facts.length > 0 ? { facts: g.facts } : {}),
    ...(g.counts.length > 0 ? { counts: g.counts } : {}),
  };
}
