// SPDX-License-Identifier: GPL-2.0-only
/**
 * Starts the program within a single-file executable, as bin/nettrace does beside dist/: the parts and their code
 * caches are what the executable carries. A thread of the program begins here too, from this file's text.
 */
"use strict";
const { getAsset, getRawAsset } = require("node:sea");
const vm = require("node:vm");

const bytesOf = (name) => Buffer.from(getRawAsset(name));
const loaded = {};
let chunks = {};

/** A part of the program: its chunks, as functions by name. */
function part(name) {
  const script = new vm.Script(bytesOf(`${name}.cjs`).latin1Slice(), {
    filename: `${name}.cjs`,
    cachedData: bytesOf(`${name}.cache`).subarray(16),
  });
  return script.runInThisContext();
}

/** As require, where chunks are concerned. */
function load(name) {
  if (name[0] !== ".") return require(name);
  if (loaded[name] === undefined) {
    if (chunks[name] === undefined) Object.assign(chunks, part("more"));
    loaded[name] = { exports: {} };
    chunks[name](loaded[name].exports, load, loaded[name]);
  }
  return loaded[name].exports;
}

/** A mistake of ours, in a line. */
function fail(error) {
  process.exitCode = 70;
  process.stderr.write(
    `nettrace: internal error: ${String(error?.message ?? error).split("\n")[0]}, please report\n`,
  );
  if (process.env.NETTRACE_DEBUG === "1") process.stderr.write(`${error?.stack}\n`);
}

try {
  chunks = part("nettrace");
  const { run } = load("./nettrace.cjs");
  const build = bytesOf("nettrace.cjs").latin1Slice(2, 18);
  run(process.argv.slice(2), { text: () => getAsset("launcher.cjs", "utf8") }, build).catch(fail);
} catch (error) {
  fail(error);
}
