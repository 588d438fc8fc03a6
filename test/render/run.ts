// SPDX-License-Identifier: GPL-2.0-only
/** Runs the program in memory, for tests of what it writes; and saved traces as trees. */
import { fileURLToPath } from "node:url";
import { main } from "../../src/cli/main.ts";
import { type MemoryIo, memoryIo } from "../../src/cli/memory-io.ts";
import { parseLine } from "../../src/render/json.ts";
import { EVERYTHING, type Selection, select } from "../../src/trace/select.ts";
import { isStep, pieces, type Step } from "../../src/trace/step.ts";
import type { Item } from "../../src/trace/tree.ts";

/** The arguments of the main job. */
export const MAIN_JOB: readonly string[] = ["sendto", "127.0.0.1", "9999", "aaaaa"];

/** Where golden files of formats are. */
export const GOLDEN: string = fileURLToPath(new URL("../golden/formats", import.meta.url));

/** Sends that go different ways: delivered, refused, in pieces, to a far network, many. */
export const SENDS: readonly (readonly string[])[] = [
  MAIN_JOB,
  [...MAIN_JOB, "--listen"],
  [...MAIN_JOB, "--connect", "-n", "3"],
  ["sendto", "10.0.0.1", "9999", "x"],
  ["sendto", "127.0.0.1", "9999", "--size", "65507"],
  ["sendto", "127.0.0.1", "9999", "--size", "70000"],
  [...MAIN_JOB, "--cork"],
];

/** Run `nettrace` with these arguments; the exit status must be 0 or 1. */
export async function run(...argv: readonly string[]): Promise<MemoryIo> {
  const io = memoryIo();
  const status = await main(argv, io);
  if (status > 1) throw new Error(`nettrace ${argv.join(" ")}: status ${status}: ${io.err}`);
  return io;
}

/** The steps of a run, read back from its json. */
export async function stepsOf(...argv: readonly string[]): Promise<Step[]> {
  const lines = (await run(...argv, "--format", "json")).out.trimEnd().split("\n");
  return [...pieces(lines.map(parseLine))].filter(isStep);
}

/** A tree as lines of names, indented by a blank a level: what every format must agree on. */
export function outline(body: readonly Item[], depth = 0): string[] {
  return body.flatMap((item) => {
    if (item.ev === "in") return outline(item.body, depth);
    if (item.ev !== "call") return [];
    return [`${" ".repeat(depth)}${item.fn}`, ...outline(item.body, depth + 1)];
  });
}

/** The outline of all steps, as a selection shows them. */
export function outlineOf(steps: readonly Step[], selection: Selection = EVERYTHING): string[] {
  return steps.flatMap((step) => outline(select(step.tree.body, selection)));
}
