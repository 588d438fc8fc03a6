// SPDX-License-Identifier: GPL-2.0-only
/** Calls that went as an earlier one are told in one line; nothing that differs is. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";

async function printed(argv: readonly string[], files: Record<string, string> = {}): Promise<string[]> {
  const io = memoryIo({ files });
  expect(await main([...argv], io)).toBeLessThan(2);
  return io.out.trimEnd().split("\n");
}

const sent = (lines: readonly string[]): number => lines.filter((line) => line.startsWith("sendto(")).length;
const repeats = (lines: readonly string[]): string[] => lines.filter((line) => / went (?:as|so) /.test(line));

test.each<[string, string[]]>([
  ["127.0.0.1 9 hi -n 2", []],
  ["127.0.0.1 9 hi -n 3", ["send 3 went as send 2: ✗ lost"]],
  ["127.0.0.1 9 hi -n 100", ["sends 3 … 100 went as send 2: ✗ lost"]],
  [
    "127.0.0.1 9 hi -n 9 --connect",
    ["sends 4, 6, 8 went as send 2: ✗ refused", "sends 5, 7, 9 went as send 3: ✗ lost"],
  ],
  ["127.0.0.1 9 hi -n 5 --listen", ["sends 3 … 5 went as send 2: ✓ delivered"]],
  ["8.8.8.8 9 hi -n 8 --net lan --wait 10", ["sends 3 … 8 went as send 2: ✓ left"]],
  [
    "8.8.8.8 9 hi -n 9 --net lan",
    ["send 3 went as send 2: … waiting", "sends 5 … 9 went as send 4: … waiting, ✗ lost"],
  ],
  ["192.0.2.9 9 --size 4000 --net lan --wait 10 -n 4", ["sends 3, 4 went as send 2: ✓ left"]],
  ["127.0.0.1 9 hi -f MSG_MORE -n 5", []],
])("sendto %s", async (line, told) => {
  const argv = ["sendto", ...line.split(" ")];
  const lines = await printed(argv);
  expect(repeats(lines)).toEqual(told);
  expect(repeats(await printed([...argv, "--brief"]))).toEqual(told);
});

test("--depth all folds nothing, and the counters count all", async () => {
  const argv = ["sendto", "127.0.0.1", "9", "hi", "-n", "20"];
  const [few, all] = [await printed(argv), await printed([...argv, "--depth", "all"])];
  expect([sent(few), sent(all)]).toEqual([2, 20]);
  const counters = (lines: readonly string[]): string[] =>
    lines
      .slice(lines.findIndex((line) => line.startsWith("counters ")))
      .filter((line) => !/calls shown/.test(line));
  expect(counters(few).filter((line) => line !== "")).toEqual(counters(all).filter((line) => line !== ""));
  expect(few.at(-1)).toMatch(/^\d+ of \d+ calls shown: --depth all shows the rest\.$/);
});

const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n";
const send = (text: string, port: number): string =>
  `sendto(3, "${text}", ${text.length}, 0, {sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("127.0.0.1")}, 16)\n`;
const recv = "recvfrom(3, 0x1, 10, MSG_DONTWAIT, NULL, NULL)\n";

test("run: equal calls in a row; what comes between is in its place", async () => {
  const scenario = [
    SOCKET,
    ...[1, 2, 3, 4].map(() => send("a", 9)),
    send("b", 9),
    "ip addr show lo\n",
    ...[1, 2, 3].map(() => recv),
    send("a", 9),
    recv,
  ];
  const lines = await printed(["run", "--brief", "s.nt"], { "s.nt": scenario.join("") });
  const order = lines
    .filter((line) => /^(?:sendto|sends? |recvfrom|\$ ip)/.test(line))
    .map((line) => line.slice(0, 35));
  expect(order).toEqual([
    'sendto(3, "a", 1, 0, {sa_family=AF_',
    'sendto(3, "a", 1, 0, {sa_family=AF_',
    "sends 3, 4 went as send 2: ✗ lost",
    'sendto(3, "b", 1, 0, {sa_family=AF_',
    "$ ip addr show lo",
    "recvfrom(3, 0x7ffd00000000, 10, MSG",
    "send 6 went as send 2: ✗ lost",
    "recvfrom went so 3 times more: ✗ fa",
  ]);
});

test("every send is shown or counted, in order, and alike only those whose answers are", async () => {
  const call = fc.constantFrom(send("a", 9), send("a", 5000), send("bb", 9), send("a", 0), recv);
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
      const server =
        'socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 4\nbind(4, {sa_family=AF_INET, sin_port=htons(5000), sin_addr=inet_addr("127.0.0.1")}, 16)\n';
      const files = { "s.nt": SOCKET + server + calls.join("") };
      const lines = await printed(["run", "--brief", "s.nt"], files);
      const whole = await printed(["run", "--brief", "--depth", "all", "s.nt"], files);
      const answers = heads(whole);
      expect(sent(whole)).toBe(calls.filter((c) => c.startsWith("sendto")).length);
      // What the short screen says of each send is what the long one does.
      const shown = new Map<number, string>();
      const short = heads(lines);
      const counted = repeats(lines)
        .filter((line) => line.startsWith("send"))
        .flatMap((line) => numbersOf(line));
      let at = 0;
      for (let n = 1; n <= sent(whole); n++) {
        const as = counted.find(([k]) => k === n)?.[1];
        if (as === undefined) shown.set(n, short[at++] ?? "");
        else shown.set(n, shown.get(as) ?? "");
      }
      expect([...shown.values()]).toEqual(answers);
    }),
    { numRuns: 40, seed: 1 },
  );
});

/** What is said under each send. */
function heads(lines: readonly string[]): string[] {
  return lines.flatMap((line, i) => (line.startsWith("sendto(") ? [`${line}\n${lines[i + 1]}`] : []));
}

/** `sends 4, 6 … 10 went as send 2` as pairs. */
function numbersOf(line: string): [number, number][] {
  const [, list = "", as = ""] = /^sends? (.*) went as send (\d+)/.exec(line) ?? [];
  const words = list.split(/,? /);
  const out: number[] = [];
  for (const [i, word] of words.entries()) {
    if (word !== "…") out.push(Number(word));
    else {
      const [before, last] = [out.at(-2), out.at(-1) as number];
      const step = /, \d+$/.test(words.slice(0, i).join(", ")) && before !== undefined ? last - before : 1;
      for (let n = last + step; n < Number(words[i + 1]); n += step) out.push(n);
    }
  }
  return out.map((n) => [n, Number(as)]);
}
