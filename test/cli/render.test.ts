// SPDX-License-Identifier: GPL-2.0-only
/** nettrace render: what a saved trace shows is what the live one showed, and bad input is one clear line. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { type MemoryIo, memoryIo } from "../../src/cli/memory-io.ts";
import { FORMAT_NAMES } from "../../src/cli/output.ts";

/** Sends that go different ways. */
const SENDS: Readonly<Record<string, readonly string[]>> = {
  refused: ["127.0.0.1", "9999", "aaaaa"],
  delivered: ["127.0.0.1", "9999", "aaaaa", "--listen"],
  "told the second time": ["127.0.0.1", "9999", "aaaaa", "--connect", "-n", "3"],
  "without a route": ["10.0.0.1", "9999", "x"],
  "in pieces": ["127.0.0.1", "9999", "--size", "40000"],
  "too long": ["127.0.0.1", "9999", "--size", "70000"],
  "held back": ["127.0.0.1", "9999", "aaaaa", "--cork", "-n", "2"],
  "any byte": [
    "127.0.0.1",
    "9999",
    `hex:${Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString("hex")}`,
  ],
};

const VIEWS: readonly (readonly string[])[] = [
  [],
  ["--depth", "all", "--trace", "all", "--hexdump", "--counters", "--color", "always"],
  ["--depth", "4", "--no-inline", "--no-args", "--no-why", "-s", "0"],
  ["--only", "udp_*", "--hide", "*route*", "--layer", "ip,udp"],
];

async function run(
  argv: readonly string[],
  stdin = "",
  files: Record<string, Uint8Array> = {},
): Promise<MemoryIo> {
  const io = memoryIo({ stdin, files });
  const status = await main(argv, io);
  expect(io.err).toBe("");
  expect(status).toBeLessThan(2);
  return io;
}

async function saved(send: readonly string[]): Promise<string> {
  return (await run(["sendto", ...send, "--format", "json"])).out;
}

/** What was written, whatever kind of output it is. */
const written = (io: MemoryIo): [string, string][] =>
  [...io.files]
    .filter(([path]) => path.startsWith("out"))
    .map(([path, b]) => [path, Buffer.from(b).toString("latin1")]);

describe.each(FORMAT_NAMES)("a saved trace as %s", (format) => {
  test.each(Object.entries(SENDS))("%s: the same bytes as live", async (_name, send) => {
    const trace = await saved(send);
    for (const view of VIEWS) {
      const how = ["--format", format, "-o", "out", ...view];
      const live = await run(["sendto", ...send, ...how]);
      expect(written(await run(["render", "-", ...how], trace))).toEqual(written(live));
    }
  });
});

test("--as is --format; the default is the graph", async () => {
  const send = SENDS["refused"] as readonly string[];
  const trace = await saved(send);
  const live = (await run(["sendto", ...send])).out;
  expect((await run(["render", "-"], trace)).out).toBe(live);
  expect((await run(["render", "-", "--as", "graph"], trace)).out).toBe(live);
  const io = await run(["render", "t", "--as", "strace", "--format", "json", "-o", "s", "--output=j"], "", {
    t: Buffer.from(trace),
  });
  expect(io.out).toBe("");
  expect(Buffer.from(io.files.get("j") ?? []).toString()).toBe(trace);
  expect(Buffer.from(io.files.get("s") ?? []).toString()).toMatch(/^socket\(/);
});

test.each(["json", "graph"])("time after a send, saved: the same %s as live", async (format) => {
  const send = ["192.0.2.77", "9999", "x", "--net", "lan", "--wait", "2000"];
  const trace = await saved(send);
  const live = await run(["sendto", ...send, "--format", format]);
  expect((await run(["render", "-", "--as", format], trace)).out).toBe(live.out);
});

/** Somebody who does not answer ARP: timers run between the calls, in several pieces. */
const SCENARIO = `ip link add eth0 type veth peer name far0
ip link set eth0 up
ip link set far0 up
ip addr add 192.0.2.10/24 dev eth0
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3
sendto(3, "a", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.77")}, 16) = 1
sleep 1
sleep 1
sleep 2
sendto(3, "b", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.77")}, 16) = 1
sleep 1
`;

test.each(FORMAT_NAMES)("a scenario with timers as %s: the same bytes as live", async (format) => {
  const scenario = async (...options: string[]): Promise<MemoryIo> => {
    const io = memoryIo({ stdin: SCENARIO });
    expect(await main(["run", "-", ...options, "-o", "out"], io)).toBeLessThan(2);
    return io;
  };
  const trace = Buffer.from((await scenario("--format", "json")).files.get("out") ?? []).toString();
  expect(trace).toContain('"name":"timer"');
  const how = ["--format", format, "--trace", "all"];
  expect(written(await run(["render", "-", ...how, "-o", "out"], trace))).toEqual(
    written(await scenario(...how)),
  );
});

test("several sessions in one file: the formats that can, show them all", async () => {
  const one = await saved(SENDS["refused"] as readonly string[]);
  const live = (await run(["sendto", "127.0.0.1", "9999", "aaaaa", "--format", "strace"])).out;
  expect((await run(["render", "-", "--as", "strace"], one + one)).out).toBe(live + live);
  const io = await refused(["two", "--as", "pcap", "-o", "f"], { two: one + one });
  expect(io.err).toBe("nettrace: two holds several sessions: expected one for --format pcap\n");
  expect(io.files.has("f")).toBe(false);
});

test("one run, several formats: each is what it would be alone", async () => {
  const send = SENDS["refused"] as readonly string[];
  const all = FORMAT_NAMES.flatMap((format) => ["--format", format, "-o", `out.${format}`]);
  const together = written(await run(["sendto", ...send, ...all]));
  const alone: [string, string][] = [];
  for (const format of FORMAT_NAMES) {
    alone.push(...written(await run(["sendto", ...send, "--format", format, "-o", `out.${format}`])));
  }
  expect(together.toSorted()).toEqual(alone.toSorted());
});

async function refused(
  argv: readonly string[],
  files: Record<string, string>,
  stdin = "",
): Promise<MemoryIo> {
  const io = memoryIo({ files, stdin });
  expect(await main(["render", ...argv], io)).toBe(2);
  expect(io.out).toBe("");
  return io;
}

test("a bad line is named, and nothing is written", async () => {
  const trace = (await saved(SENDS["refused"] as readonly string[])).replace('"depth":7,', '"depth":"7",');
  const line = trace.slice(0, trace.indexOf('"depth":"7"')).split("\n").length;
  for (const output of [[], ["-o", "out"]]) {
    const io = await refused(["t.json", ...output], { "t.json": trace });
    expect(io.err).toMatch(
      new RegExp(
        `^nettrace: t\\.json:${line}:\\d+: "depth" is "7": expected a whole number from 0 to 300\n$`,
      ),
    );
    expect(io.files.has("out")).toBe(false);
  }
});

test.each<[string[], string]>([
  [["none.json"], "cannot read none.json: no such file or directory"],
  [
    ["bad"],
    'bad:1:7: "ev" is "machin": expected one of machine, state, verdict, syscall, sysret, enter, exit, note, fate, dump, count, clock, context, packet; did you mean machine?',
  ],
  [["-"], "<stdin>:1:1: the file is empty: expected a trace as written by --format json"],
  [["cut"], 'cut:2:1: the trace ends too early: expected the state "after"; is it truncated?'],
  [["cut", "--as", "jsn"], `--format 'jsn': expected ${FORMAT_NAMES.join(", ")}; did you mean json?`],
  [["cut", "--as", "json", "-o", "cut"], "-o cut: expected a file other than the one that is read"],
  [[], "missing required argument 'file'"],
])("refused: %j", async (argv, message) => {
  const files = { bad: '{"ev":"machin"}', cut: '{"ev":"machine","uname":"u","network":"n","seed":0}\n' };
  expect((await refused(argv, files)).err).toBe(`nettrace: ${message}\n`);
});

/** Replaces some values of some events by others: what a hostile or broken file may hold. */
const mutations = fc.array(
  fc.record({
    line: fc.nat(2000),
    field: fc.nat(8),
    value: fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(
        "",
        "00",
        "-1",
        "__proto__",
        "\u001b]0;x\u0007",
        "sk#99999999999",
        true,
        null,
        {},
        [null],
      ),
      fc.constantFrom<unknown>(-1, 0.5, 0x10000, 0x20000, 2 ** 31, -(2 ** 31), 2 ** 53, 1e308),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

test("whatever stands in a trace, a renderer does not fall over it", async () => {
  const traces = await Promise.all(Object.values(SENDS).slice(0, 4).map(saved));
  let shown = 0;
  const outputs = FORMAT_NAMES.flatMap((format) => ["--as", format, "-o", `out.${format}`]);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...traces), mutations, async (trace, changes) => {
      const lines = trace.trimEnd().split("\n");
      for (const { line, field, value } of changes) change(lines, line % lines.length, field, value);
      const io = memoryIo({ stdin: lines.join("\n") });
      const status = await main(["render", "-", ...outputs, "--trace", "all", "--depth", "all"], io);
      expect([0, 2]).toContain(status);
      if (status === 0) shown++;
      else expect(io.err).toMatch(/^nettrace: <stdin>:\d+:\d+: .*\n$/);
      for (const [path, bytes] of io.files) if (!path.includes("/")) expect(raw(path, bytes)).toBe(-1);
    }),
    { seed: 1, numRuns: Number(process.env["NETTRACE_FUZZ"] ?? 150) },
  );
  expect(shown).toBeGreaterThan(10);
}, 3_600_000);

/** Change one field of one event, in its arguments or facts if it has some. */
function change(lines: string[], line: number, field: number, value: unknown): void {
  const event = JSON.parse(lines[line] as string) as Record<string, unknown>;
  const inner = (event["args"] ?? event["facts"] ?? event["out"]) as Record<string, unknown> | undefined;
  const target = field % 2 === 1 && inner !== undefined && inner !== null ? inner : event;
  const names = Object.keys(target);
  const name = names[(field >> 1) % Math.max(1, names.length)];
  if (name !== undefined) target[name] = value;
  lines[line] = JSON.stringify(event);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

/** Where a control byte stands raw in a text for people, or -1. */
function raw(path: string, bytes: Uint8Array): number {
  return /\.(graph|strace|path|dot|svg|mermaid|mermaid-graph)$/.test(path)
    ? Buffer.from(bytes).toString().search(CONTROL)
    : -1;
}
