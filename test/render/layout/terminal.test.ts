// SPDX-License-Identifier: GPL-2.0-only
/** On a terminal of any width no line is wider than it, and what is said is what a pipe gets. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { memoryIo } from "../../../src/cli/memory-io.ts";
import { Boxes } from "../../../src/render/boxes.ts";
import { type GraphOptions, graph } from "../../../src/render/graph.ts";
import type { Beside, Box, GraphLayout, Layout } from "../../../src/render/layout/layout.ts";
import { straight } from "../../../src/render/layout/straight.ts";
import { terminal } from "../../../src/render/layout/terminal.ts";
import { columnsOf } from "../../../src/render/layout/width.ts";
import { plain } from "../../../src/render/style.ts";
import { failedPath } from "../../../src/trace/failed.ts";
import { EVERYTHING, select } from "../../../src/trace/select.ts";
import { showReturn } from "../../../src/trace/show.ts";
import type { Step } from "../../../src/trace/step.ts";
import type { Call } from "../../../src/trace/tree.ts";
import { toHex } from "../../../src/wire/hexdump.ts";
import { stepsOf } from "../run.ts";

const GOLDENS = fileURLToPath(new URL("../../golden", import.meta.url));
/** Many runs, on a machine that may be busy. */
const PATIENT = { timeout: 120_000 };
const ALL_WIDTHS = Array.from({ length: 161 }, (_, i) => 40 + i);

/** The goldens that show a graph: their command lines by name. */
const COMMANDS = readdirSync(GOLDENS)
  .filter((name) => !name.startsWith("usage-") && existsSync(join(GOLDENS, name, "args")))
  .map((name): [string, string[]] => [
    name,
    readFileSync(join(GOLDENS, name, "args"), "utf8")
      .trimEnd()
      .split("\n"),
  ])
  .filter(([, args]) => args[0] === "sendto" && !args.some((arg) => /^--(?:format|net-show)/.test(arg)));

test("there are goldens", () => expect(COMMANDS.length).toBeGreaterThan(30));

test.each(COMMANDS)("%s: no line is wider than the terminal", PATIENT, async (name, args) => {
  for (const width of widthsOf(name)) {
    const io = memoryIo({ tty: true, columns: width, env: { TERM: "xterm", NO_COLOR: "1" } });
    await main(args, io);
    const wide = io.out.split("\n").filter((line) => columnsOf(line) > width);
    expect(wide, `${width} columns`).toEqual([]);
  }
});

test.each(COMMANDS)("%s: the graph says the same, in the same order", PATIENT, async (name, args) => {
  for (const step of await stepsOf(...args)) {
    // 64 KB take their time: once is enough.
    if (name === "longest") compare(step, "story", 80);
    else for (const width of widthsOf(name)) compare(step, "story", width);
    if (name !== "longest") compare(step, "all", 80);
  }
});

/** 80 and some more: each golden has widths of its own, and all of them have them all. */
function widthsOf(name: string): number[] {
  const at = COMMANDS.findIndex(([other]) => other === name);
  return [80, ...ALL_WIDTHS.filter((width) => width % COMMANDS.length === at)];
}

function compare({ tree }: Step, depth: "story" | "all", width: number): void {
  const body = select(tree.body, { ...EVERYTHING, depth });
  const style = { args: true, brief: depth === "story", failed: new Set(failedPath({ ...tree, body })) };
  const options = (): GraphOptions => ({ why: true, boxes: new Boxes("all") });
  const drawn = (layout: Layout): string[] => {
    const lines: string[] = [];
    graph(
      tree,
      body,
      options(),
      layout.graph(style, (line) => lines.push(line)),
    );
    return lines;
  };
  const piped = words(drawn(straight(plain)).join(" "));
  const lines = drawn(terminal(plain, width));
  const wide = lines.filter((line) => columnsOf(line) > width);
  expect(wide, `${width} columns`).toEqual([]);
  const said = words(lines.map((line) => line.slice(RAIL)).join(" "));
  const told = new Told();
  graph(tree, body, options(), told);
  let at = 0;
  for (const text of told.all) {
    const found = said.indexOf(text, at);
    if (found < 0) expect.fail(`${width} columns: ${text} is not said after ${said.slice(at - 60, at)}`);
    // Between two of them stand arguments and results that the pipe has too, or a row's offset and letters.
    const between = said.slice(at, found).split(/[‹›·…(),=]/);
    const strange = between.filter((part) => !part.includes("|") && !piped.includes(part));
    expect(strange, `${width} columns`).toEqual([]);
    at = found + text.length;
  }
}

/** The layer's word and the rail. */
const RAIL = 10;

/** Text without what a line's end changes. */
function words(text: string): string {
  return text.replace(/[\s│┌└]/g, "");
}

/** What has to be read, in order. */
class Told implements GraphLayout {
  readonly all: string[] = [];

  private say(text: string): void {
    if (words(text) !== "") this.all.push(words(text));
  }

  open(call: Call, _depth: number, beside: readonly Beside[]): void {
    this.say(call.fn);
    for (const { text } of beside) this.say(text);
  }

  leaf(call: Call, _depth: number, beside: readonly Beside[]): void {
    this.say(call.fn);
    if (call.ret !== undefined) this.say(`= ${showReturn(call.fn, call.ret)}`);
    if (!call.returned) this.say("…never returned");
    for (const { text } of beside) this.say(text);
  }

  close(): void {}

  aside(_depth: number, { text }: Beside): void {
    this.say(text);
  }

  box(_depth: number, { title, bytes, headers }: Box): void {
    this.say(title);
    for (let i = 0; i < bytes.length; i += 4) this.say(toHex(bytes.subarray(i, i + 4)));
    for (const [header, fields] of headers) {
      if (header !== "" && fields.length > 0) this.say(`${header}:`);
      for (const { name, value } of fields) this.say(`${name} ${value}`);
    }
  }

  rule(text: string): void {
    this.say(text);
  }
  enter(text: string): void {
    this.say(text);
  }
  leave(text: string): void {
    this.say(text);
  }
  end(): void {}
}
