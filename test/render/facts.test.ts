// SPDX-License-Identifier: GPL-2.0-only
/**
 * The formats say the same of one run: which calls returned what, which frames passed, which counters moved by how much.
 * What JSON has is what all others must have, over all goldens and examples.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { escapeHtml } from "../../src/render/html/shell.ts";
import { parseLine } from "../../src/render/json.ts";
import { escapeXml } from "../../src/render/xml.ts";
import { counterName } from "../../src/trace/counter.ts";
import type { PacketEvent } from "../../src/trace/event.ts";
import { countCalls } from "../../src/trace/select.ts";
import { isStep, pieces, type Step } from "../../src/trace/step.ts";
import { eachLeaf, type Item } from "../../src/trace/tree.ts";
import { readTable } from "./counter-table.ts";
import { dataOf } from "./html/pages.ts";
import { chromeEvents } from "./read-back.ts";

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const EXAMPLES = folder("../../examples");
const GOLDEN = folder("../golden");
const files = Object.fromEntries(
  readdirSync(EXAMPLES)
    .filter((name) => /\.(nt|trace)$/.test(name))
    .map((name) => [name, readFileSync(join(EXAMPLES, name), "utf8")]),
);
/** Options of the view, which this test chooses itself. */
const VIEW = /^--(net-show|format|counters|hexdump|depth|only|hide|layer|no-|trace|color)/;

const goldens = readdirSync(GOLDEN).flatMap((name): [string, string[]][] => {
  try {
    const args = readFileSync(join(GOLDEN, name, "args"), "utf8")
      .trimEnd()
      .split("\n");
    return args[0] === "sendto" && !args.some((arg) => VIEW.test(arg)) ? [[name, args]] : [];
  } catch {
    return [];
  }
});
const situations: [string, string[]][] = [
  ...goldens,
  ...Object.keys(files)
    .filter((name) => name.endsWith(".nt"))
    .map((name): [string, string[]] => [name, ["run", name]]),
  ["asleep", ["sendto", "--net", "lan", "192.0.2.9", "9", "--size", "1000", "--sndbuf", "1", "-n", "3"]],
  ["timers", ["sendto", "--net", "lan", "192.0.2.9", "9", "x", "--wait", "9000"]],
];

const FORMATS = ["json", "strace", "summary", "svg", "mermaid", "html", "chrome", "pcap", "graph"] as const;
type Written = Record<(typeof FORMATS)[number], string>;

/** What all formats write of one run; undefined where it does not begin. */
async function written(args: readonly string[]): Promise<Written | undefined> {
  const io = memoryIo({ files, stdin: "from standard input" });
  const how = FORMATS.flatMap((format) => ["--format", format, "-o", `out.${format}`]);
  const status = await main([...args, ...how, "--trace", "all", "--hexdump=all", "-s", "0"], io);
  if (status > 1) return undefined;
  const text = (format: string): string =>
    Buffer.from(io.files.get(`out.${format}`) ?? "").toString("latin1");
  const utf8 = (format: string): string => Buffer.from(io.files.get(`out.${format}`) ?? "").toString("utf8");
  return Object.fromEntries(FORMATS.map((f) => [f, f === "pcap" ? text(f) : utf8(f)])) as Written;
}

/** PACKET_OUTGOING. */
const OUTGOING = 4;

const sorted = (list: Iterable<string>): string[] => [...list].sort();

function framesOf(body: readonly Item[]): PacketEvent[] {
  const frames: PacketEvent[] = [];
  eachLeaf(body, (leaf) => {
    if (leaf.ev === "packet") frames.push(leaf);
  });
  return frames;
}

const frameText = ({ dev, type, hex }: PacketEvent): string =>
  `${type === OUTGOING ? "leaves by" : "comes in on"} ${dev}, ${hex.length / 2} bytes`;

function add(sums: Map<string, number>, name: string, by: number): void {
  sums.set(name, (sums.get(name) ?? 0) + by);
}

/** `↑ a, b +33` on each line that ends in it. */
function margin(text: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [, list = ""] of text.matchAll(/↑ (.*)$/gm)) {
    for (const one of list.split(", ")) {
      const [, name = "", by = "1"] = /^(\S+)(?: \+(\d+))?$/.exec(one) ?? [];
      add(sums, name, Number(by));
    }
  }
  return sums;
}

/** What moved in these steps; `bare`: what no function and no context did, too. */
function countsOf(steps: readonly Step[], bare: boolean): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { tree } of steps) {
    eachLeaf(tree.body, (leaf) => {
      if (leaf.ev === "count" && (bare || !tree.body.includes(leaf)))
        add(sums, counterName(leaf.name), leaf.by);
    });
  }
  return sums;
}

/** Lengths of the frames in a pcap file. */
function pcapLengths(file: string): number[] {
  const bytes = Buffer.from(file, "latin1");
  const lengths: number[] = [];
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8))
    lengths.push(bytes.readUInt32LE(at + 12));
  return lengths;
}

/** A run: what all formats wrote of it, and its steps as JSON has them. */
interface Run {
  readonly out: Written;
  readonly steps: readonly Step[];
  /** A picture of more panels than this leaves some out. */
  readonly pictured: boolean;
}
const MOST_PANELS = 24;

function runOf(out: Written): Run {
  const steps = [...pieces(out.json.trimEnd().split("\n").map(parseLine))].filter(isStep);
  const drawn = steps.filter(({ tree }) => tree.call !== null || countCalls(tree.body) > 0);
  return { out, steps, pictured: drawn.length <= MOST_PANELS };
}

const compact = (text: string): string => text.replace(/\s+/g, "");

/** The calls, and what they returned. */
function callsAgree({ out, steps, pictured }: Run): void {
  const calls = out.strace.split("\n").filter((line) => / = (?:-?\d|\?)/.test(line) && !line.startsWith(" "));
  expect(calls.length).toBe(steps.filter(({ tree }) => tree.call !== null).length);
  const graph = new Set(out.graph.split("\n"));
  const page = compact(out.html);
  const drawing = compact(out.svg.replace(/<\/text>\s*<text class="title[^>]*>/g, ""));
  for (const line of calls) {
    expect(graph).toContain(line);
    expect(page).toContain(compact(escapeHtml(line)));
    if (pictured) expect(drawing).toContain(compact(escapeXml(line)));
  }
  expect(Number(/^100\.00 +\S+ +\S+ +(\d+) .*total$/m.exec(out.summary)?.[1])).toBe(steps.length);
}

const FRAME = /((?:leaves by|comes in on) \S+, \d+ bytes)/;

/** All that a text says of frames. */
function framesIn(text: string): string[] {
  return sorted([...text.matchAll(new RegExp(`frame ${FRAME.source}`, "g"))].map(([, frame = ""]) => frame));
}

function framesAgree({ out, steps, pictured }: Run): void {
  const frames = steps.flatMap(({ tree }) => framesOf(tree.body));
  const all = sorted(frames.map(frameText));
  expect(framesIn(out.graph)).toEqual(all);
  expect(framesIn(out.mermaid.replaceAll("<br/>", " "))).toEqual(all);
  const instants = chromeEvents(out.chrome).filter((e) => e.cat === "frame" && e.ph === "i");
  expect(framesIn(instants.map((e) => `${e.name}, ${e.args?.["length"]} bytes`).join("\n"))).toEqual(all);
  const rows = dataOf(out.html).sections.flatMap((section) => section.rows);
  expect(framesIn(rows.flatMap((row) => (row.frames ?? []).map(({ text }) => text)).join("\n"))).toEqual(all);
  const chips = out.svg
    .replaceAll(">out by ", ">frame leaves by ")
    .replaceAll(">in on ", ">frame comes in on ");
  if (pictured) expect(framesIn(chips)).toEqual(all);
  const captured = frames.filter(({ dev, type }) => dev !== "lo" || type !== OUTGOING);
  expect(pcapLengths(out.pcap)).toEqual(captured.map(({ hex }) => hex.length / 2));
  const total = out.summary.split("\n").find((line) => line.endsWith(" total"));
  if (frames.length > 0) expect(Number(total?.trim().split(/ +/).at(-2))).toBe(frames.length);
}

function countersAgree({ out, steps }: Run): void {
  const moved = countsOf(steps, true);
  expect(margin(out.graph)).toEqual(countsOf(steps, false));
  for (const row of readTable(out.graph)) {
    const sum = moved.get(counterName(row.name));
    if (sum !== undefined && row.after !== undefined) expect([row.name, row.moved]).toEqual([row.name, sum]);
  }
  const values = chromeEvents(out.chrome).filter((e) => e.ph === "C");
  for (const [name, sum] of moved) {
    const its = values.filter((e) => e.name === name).map((e) => Number(e.args?.["value"]));
    expect([name, (its.at(-1) ?? 0) - (its[0] ?? 0)]).toEqual([name, sum]);
  }
  const page = new Map<string, number>();
  for (const { counters, rows } of dataOf(out.html).sections) {
    for (const [i, by] of rows.flatMap((row) => row.counts ?? [])) add(page, counters[i]?.[0] ?? "", by);
  }
  expect(page).toEqual(moved);
}

test.each(situations)("%s", async (_, args) => {
  const out = await written(args);
  if (out === undefined) return;
  const run = runOf(out);
  callsAgree(run);
  framesAgree(run);
  countersAgree(run);
});
