// SPDX-License-Identifier: GPL-2.0-only
/**
 * Build: the program in two files, each with a code cache beside it, and the project's own tools.
 *
 *   node tools/build.mjs [--quiet] [--if-stale]
 *
 * A bundle starts twice as fast as the modules it is made of, and half of what is left goes with the
 * cache (docs/performance.md); what is in which part says chunks.mjs. Whatever is written appears at once, so that a running program never
 * reads half a file.
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { parts } from "./chunks.mjs";
import { NOTICES_HERE } from "./notices.mjs";
import { pageConstants } from "./page.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const STAMP = join(DIST, "stamp");
const PUBLISHED = ["NOTICES", "more.cache", "more.cjs", "nettrace.cache", "nettrace.cjs"];

/** The project's own tools, built when their source exists. */
const TOOLS = [
  { entry: "test/oracle/main.ts", name: "oracle" },
  { entry: "bench/main.ts", name: "bench" },
];

/** Write a file so that readers see the old one or the new one. */
function replace(file, data) {
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, data);
  renameSync(fresh, file);
}

/** The program into dist/: its two parts, their first line naming the build, and what V8 compiled of them. */
async function program(constants) {
  const { notices, ...texts } = await parts(ROOT, constants);
  const id = createHash("sha256").update(texts.nettrace).update(texts.more).digest("hex").slice(0, 16);
  const scratch = mkdtempSync(join(DIST, "new-"));
  try {
    for (const [name, text] of Object.entries(texts))
      writeFileSync(join(scratch, `${name}.cjs`), `//${id}\n${text}`);
    writeFileSync(join(scratch, "NOTICES"), notices);
    warmUp(scratch);
    // The first part last: who finds it finds the rest.
    return PUBLISHED.map((name) => {
      renameSync(join(scratch, name), join(DIST, name));
      return join(DIST, name);
    });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Run the program as its users do, and keep what V8 compiled on the way. */
function warmUp(folder) {
  const run = spawnSync(process.execPath, [join(ROOT, "tools/warm-up.cjs"), folder], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`the warm-up failed\n${run.stderr}`);
}

/** A tool of ours into dist/NAME.cjs. It finds its data from where the bundle is. */
async function bundle({ entry, name }, constants) {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    // The networks of examples/net are part of the program.
    loader: { ".net": "text" },
    legalComments: "none",
    minifySyntax: true,
    minifyWhitespace: true,
    // What is imported late is in the same file: no module loader is needed.
    supported: { "dynamic-import": false },
    define: { ...constants, "import.meta.url": "bundleUrl" },
    banner: { js: 'const bundleUrl=require("node:url").pathToFileURL(__filename).href;' },
    write: false,
    logLevel: "error",
  });
  const file = join(DIST, `${name}.cjs`);
  replace(file, result.outputFiles[0].text);
  return file;
}

/** The newest change below a folder or of a file, in milliseconds. */
function newest(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), mtimeMs);
}

/** Is what is in dist/ older than what it was made of? */
function stale() {
  if (!existsSync(STAMP) || !existsSync(join(DIST, "nettrace.cjs"))) return true;
  const sources = [
    "src",
    "examples/net",
    "tools",
    "bench",
    "test/oracle",
    "package.json",
    "package-lock.json",
  ];
  const built = statSync(STAMP).mtimeMs;
  return sources.some((path) => existsSync(join(ROOT, path)) && newest(join(ROOT, path)) > built);
}

/** The manual page, which the program writes of itself. */
function manualPage() {
  const run = spawnSync(process.execPath, [join(ROOT, "bin/nettrace"), "man"], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`nettrace man failed\n${run.stderr}`);
  const file = join(DIST, "nettrace.1");
  replace(file, run.stdout);
  return file;
}

const flags = process.argv.slice(2);
if (!flags.includes("--if-stale") || stale()) {
  const started = new Date();
  mkdirSync(DIST, { recursive: true });
  const files = [];
  const constants = { ...(await pageConstants()), NOTICES: JSON.stringify(NOTICES_HERE) };
  files.push(...(await program(constants)), manualPage());
  for (const tool of TOOLS) {
    if (existsSync(join(ROOT, tool.entry))) files.push(await bundle(tool, constants));
    else rmSync(join(DIST, `${tool.name}.cjs`), { force: true });
  }
  writeFileSync(STAMP, `${started.toISOString()}\n`);
  if (!flags.includes("--quiet")) {
    for (const file of files) console.log(`${file.slice(ROOT.length)}  ${statSync(file).size}`);
  }
}
