// SPDX-License-Identifier: GPL-2.0-only
/**
 * The branches of the functions that the seed note reads: each has a command that takes it, and the trace shows the function and why.
 * seed-branches.tsv: function, branch, reason (text that one of the function's reasons has in it, `+`: it gives one; nothing: the branch is
 * the call itself), command (`sendto …`, or the lines of a scenario with ⏎ between them).
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { memoryIo } from "../../../src/cli/memory-io.ts";

interface Row {
  readonly fn: string;
  readonly branch: string;
  readonly reason: string;
  readonly command: string;
}

const [, ...LINES] = readFileSync(new URL("seed-branches.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");
const ROWS = LINES.map((line): Row => {
  const [fn = "", branch = "", reason = "", command = ""] = line.split("\t");
  return { fn, branch, reason, command };
});

/** What the functions of a trace say, by function; a function that says nothing has an empty list. */
type Said = ReadonlyMap<string, readonly string[]>;

function words(command: string): string[] {
  return command.split(" ").map((word) => word.replace(/^"|"$/g, ""));
}

async function run(command: string): Promise<Said> {
  const scenario = { "s.nt": `${command.replaceAll(" ⏎ ", "\n")}\n` };
  const isSend = command.startsWith("sendto ");
  const args = isSend ? words(command) : ["run", "s.nt", "--trace", "all"];
  const io = memoryIo({ files: isSend ? {} : scenario });
  expect(await main([...args, "--format", "json"], io)).toBeLessThan(2);
  const said = new Map<string, string[]>();
  for (const line of io.out.split("\n")) {
    if (!/"ev":"(?:enter|note|fate)"/.test(line)) continue;
    const { ev, fn, text, facts } = JSON.parse(line) as Record<string, string | undefined>;
    const list = said.get(fn as string) ?? [];
    said.set(fn as string, list);
    if (ev !== "enter" && text !== undefined) list.push(`${text} ${JSON.stringify(facts ?? {})}`);
  }
  return said;
}

const commands = new Map<string, Row[]>();
for (const row of ROWS) commands.set(row.command, [...(commands.get(row.command) ?? []), row]);

test("there are hundreds of branches", () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(300);
});

test.each([...commands])("%s", async (command, rows) => {
  const said = await run(command);
  for (const { fn, branch, reason } of rows) {
    const reasons = said.get(fn);
    expect(reasons, `${fn}: ${branch}`).toBeDefined();
    if (reason === "+") expect(reasons, `${fn}: ${branch}`).not.toEqual([]);
    else if (reason !== "") expect(reasons?.join("\n"), `${fn}: ${branch}`).toContain(reason);
  }
});
