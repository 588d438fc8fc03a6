// SPDX-License-Identifier: GPL-2.0-only
/** The manners of a terminal: its width, its colours, its pager, its desktop. A pipe or a file has none of them. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ClosedPipe } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";
import { type MemoryIo, type MemoryOptions, memoryIo } from "../../src/cli/memory-io.ts";
import { pipeTo } from "../../src/cli/paged.ts";
import { pagerOf } from "../../src/cli/pager.ts";
import { viewerOf } from "../../src/cli/show.ts";

const SEND = ["sendto", "127.0.0.1", "9999", "aaaaa"];
/** The first run loads the program; a busy machine takes its time. */
const PATIENT = { timeout: 120_000 };
const TERMINAL: MemoryOptions = { tty: true, columns: 80, env: { TERM: "xterm" } };

async function run(args: readonly string[], options: MemoryOptions = {}): Promise<[number, MemoryIo]> {
  const io = memoryIo(options);
  return [await main(args, io), io];
}

const widest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));
const NO_COLOUR = { ...TERMINAL, env: { TERM: "xterm", NO_COLOR: "1" } };

describe("width", PATIENT, () => {
  test("a pipe has none; --width gives it one, and COLUMNS does not", async () => {
    const [, pipe] = await run(SEND, { env: { COLUMNS: "60" } });
    expect(widest(pipe.out)).toBeGreaterThan(200);
    const [, narrow] = await run([...SEND, "--width", "60"]);
    expect(widest(narrow.out)).toBe(60);
  });

  test("a terminal has its own; COLUMNS stands for it, --width before both", async () => {
    const [, own] = await run(SEND, NO_COLOUR);
    expect(widest(own.out)).toBe(80);
    const columns = { ...NO_COLOUR, env: { ...NO_COLOUR.env, COLUMNS: "70" } };
    expect(widest((await run(SEND, columns))[1].out)).toBe(70);
    expect(widest((await run([...SEND, "--width", "50"], columns))[1].out)).toBe(50);
    const [, none] = await run([...SEND, "--width", "none"], columns);
    expect(none.out).toBe((await run(SEND))[1].out);
  });

  test("one that does not say has 80, and none has fewer than 40", async () => {
    const { columns: _, ...silent } = NO_COLOUR;
    expect(widest((await run(SEND, silent))[1].out)).toBe(80);
    expect(widest((await run(SEND, { ...NO_COLOUR, columns: 12 }))[1].out)).toBe(40);
  });

  test.each([
    ["39", "nettrace: --width '39': expected a number from 40 to 10000, auto or none\n"],
    ["x", "nettrace: --width 'x': expected a number of columns, auto or none\n"],
    ["-1", "nettrace: --width '-1': expected a number of columns, auto or none\n"],
    ["1e9", "nettrace: --width '1e9': expected a number from 40 to 10000, auto or none\n"],
  ])("--width %s is refused", async (value, line) => {
    const [status, io] = await run([...SEND, `--width=${value}`]);
    expect([status, io.out, io.err]).toEqual([2, "", line]);
  });

  test("a file beside a terminal is as in a pipe", async () => {
    const [, io] = await run([...SEND, "--format", "graph", "-o", "f", "--format", "graph"], TERMINAL);
    const [, pipe] = await run(SEND);
    expect(Buffer.from(io.files.get("f") ?? []).toString("utf8")).toBe(pipe.out);
    expect(io.out).toContain("\x1b[");
  });
});

describe("colours", PATIENT, () => {
  const codes = (text: string): Set<string> =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    new Set([...text.matchAll(/\x1b\[([\d;]*)m/g)].map(([, code = ""]) => code));

  test.each([
    [SEND],
    [[...SEND, "--connect", "-n", "2"]],
    [[...SEND, "--format", "path"]],
    [["sendto", "1.2.3.4", "9"]],
  ])("%j has the theme's own alone", async (args) => {
    const [, io] = await run(args, TERMINAL);
    const known = ["1", "2", "22", "32", "33", "39", "91", "95"];
    expect([...codes(io.out)].filter((code) => !known.includes(code))).toEqual([]);
  });

  test("what is said is the same without them", async () => {
    const [, colour] = await run([...SEND, "--color", "always"]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
    expect(colour.out.replace(/\x1b\[[\d;]*m/g, "")).toBe((await run(SEND))[1].out);
  });
});

describe("pager", PATIENT, () => {
  const DEFAULTS = { LESS: "FRX", LV: "-c" };
  test.each([
    [{}, { words: ["less"], env: DEFAULTS }],
    [{ PAGER: "more" }, { words: ["more"], env: DEFAULTS }],
    [
      { PAGER: "more", NETTRACE_PAGER: "less -S" },
      { words: ["less", "-S"], env: DEFAULTS },
    ],
    [{ PAGER: "sed 's/a/b/' | less" }, { words: ["sh", "-c", "sed 's/a/b/' | less"], env: DEFAULTS }],
    [{ LESS: "S" }, { words: ["less"], env: { LV: "-c" } }],
    [{ PAGER: "cat" }, null],
    [{ PAGER: "" }, null],
    [{ PAGER: "less", NETTRACE_PAGER: " " }, null],
    [{ TERM: "dumb" }, null],
  ])("%j", (env, pager) => expect(pagerOf(env)).toEqual(pager));

  test.each([[[]], [["--format", "strace"]], [["--format", "summary"]], [["--format", "path"]]])(
    "text for people goes through it: %j",
    async (options) => expect((await run([...SEND, ...options], TERMINAL))[1].pagers).toHaveLength(1),
  );

  test.each([[["--format", "json"]], [["-o", "f"]], [["--no-pager"]]])(
    "nothing else does: %j",
    async (options) => expect((await run([...SEND, ...options], TERMINAL))[1].pagers).toHaveLength(0),
  );

  test("help does, a version does not; in a pipe nothing does", async () => {
    expect((await run(["sendto", "--help"], TERMINAL))[1].pagers).not.toHaveLength(0);
    expect((await run(["--version"], TERMINAL))[1].pagers).toHaveLength(0);
    expect((await run(SEND))[1].pagers).toHaveLength(0);
  });

  test("a program takes all that is written, however much, and is waited for", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nettrace-"));
    const path = join(folder, "read");
    const reader = pipeTo({
      words: ["sh", "-c", `cat > ${path}; printf %s "$MORE" >> ${path}`],
      env: { MORE: "!" },
    });
    for (let i = 0; i < 40; i++) reader?.write(Buffer.alloc(65_536, 97 + (i % 26)));
    await reader?.end();
    const read = readFileSync(path);
    expect([read.length, read.at(-1)]).toEqual([40 * 65_536 + 1, 0x21]);
    rmSync(folder, { recursive: true });
  });

  test("one that is not there is none, and one that has had enough ends the output", async () => {
    expect(pipeTo({ words: ["/no/such/pager"], env: {} })).toBeUndefined();
    const reader = pipeTo({ words: ["true"], env: {} });
    expect(() => {
      for (let i = 0; i < 1000; i++) reader?.write(Buffer.alloc(65_536));
    }).toThrow(ClosedPipe);
    await reader?.end();
  });
});

describe("a page", PATIENT, () => {
  test("is not written to a terminal", async () => {
    const [status, io] = await run([...SEND, "--format", "html"], TERMINAL);
    expect([status, io.out]).toEqual([2, ""]);
    expect(io.err).toBe("nettrace: --format html is for a browser: use -o FILE, or --open, or a pipe\n");
  });

  test.each([
    [["--open"], "/tmp/nettrace.html"],
    [["--format", "svg", "--open"], "/tmp/nettrace.svg"],
    [["--format", "html", "-o", "page.html", "--open"], "page.html"],
  ])("%j shows it when it is written", async (options, path) => {
    const [status, io] = await run([...SEND, ...options], TERMINAL);
    expect([status, io.out, io.shown]).toEqual([0, "", [path]]);
    expect(Buffer.from(io.files.get(path) ?? []).toString("utf8")).toMatch(/<(?:!doctype html|svg)/i);
  });

  test("there has to be one", async () => {
    const [status, io] = await run([...SEND, "--format", "json", "--open"]);
    expect([status, io.out, io.shown]).toEqual([2, "", []]);
    expect(io.err).toBe("nettrace: --open: expected --format html or svg, nothing else can be shown\n");
  });

  test("is shown by the desktop's own program", () => {
    expect(viewerOf("linux", "a b")).toEqual(["xdg-open", "a b"]);
    expect(viewerOf("darwin", "a b")).toEqual(["open", "a b"]);
    expect(viewerOf("win32", "a b")).toEqual(["cmd", "/c", "start", "", "a b"]);
  });
});

describe("-o -", PATIENT, () => {
  test("is standard output", async () => {
    const [, io] = await run([...SEND, "--format", "json", "-o", "-", "--format", "path", "-o", "way"]);
    expect(io.out).toBe((await run([...SEND, "--format", "json"]))[1].out);
    expect([...io.files.keys()]).toEqual(["way"]);
  });

  test("is one format's alone", async () => {
    const [status, io] = await run([...SEND, "--format", "json", "-o", "-", "--format", "path"]);
    expect([status, io.err]).toEqual([2, "nettrace: -o -: only one format can go to standard output\n"]);
  });
});
