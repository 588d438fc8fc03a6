/**
 * Runs a bundle through what its users do most, then writes the code cache: so the functions that V8
 * compiles only when they are called are in it.
 *
 *   node tools/warm-up.cjs BUNDLE CACHE
 */
"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { Script } = require("node:vm");

const RUNS = [["--version"], ["sendto", "127.0.0.1", "9999", "aaaaa"]];

const [, , bundle, cache] = process.argv;
const bytes = readFileSync(bundle);
// The same text as in bin/nettrace, or the cache does not fit.
const script = new Script(`(function(exports,require,module){${bytes.latin1Slice()}\n})`, {
  filename: bundle,
});
const module_ = { exports: {} };
script.runInThisContext()(module_.exports, require, module_);

(async () => {
  for (const argv of RUNS) await module_.exports.run(argv);
  process.exitCode = 0;
  writeFileSync(cache, Buffer.concat([bytes.subarray(2, 18), script.createCachedData()]));
})();
