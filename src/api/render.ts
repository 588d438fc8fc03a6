// SPDX-License-Identifier: GPL-2.0-only
/** `render`: a trace in any format. */
import { painter } from "../cli/colour.ts";
import { tableDrawer } from "../cli/table.ts";
import { parseTraceOptions } from "../cli/trace-options.ts";
import type { Format, Out, Renderer, ViewOptions } from "../render/format.ts";
import { FORMATS, type FormatName } from "../render/index.ts";
import { storyteller } from "../render/storyteller.ts";
import type { MachineEvent, TraceEvent } from "../trace/event.ts";
import { LAYERS, type Layer } from "../trace/layer.ts";
import { isStep, pieces } from "../trace/step.ts";
import { checked, NettraceError } from "./error.ts";
import { events } from "./events.ts";
import { knownOptions, oneOf } from "./options.ts";

/** What is shown, and how: the view options of the command line. */
export interface RenderOptions {
  /** Levels of calls: a number, `all`, or `story` (where not said): bookkeeping folded away. */
  readonly depth?: "story" | "all" | number;
  /** Globs: only functions that match, and what they call. */
  readonly only?: readonly string[];
  /** Globs: leave out functions that match, and what they call. */
  readonly hide?: readonly string[];
  readonly layers?: readonly Layer[];
  /** False: only what ftrace could see on the stock kernel. */
  readonly inline?: boolean;
  /** False: no arguments. */
  readonly args?: boolean;
  /** False: no reasons. */
  readonly why?: boolean;
  readonly hexdump?: "headers" | "packets" | "all" | "none";
  /** No graph and no counters: the calls, and what became of each. */
  readonly brief?: boolean;
  readonly counters?: "moved" | "all" | "none";
  /** Bytes of a string in the strace lines: 32 where not said, 0 is all. */
  readonly strings?: number;
  /** `all`: the graph of every call, not only of those that send. */
  readonly trace?: "send" | "all";
  /** For ftrace: `funcgraph-tail`, `nofuncgraph-cpu`. */
  readonly traceOptions?: readonly string[];
  /** Escape sequences of a terminal. */
  readonly color?: boolean;
}

const RENDER_OPTIONS: readonly (keyof RenderOptions)[] = [
  "depth",
  "only",
  "hide",
  "layers",
  "inline",
  "args",
  "why",
  "hexdump",
  "brief",
  "counters",
  "strings",
  "trace",
  "traceOptions",
  "color",
];

/** The formats that are text, one string. */
export type TextFormat =
  | "graph"
  | "strace"
  | "summary"
  | "json"
  | "path"
  | "dot"
  | "svg"
  | "mermaid"
  | "mermaid-graph"
  | "ftrace"
  | "folded"
  | "chrome"
  | "speedscope"
  | "html";
/** The formats that are bytes. */
export type BinaryFormat = "pcap" | "pcapng" | "trace-dat";
/** The formats that are a folder: files by name. */
export type FolderFormat = "proc" | "uftrace";

/** A trace as text. The promise is for the format's code, which is loaded when it is asked for. */
export function render(
  trace: Iterable<TraceEvent>,
  format: TextFormat,
  options?: RenderOptions,
): Promise<string>;
/** A trace as bytes. */
export function render(
  trace: Iterable<TraceEvent>,
  format: BinaryFormat,
  options?: RenderOptions,
): Promise<Uint8Array>;
/** A trace as a folder: its files by their names. */
export function render(
  trace: Iterable<TraceEvent>,
  format: FolderFormat,
  options?: RenderOptions,
): Promise<Map<string, Uint8Array>>;
export async function render(
  trace: Iterable<TraceEvent>,
  format: FormatName,
  options: RenderOptions = {},
): Promise<string | Uint8Array | Map<string, Uint8Array>> {
  const chosen: Format = FORMATS[oneOf("format", format, Object.keys(FORMATS) as FormatName[])];
  const view = await viewOf(options);
  const files = new Map<string, Pieces>();
  const file = (name: string): Pieces => {
    const pieces = new Pieces();
    files.set(name, pieces);
    return pieces;
  };
  if (chosen.kind === "folder") {
    feed(trace, (await chosen.load())({ file }, view), chosen);
    return new Map([...files].map(([name, pieces]) => [name, pieces.bytes()]));
  }
  const whole = new Pieces();
  feed(trace, (await chosen.load())(whole, view), chosen);
  return chosen.kind === "text" ? Buffer.from(whole.bytes()).toString("utf8") : whole.bytes();
}

/** One output in memory. */
class Pieces implements Out {
  readonly #pieces: Uint8Array[] = [];
  write(chunk: string | Uint8Array): void {
    this.#pieces.push(typeof chunk === "string" ? Buffer.from(chunk, "utf8") : Uint8Array.from(chunk));
  }
  bytes(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.#pieces));
  }
}

function feed(trace: Iterable<TraceEvent>, renderer: Renderer, format: Format): void {
  checked(() => {
    let machine: MachineEvent | null = null;
    let tell = storyteller();
    for (const piece of pieces(events(trace))) {
      if (isStep(piece)) renderer.step(format.story === true ? tell(piece) : piece);
      else if (piece.ev === "machine") {
        if (machine !== null) throw new NettraceError("the trace holds several sessions: expected one");
        machine = piece;
        // What a simulated machine has to say of its calls stands in the trace.
        tell = storyteller(piece.recorded === undefined);
      } else if (piece.when === "after") renderer.end?.(piece);
      else if (machine !== null) renderer.head?.(machine, piece);
    }
  });
}

async function viewOf(options: RenderOptions): Promise<ViewOptions> {
  const { strings = 32, traceOptions = [] } = options;
  checked(() => knownOptions(options, RENDER_OPTIONS, "render"));
  return {
    selection: {
      depth: depthOf(options.depth),
      only: [...(options.only ?? [])],
      hide: [...(options.hide ?? [])],
      layers: (options.layers ?? []).map((layer) => oneOf("layers", layer, LAYERS)),
      inline: options.inline ?? true,
    },
    args: options.args ?? true,
    why: options.why ?? true,
    hexdump: oneOf("hexdump", options.hexdump ?? "headers", ["headers", "packets", "all", "none"]),
    counters: oneOf("counters", options.counters ?? "moved", ["moved", "all", "none"]),
    brief: options.brief ?? false,
    stringLimit: strings,
    everyCall: oneOf("trace", options.trace ?? "send", ["send", "all"]) === "all",
    traceOptions: checked(() => parseTraceOptions(traceOptions)),
    paint: await painter(options.color ?? false),
    table: await tableDrawer(),
  };
}

function depthOf(depth: RenderOptions["depth"] = "story"): "story" | "all" | number {
  if (depth === "story" || depth === "all") return depth;
  if (Number.isInteger(depth) && depth >= 1 && depth <= 1000) return depth;
  throw new NettraceError(`depth '${depth}': expected all, story, or a number from 1 to 1000`);
}
