// SPDX-License-Identifier: GPL-2.0-only
/** What stands in the program besides our own source, and the notices that its licences ask for. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Stands in the sources' text for the notices, which are known when all is bundled. */
export const NOTICES_HERE = "the notices stand here";

/** The folders of the packages that some modules belong to, by name. */
export function packagesOf(moduleIds) {
  const folders = new Set();
  for (const id of moduleIds) {
    const match = /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/?]+)/.exec(id);
    if (match !== null) folders.add(match[1]);
  }
  return [...folders].sort();
}

/** The licence of a package, as its authors wrote it. One that has none must not be bundled. */
function licenceText(folder) {
  const name = readdirSync(folder).find((file) => /^(?:licen[cs]e|copying)\b/i.test(file));
  if (name === undefined) throw new Error(`${folder} is bundled and has no text of its licence`);
  return readFileSync(join(folder, name), "utf8").replace(/\r\n/g, "\n").trim();
}

/** The packages in these folders, each with its licence and that one's text. */
export function bundled(folders) {
  const packages = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return { title: `${name} ${version}`, license, text: licenceText(folder) };
  });
  return packages.sort((a, b) => (a.title < b.title ? -1 : 1));
}

/** Not ours to bundle, but in the executable. */
const NODE =
  "The single-file executable also holds Node.js, under the licences that LICENSE in https://github.com/nodejs/node lists.";

/** Under which licence nettrace and all that is bundled with it are, with the texts. `root`: the project. */
export function notices(root, packages) {
  const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const licence = join(root, "LICENSE");
  const own = existsSync(licence) ? readFileSync(licence, "utf8").trim() : "";
  const parts = [{ title: `nettrace ${version}`, license, text: own }, ...packages];
  const list = parts.map(({ title, license: id }) => `${title.padEnd(30)} ${id}`).join("\n");
  const texts = parts.map(({ title, text }) => `${"=".repeat(78)}\n${title}\n\n${text}\n`).join("\n");
  return `${list}\n\n${NODE}\n\n${texts}`;
}
