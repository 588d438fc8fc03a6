// SPDX-License-Identifier: GPL-2.0-only
/** A graph as a tree: how a call is shown depends on all that is in it. */
import { showReturn } from "../../trace/show.ts";
import type { Call } from "../../trace/tree.ts";
import type { Beside, Box, GraphLayout } from "./layout.ts";

export interface CallNode {
  readonly kind: "call";
  readonly call: Call;
  readonly beside: readonly Beside[];
  readonly body: Node[];
}

export interface ContextNode {
  readonly kind: "context";
  readonly enter: string;
  leave: string;
  readonly body: Node[];
}

export type Node =
  | CallNode
  | ContextNode
  | { readonly kind: "aside"; readonly beside: Beside }
  | { readonly kind: "box"; readonly box: Box }
  | { readonly kind: "rule"; readonly text: string };

/** Collects a graph and hands it on when it is complete. */
export class Outline implements GraphLayout {
  private readonly done: (body: readonly Node[]) => void;
  private readonly stack: Node[][] = [[]];
  private readonly contexts: ContextNode[] = [];

  constructor(done: (body: readonly Node[]) => void) {
    this.done = done;
  }

  private get body(): Node[] {
    return this.stack[this.stack.length - 1] as Node[];
  }

  leaf(call: Call, _depth: number, beside: readonly Beside[]): void {
    this.body.push({ kind: "call", call, beside, body: [] });
  }

  open(call: Call, _depth: number, beside: readonly Beside[]): void {
    const node: CallNode = { kind: "call", call, beside, body: [] };
    this.body.push(node);
    this.stack.push(node.body);
  }

  close(): void {
    this.stack.pop();
  }

  aside(_depth: number, beside: Beside): void {
    this.body.push({ kind: "aside", beside });
  }

  box(_depth: number, box: Box): void {
    this.body.push({ kind: "box", box });
  }

  rule(text: string): void {
    this.body.push({ kind: "rule", text });
  }

  enter(text: string): void {
    const node: ContextNode = { kind: "context", enter: text, leave: "", body: [] };
    this.body.push(node);
    this.stack.push(node.body);
    this.contexts.push(node);
  }

  leave(text: string): void {
    this.stack.pop();
    const node = this.contexts.pop();
    if (node !== undefined) node.leave = text;
  }

  end(): void {
    this.done(this.body);
  }
}

/** Calls that stand on one line: each makes the next and does nothing else, in the same layer. */
export function chainOf(node: CallNode): CallNode[] {
  const chain = [node];
  for (let last = node; ; ) {
    const [only, another] = last.body;
    if (only?.kind !== "call" || another !== undefined || last.beside.length > 0) return chain;
    if (only.call.layer !== last.call.layer || partsFrom(last.call, only.call)) return chain;
    chain.push(only);
    last = only;
  }
}

/** It fails of itself: not because of what it called. */
function partsFrom(outer: Call, inner: Call): boolean {
  return outer.returned !== inner.returned || (isTelling(outer) && outer.ret !== inner.ret);
}

/** A result that a reader has to see: an error, an object, what is not success. */
export function isTelling(call: Call): boolean {
  const { fn, ret, returned } = call;
  if (!returned) return true;
  if (ret === undefined) return false;
  if (ret === null || typeof ret === "string") return true;
  if (typeof ret !== "number") return false;
  return ret < 0 || /_(?:DROP|BUSY|CN|POLICED)$/.test(showReturn(fn, ret));
}

/** The last call in a body: what it returned may be what is returned from the body. */
export function tailOf(body: readonly Node[]): Call | undefined {
  return body.findLast((node) => node.kind === "call")?.call;
}
