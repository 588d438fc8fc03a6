// SPDX-License-Identifier: GPL-2.0-only
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const VERSION = expect.stringMatching(
  new RegExp(`^nettrace ${manifest.version.replaceAll(".", "[.]")}\n`),
) as string;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nettrace-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function launch(
  root: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [join(root, "bin/nettrace"), ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

/** Copy parts of the project into the test's folder. */
function copy(...paths: string[]): void {
  for (const path of paths) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
}

test("the built program is ASCII, since the launcher takes its bytes for characters", () => {
  for (const name of ["nettrace.cjs", "more.cjs"]) {
    expect(
      readFileSync(join(ROOT, "dist", name)).every((byte) => byte < 0x80),
      name,
    ).toBe(true);
  }
});

test("starts the built program", () => {
  const { status, stdout, stderr } = launch(ROOT, ["--version"]);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: VERSION, stderr: "" });
});

test("is started by its name, through a link", () => {
  symlinkSync(join(ROOT, "bin/nettrace"), join(folder, "nettrace"));
  const { status, stdout } = spawnSync(join(folder, "nettrace"), ["--version"], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 0, stdout: VERSION });
});

test("bad usage is status 2 and one line", () => {
  const { status, stdout, stderr } = launch(ROOT, ["--no-such-option"]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^nettrace: .*\n$/);
});

test("threads of nettrace run print what one prints, however much it is", () => {
  const to = '{sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}';
  const log = `socket(AF_INET, SOCK_DGRAM, 0) = 3\n${`sendto(3, "x", 1, 0, ${to}, 16)\n`.repeat(250)}`;
  const files = ["a.nt", "b.nt", "c.nt"].map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, log);
  const [alone, together] = ["1", "2"].map((jobs) => {
    const shown = ["--trace", "all", "--depth", "all"];
    const args = [join(ROOT, "bin/nettrace"), "run", ...shown, "--jobs", jobs, ...files];
    return spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  });
  // More than a thread may be ahead of what has been written.
  expect(alone?.stdout.length).toBeGreaterThan(3 * 3e6);
  expect(together?.stdout === alone?.stdout).toBe(true);
  expect([together?.status, together?.stderr]).toEqual([0, "3 files: all as written\n"]);
});

test("a closed pipe ends it quietly", async () => {
  const child = spawn(process.execPath, [join(ROOT, "bin/nettrace"), "--help"]);
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const status = await new Promise((resolve) => child.on("close", resolve));
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test.skipIf(process.platform !== "linux")("a full disk is one clear line", () => {
  const script = '"$0" "$1" --help > /dev/full';
  const { status, stderr } = spawnSync("sh", ["-c", script, process.execPath, join(ROOT, "bin/nettrace")], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: "nettrace: cannot write standard output: no space left on device\n",
  });
});

test.each(["", "0123456789abcdef", "not a code cache at all"])(
  "a cache that does not fit is ignored: %j",
  (text) => {
    copy("bin", "dist");
    writeFileSync(join(folder, "dist/nettrace.cache"), text);
    expect(launch(folder, ["--version"])).toMatchObject({ status: 0, stdout: VERSION, stderr: "" });
  },
);

test("what few need is in a part of its own, of the same build", () => {
  copy("bin", "dist");
  const more = join(folder, "dist/more.cjs");
  const json = ["sendto", "127.0.0.1", "9", "--format", "json"];
  expect(launch(folder, json)).toMatchObject({ status: 0, stderr: "" });
  writeFileSync(more, "//0123456789abcdef\n({})");
  expect(launch(folder, json)).toMatchObject({
    status: 70,
    stderr: "nettrace: it was built anew meanwhile: start it again\n",
  });
  rmSync(more);
  expect(launch(folder, json)).toMatchObject({
    status: 70,
    stderr: "nettrace: dist/more.cjs is missing: install nettrace again\n",
  });
  expect(launch(folder, ["--version"])).toMatchObject({ status: 0, stdout: VERSION, stderr: "" });
  expect(launch(folder, ["sendto", "127.0.0.1", "9"])).toMatchObject({ status: 0, stderr: "" });
});

test("a mistake of ours is one line, and its stack is for who asks", () => {
  copy("bin");
  mkdirSync(join(folder, "dist"));
  for (const text of [
    "throw new Error('oh\\nno')",
    "({ './nettrace.cjs': (exports) => { exports.run = async () => { throw new Error('oh\\nno') } } })",
  ]) {
    writeFileSync(join(folder, "dist/nettrace.cjs"), text);
    expect(launch(folder, [])).toMatchObject({
      status: 70,
      stdout: "",
      stderr: "nettrace: internal error: oh, please report\n",
    });
    expect(launch(folder, [], { NETTRACE_DEBUG: "1" }).stderr).toContain("    at ");
  }
});

test("a bare clone builds itself, silently on standard output", () => {
  copy("bin", "src", "examples", "tools", "package.json", "tsconfig.json");
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const first = launch(folder, ["--version"]);
  expect(first).toMatchObject({ status: 0, stdout: VERSION });
  expect(first.stderr).toMatch(/^nettrace: first run: .*\n$/);
  expect(launch(folder, ["--version"])).toMatchObject({ status: 0, stdout: VERSION, stderr: "" });
});

test("a bare clone that cannot install says what to do", () => {
  copy("bin", "package.json", "package-lock.json");
  mkdirSync(join(folder, "path"));
  writeFileSync(join(folder, "path/npm"), "#!/bin/sh\necho to stdout\necho to stderr >&2\nexit 1\n");
  chmodSync(join(folder, "path/npm"), 0o755);
  const { status, stdout, stderr } = launch(folder, ["--version"], { PATH: join(folder, "path") });
  expect({ status, stdout }).toEqual({ status: 70, stdout: "" });
  expect(stderr).toMatch(/^nettrace: first run: .*\nnettrace: could not install .*npm ci.*\n$/);
});

test("a package without its program says so", () => {
  copy("bin/nettrace", "bin/package.json");
  const { status, stdout, stderr } = launch(folder, ["--version"]);
  expect({ status, stdout }).toEqual({ status: 70, stdout: "" });
  expect(stderr).toMatch(/^nettrace: .*install.*\n$/);
});
