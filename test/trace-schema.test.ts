// SPDX-License-Identifier: GPL-2.0-only
/** The published schema of a trace: what is written fits it, and it takes and refuses what the program takes and refuses. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shapeProblem } from "../src/capture/shape.ts";
import { main } from "../src/cli/main.ts";
import { memoryIo } from "../src/cli/memory-io.ts";
import { TRACE_VERSION, type TraceEvent } from "../src/trace/event.ts";
import { TRACE_SCHEMA } from "../src/trace/schema.ts";

const validate = new Ajv2020({ allErrors: false }).compile(TRACE_SCHEMA);

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const GOLDEN = path("golden");
const EXAMPLES = path("../examples");

async function traceOf(
  argv: readonly string[],
  files: Record<string, Uint8Array> = {},
): Promise<TraceEvent[]> {
  const io = memoryIo({ files, stdin: "from standard input" });
  await main(argv, io);
  return io.out
    .split("\n")
    .filter((line) => line.startsWith('{"ev":'))
    .map((line) => JSON.parse(line) as TraceEvent);
}

/** Command lines of the goldens that send something, as json. */
const SENDS = readdirSync(GOLDEN).flatMap((name) => {
  if (name === "formats" || name === "golden.test.ts") return [];
  const args = readFileSync(`${GOLDEN}/${name}/args`, "utf8").trimEnd().split("\n");
  const usable = args[0] === "sendto" && !name.startsWith("usage") && !args.includes("--net-show");
  return usable ? [[name, args.flatMap((a) => (a === "strace" ? ["json"] : [a]))] as const] : [];
});

function wrong(trace: readonly TraceEvent[]): unknown {
  const at = trace.findIndex((event) => !validate(event));
  return at < 0 ? null : [trace[at], validate(trace[at]), validate.errors];
}

describe("what is written fits", () => {
  test.each(SENDS)("%s", async (_name, args) => {
    const trace = await traceOf(args.includes("--format") ? args : [...args, "--format", "json"]);
    expect(trace.length).toBeGreaterThan(2);
    expect(wrong(trace)).toBeNull();
  });

  const scenarios = readdirSync(EXAMPLES).filter((name) => name.endsWith(".nt"));
  test.each(scenarios)("%s", async (name) => {
    const names = readdirSync(EXAMPLES).filter((each) => /\.(?:nt|trace)$/.test(each));
    const files = Object.fromEntries(names.map((each) => [each, readFileSync(`${EXAMPLES}/${each}`)]));
    const trace = await traceOf(["run", "--format", "json", name], files);
    expect(trace.length).toBeGreaterThan(2);
    expect(wrong(trace)).toBeNull();
  });
});

test("the first event has the version of the schema", async () => {
  const [head] = await traceOf(["sendto", "127.0.0.1", "9", "--format", "json"]);
  expect(head).toMatchObject({ ev: "machine", version: TRACE_VERSION });
  expect(TRACE_SCHEMA["$id"]).toBe(`urn:nettrace:trace:${TRACE_VERSION}`);
});

test("nettrace schema prints it", async () => {
  const io = memoryIo();
  expect(await main(["schema"], io)).toBe(0);
  expect(JSON.parse(io.out)).toEqual(TRACE_SCHEMA);
});

test("it describes every field that an event has", () => {
  const kinds = TRACE_SCHEMA["oneOf"] as {
    properties: Record<string, { const: string }>;
    required: string[];
  }[];
  expect(kinds.map(({ properties }) => properties["ev"]?.const).sort()).toEqual(
    ["clock", "context", "count", "dump", "enter", "exit", "fate", "machine", "note"].concat([
      "packet",
      "state",
      "syscall",
      "sysret",
      "verdict",
    ]),
  );
});

/** Values that stand where they should not. */
const odd = fc.constantFrom<unknown>(
  0,
  -1,
  1.5,
  2 ** 40,
  "",
  "x",
  "lo",
  true,
  null,
  [],
  ["x"],
  {},
  { a: 1 },
  undefined,
);

test("it refuses what the program refuses, kinds and fields", async () => {
  const trace = await traceOf(["sendto", "127.0.0.1", "9", "x", "--connect", "-n", "2", "--format", "json"]);
  const samples = [...new Map(trace.map((event) => [event.ev, event])).values()];
  let refused = 0;
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.nat(20), odd, (event, n, value) => {
      const names = Object.keys(event);
      const spoiled: Record<string, unknown> = { ...event };
      const name = names[n % names.length] as string;
      if (value === undefined) delete spoiled[name];
      else spoiled[name] = value;
      const taken = shapeProblem(spoiled) === null;
      if (!taken) refused++;
      // Control bytes, names of devices and counters are more than a schema says: it may take more, never less.
      if (taken) expect([spoiled, validate(spoiled)]).toEqual([spoiled, true]);
      else if (!LOOSE.has(`${event.ev}.${name}`))
        expect([spoiled, validate(spoiled)]).toEqual([spoiled, false]);
    }),
    { numRuns: 3000 },
  );
  expect(refused).toBeGreaterThan(500);
});

/** Fields of which the schema says less than is checked. */
const LOOSE: ReadonlySet<string> = new Set([
  "count.name",
  "packet.dev",
  "state.counters",
  "state.proc",
  "syscall.args",
  "exit.ret",
]);
