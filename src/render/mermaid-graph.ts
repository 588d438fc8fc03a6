// SPDX-License-Identifier: GPL-2.0-only
/** mermaid-graph: the call graph as a Mermaid flowchart, a box for each layer. */
import { CallGraph, type Edge, type Node } from "./callgraph.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { mermaidText } from "./mermaid-text.ts";
import { FAIL, HUES, type Hue } from "./palette.ts";

/** The format: written at the end, when all calls are known. */
export function mermaidGraph(out: Out, view: ViewOptions): Renderer {
  const graph = new CallGraph(view);
  return {
    step: (step) => graph.add(step),
    end: () => out.write(text(graph)),
  };
}

function text(graph: CallGraph): string {
  const layers = graph.layers();
  const lines = [
    "flowchart TD",
    ...layers.flatMap(([layer, nodes]) => [
      `  subgraph ${layer}`,
      ...nodes.map((node) => `    f${node.id}["${node.fn}"]:::${node.failed ? "failed" : layer}`),
      "  end",
    ]),
    ...graph.edges.map((edge) => `  ${edgeLine(edge)}`),
    ...layers.map(([layer]) => `  classDef ${layer} ${style(HUES[layer])}`),
    `  classDef failed ${style(FAIL)},stroke-width:3px`,
    ...layers.map(
      ([layer]) => `  style ${layer} fill:${HUES[layer].tint},stroke:none,color:${HUES[layer].ink}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function style({ ink }: Hue): string {
  return `fill:#ffffff,stroke:${ink},color:${ink}`;
}

function edgeLine({ from, to, context, calls, failed }: Edge): string {
  const words = [context ?? "", calls > 1 ? `×${calls}` : ""].filter((word) => word !== "").join(" ");
  const arrow = context !== null ? "-.->" : failed ? "==>" : "-->";
  return `${id(from)} ${arrow}${words === "" ? "" : `|"${mermaidText(words)}"|`} ${id(to)}`;
}

function id({ id }: Node): string {
  return `f${id}`;
}
