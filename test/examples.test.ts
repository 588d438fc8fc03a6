// SPDX-License-Identifier: GPL-2.0-only
/** The scenarios of examples/: each teaches, expects something, and holds. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { main } from "../src/cli/main.ts";
import { memoryIo } from "../src/cli/memory-io.ts";
import { FORMATS } from "../src/render/index.ts";

const FOLDER = fileURLToPath(new URL("../examples", import.meta.url));
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".nt"));
const TRACES = readdirSync(FOLDER).filter((name) => name.endsWith(".trace"));
const read = (name: string): string => readFileSync(join(FOLDER, name), "utf8");

async function run(names: readonly string[], ...options: string[]) {
  const io = memoryIo({ files: Object.fromEntries([...names, ...TRACES].map((name) => [name, read(name)])) });
  return { status: await main(["run", ...options, ...names], io), io };
}

test("there are a dozen and more", () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(12);
});

describe.each(NAMES)("%s", (name) => {
  test("holds", async () => {
    const { status, io } = await run([name]);
    expect(io.err.split("\n").filter((line) => line !== "" && !line.includes(": note: "))).toEqual([]);
    expect(status).toBe(0);
    expect(io.out).toContain(" = 3\n");
  });

  test("says what it is about, and expects something", () => {
    const text = read(name);
    expect(text).toMatch(/^# \S.*\n#\n# /);
    expect(text.match(/^expect /gm)?.length ?? 0).toBeGreaterThanOrEqual(2);
    expect(text.match(/^# /gm)?.length ?? 0).toBeGreaterThanOrEqual(4);
    expect(text.split("\n").filter((line) => line.startsWith("#") && line.length > 120)).toEqual([]);
  });

  test("stays as it is when it is updated", async () => {
    const { status, io } = await run([name], "--update");
    expect(status).toBe(0);
    expect(Buffer.from(io.files.get(name) ?? "").toString("utf8")).toBe(read(name));
  });
});

test("all of them in one run", async () => {
  const { status, io } = await run(NAMES);
  expect(status).toBe(0);
  expect(io.out.match(/^==> .* <==$/gm)).toHaveLength(NAMES.length);
});

test.each(Object.keys(FORMATS))("an example as %s", async (format) => {
  const { status, io } = await run(["connection-refused.nt"], "--format", format, "-o", "out");
  expect(status).toBe(0);
  const written = [...io.files].filter(([path]) => path.startsWith("out"));
  expect(written.length).toBeGreaterThan(0);
  for (const [, bytes] of written) expect(bytes).toBeDefined();
});
