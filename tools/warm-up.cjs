// SPDX-License-Identifier: GPL-2.0-only
/**
 * Runs a program through what its users do most, then writes the code caches of its parts: so the functions that V8
 * compiles only when they are called are in them.
 *
 *   node tools/warm-up.cjs FOLDER
 *
 * reads NAME.cjs there and writes NAME.cache.
 */
"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const MAIN_JOB = ["sendto", "127.0.0.1", "9999", "aaaaa"];
/** What is done before the cache of a part is made. The first one's holds nothing that only others need. */
const RUNS = {
  nettrace: [["--version"], MAIN_JOB],
  more: [
    [...MAIN_JOB, "--format", "json"],
    ["run", join(__dirname, "../examples/connection-refused.nt")],
  ],
};

const folder = process.argv[2];
const parts = Object.keys(RUNS).map((name) => {
  const filename = join(folder, `${name}.cjs`);
  const bytes = readFileSync(filename);
  // The same text as in bin/nettrace, or the cache does not fit.
  const script = new Script(bytes.latin1Slice(), { filename });
  return { name, bytes, script };
});
const chunks = Object.assign({}, ...parts.map(({ script }) => script.runInThisContext()));
const loaded = {};
function load(name) {
  if (!name.startsWith(".")) return require(name);
  if (!(name in loaded)) {
    loaded[name] = { exports: {} };
    chunks[name](loaded[name].exports, load, loaded[name]);
  }
  return loaded[name].exports;
}

(async () => {
  for (const { name, bytes, script } of parts) {
    for (const argv of RUNS[name]) await load("./nettrace.cjs").run(argv);
    const cache = Buffer.concat([bytes.subarray(2, 18), script.createCachedData()]);
    writeFileSync(join(folder, `${name}.cache`), cache);
  }
  process.exitCode = 0;
})();
