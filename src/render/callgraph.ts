// SPDX-License-Identifier: GPL-2.0-only
/** Who calls whom: the calls of a session added up, each function once. */

import { failedPath } from "../trace/failed.ts";
import { LAYERS, type Layer } from "../trace/layer.ts";
import type { Step } from "../trace/step.ts";
import type { Call, Item } from "../trace/tree.ts";
import type { ViewOptions } from "./format.ts";
import { isShown, shownBody } from "./shown.ts";

/** A function. */
export interface Node {
  /** Its number, in order of appearance. */
  readonly id: number;
  readonly fn: string;
  readonly file: string;
  readonly layer: Layer;
  readonly inline: boolean;
  calls: number;
  /** The error of a system call came back through it. */
  failed: boolean;
}

/** One function calls another. */
export interface Edge {
  readonly from: Node;
  readonly to: Node;
  /** The context that begins with this call: a softirq. */
  readonly context: string | null;
  calls: number;
  failed: boolean;
}

/** Functions and calls between them; memory is what is different, however long the session. */
export class CallGraph {
  private readonly nodes = new Map<string, Node>();
  private readonly arrows = new Map<string, Edge>();
  private readonly view: ViewOptions;

  constructor(view: ViewOptions) {
    this.view = view;
  }

  /** In order of appearance. */
  get edges(): Edge[] {
    return [...this.arrows.values()];
  }

  /** Add the shown calls of a step. */
  add(step: Step): void {
    if (!isShown(step, this.view)) return;
    const body = shownBody(step.tree.body, this.view.selection);
    const failed = new Set(failedPath({ ...step.tree, body }));
    this.items(body, null, null, failed);
  }

  /** The functions of each layer, in the order of layers; layers without one are left out. */
  layers(): [Layer, Node[]][] {
    const nodes = [...this.nodes.values()];
    return LAYERS.map((layer): [Layer, Node[]] => [layer, nodes.filter((n) => n.layer === layer)]).filter(
      ([, list]) => list.length > 0,
    );
  }

  private items(
    items: readonly Item[],
    from: Node | null,
    context: string | null,
    failed: ReadonlySet<Call>,
  ): void {
    for (const item of items) {
      if (item.ev === "in") this.items(item.body, from, item.name, failed);
      if (item.ev !== "call") continue;
      const node = this.node(item);
      node.calls++;
      if (failed.has(item)) node.failed = true;
      if (from !== null) this.count(from, node, context, failed.has(item));
      this.items(item.body, node, null, failed);
    }
  }

  private node({ fn, file, layer, inline }: Call): Node {
    const known = this.nodes.get(fn);
    if (known !== undefined) return known;
    const node: Node = { id: this.nodes.size, fn, file, layer, inline, calls: 0, failed: false };
    this.nodes.set(fn, node);
    return node;
  }

  private count(from: Node, to: Node, context: string | null, failed: boolean): void {
    const key = `${from.id} ${to.id} ${context ?? ""}`;
    const edge = this.arrows.get(key) ?? { from, to, context, calls: 0, failed: false };
    edge.calls++;
    if (failed) edge.failed = true;
    this.arrows.set(key, edge);
  }
}
