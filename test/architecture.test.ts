// SPDX-License-Identifier: GPL-2.0-only
/** The rules of src/README.md: who may import whom, and what the simulator may not touch. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { describe, expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

/** Which folders a folder may import, itself besides. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  api: ["cli", "script", "kernels", "capture", "render", "trace", "wire", "uapi"],
  cli: ["script", "kernels", "capture", "render", "trace", "wire", "uapi"],
  script: ["trace", "wire", "uapi"],
  kernels: ["trace", "wire", "uapi"],
  capture: ["trace", "wire", "uapi"],
  render: ["trace", "wire", "uapi"],
  trace: ["wire", "uapi"],
  wire: ["uapi"],
  uapi: [],
};

interface Source {
  path: string;
  text: string;
  imports: string[];
}

const sources: Source[] = files(SRC).map((path) => {
  const text = readFileSync(path, "utf8");
  return { path: relative(SRC, path), text, imports: importsOf(text) };
});

function files(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => join(folder, name));
}

/** What a source names in `import`, `export … from` and `import()`, types too. */
function importsOf(text: string): string[] {
  const statements = text.matchAll(/^(?:import|export)\s(?:[^;"'`]*?\sfrom\s+)?"([^"]+)"/gm);
  const calls = text.matchAll(/\bimport\(\s*"([^"]+)"/g);
  return [...statements, ...calls].map((match) => match[1] ?? "");
}

/** The path below src/ that a relative import leads to. */
function target(from: string, specifier: string): string {
  return relative(SRC, resolve(SRC, dirname(from), specifier));
}

const folderOf = (path: string): string => path.split("/")[0] ?? "";

/** What every kernel offers and is told: types that others may name too. */
const INTERFACE = ["kernels/config.ts", "kernels/release.ts"];

/** `kernels/el6` of `kernels/el6/net/socket.ts`; nothing for what all releases share. */
const releaseOf = (path: string): string | undefined => /^kernels\/[^/]+(?=\/)/.exec(path)?.[0];

/** Without comments and types, and with every string empty. */
async function codeOf(source: Source): Promise<string> {
  const options = { loader: "ts", charset: "utf8", tsconfigRaw: { compilerOptions: {} } } as const;
  const { code } = await transform(source.text, options);
  return code.replace(/"(?:[^"\\\n]|\\.)*"/g, '""').replace(/^\s*\/\/.*$/gm, "");
}

function offences(wrong: (source: Source, specifier: string) => boolean): string[] {
  return sources.flatMap((source) =>
    source.imports
      .filter((specifier) => wrong(source, specifier))
      .map((specifier) => `${source.path} -> ${specifier}`),
  );
}

describe("imports", () => {
  test("go in no circle, but for the kernels: C has none of these rules", () => {
    const graph = new Map(
      sources.map(({ path, imports }) => [path, imports.map((specifier) => target(path, specifier))]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      const at = way.indexOf(path);
      if (at >= 0) circles.push([...way.slice(at), path].join(" -> "));
      if (at >= 0 || done.has(path)) return;
      for (const next of graph.get(path) ?? []) visit(next, [...way, path]);
      done.add(path);
    };
    for (const path of graph.keys()) if (releaseOf(path) === undefined) visit(path, []);
    expect(circles.filter((circle) => releaseOf(circle) === undefined)).toEqual([]);
  });

  test("every folder of src/ has its place", () => {
    const folders = new Set(sources.map(({ path }) => folderOf(path)));
    expect([...folders].filter((folder) => !(folder in MAY_IMPORT))).toEqual([]);
  });

  test("point down", () => {
    const upward = offences(({ path }, specifier) => {
      if (!specifier.startsWith(".")) return false;
      const [from, to] = [folderOf(path), folderOf(target(path, specifier))];
      if (from === "cli" && to === "..") return false; // package.json, for the version
      if (from === "script" && INTERFACE.includes(target(path, specifier))) return false;
      return from !== to && !MAY_IMPORT[from]?.includes(to);
    });
    expect(upward).toEqual([]);
  });

  test("a kernel knows no other kernel", () => {
    const across = offences(({ path }, specifier) => {
      const release = releaseOf(path);
      if (release === undefined || !specifier.startsWith(".")) return false;
      const to = target(path, specifier);
      const other = releaseOf(to);
      return folderOf(to) === "kernels" && other !== undefined && other !== release;
    });
    expect(across).toEqual([]);
  });

  test("packages and node: only in cli/", () => {
    expect(offences(({ path }, specifier) => !specifier.startsWith(".") && folderOf(path) !== "cli")).toEqual(
      [],
    );
  });

  test("chalk and cli-table3 are loaded late: they cost every start milliseconds", () => {
    const early = sources.filter(({ text }) => /^import (?!type\b)[^;]*?"(?:chalk|cli-table3)"/m.test(text));
    expect(early.map(({ path }) => path)).toEqual([]);
  });
});

describe("the simulator", () => {
  /** What makes a run depend on more than its input. */
  const WORLD =
    /(?<![.\w$])(?:Date\s*[.(]|new Date\b|Math\.random\b|performance\.|process\s*[.[]|crypto\.|console\.|globalThis\b|set(?:Timeout|Interval|Immediate)\s*\()/;

  test("has no clock, no randomness, no process", async () => {
    const found: string[] = [];
    for (const source of sources.filter(({ path }) => folderOf(path) !== "cli")) {
      const match = WORLD.exec(await codeOf(source));
      if (match) found.push(`${source.path}: ${match[0]}`);
    }
    expect(found).toEqual([]);
  });

  test("keeps no state in modules", async () => {
    const found: string[] = [];
    for (const source of sources) {
      const match = /^(?:export )?(?:let|var) [\w$]+/m.exec(await codeOf(source));
      if (match) found.push(`${source.path}: ${match[0]}`);
    }
    expect(found).toEqual([]);
  });
});
