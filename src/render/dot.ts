// SPDX-License-Identifier: GPL-2.0-only
/** dot: the call graph for Graphviz, a box for each layer. */

import { CallGraph, type Edge, type Node } from "./callgraph.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { storyLine } from "./head.ts";
import { FAIL, HUES } from "./palette.ts";
import { titleOf } from "./title.ts";
import { wrap } from "./wrap.ts";

const FONT = 'fontname="Helvetica,Arial,sans-serif"';

/** The format: written at the end, when all calls are known. */
export function dot(out: Out, view: ViewOptions): Renderer {
  const graph = new CallGraph(view);
  const story: string[] = [];
  let title = "";
  return {
    head: (machine) => {
      title = titleOf(machine);
    },
    step(step) {
      graph.add(step);
      if (step.verdict !== null && story.length < MOST_LINES) story.push(storyLine(step));
    },
    end: () => out.write(text(graph, title, story)),
  };
}

/** Sends whose story stands under the picture. */
const MOST_LINES = 3;

function text(graph: CallGraph, title: string, story: readonly string[]): string {
  const label = [title, ...story.flatMap((sentence) => wrap(sentence, 110))]
    .map((line) => `${escaped(line)}\\l`)
    .join("");
  const lines = [
    "digraph nettrace {",
    `  graph [label="${label}" labelloc=b labeljust=l ${FONT} fontsize=12 fontcolor="#5d6169" pad=0.3 nodesep=0.2 ranksep=0.35 newrank=true]`,
    `  node [shape=box style="rounded,filled" margin="0.12,0.05" height=0.28 fontname="Courier,monospace" fontsize=11 penwidth=1]`,
    `  edge [color="#8d9098" arrowsize=0.6 ${FONT} fontsize=10 fontcolor="#5d6169"]`,
    ...graph
      .layers()
      .flatMap(([layer, nodes]) => [
        `  subgraph cluster_${layer} {`,
        `    label="${layer}" labelloc=t labeljust=l style="rounded,filled" color="${HUES[layer].tint}" fontcolor="${HUES[layer].ink}" fontsize=12`,
        ...nodes.map((node) => `    ${nodeLine(node)}`),
        "  }",
      ]),
    ...graph.edges.map((edge) => `  ${edgeLine(edge)}`),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

function nodeLine({ fn, file, layer, inline, failed }: Node): string {
  const hue = failed ? FAIL : HUES[layer];
  const style = inline ? "rounded,filled,dashed" : "rounded,filled";
  const width = failed ? " penwidth=2" : "";
  return `${quote(fn)} [color="${hue.ink}" fontcolor="${hue.ink}" fillcolor="white" style="${style}" tooltip=${quote(file)}${width}]`;
}

function edgeLine({ from, to, context, calls, failed }: Edge): string {
  const words = [context ?? "", calls > 1 ? `×${calls}` : ""].filter((word) => word !== "");
  const attributes = [
    ...(words.length > 0 ? [`label=${quote(words.join(" "))}`] : []),
    ...(context === null ? [] : ["style=dashed"]),
    ...(failed ? [`color="${FAIL.ink}" penwidth=2`] : []),
  ];
  return `${quote(from.fn)} -> ${quote(to.fn)}${attributes.length > 0 ? ` [${attributes.join(" ")}]` : ""}`;
}

function quote(value: string): string {
  return `"${escaped(value)}"`;
}

function escaped(value: string): string {
  return value.replace(/[\\"]/g, "\\$&");
}
