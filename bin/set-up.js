// SPDX-License-Identifier: GPL-2.0-only
// A bare clone: install and build what is missing. Standard output stays silent. Not in the published package.
"use strict";
const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const ROOT = join(__dirname, "..");

/** Advice is for the user: it is printed as it is, without a word about internal errors. */
function advise(text) {
  return Object.assign(new Error(text), { advice: true });
}

function succeeds(command, args) {
  const debug = process.env.NETTRACE_DEBUG === "1";
  const { status } = spawnSync(command, args, {
    cwd: ROOT,
    // Standard output is the program's own: what is said while setting up goes to standard error, if anywhere.
    stdio: debug ? ["ignore", 2, 2] : "ignore",
    shell: process.platform === "win32" && command === "npm",
  });
  return status === 0;
}

function build() {
  return succeeds(process.execPath, [join(ROOT, "tools", "build.mjs"), "--quiet"]);
}

function install() {
  const locked = existsSync(join(ROOT, "package-lock.json"));
  return succeeds("npm", [
    locked ? "ci" : "install",
    "--no-global",
    "--include=dev",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--loglevel=error",
  ]);
}

module.exports = function setUp() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw advise(`needs Node.js 20.19 or newer, this is ${process.versions.node}`);
  }
  process.stderr.write("nettrace: first run: setting up, about ten seconds\n");
  if (existsSync(join(ROOT, "node_modules", "esbuild")) && build()) return;
  if (!install()) {
    throw advise(`could not install its packages: with a network, run 'npm ci && npm run build' in ${ROOT}`);
  }
  if (!build()) throw advise(`could not be built: run 'npm run build' in ${ROOT} to see why`);
};
