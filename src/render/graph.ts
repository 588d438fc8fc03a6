// SPDX-License-Identifier: GPL-2.0-only
/** The function graph for people: a gutter that tells the layer, the call tree, and the reasons beside it. */
import { countText } from "../trace/counter.ts";
import { type CountEvent, type DumpEvent, isReason, type PacketEvent, type Reason } from "../trace/event.ts";
import type { Layer } from "../trace/layer.ts";
import { showFacts, showReturn } from "../trace/show.ts";
import type { Call, Context, Item, Syscall } from "../trace/tree.ts";
import { type Field, fieldsOf, headersOf } from "../wire/fields.ts";
import { fromHex, hexdump } from "../wire/hexdump.ts";
import { formatArgs } from "./args.ts";
import { blanks } from "./blanks.ts";
import { frameWord } from "./frames.ts";
import type { Paint, Role } from "./style.ts";

export interface GraphOptions {
  readonly paint: Paint;
  /** Print arguments. */
  readonly args: boolean;
  /** For reading: arguments that say nothing new are left out, closing braces in a row are one line. */
  readonly brief: boolean;
  /** Print reasons. */
  readonly why: boolean;
  /** `headers`: as written, and each outgoing frame once; `packets`: frames only; `all`: every frame on every device. */
  readonly hexdump: "headers" | "packets" | "all" | "none";
  /** Mark the functions through which an error came back. */
  readonly failed: ReadonlySet<Call>;
}

const GUTTER = 7;
/** Column (after the gutter) where reasons begin as far as the calls leave room. */
const REASON_COLUMN = 60;
/** A block of more lines than this repeats its function's name at the closing brace. */
const TAIL_LINES = 12;

/** Write the graph of one system call, line by line. */
export function graph(
  syscall: Syscall,
  body: readonly Item[],
  options: GraphOptions,
  out: (line: string) => void,
): void {
  new Graph(syscall, options, out).all(body);
}

interface Closing {
  readonly call: Call;
  readonly depth: number;
  readonly long: boolean;
}

class Graph {
  private readonly name: string;
  private readonly o: GraphOptions;
  private readonly out: (line: string) => void;
  private layer: Layer | null = null;
  /** The layer word that the next line shows. */
  private pending: Layer | null = null;
  private lines = 0;
  private readonly closing: Closing[] = [];
  /** What a line begins with that names no layer. */
  private readonly margin: string;

  constructor(syscall: Syscall, options: GraphOptions, out: (line: string) => void) {
    this.name = syscall.call?.name ?? "the clock";
    this.o = options;
    this.out = out;
    this.margin = `${blanks(GUTTER)} ${options.paint("quiet", "│")} `;
  }

  all(items: readonly Item[]): void {
    this.body(items, 0);
    this.flush();
  }

  private body(items: readonly Item[], depth: number): void {
    for (let i = 0; i < items.length; i++) {
      const item = items[i] as Item;
      if (item.ev === "call") this.call(item, depth);
      else if (item.ev === "in") this.context(item, depth);
      else if (item.ev === "note" || item.ev === "fate") this.aside(depth, this.note(item));
      else if (item.ev === "count") {
        const run = counts(items, i);
        i += run.length - 1;
        this.aside(depth, this.count(run));
      } else if (item.ev === "dump") this.dump(item, depth);
      else if (item.ev === "clock") {
        let { ms } = item;
        for (let next = items[i + 1]; next?.ev === "clock"; next = items[++i + 1]) ms += next.ms;
        this.rule(later(ms));
      } else this.packet(item, depth);
    }
  }

  private call(call: Call, depth: number): void {
    const { first, rest } = this.opening(call);
    const nested = rest.some((item) => item.ev === "call" || item.ev === "in" || this.visible(item));
    const role: Role | null = this.o.failed.has(call) ? "fail" : null;
    const head = this.head(call, role);
    const inline = call.inline ? "  ·inline" : "";
    const mark = this.o.paint("quiet", inline);
    if (!nested) {
      const ret = this.returned(call);
      const end = call.returned ? ";" : "";
      const text = head.text + ret.text + end;
      this.line(depth, text + inline, head.paint + ret.paint + end + mark, first, call.layer);
      return;
    }
    this.line(depth, `${head.text} {${inline}`, `${head.paint} {${mark}`, first, call.layer);
    const before = this.lines;
    this.body(rest, depth + 1);
    this.close({ call, depth, long: this.lines - before > TAIL_LINES });
  }

  /** In a brief graph closing braces wait: those that nothing parts become one line at the outermost's place. */
  private close(closing: Closing): void {
    const last = this.closing.at(-1);
    const same = last !== undefined && returnedAlike(last.call, closing.call);
    if (!this.o.brief || !same) this.flush();
    this.closing.push(closing);
  }

  private flush(): void {
    if (this.closing.length === 0) return;
    const run = this.closing.splice(0);
    const outer = run[run.length - 1] as Closing;
    const inner = run[0] as Closing;
    const { call, depth } = outer;
    const ret = this.returned(call);
    const names = run.length > 1 ? `${inner.call.fn} … ${call.fn}` : call.fn;
    const tail = run.length > 1 || outer.long ? `  /* ${names} */` : "";
    this.put(depth, `}${ret.text}${tail}`, `}${ret.paint}${this.o.paint("quiet", tail)}`, [], call.layer);
  }

  /** Reasons and counters from before the first visible thing inside: they stand beside the opening line. */
  private opening(call: Call): { first: string[]; rest: readonly Item[] } {
    const { body } = call;
    const first: string[] = [];
    const folded =
      call.folded === undefined ? [] : [this.o.paint("quiet", `··· ${call.folded} calls, as before`)];
    let i = 0;
    for (; i < body.length; i++) {
      const item = body[i] as Item;
      if (isReason(item)) {
        const own = item.fn === call.fn;
        first.push(...(own ? [] : folded.splice(0)), ...this.note(item, own ? "" : `${item.fn}: `));
      } else if (item.ev === "count") {
        const run = counts(body, i);
        first.push(...folded.splice(0), ...this.count(run));
        i += run.length - 1;
      } else if ((item.ev === "dump" || item.ev === "packet") && !this.visible(item)) continue;
      else break;
    }
    return { first: [...first, ...folded], rest: body.slice(i) };
  }

  private visible(item: Item): boolean {
    if (item.ev === "dump") return this.o.hexdump === "headers" || this.o.hexdump === "all";
    if (item.ev === "packet") return this.o.hexdump !== "none";
    if (item.ev === "note" || item.ev === "fate") return this.o.why && isReason(item);
    return true;
  }

  private head(call: Call, role: Role | null): { text: string; paint: string } {
    const args = this.o.args ? formatArgs(call, this.o.brief) : "";
    const name = role === null ? call.fn : this.o.paint(role, call.fn);
    return { text: `${call.fn}(${args})`, paint: `${name}(${args})` };
  }

  private returned(call: Call): { text: string; paint: string } {
    if (!call.returned) return { text: " …never returned", paint: this.o.paint("fail", " …never returned") };
    if (call.ret === undefined) return { text: "", paint: "" };
    const text = ` = ${showReturn(call.fn, call.ret)}`;
    return { text, paint: this.o.failed.has(call) ? this.o.paint("fail", text) : text };
  }

  private note(note: Reason, who = ""): string[] {
    if (!this.o.why || note.text === "") return [];
    const facts = note.facts === undefined ? "" : showFacts(note.facts, note.fn);
    return [this.o.paint("why", `/* ${who}${note.text}${facts === "" ? "" : `: ${facts}`} */`)];
  }

  private count(run: readonly CountEvent[]): string[] {
    return [this.o.paint("number", `↑ ${run.map(countText).join(", ")}`)];
  }

  private context(context: Context, depth: number): void {
    const where = this.name === "the clock" ? "" : `, still inside this ${this.name}`;
    this.rule(`${context.name}${where}`);
    this.body(context.body, depth);
    this.rule(`${context.name} done`);
  }

  private rule(text: string): void {
    this.flush();
    this.layer = null;
    this.lines++;
    this.out(this.o.paint("quiet", `${blanks(GUTTER)} ├──── ${text} ────`));
  }

  private dump(dump: DumpEvent, depth: number): void {
    if (!this.visible(dump)) return;
    const bytes = fromHex(dump.hex);
    this.box(depth, `${dump.label}, ${bytes.length} bytes`, bytes, [["", fieldsOf(dump.label, bytes)]]);
  }

  private packet(packet: PacketEvent, depth: number): void {
    const outgoing = packet.type === 4;
    if (!this.visible(packet) || (!outgoing && this.o.hexdump !== "all")) return;
    const bytes = fromHex(packet.hex);
    const way = outgoing ? "leaves by" : "comes in on";
    const partial = packet.status & 8 ? ", transport checksum not filled in yet" : "";
    this.box(
      depth,
      `${frameWord(packet)} ${way} ${packet.dev}, ${bytes.length} bytes${partial}`,
      bytes,
      headersOf(bytes, packet.link),
    );
  }

  private box(
    depth: number,
    title: string,
    bytes: Uint8Array,
    headers: readonly (readonly [string, readonly Field[]])[],
  ): void {
    const p = this.o.paint;
    const put = (text: string): void => this.line(depth, text, text, []);
    put(`${p("quiet", "┌")} ${p("head", title)}`);
    for (const row of hexdump(bytes)) put(`${p("quiet", "│")} ${p("hex", row)}`);
    for (const [name, fields] of headers) {
      if (fields.length === 0) continue;
      const text = fields.map((f) => `${f.name} ${f.value}`).join("  ");
      put(`${p("quiet", "│")}           ${name === "" ? "" : `${name}: `}${text}`);
    }
    put(p("quiet", "└"));
  }

  /** Reasons that stand alone, between two calls. */
  private aside(depth: number, reasons: readonly string[]): void {
    for (const reason of reasons) this.line(depth, "", "", [reason]);
  }

  private line(
    depth: number,
    text: string,
    painted: string,
    reasons: readonly string[],
    layer: Layer | null = null,
  ): void {
    this.flush();
    this.put(depth, text, painted, reasons, layer);
  }

  private put(
    depth: number,
    text: string,
    painted: string,
    reasons: readonly string[],
    layer: Layer | null,
  ): void {
    if (layer !== null && layer !== this.layer) {
      this.layer = layer;
      this.pending = layer;
    }
    const indent = blanks(2 * depth);
    const [first] = reasons;
    if (first === undefined) {
      this.emit(indent + painted);
      return;
    }
    const width = indent.length + text.length;
    this.emit(indent + painted + blanks(Math.max(text === "" ? 0 : 2, REASON_COLUMN - width)) + first);
    const column = Math.max(REASON_COLUMN, text === "" ? 0 : width + 2);
    for (let i = 1; i < reasons.length; i++) this.emit(blanks(column) + reasons[i]);
  }

  private emit(text: string): void {
    const layer = this.pending;
    this.pending = null;
    this.lines++;
    this.out(trimmed((layer === null ? this.margin : this.marginOf(layer)) + text));
  }

  private marginOf(layer: Layer): string {
    const word = this.o.paint(`layer:${layer}`, layer.padStart(GUTTER));
    return `${word} ${this.o.paint("quiet", "│")} `;
  }
}

/** One closing brace may stand for both: what it says came back came back from either. */
function returnedAlike(a: Call, b: Call): boolean {
  return a.returned === b.returned && a.ret === b.ret;
}

/** As trimEnd, which makes a new string even of one that ends in ink. */
function trimmed(line: string): string {
  const last = line.charCodeAt(line.length - 1);
  return last > 0x20 && last < 0x7f ? line : line.trimEnd();
}

/** `1.2 s later`. */
function later(ms: number): string {
  return ms < 1000 ? `${ms} ms later` : `${ms / 1000} s later`;
}

function counts(items: readonly Item[], from: number): CountEvent[] {
  const run: CountEvent[] = [];
  for (let i = from; i < items.length && (items[i] as Item).ev === "count"; i++)
    run.push(items[i] as CountEvent);
  return run;
}
