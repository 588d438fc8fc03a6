// SPDX-License-Identifier: GPL-2.0-only
/** The table of counters says what /proc/net says, and who moved what: over all goldens, examples and random sessions. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { Recording } from "../../src/cli/recording.ts";
import { stateOf } from "../../src/cli/state.ts";
import { El6 } from "../../src/kernels/index.ts";
import { counterRows, Moves } from "../../src/render/counters.ts";
import { parseLine } from "../../src/render/json.ts";
import { counterEvent, counterName } from "../../src/trace/counter.ts";
import type { StateEvent } from "../../src/trace/event.ts";
import { stepOf } from "../../src/trace/step.ts";
import { type Action, act, session } from "../kernels/el6/fuzz/action.ts";
import { disagreements, readRow, readTable } from "./counter-table.ts";

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const EXAMPLES = folder("../../examples");
const GOLDEN = folder("../golden");

const files = Object.fromEntries(
  readdirSync(EXAMPLES)
    .filter((name) => /\.(nt|trace)$/.test(name))
    .map((name) => [name, readFileSync(join(EXAMPLES, name), "utf8")]),
);
const goldens = readdirSync(GOLDEN).flatMap((name): [string, string[]][] => {
  try {
    return [
      [
        name,
        readFileSync(join(GOLDEN, name, "args"), "utf8")
          .trimEnd()
          .split("\n"),
      ],
    ];
  } catch {
    return [];
  }
});

/** Views that the table does not depend on. */
const FORMAT = new Set(["--format", "--counters", "--counters=all", "--counters=none"]);

const situations: [string, string[]][] = [
  ...goldens.filter(([, args]) => args[0] === "sendto" && !args.some((arg) => FORMAT.has(arg))),
  ...Object.keys(files)
    .filter((name) => name.endsWith(".nt"))
    .map((name): [string, string[]] => [name, ["run", name]]),
  ["timers", ["sendto", "--net", "lan", "192.0.2.9", "9", "x", "--wait", "60000", "-n", "2"]],
  ["asleep", ["sendto", "--net", "lan", "192.0.2.9", "9", "--size", "1000", "--sndbuf", "1", "-n", "3"]],
];

async function out(args: readonly string[]): Promise<string> {
  const io = memoryIo({ files, stdin: "from standard input" });
  await main(args, io);
  return io.out;
}

test.each(situations)("%s", async (_, args) => {
  const text = await out([...args, "--format", "graph"]);
  const json = await out([...args, "--format", "json"]);
  const states = json
    .split("\n")
    .filter((line) => line.startsWith('{"ev":"state"'))
    .map((line) => parseLine(line) as StateEvent);
  const [before, after] = states;
  if (before === undefined || after === undefined) return;
  expect(disagreements(readTable(text), before, after)).toEqual([]);
});

/** A session as a run makes it: the rows, and the states around them. */
function rowsOf(actions: readonly Action[]): { rows: string[][]; before: StateEvent; after: StateEvent } {
  const machine = El6.boot({ seed: 1 });
  const recording = new Recording(machine);
  const before = stateOf(machine, "before");
  const moves = new Moves();
  for (const action of actions) {
    recording.of(() => act(machine, action));
    moves.add(stepOf(recording.events()).tree);
    const rest = recording.rest();
    if (rest !== undefined) moves.add(rest.tree);
    if (recording.panic !== undefined) break;
  }
  const after = stateOf(machine, "after");
  return { rows: counterRows(moves.list(before, after)), before, after };
}

test("whatever is done to a machine", () => {
  const property = fc.property(session, (actions) => {
    const { rows, before, after } = rowsOf(actions);
    expect(disagreements(rows.map(readRow), before, after)).toEqual([]);
  });
  fc.assert(property, { seed: 1, numRuns: 150 });
}, 60_000);

describe("names", () => {
  test("one for people, one for programs, and back", () => {
    const names = [...El6.boot({ seed: 0 }).counters().keys()];
    for (const name of names) expect(counterEvent(counterName(name))).toBe(name);
    for (const name of names) expect(counterEvent(name)).toBe(name);
    expect(new Set(names.map(counterName)).size).toBe(names.length);
    expect(counterName("dev:eth0.5.tx_bytes")).toBe("eth0.5.tx_bytes");
    expect(counterEvent("eth0.5.tx_bytes")).toBe("dev:eth0.5.tx_bytes");
  });
});

/** A network whose worker collects routes, whose neighbours are never found and one of whose devices goes away. */
const WORKER = `sysctl -w net.ipv4.route.gc_thresh=2 net.ipv4.route.max_size=4 net.ipv4.route.gc_elasticity=1
ip link add eth0 type veth peer name far0
ip link set eth0 up
ip link set far0 up
ip addr add 192.0.2.10/24 dev eth0
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3
${Array.from({ length: 8 }, (_, i) => `sendto(3, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.${20 + i}")}, 16)`).join("\n")}
`;

describe("who moved it where no call did", () => {
  const run = async (text: string): Promise<string> => {
    const io = memoryIo({ files: { "one.nt": text } });
    await main(["run", "one.nt", "--format", "graph"], io);
    return io.out;
  };

  test("the kernel's worker", async () => {
    const rows = readTable(await run(WORKER));
    const row = (name: string) => rows.find((r) => r.name === name);
    expect(row("rt.gc_total")).toMatchObject({ after: 5, who: "between the calls: deferred work ×5" });
    expect(row("rt.gc_goal_miss")).toMatchObject({ after: 5 });
    expect(row("rt.gc_dst_overflow")).toMatchObject({
      after: 9,
      who: "rt_garbage_collect ×4; between the calls: deferred work ×5",
    });
  });

  test("a command, whose graph is not shown", async () => {
    const found = "ip neigh replace 192.0.2.20 lladdr 02:00:00:00:00:01 dev eth0\n";
    const rows = readTable(await run(WORKER + found));
    const tx = rows.find((r) => r.name === "dev:eth0.tx_bytes");
    expect(tx).toMatchObject({ before: 0, after: 43, who: "between the calls +43" });
    const gone = await run(`${WORKER}${found}ip link del eth0\n`);
    expect(gone).toMatch(/^eth0\.tx_bytes +0 +gone {2}between the calls \+43$/m);
  });
});
