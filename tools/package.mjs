// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run package`: the program and the Node that runs this as one executable file, dist/nettrace-PLATFORM-ARCH.
 *
 * pkg in its SEA form, which downloads nothing: the launcher is its script, and what build.mjs made is what it
 * carries. pkg says nothing of an injection that failed, so the result is run and compared.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const LAUNCHER = join(ROOT, "tools/executable/launcher.cjs");
const PARTS = ["nettrace.cjs", "nettrace.cache", "more.cjs", "more.cache"];
/** pkg's names of what Node calls otherwise. */
const PLATFORMS = { darwin: "macos", win32: "win" };

const { platform, arch, version } = process;
const output = join(DIST, `nettrace-${platform}-${arch}${platform === "win32" ? ".exe" : ""}`);

/** Run a program to its end. */
function run(command, args) {
  const done = spawnSync(command, args, { cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (done.error !== undefined) throw done.error;
  return `${done.stdout}${done.stderr}exit status ${done.status}`;
}

/** Make the executable in a folder of the project: pkg asks npx for postject, which looks upwards for the locked one. */
async function make(scratch) {
  process.env.TMPDIR = scratch;
  process.env.PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  const sea = createRequire(import.meta.url)("pkg/lib-es5/sea.js").default;
  const made = join(scratch, "nettrace");
  await sea(LAUNCHER, {
    useLocalNode: true,
    targets: [
      { nodeRange: `node${version.slice(1)}`, platform: PLATFORMS[platform] ?? platform, arch, output: made },
    ],
    seaConfig: {
      useCodeCache: true,
      assets: {
        "launcher.cjs": LAUNCHER,
        ...Object.fromEntries(PARTS.map((name) => [name, join(DIST, name)])),
      },
    },
    signature: true,
  });
  return made;
}

/** The executable does what the program does from its files, a thread and its second part included. */
function verify(made) {
  const examples = ["examples/connection-refused.nt", "examples/arp-failure.nt"];
  for (const args of [
    ["--version"],
    ["sendto", "127.0.0.1", "9999", "aaaaa"],
    ["sendto", "127.0.0.1", "9999", "aaaaa", "--format", "html"],
    ["run", "--jobs", "2", ...examples],
  ]) {
    const expected = run(process.execPath, [join(ROOT, "bin/nettrace"), ...args]);
    if (run(made, args) !== expected) throw new Error(`the executable differs: nettrace ${args.join(" ")}`);
  }
}

run(process.execPath, [join(ROOT, "tools/build.mjs"), "--quiet", "--if-stale"]);
const scratch = mkdtempSync(join(DIST, "package-"));
try {
  const made = await make(scratch);
  verify(made);
  renameSync(made, output);
} finally {
  rmSync(scratch, { recursive: true });
}
console.log(`${output.slice(ROOT.length)}  ${statSync(output).size}`);
