// SPDX-License-Identifier: GPL-2.0-only
/**
 * The published program, in two parts: what `nettrace sendto` runs before it prints, and the rest, which is loaded
 * when a command or a format asks for it. V8 takes in a code cache as a whole, so what is not in the first part
 * costs the main job nothing.
 */

import { transform } from "esbuild";
import { rolldown } from "rolldown";
import { bundled, NOTICES_HERE, notices, packagesOf } from "./notices.mjs";

const ENTRY = "src/cli/main.ts";
/** The first part: these, and all that they import at once. */
const FIRST = [ENTRY, "src/cli/commands/sendto.ts", "src/render/report.ts", "src/render/storyteller.ts"];

/** Commander loads node:child_process at once, for commands that are programs of their own: we have none. */
const withoutChildProcess = {
  name: "without-child-process",
  resolveId: (id, importer) =>
    /^(node:)?child_process$/.test(id) && importer?.includes("/commander/") ? "\0nothing" : null,
  load: (id) => (id === "\0nothing" ? "module.exports = {};" : null),
};

/** All that some modules import, late imports left out. */
function reachable(from, imports) {
  const found = new Set(from);
  for (const id of found) for (const next of imports(id)) found.add(next);
  return found;
}

/** The modules of a program as CommonJS chunks, one of them all that is in the first part. */
async function split(root, constants) {
  let first = new Set();
  const findFirst = {
    name: "find-first",
    buildEnd() {
      const imports = (id) => this.getModuleInfo(id)?.importedIds ?? [];
      first = reachable(
        FIRST.map((path) => root + path),
        imports,
      );
    },
  };
  const bundle = await rolldown({
    cwd: root,
    input: { nettrace: ENTRY },
    platform: "node",
    transform: { target: "node20", define: constants },
    // The networks of examples/net are part of the program.
    moduleTypes: { ".net": "text" },
    plugins: [withoutChildProcess, findFirst],
    logLevel: "silent",
  });
  const groups = [
    { name: (id) => (first.has(id) ? "first" : null), debugName: "first", priority: 2 },
    { name: "shared", minShareCount: 2, priority: 1 },
  ];
  const { output } = await bundle.generate({
    format: "cjs",
    entryFileNames: "[name].cjs",
    chunkFileNames: "[name].cjs",
    codeSplitting: { groups },
    // Stack traces have the names of functions.
    minify: { compress: true, mangle: { keepNames: true } },
  });
  await bundle.close();
  return output;
}

/** Chunks as one expression: an object of functions, called as Node calls a CommonJS module. */
async function pack(chunks) {
  const functions = chunks.map(async ({ fileName, code }) => {
    // The launcher reads bytes as characters: the text must be ASCII.
    const small = await transform(code, { charset: "ascii", minifyWhitespace: true, legalComments: "none" });
    return `"./${fileName}"(exports,require,module){${ascii(small.code)}}`;
  });
  return `({${(await Promise.all(functions)).join(",\n")}})\n`;
}

/** In regular expressions, esbuild leaves other characters as they are. */
function ascii(code) {
  return code.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A part of the program with the notices where it names them. The launcher reads bytes as characters. */
function withNotices(code, text) {
  const pieces = code.split(new RegExp(`(["'\`])${NOTICES_HERE}\\1`));
  if (pieces.length !== 3) throw new Error("the second part must name the notices once");
  return pieces[0] + ascii(JSON.stringify(text)) + pieces[2];
}

/** The modules that something is left of in a chunk. */
const rendered = ({ modules }) => Object.keys(modules).filter((id) => modules[id].renderedLength > 0);

/** The two parts as text, the first with all that its entry needs to start, and the notices. `root` ends in a slash. */
export async function parts(root, constants) {
  const chunks = await split(root, constants);
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const first = reachable(["nettrace.cjs"], (name) =>
    byName.get(name).imports.filter((other) => byName.has(other)),
  );
  const [inFirst, inMore] = [[], []];
  for (const chunk of chunks) (first.has(chunk.fileName) ? inFirst : inMore).push(chunk);
  const packages = bundled(packagesOf(chunks.flatMap(rendered)));
  const text = notices(root, packages);
  const names = packages.map(({ title, license }) => `${title} (${license})`).join(", ");
  const banner = `/*! nettrace (GPL-2.0-only), with ${names}: texts in NOTICES, and in nettrace licenses */\n`;
  const more = withNotices(await pack(inMore), text);
  return { nettrace: banner + (await pack(inFirst)), more: banner + more, notices: text };
}
