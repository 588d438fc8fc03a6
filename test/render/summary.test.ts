// SPDX-License-Identifier: GPL-2.0-only
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { GOLDEN, MAIN_JOB, run, SENDS } from "./run.ts";

/** The rows of both tables, split at blanks; the last column is a name. */
function tables(out: string): { calls: string[][]; functions: string[][] } {
  const [, calls = "", functions = ""] =
    /^# virtual clock.*\n% time.*\n([\s\S]*?)\n\n% own.*\n([\s\S]*)$/.exec(out) ?? [];
  const rows = (text: string): string[][] =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => line.trim().split(/ {2,}| (?=\()/));
  return { calls: rows(calls), functions: rows(functions) };
}

/** What each function took itself, of the folded stacks. */
async function folded(argv: readonly string[]): Promise<Map<string, number>> {
  const { out } = await run(...argv, "--format", "folded");
  const own = new Map<string, number>();
  for (const line of out.trimEnd().split("\n")) {
    const [, fn = "", ns = ""] = /([\w.]+) (\d+)$/.exec(line) ?? [];
    own.set(fn, (own.get(fn) ?? 0) + Number(ns));
  }
  return own;
}

describe("summary", () => {
  test("the main job", async () => {
    const { out } = await run(...MAIN_JOB, "--format", "summary");
    await expect(out).toMatchFileSnapshot(join(GOLDEN, "summary"));
  });

  test.for(SENDS.map((argv) => argv.join(" ")))("the functions are those of the stacks: %s", async (line) => {
    const argv = line.split(" ");
    const own = await folded(argv);
    const { functions } = tables((await run(...argv, "--format", "summary")).out);
    const costliest = [...own].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, 20);
    const shown = functions.filter((row) => row.length === 4);
    expect(shown.map(([, usecs, , fn]) => [fn, Number(usecs)])).toEqual(
      costliest.map(([fn, ns]) => [fn, ns / 1000]),
    );
    const more = own.size - 20;
    expect(functions.at(-1)?.join(" ")).toBe(`… and ${more} more functions: --format folded shows them all.`);
  });

  test("the total is the sum, and a failed call is an error", async () => {
    const file = [
      "socket(AF_INET, SOCK_DGRAM, 0) = 3",
      'sendto(3, "a", 1, 0, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 EINVAL',
      'sendto(3, "a", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16) = 1',
      "close(3) = 0",
    ].join("\n");
    const io = memoryIo({ files: { "a.nt": file, "b.nt": file } });
    expect(await main(["run", "-c", "a.nt"], io)).toBe(0);
    const { calls } = tables(io.out);
    const rows = new Map(calls.map((row) => [row.at(-1), row]));
    expect([...rows.keys()].sort()).toEqual(["close", "sendto", "socket", "total"]);
    expect(rows.get("sendto")?.slice(3, 5)).toEqual(["2", "1"]);
    const sum = calls.slice(0, -1).reduce((all, row) => all + Number(row[1]), 0);
    expect(sum).toBeCloseTo(Number(rows.get("total")?.[1]), 6);
    expect(await main(["run", "-c", "a.nt", "b.nt"], io)).toBe(0);
    expect(io.out.match(/ total$/gm)).toHaveLength(3);
  });
});
