// SPDX-License-Identifier: GPL-2.0-only
/** The graph in the columns of a terminal: chains of calls on one line, reasons beside or below, broken behind the rail. */
import type { Layer } from "../../trace/layer.ts";
import { showReturn } from "../../trace/show.ts";
import type { Call } from "../../trace/tree.ts";
import { argsOf } from "../args.ts";
import { blanks } from "../blanks.ts";
import type { Paint } from "../style.ts";
import { boxLines } from "./dump.ts";
import { columnsOfSpans, fill, painted } from "./fill.ts";
import { type Beside, type Box, GLUE, type GraphStyle, type Span } from "./layout.ts";
import { type CallNode, type ContextNode, chainOf, isTelling, type Node, tailOf } from "./outline.ts";

/** Where the lines go, and how wide they are. */
export interface Paper {
  readonly paint: Paint;
  readonly width: number;
  readonly out: (line: string) => void;
}

/** The layer's word and the rail. */
const RAIL = 10;
const STEP = 2;
/** Reasons stand so much to the right of the call that they are about; what is broken of the call itself still further. */
const ASIDE = 4;
const HANG = 6;
/** An argument as long as this is not said again further in. */
const LONG = 20;

/** What the items of a body stand in. */
interface Around {
  readonly layer: Layer | null;
  /** Arguments that have been said further out. */
  readonly known: ReadonlySet<string>;
}

export class Sheet {
  private readonly style: GraphStyle;
  private readonly paper: Paper;
  /** Columns behind the rail. */
  private readonly room: number;
  /** Column (behind the rail) of the reasons that have room beside their call. */
  private readonly column: number;
  private layer: Layer | null = null;
  private pending: Layer | null = null;

  constructor(style: GraphStyle, paper: Paper) {
    this.style = style;
    this.paper = paper;
    this.room = paper.width - RAIL;
    this.column = Math.min(60, Math.floor(this.room * 0.5));
  }

  print(body: readonly Node[]): void {
    this.body(body, 0, { layer: null, known: new Set() });
  }

  private body(body: readonly Node[], level: number, around: Around): void {
    for (const node of body) {
      if (node.kind === "call") this.chain(chainOf(node), level, around);
      else if (node.kind === "context") this.context(node, around);
      else if (node.kind === "rule") this.rule(node.text);
      else {
        this.enterLayer(around.layer);
        if (node.kind === "aside") this.below([node.beside], this.indent(level - 1));
        else this.box(node.box, level);
      }
    }
  }

  /** A context has an indentation of its own, from the left. */
  private context(node: ContextNode, { known }: Around): void {
    this.rule(node.enter);
    this.body(node.body, 0, { layer: null, known });
    this.rule(node.leave);
  }

  private box(box: Box, level: number): void {
    const { paint } = this.paper;
    for (const line of boxLines(box, this.indent(level), this.room, paint)) this.emit(line);
  }

  private chain(chain: readonly CallNode[], level: number, { known }: Around): void {
    const last = chain[chain.length - 1] as CallNode;
    const { spans, said } = this.head(chain, level, known);
    this.enterLayer(last.call.layer);
    const indent = this.indent(level);
    const width = indent + columnsOfSpans(spans);
    if (this.fits(width, last.beside)) this.beside(spans, indent, width, last.beside);
    else {
      this.lines(spans, indent, HANG);
      this.below(last.beside, indent);
    }
    this.body(last.body, level + 1, { layer: last.call.layer, known: said });
    this.results(chain, level);
  }

  private fits(width: number, beside: readonly Beside[]): boolean {
    if (width > this.room) return false;
    const column = Math.max(this.column, width + 2);
    return beside.every(({ text }) => column + columnsOfSpans([text]) <= this.room);
  }

  private beside(spans: readonly Span[], indent: number, width: number, beside: readonly Beside[]): void {
    const { paint } = this.paper;
    const [first, ...others] = beside;
    const line = blanks(indent) + painted(spans, paint);
    if (first === undefined) {
      this.emit(line);
      return;
    }
    const column = Math.max(this.column, width + 2);
    this.emit(line + blanks(column - width) + paint(first.role, first.text));
    for (const { role, text } of others) this.emit(blanks(column) + paint(role, text));
  }

  /** Reasons below a call that begins at `indent`. */
  private below(beside: readonly Beside[], indent: number): void {
    for (const { role, text } of beside) {
      this.lines([[role, role === "number" ? whole(text) : text]], indent + ASIDE, STEP);
    }
  }

  private head(
    chain: readonly CallNode[],
    level: number,
    known: ReadonlySet<string>,
  ): { spans: Span[]; said: Set<string> } {
    const spans: Span[] = [];
    const said = new Set(known);
    const all = chain.map(({ call }) => (this.style.args ? argsOf(call, this.style.brief) : []));
    for (const [i, { call }] of chain.entries()) {
      const isLast = i === chain.length - 1;
      if (i > 0) spans.push(" ", ["quiet", `›${GLUE}`]);
      if (call.inline) spans.push(["quiet", "·"]);
      spans.push([this.style.failed.has(call) ? "fail" : "name", call.fn]);
      const args = all[i] ?? [];
      const later = new Set(all.slice(i + 1).flat());
      // What the system call was given stands on its own line above.
      const isNew = (arg: string): boolean => !said.has(arg) && !later.has(arg) && level + i > 0;
      const shown = args.filter((arg) => (isLast ? arg.length <= LONG || !known.has(arg) : isNew(arg)));
      if (isLast || shown.length > 0) spans.push(`(${listed(args, shown)})`);
      for (const arg of args) said.add(arg);
    }
    const last = chain[chain.length - 1] as CallNode;
    if (last.body.length === 0) spans.push(...this.result(last.call));
    return { spans, said };
  }

  private result(call: Call): Span[] {
    const text = this.returned(call);
    if (text === "") return [];
    return [" ", this.style.failed.has(call) || !call.returned ? ["fail", text] : text];
  }

  private returned({ fn, ret, returned }: Call): string {
    if (!returned) return `…never${GLUE}returned`;
    return ret === undefined ? "" : `=${GLUE}${showReturn(fn, ret)}`;
  }

  /** What came back from each of a chain, where it tells more than what came back from inside. */
  private results(chain: readonly CallNode[], level: number): void {
    const last = chain[chain.length - 1] as CallNode;
    let inner = tailOf(last.body);
    if (last.body.length === 0) return;
    const names: Call[] = [];
    for (const { call } of chain.toReversed()) {
      const same = inner !== undefined && inner.ret === call.ret && inner.returned === call.returned;
      if (!same && isTelling(call)) names.push(call);
      inner = call;
    }
    for (const call of names) {
      this.enterLayer(call.layer);
      const name: Span = [this.style.failed.has(call) ? "fail" : "name", call.fn];
      this.lines([["quiet", `‹${GLUE}`], name, ...this.result(call)], this.indent(level), HANG);
    }
  }

  /** At least half of the room stays for what is said. */
  private indent(level: number): number {
    return Math.min(STEP * Math.max(level, 0), this.room >> 1);
  }

  private lines(spans: readonly Span[], indent: number, hang: number): void {
    const measure = { width: this.room, first: indent, rest: indent + hang };
    for (const line of fill(spans, measure, this.paper.paint)) this.emit(line);
  }

  private rule(text: string): void {
    this.layer = null;
    const { paint, width, out } = this.paper;
    const lines = fill([text], { width: width - RAIL - 3, first: 0, rest: 0 }, paint);
    for (const [i, line] of lines.entries()) {
      const end = i === lines.length - 1 ? ` ${paint("quiet", "─")}` : "";
      out(`${blanks(RAIL - 2)}${paint("quiet", i === 0 ? "├─" : "│ ")} ${line}${end}`);
    }
  }

  private enterLayer(layer: Layer | null): void {
    if (layer === null || layer === this.layer) return;
    this.layer = layer;
    this.pending = layer;
  }

  private emit(line: string): void {
    const { paint, out } = this.paper;
    const layer = this.pending;
    this.pending = null;
    const word = layer === null ? blanks(RAIL - 3) : paint(`layer:${layer}`, layer.padStart(RAIL - 3));
    out(`${word} ${paint("quiet", "│")} ${line}`.trimEnd());
  }
}

/** Counters with their movements: each is one word. */
function whole(text: string): string {
  return text.replace(/(?<!,) /g, GLUE);
}

/** Arguments in a row; where some are left out that have been said, that is seen. */
function listed(args: readonly string[], shown: readonly string[]): string {
  const words = args.map((arg) => (shown.includes(arg) ? arg : "…"));
  return words.filter((word, i) => word !== "…" || words[i - 1] !== "…").join(", ");
}
