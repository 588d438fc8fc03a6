// SPDX-License-Identifier: GPL-2.0-only
/** Which functions of a call tree count: the table of el6's network functions, and trees cut to it. */
import { join } from "node:path";
import { SYMBOLS } from "../../src/trace/symbol.ts";
import { linesOf, ownData } from "./recording.ts";

/** One call: how deep, and the function's name. */
export interface Call {
  readonly depth: number;
  readonly name: string;
}

/** Kind of every network function: c (a .c file), h (inline in a header), s (security hook). */
export function loadSymbols(file: string = join(ownData(), "symbols.tsv.br")): ReadonlyMap<string, string> {
  const kinds = new Map<string, string>();
  for (const line of linesOf(file)) {
    const [name = "", kind = ""] = line.split("\t");
    if (!name.startsWith("#")) kinds.set(name, kind);
  }
  return kinds;
}

/**
 * Files of el6 whose functions the table does not list: drivers that the recorded kernel was built without, and what the network calls
 * outside of the network (descriptors, audit, tracepoints, a macro).
 */
const UNRECORDED: ReadonlySet<string> = new Set([
  "drivers/net/e1000/e1000_main.c",
  "drivers/net/tun.c",
  "fs/file_table.c",
  "include/linux/file.h",
  "include/linux/pkt_cls.h",
  "include/trace/events/napi.h",
  "include/trace/events/net.h",
  "include/trace/events/skb.h",
  "kernel/auditsc.c",
]);

/** Cuts trees down to what must be equal. */
export class Cutter {
  readonly kinds: ReadonlyMap<string, string>;
  private readonly known: ReadonlySet<string>;
  /** By symbol id: is it a function of the real kernel's network? */
  private readonly kept: readonly boolean[];

  constructor(kinds: ReadonlyMap<string, string>) {
    this.kinds = kinds;
    this.known = new Set(SYMBOLS.map((s) => s.name));
    this.kept = SYMBOLS.map((s) => kinds.has(s.name));
  }

  /** Functions of ours that el6 does not have, those of files aside that the table leaves out. */
  strangers(): string[] {
    return SYMBOLS.filter((s) => !this.kinds.has(s.name) && !UNRECORDED.has(s.file)).map((s) => s.name);
  }

  /** A recorded tree: kinds c and s, and those of kind h that we have too. */
  recorded(text: string, skip: ReadonlySet<string> = NONE): Call[] {
    return cut(lines(text), (name) => {
      if (skip.has(name)) return false;
      const kind = this.kinds.get(name);
      return kind === "c" || kind === "s" || (kind === "h" && this.known.has(name));
    });
  }

  /** Ours, from pairs (depth, symbol id): functions that the table has; of a stock kernel, none that gcc inlines. */
  simulated(pairs: readonly number[], { stock = false, skip = NONE } = {}): Call[] {
    const calls: Call[] = [];
    for (let i = 0; i < pairs.length; i += 2) {
      const id = pairs[i + 1] as number;
      const { name = "", inline = false } = SYMBOLS[id] ?? {};
      const keep = this.kept[id] === true && !(stock && inline) && !skip.has(name);
      calls.push({ depth: pairs[i] as number, name: keep ? name : "" });
    }
    return cut(calls, (name) => name !== "");
  }
}

const NONE: ReadonlySet<string> = new Set();

function lines(text: string): Call[] {
  return text.split("\n").map((line) => {
    const name = line.trimStart();
    return { depth: line.length - name.length, name };
  });
}

/** Drop calls; what they called moves up to the nearest caller that stays. */
function cut(calls: readonly Call[], keep: (name: string) => boolean): Call[] {
  const out: Call[] = [];
  /** Depths, as given, of the callers that stay. */
  const stack: number[] = [];
  for (const call of calls) {
    while (stack.length > 0 && (stack[stack.length - 1] as number) >= call.depth) stack.pop();
    if (!keep(call.name)) continue;
    out.push({ depth: stack.length, name: call.name });
    stack.push(call.depth);
  }
  return out;
}
