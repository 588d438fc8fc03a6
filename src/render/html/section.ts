// SPDX-License-Identifier: GPL-2.0-only
/** One system call as the page's rows: the tree in order of time, with what each step changes. */
import { isReason, type Value } from "../../trace/event.ts";
import { failedPath } from "../../trace/failed.ts";
import { LAYERS } from "../../trace/layer.ts";
import { isQuiet } from "../../trace/quiet.ts";
import { EVERYTHING, select } from "../../trace/select.ts";
import { show, showReturn } from "../../trace/show.ts";
import type { Step } from "../../trace/step.ts";
import type { Call, Context, Item, Syscall } from "../../trace/tree.ts";
import { formatArgs } from "../args.ts";
import { Draft } from "./draft.ts";
import { factsOf, WHERE } from "./facts.ts";
import type { Fact, Fn, Pair, Row, Section } from "./model.ts";
import { Packets } from "./packets.ts";

type Leaf = Exclude<Item, Call | Context>;

/** A session as sections: what one call left behind is there when the next begins. */
export class Story {
  private readonly packets = new Packets();
  private readonly counters: Map<string, number>;
  /** By card, then by label. */
  private readonly facts = new Map<string, Map<string, Fact>>();
  /** Cards whose datagram came to its end: they go when the next call begins. */
  private readonly ended: string[] = [];

  constructor(counters: { readonly [name: string]: number }) {
    this.counters = new Map(Object.entries(counters));
  }

  /** The section of a step; `first` is the number of its first row in the page. */
  section(step: Step, first: number): Section {
    for (const title of this.ended.splice(0)) this.facts.delete(title);
    const before = [...this.facts.values()].flatMap((card) => [...card.values()]);
    const draft = new Draft(this.counters);
    new Walk(step.tree, draft, this.packets).all();
    for (const fact of draft.facts()) this.remember(fact);
    const section = draft.finish(first, step.tree.call?.name ?? "between the calls", before);
    return { ...section, decided: decidedRow(section, step) };
  }

  private remember(fact: Fact): void {
    const [title, label] = fact;
    const card = this.facts.get(title) ?? new Map<string, Fact>();
    this.facts.set(title, card.set(label, fact));
    if (label === WHERE && /^(?:gone|dropped|taken|in the receive)/.test(String(fact[2])))
      this.ended.push(title);
  }
}

/** The row of the deciding function's reason. */
function decidedRow(section: Omit<Section, "decided">, step: Step): number {
  const decided = step.verdict?.decided;
  if (decided === undefined) return -1;
  const its = (row: Row): boolean => section.fns[row.fn]?.[0] === decided.fn;
  const said = section.rows.findIndex((r) => its(r) && r.why?.some(([text]) => decided.why === text));
  return said >= 0 ? said : section.rows.findIndex(its);
}

/** The calls that the story view closes because they go as before, with how many are inside. */
function foldedCalls(body: readonly Item[]): Map<Call["args"], number> {
  // A selection copies calls; their arguments stay the same object.
  const found = new Map<Call["args"], number>();
  const visit = (items: readonly Item[]): void => {
    for (const item of items) {
      if (item.ev === "call" && item.folded !== undefined) found.set(item.args, item.folded);
      if (item.ev === "call" || item.ev === "in") visit(item.body);
    }
  };
  visit(select(body, { ...EVERYTHING, depth: "story" }));
  return found;
}

/** Bytes that a system call hands in. */
function handedIn(syscall: Syscall): Uint8Array {
  const args = syscall.call?.args ?? {};
  const pieces: readonly Value[] = Array.isArray(args["iov"]) ? args["iov"] : [{ base: args["buf"] ?? null }];
  return latin1(pieces.map((p) => (typeof p === "object" && p !== null && "base" in p ? p["base"] : null)));
}

/** Bytes that a system call brings back. */
function handedOut(syscall: Syscall): Uint8Array {
  return latin1([syscall.ret?.out?.["data"] ?? null]);
}

function latin1(texts: readonly (Value | undefined)[]): Uint8Array {
  const all = texts.map((text) => (typeof text === "string" ? text : "")).join("");
  return Uint8Array.from(all, (c) => c.charCodeAt(0) & 0xff);
}

class Walk {
  private readonly tree: Syscall;
  private readonly draft: Draft;
  private readonly packets: Packets;
  private readonly failed: ReadonlySet<Call>;
  private readonly folded: ReadonlyMap<Call["args"], number>;
  private readonly path: Call[] = [];
  /** The innermost context that began after the innermost call. */
  private outside: string | null = null;

  constructor(tree: Syscall, draft: Draft, packets: Packets) {
    this.tree = tree;
    this.draft = draft;
    this.packets = packets;
    this.failed = new Set(failedPath(tree));
    this.folded = foldedCalls(tree.body);
  }

  all(): void {
    this.draft.given(this.packets.begin(handedIn(this.tree), handedOut(this.tree)));
    this.body(this.tree.body, 0, false);
  }

  /** Items of a body; `begun`: a row stands for what comes before the first call. */
  private body(items: readonly Item[], depth: number, begun: boolean): void {
    let open = begun;
    for (const item of items) {
      if (item.ev === "call") this.call(item, depth);
      else if (item.ev === "in") this.context(item, depth);
      else {
        if (!open) this.after(depth);
        this.leaf(item);
      }
      open = item.ev !== "call" && item.ev !== "in";
    }
  }

  private call(call: Call, depth: number): void {
    const { packets, draft } = this;
    const fn = draft.fn(call);
    draft.row({ kind: "call", depth, fn, ...this.looks(call) }, packets.of(call));
    draft.news(packets.enter(call, this.path, this.tuple(call)));
    draft.news(packets.turnedUp());
    const before = this.outside;
    this.outside = null;
    this.path.push(call);
    this.body(call.body, depth + 1, true);
    this.path.pop();
    this.outside = before;
    packets.exit(call);
  }

  private looks(call: Call): Omit<Row, "kind" | "depth" | "fn"> {
    const folded = this.folded.get(call.args);
    const args = Object.entries(call.args).filter(([, value]) => value !== "…");
    const text = formatArgs(call, true);
    const ret = call.returned ? call.ret : "…never returned";
    return {
      ...(text === "" ? {} : { text }),
      ...(args.length === 0 ? {} : { args: args.map(([k, v]): Pair => [k, show(k, v, call.fn)]) }),
      ...(ret === undefined || ret === "…" ? {} : { ret: showReturn(call.fn, ret) }),
      ...(call.inline ? { inline: true } : {}),
      ...(isQuiet(call) ? { quiet: true } : {}),
      ...(folded === undefined ? {} : { folded }),
      ...(this.failed.has(call) || !call.returned ? { failed: true } : {}),
    };
  }

  private context(context: Context, depth: number): void {
    this.draft.row({ kind: "context", depth, fn: -1, text: context.name }, null);
    const before = this.outside;
    this.outside = context.name;
    this.body(context.body, depth + 1, true);
    this.outside = before;
  }

  /** A row for what happens in the innermost call after another came back. */
  private after(depth: number): void {
    const call = this.path.at(-1);
    const fn = call === undefined ? -1 : this.draft.fn(call);
    this.draft.row({ kind: "after", depth, fn }, call === undefined ? null : this.packets.of(call));
  }

  private leaf(leaf: Leaf): void {
    const { draft, packets } = this;
    const call = this.path.at(-1);
    if (leaf.ev === "count") draft.count(leaf, this.mover(call));
    if (call === undefined || leaf.ev === "clock" || leaf.ev === "count") return;
    if (leaf.ev === "note" || leaf.ev === "fate") {
      if (isReason(leaf)) draft.why(leaf);
      draft.tell(factsOf(leaf));
    } else if (leaf.ev === "dump") draft.news(packets.dump(leaf, call, this.tuple(call)));
    else draft.news(packets.frame(leaf, call));
  }

  /** Who moved a counter: the innermost function, or the context that is on without one. */
  private mover(call: Call | undefined): number {
    if (this.outside === null && call !== undefined) return this.draft.fn(call);
    return this.draft.nobody(this.outside ?? "between the calls");
  }

  private tuple(call: Call): Fn {
    return [call.fn, call.file, LAYERS.indexOf(call.layer)];
  }
}
