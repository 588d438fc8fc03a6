// SPDX-License-Identifier: GPL-2.0-only
/** The package as it would be published: what docs/how-to/library.md shows, in ESM and CommonJS, with types. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TRACE_SCHEMA } from "../../src/trace/schema.ts";
import { NODE } from "../built/program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const PAGE = readFileSync(join(ROOT, "docs/how-to/library.md"), "utf8");
/** A project that has the package installed. */
const folder = mkdtempSync(join(tmpdir(), "nettrace-package-"));
const installed = join(folder, "node_modules/nettrace");

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${status}\n${stdout}${stderr}`);
  return stdout;
}

beforeAll(() => {
  run(process.execPath, join(ROOT, "tools/library.mjs"), "--quiet");
  mkdirSync(join(folder, "node_modules"));
  run("npm", "pack", ROOT, "--ignore-scripts", "--silent", "--no-global");
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  run("tar", "-xzf", tarball);
  renameSync(join(folder, "package"), installed);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Examples of the page: a program, and what it prints. */
const EXAMPLES = [
  ...PAGE.matchAll(/<!-- run: (\S+) -->\n```js\n([\s\S]*?)```\n\nprints\n\n```text\n([\s\S]*?)```/g),
].map(([, name = "", code = "", printed = ""]) => ({ name, code, printed }));

describe("an example of the page prints what the page says", () => {
  test("there is one of each kind", () => {
    expect(EXAMPLES.map(({ name }) => name)).toEqual(["library.mjs", "library.cjs"]);
  });

  test.each(EXAMPLES)("$name", ({ name, code, printed }) => {
    writeFileSync(join(folder, name), code);
    expect(run(NODE, name).trimEnd()).toBe(printed.trimEnd());
  });
});

test("both kinds are one library", () => {
  const code = `import * as esm from "nettrace"; import { createRequire } from "node:module";
    const cjs = createRequire(import.meta.url)("nettrace");
    console.log(Object.keys(esm).sort().join() === Object.keys(cjs).sort().join(), esm.boot === cjs.boot, Object.keys(cjs).join());`;
  expect(run(NODE, "--input-type=module", "-e", code)).toBe(
    "true true NettraceError,boot,capture,diff,render,run,sendto\n",
  );
});

describe("types", () => {
  const USE = `
    const trace: TraceEvent[] = sendto({ host: "127.0.0.1", port: 9 });
    const text: Promise<string> = render(trace, "graph", { depth: "all" });
    const bytes: Promise<Uint8Array> = render(trace, "pcap");
    const files: Promise<Map<string, Uint8Array>> = render(trace, "uftrace");
    const machine: Machine = boot({ seed: 1 });
    const count: number = machine.sendto(machine.socket(), "x");
    // @ts-expect-error no such option
    sendto({ host: "127.0.0.1", port: 9, lisen: true });
    // @ts-expect-error no such format
    render(trace, "grap");
    export { text, bytes, files, count };
  `;
  const IMPORT = 'import { boot, type Machine, render, sendto, type TraceEvent } from "nettrace";';
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", ""];

  test.each(["mts", "cts"])(
    "%s",
    (kind) => {
      const file = `use.${kind}`;
      writeFileSync(join(folder, file), `${IMPORT}\n${USE}`);
      const tsc = join(ROOT, "node_modules/.bin/tsc");
      expect(run(tsc, ...options, "--skipLibCheck", "false", "--lib", "es2023", file)).toBe("");
    },
    60_000,
  );
});

test("publint has nothing to say", async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test("the README's example prints what the program prints", () => {
  const code = /<!-- run: readme\.mjs -->\n```js\n([\s\S]*?)```/.exec(README)?.[1] ?? "";
  writeFileSync(join(folder, "readme.mjs"), code);
  const brief = run(NODE, join(installed, "bin/nettrace"), "sendto", "127.0.0.1", "9999", "aaaaa");
  const counters = brief.slice(brief.indexOf("\ncounters "));
  expect(run(NODE, "readme.mjs")).toContain(counters.trimEnd());
});

test("every page that a page links to is in it", () => {
  const missing: string[] = [];
  const pages = ["README.md"];
  for (const page of pages) {
    const text = readFileSync(join(installed, page), "utf8").replace(/^(`{3,})[\s\S]*?^\1$/gm, "");
    for (const [, link = ""] of text.matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      const to = join(dirname(page), link);
      // The source is elsewhere.
      if (/^(?:src|test|tools)\//.test(to)) continue;
      if (!existsSync(join(installed, to))) missing.push(`${page}: ${link}`);
      else if (to.endsWith(".md") && !pages.includes(to)) pages.push(to);
    }
  }
  expect(missing).toEqual([]);
  expect(pages.length).toBeGreaterThan(30);
});

test("the schema of a trace is in it", () => {
  const code = 'console.log(JSON.stringify(require("nettrace/trace.schema.json")))';
  expect(JSON.parse(run(NODE, "-e", code))).toEqual(TRACE_SCHEMA);
});

test("the program and the notices are in it", () => {
  expect(run(NODE, join(installed, "bin/nettrace"), "licenses")).toBe(
    readFileSync(join(installed, "dist/NOTICES"), "utf8"),
  );
});
