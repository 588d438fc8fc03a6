// SPDX-License-Identifier: GPL-2.0-only
/** The call graph, read by Graphviz. */

import { expect, test } from "vitest";
import type { Item } from "../../src/trace/tree.ts";
import { MAIN_JOB, run, SENDS, stepsOf } from "./run.ts";
import { need } from "./tools.ts";
import { runWith } from "./world.ts";

const dotOf = async (...argv: string[]): Promise<string> => (await run(...argv, "--format", "dot")).out;

/** `caller -> callee` of every call of a trace, each once. */
function edges(items: readonly Item[], from: string | null, out: Set<string>): Set<string> {
  for (const item of items) {
    if (item.ev === "in") edges(item.body, from, out);
    if (item.ev !== "call") continue;
    if (from !== null) out.add(`${from} -> ${item.fn}`);
    edges(item.body, item.fn, out);
  }
  return out;
}

test("every call of the trace is an edge, and no other", async () => {
  const text = await dotOf(...MAIN_JOB, "--depth", "all");
  const drawn = [...text.matchAll(/^ {2}"(\w+)" -> "(\w+)"/gm)].map(([, from, to]) => `${from} -> ${to}`);
  const send = (await stepsOf(...MAIN_JOB)).find((s) => s.verdict !== null);
  expect(drawn.toSorted()).toEqual([...edges(send?.tree.body ?? [], null, new Set())].toSorted());
});

test("counts, contexts and failures are told apart", async () => {
  const text = await dotOf(...MAIN_JOB);
  expect(text).toContain('"ip_output" -> "ip_finish_output" [label="×2"]');
  expect(text).toContain('"dev_queue_xmit" -> "net_rx_action" [label="softirq" style=dashed]');
  expect(text).not.toContain("penwidth=2");
  const failed = await dotOf("sendto", "10.0.0.1", "9", "x");
  expect(failed).toContain('"sys_sendto" -> "sock_sendmsg" [color="#b3261e" penwidth=2]');
  expect(failed).toMatch(/"fib_lookup" \[color="#b3261e".* penwidth=2\]/);
});

test.for(SENDS)("Graphviz draws %j as it is written", async (argv, ctx) => {
  const text = await dotOf(...argv);
  need(ctx, "dot");
  const plain = runWith({ f: text }, "dot", "-Tplain", "f");
  const nodes = new Set([...text.matchAll(/^ {4}"(\w+)" \[color/gm)].map(([, fn]) => fn));
  expect(new Set([...plain.matchAll(/^node (\S+) /gm)].map(([, fn]) => fn))).toEqual(nodes);
  expect(plain.match(/^edge /gm)).toHaveLength(text.match(/" -> "/g)?.length ?? 0);
});

test("what a call carries cannot end a string", async (ctx) => {
  const text = await dotOf("sendto", "127.0.0.1", "9", 'x"];\\', "--depth", "all");
  need(ctx, "dot");
  expect(runWith({ f: text }, "dot", "-Tsvg", "f")).toContain("<svg");
});
