// SPDX-License-Identifier: GPL-2.0-only
/**
 * The library, from src/api/: dist/index.cjs with all that it needs, dist/index.js that hands its exports on to ESM (so that
 * both are the same machines and errors), their declarations, and the schema of a saved trace.
 *
 *   node tools/library.mjs [--quiet]
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { declarations } from "./declarations.mjs";
import { bundled, packagesOf } from "./notices.mjs";
import { pageConstants } from "./page.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const ENTRY = "src/api/index.ts";

/** Write a file so that readers see the old one or the new one. */
function replace(name, data) {
  const file = join(DIST, name);
  writeFileSync(`${file}.${process.pid}`, data);
  renameSync(`${file}.${process.pid}`, file);
  return file;
}

/** All of it as one CommonJS file, beginning with what is bundled. */
async function bundle() {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [ENTRY],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    loader: { ".net": "text" },
    legalComments: "none",
    minifySyntax: true,
    minifyWhitespace: true,
    // What is imported late is in the same file.
    supported: { "dynamic-import": false },
    define: await pageConstants(),
    metafile: true,
    write: false,
    logLevel: "error",
  });
  const inputs = Object.keys(result.metafile.inputs).map((path) => join(ROOT, path));
  const names = bundled(packagesOf(inputs)).map(({ title, license }) => `${title} (${license})`);
  return `/*! nettrace (GPL-2.0-only), with ${names.join(", ")}: texts in NOTICES */\n${result.outputFiles[0].text}`;
}

/** What tsc says of the types of all that the entry imports, by file. */
function emitTypes(folder) {
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const args = ["-p", join(ROOT, "tools/library.tsconfig.json"), "--outDir", folder];
  const { status, stdout } = spawnSync(tsc, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`no declarations\n${stdout}`);
}

/** The names that the library exports. */
async function exported(file) {
  const { default: library } = await import(`${pathToFileURL(file).href}?${process.pid}`);
  return Object.keys(library).sort();
}

mkdirSync(DIST, { recursive: true });
const scratch = mkdtempSync(join(DIST, "types-"));
try {
  const cjs = replace("index.cjs", await bundle());
  const names = await exported(cjs);
  const esm = `import library from "./index.cjs";\nexport const { ${names.join(", ")} } = library;\n`;
  emitTypes(scratch);
  const types = declarations(join(scratch, ENTRY.replace(/\.ts$/, ".d.ts")), names);
  const schema = spawnSync(process.execPath, [join(ROOT, "bin/nettrace"), "schema"], { encoding: "utf8" });
  if (schema.status !== 0) throw new Error(schema.stderr);
  const files = [
    cjs,
    replace("index.js", esm),
    replace("index.d.ts", types),
    replace("index.d.cts", types),
    replace("trace.schema.json", schema.stdout),
  ];
  if (!process.argv.includes("--quiet")) {
    for (const file of files) console.log(`${file.slice(ROOT.length)}  ${statSync(file).size}`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
