// SPDX-License-Identifier: GPL-2.0-only
/** Whatever a machine tells, every format can write it: nothing throws, nothing raw gets through, twice is the same. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { stateOf } from "../../src/cli/state.ts";
import { tableDrawer } from "../../src/cli/table.ts";
import { El6 } from "../../src/kernels/index.ts";
import { KernelPanic } from "../../src/kernels/release.ts";
import { panicked } from "../../src/render/answer.ts";
import type { Format, Renderer, ViewOptions } from "../../src/render/format.ts";
import { DEFAULT_TRACE_OPTIONS, TRACE_OPTION_NAMES } from "../../src/render/ftrace-options.ts";
import { FORMATS } from "../../src/render/index.ts";
import { parseLine } from "../../src/render/json.ts";
import { storyteller } from "../../src/render/storyteller.ts";
import { plain } from "../../src/render/style.ts";
import type { MachineEvent, StateEvent } from "../../src/trace/event.ts";
import { LAYERS, type Layer } from "../../src/trace/layer.ts";
import { EVERYTHING } from "../../src/trace/select.ts";
import { isStep, pieces, type Step, stepOf } from "../../src/trace/step.ts";
import { type Action, act, session } from "../kernels/el6/fuzz/action.ts";

const FACTOR = Number(process.env["FUZZ_RUNS"] ?? 1);
const SEED = Number(process.env["FUZZ_SEED"] ?? 1);

interface Session {
  readonly head: MachineEvent;
  readonly before: StateEvent;
  readonly steps: readonly Step[];
  readonly after: StateEvent;
}

/** A step for each action in which something happened. */
function sessionOf(actions: readonly Action[]): Session {
  const m = El6.boot({ seed: 1 });
  const rec = m.newRecorder();
  const before = stateOf(m, "before");
  const steps: Step[] = [];
  const told = storyteller();
  for (const action of actions) {
    rec.clear();
    m.record(rec);
    const panic = attempt(() => act(m, action));
    m.record(null);
    const step = stepOf([...rec]);
    const verdict = panic === null ? null : panicked(step.tree, panic.message);
    if (step.events.length > 0) steps.push(told({ ...step, verdict }));
    if (panic !== null) break;
  }
  const head: MachineEvent = { ev: "machine", uname: El6.uname, network: "random", seed: 1 };
  return { head, before, steps, after: stateOf(m, "after") };
}

function attempt(work: () => void): KernelPanic | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof KernelPanic) return error;
    throw error;
  }
}

const table = await tableDrawer();
const view: fc.Arbitrary<ViewOptions> = fc.record({
  paint: fc.constant(plain),
  selection: fc.record({
    depth: fc.constantFrom<ViewOptions["selection"]["depth"][]>("story", "all", 1, 3),
    only: fc.constantFrom([], ["ip_*", "udp_*"]),
    hide: fc.constantFrom([], ["fib_*"]),
    layers: fc.constantFrom<readonly Layer[]>([], LAYERS.slice(0, 3)),
    inline: fc.boolean(),
  }),
  args: fc.boolean(),
  why: fc.boolean(),
  hexdump: fc.constantFrom("headers", "packets", "all", "none"),
  counters: fc.constantFrom("moved", "all", "none"),
  stringLimit: fc.constantFrom(32, 0, 5),
  brief: fc.boolean(),
  everyCall: fc.boolean(),
  traceOptions: fc.constantFrom(DEFAULT_TRACE_OPTIONS, new Set(TRACE_OPTION_NAMES)),
  table: fc.constant(table),
});
const ALL: ViewOptions = {
  ...{ paint: plain, selection: EVERYTHING, args: true, why: true, hexdump: "all", counters: "all" },
  ...{ stringLimit: 0, brief: false, everyCall: true, traceOptions: DEFAULT_TRACE_OPTIONS, table },
};

/** What a format writes: everything as one text, a byte a character. */
async function written(name: keyof typeof FORMATS, s: Session, options: ViewOptions): Promise<string> {
  const format: Format = FORMATS[name];
  const chunks: string[] = [];
  const out = {
    write: (chunk: string | Uint8Array) =>
      void chunks.push(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("latin1")),
  };
  const renderer: Renderer =
    format.kind === "folder"
      ? (await format.load())({ file: () => out }, options)
      : (await format.load())(out, options);
  renderer.head?.(s.head, s.before);
  for (const step of s.steps) renderer.step(step);
  renderer.end?.(s.after);
  return chunks.join("");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

const FORMAT_NAMES = Object.keys(FORMATS) as (keyof typeof FORMATS)[];

test.each(FORMAT_NAMES)(
  "%s",
  async (name) => {
    const property = fc.asyncProperty(session, view, async (actions, options) => {
      const s = sessionOf(actions);
      const text = await written(name, s, options);
      if (FORMATS[name].kind === "text") expect(text.match(CONTROL)).toBeNull();
      expect(await written(name, s, options)).toBe(text);
    });
    await fc.assert(property, { seed: SEED, numRuns: 6 * FACTOR });
  },
  60_000 * FACTOR,
);

test("what json writes is read back as it was", async () => {
  const property = fc.asyncProperty(session, async (actions) => {
    const s = sessionOf(actions);
    const lines = (await written("json", s, ALL)).trimEnd().split("\n");
    const back = [...pieces(lines.map(parseLine))].filter(isStep);
    // What happens between two calls comes back as one step.
    const calls = (steps: readonly Step[]): Step[] => steps.filter((step) => step.tree.call !== null);
    expect(calls(back).map((step) => step.verdict)).toEqual(calls(s.steps).map((step) => step.verdict));
    expect(calls(back).map((step) => step.tree)).toEqual(calls(s.steps).map((step) => step.tree));
  });
  await fc.assert(property, { seed: SEED, numRuns: 20 * FACTOR });
}, 60_000);
