// SPDX-License-Identifier: GPL-2.0-only
/** The layout of pipes and files: lines as long as what they say, the same wherever they are read. */
import type { Layer } from "../../trace/layer.ts";
import { showReturn } from "../../trace/show.ts";
import type { Call } from "../../trace/tree.ts";
import { hexdump } from "../../wire/hexdump.ts";
import { formatArgs } from "../args.ts";
import { blanks } from "../blanks.ts";
import type { ViewOptions } from "../format.ts";
import type { Paint } from "../style.ts";
import {
  type Beside,
  type Box,
  GLUE,
  type GraphLayout,
  type GraphStyle,
  type Layout,
  type Span,
} from "./layout.ts";

const GUTTER = 7;
/** Column (after the gutter) where reasons begin as far as the calls leave room. */
const REASON_COLUMN = 60;
/** A block of more lines than this repeats its function's name at the closing brace. */
const TAIL_LINES = 12;

/** The layout that a view asks for. */
export function layoutOf({ layout, paint }: Pick<ViewOptions, "layout" | "paint">): Layout {
  return layout ?? straight(paint);
}

/** Lines of any length, in these colours. */
export function straight(paint: Paint): Layout {
  return {
    graph: (style, out) => new Graph(style, paint, out),
    text: (spans, _hang, indent = 0) => [
      blanks(indent) +
        spans.map((span) => (isPlain(span) ? unglued(span) : paint(span[0], unglued(span[1])))).join(""),
    ],
    table: (rows, numeric) =>
      straightTable(rows, numeric).map((line, i) => (i === 0 ? paint("head", line) : line)),
  };
}

function isPlain(span: Span): span is string {
  return typeof span === "string";
}

function unglued(text: string): string {
  return text.replaceAll(GLUE, " ");
}

/** Columns are padded here and not by cli-table3, which would cost the main job a fifth of its start-up. */
function straightTable(rows: readonly (readonly string[])[], numeric: ReadonlySet<number>): string[] {
  const columns = rows[0] ?? [];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const cell = (text: string, column: number): string =>
    numeric.has(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join("  ").trimEnd());
}

/** A piece of a line without colours, which tells its width, and with them. */
interface Dressed {
  readonly text: string;
  readonly paint: string;
}

interface Closing {
  readonly call: Call;
  readonly depth: number;
  readonly long: boolean;
}

class Graph implements GraphLayout {
  private readonly style: GraphStyle;
  private readonly paint: Paint;
  private readonly out: (line: string) => void;
  private layer: Layer | null = null;
  /** The layer word that the next line shows. */
  private pending: Layer | null = null;
  private lines = 0;
  /** How many lines there were before each open call's body. */
  private readonly before: number[] = [];
  private readonly closing: Closing[] = [];
  /** What a line begins with that names no layer. */
  private readonly margin: string;

  constructor(style: GraphStyle, paint: Paint, out: (line: string) => void) {
    this.style = style;
    this.paint = paint;
    this.out = out;
    this.margin = `${blanks(GUTTER)} ${paint("quiet", "│")} `;
  }

  leaf(call: Call, depth: number, beside: readonly Beside[]): void {
    const head = this.head(call);
    const ret = this.returned(call);
    const end = call.returned ? ";" : "";
    const inline = call.inline ? "  ·inline" : "";
    const painted = head.paint + ret.paint + end + this.paint("quiet", inline);
    this.line(depth, head.text + ret.text + end + inline, painted, beside, call.layer);
  }

  open(call: Call, depth: number, beside: readonly Beside[]): void {
    const head = this.head(call);
    const inline = call.inline ? "  ·inline" : "";
    const painted = `${head.paint} {${this.paint("quiet", inline)}`;
    this.line(depth, `${head.text} {${inline}`, painted, beside, call.layer);
    this.before.push(this.lines);
  }

  /** In a brief graph closing braces wait: those that nothing parts become one line at the outermost's place. */
  close(call: Call, depth: number): void {
    const before = this.before.pop() ?? 0;
    const last = this.closing.at(-1);
    const same = last !== undefined && returnedAlike(last.call, call);
    const long = this.lines - before > TAIL_LINES;
    if (!this.style.brief || !same) this.flush();
    this.closing.push({ call, depth, long });
  }

  aside(depth: number, beside: Beside): void {
    this.line(depth, "", "", [beside], null);
  }

  rule(text: string): void {
    this.flush();
    this.layer = null;
    this.lines++;
    const { paint } = this;
    this.out(`${blanks(GUTTER)} ${paint("quiet", "├────")} ${text} ${paint("quiet", "────")}`);
  }

  enter(text: string): void {
    this.rule(text);
  }

  leave(text: string): void {
    this.rule(text);
  }

  box(depth: number, { title, bytes, at, headers }: Box): void {
    const p = this.paint;
    const put = (text: string): void => this.line(depth, text, text, [], null);
    if (bytes.length === 0) {
      put(`${p("quiet", "─")} ${p("head", title)}`);
      return;
    }
    put(`${p("quiet", "┌")} ${p("head", title)}`);
    for (const row of hexdump(bytes, at)) put(`${p("quiet", "│")} ${p("hex", row)}`);
    for (const [name, fields] of headers) {
      if (fields.length === 0) continue;
      const text = fields.map((f) => `${f.name} ${f.value}`).join("  ");
      put(`${p("quiet", "│")}           ${name === "" ? "" : `${name}: `}${text}`);
    }
    put(p("quiet", "└"));
  }

  end(): void {
    this.flush();
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
    this.put(depth, `}${ret.text}${tail}`, `}${ret.paint}${this.paint("quiet", tail)}`, [], call.layer);
  }

  private head(call: Call): Dressed {
    const args = this.style.args ? formatArgs(call, this.style.brief) : "";
    const name = this.paint(this.style.failed.has(call) ? "fail" : "name", call.fn);
    return { text: `${call.fn}(${args})`, paint: `${name}(${args})` };
  }

  private returned(call: Call): Dressed {
    if (!call.returned) return { text: " …never returned", paint: this.paint("fail", " …never returned") };
    if (call.ret === undefined) return { text: "", paint: "" };
    const text = ` = ${showReturn(call.fn, call.ret)}`;
    return { text, paint: this.style.failed.has(call) ? this.paint("fail", text) : text };
  }

  private line(
    depth: number,
    text: string,
    painted: string,
    beside: readonly Beside[],
    layer: Layer | null,
  ): void {
    this.flush();
    this.put(depth, text, painted, beside, layer);
  }

  private put(
    depth: number,
    text: string,
    painted: string,
    beside: readonly Beside[],
    layer: Layer | null,
  ): void {
    if (layer !== null && layer !== this.layer) {
      this.layer = layer;
      this.pending = layer;
    }
    const indent = blanks(2 * depth);
    const [first] = beside;
    if (first === undefined) {
      this.emit(indent + painted);
      return;
    }
    const width = indent.length + text.length;
    const gap = blanks(Math.max(text === "" ? 0 : 2, REASON_COLUMN - width));
    this.emit(indent + painted + gap + this.said(first));
    const column = blanks(Math.max(REASON_COLUMN, text === "" ? 0 : width + 2));
    for (let i = 1; i < beside.length; i++) this.emit(column + this.said(beside[i] as Beside));
  }

  private said({ role, text }: Beside): string {
    return this.paint(role, role === "why" ? `/* ${text} */` : text);
  }

  private emit(text: string): void {
    const layer = this.pending;
    this.pending = null;
    this.lines++;
    this.out(trimmed((layer === null ? this.margin : this.marginOf(layer)) + text));
  }

  private marginOf(layer: Layer): string {
    const word = this.paint(`layer:${layer}`, layer.padStart(GUTTER));
    return `${word} ${this.paint("quiet", "│")} `;
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
