/**
 * Build: one CommonJS file of everything that the program needs, and a code cache beside it.
 *
 *   node tools/build.mjs [--quiet] [--if-stale]
 *
 * The bundle starts twice as fast as the modules it is made of, and half of what is left goes with the
 * cache (docs/performance.md). Whatever is written appears at once, so that a running program never
 * reads half a file.
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { pageConstants } from "./page.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const STAMP = join(DIST, "stamp");

/** What is built when its source exists; the first alone is published. */
const PROGRAMS = [
  { entry: "src/cli/main.ts", name: "nettrace" },
  { entry: "test/oracle/main.ts", name: "oracle" },
  { entry: "bench/main.ts", name: "bench" },
];

/** Commander loads node:child_process at once, for commands that are programs of their own: we have none. */
const withoutChildProcess = {
  name: "without-child-process",
  setup(build) {
    build.onResolve({ filter: /^(node:)?child_process$/ }, ({ importer }) =>
      importer.includes("/node_modules/commander/") ? { path: "child_process", namespace: "nothing" } : null,
    );
    build.onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** Write a file so that readers see the old one or the new one. */
function replace(file, data) {
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, data);
  renameSync(fresh, file);
}

/** One program into dist/NAME.cjs, its first line naming the build for the cache. */
async function bundle({ entry, name }, constants) {
  const published = name === "nettrace";
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    charset: "ascii",
    // The networks of examples/net are part of the program.
    loader: { ".net": "text" },
    legalComments: "none",
    minifySyntax: true,
    minifyWhitespace: true,
    // What is imported late is in the same file: no module loader is needed.
    supported: { "dynamic-import": false },
    // The tools find their data from where the bundle is; the program itself looks for nothing.
    ...(published
      ? { define: constants }
      : {
          define: { ...constants, "import.meta.url": "bundleUrl" },
          banner: { js: 'const bundleUrl=require("node:url").pathToFileURL(__filename).href;' },
        }),
    plugins: published ? [withoutChildProcess] : [],
    write: false,
    logLevel: "error",
  });
  const text = result.outputFiles[0].text;
  const id = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const file = join(DIST, `${name}.cjs`);
  replace(file, `//${id}\n${text}`);
  return file;
}

/** Run the program as its users do, and keep what V8 compiled on the way. */
function writeCache(file) {
  const cache = file.replace(/\.cjs$/, ".cache");
  const made = spawnSync(process.execPath, [join(ROOT, "tools/warm-up.cjs"), file, `${cache}.new`], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (made.status !== 0) throw new Error(`the warm-up failed\n${made.stderr}`);
  renameSync(`${cache}.new`, cache);
  return cache;
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

const flags = process.argv.slice(2);
if (!flags.includes("--if-stale") || stale()) {
  const started = new Date();
  mkdirSync(DIST, { recursive: true });
  const files = [];
  const constants = await pageConstants();
  for (const program of PROGRAMS) {
    if (!existsSync(join(ROOT, program.entry))) {
      rmSync(join(DIST, `${program.name}.cjs`), { force: true });
      continue;
    }
    files.push(await bundle(program, constants));
    if (program.name === "nettrace") files.push(writeCache(files[0]));
  }
  writeFileSync(STAMP, `${started.toISOString()}\n`);
  if (!flags.includes("--quiet")) {
    for (const file of files) console.log(`${file.slice(ROOT.length)}  ${statSync(file).size}`);
  }
}
