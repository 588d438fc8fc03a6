// SPDX-License-Identifier: GPL-2.0-only
/** Every file of source says under which licence it is, in its first lines. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = [".ci", "bench", "bin", "src", "test", "tools"];
/** Source, by how its name ends; scripts without an ending are told by their first line. */
const SOURCE = /\.(?:[cm]?[jt]s|css|c|sh)$/;

function isSource(file: string): boolean {
  return SOURCE.test(file) || (!/\.\w+$/.test(file) && readFileSync(file, "latin1").startsWith("#!"));
}

/** The files below a folder. */
function files(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? files(path) : [path];
  });
}

test("every source file begins with its SPDX line", () => {
  const sources = [...FOLDERS.flatMap(files), "vitest.config.ts"].filter((path) =>
    isSource(join(ROOT, path)),
  );
  const without = sources.filter((path) => {
    const head = readFileSync(join(ROOT, path), "utf8").split("\n", 2).join("\n");
    return !/^(?:\/\/|\/\*|#) SPDX-License-Identifier: GPL-2\.0-only/m.test(head);
  });
  expect(sources.length).toBeGreaterThan(600);
  expect(without).toEqual([]);
});
