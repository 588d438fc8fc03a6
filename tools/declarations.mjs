// SPDX-License-Identifier: GPL-2.0-only
/**
 * One declaration file of many: what an entry exports, and what that names, from whichever file. tsc writes a
 * declaration a statement, each from the left edge, which is all that is relied on here.
 */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const BEGIN = /^(?:import |export |declare |interface |type )/;
const NAME = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const|enum) ([\w$]+)/m;
const FROM = /^(import|export)(?: type)? \{([\s\S]*?)\} from "(\..*?)";/;

/** Has a statement come to its end? Blocks close at the left edge. */
const isWhole = ({ text }) => /(?:^|\n)(?:\}\n|\S.*;\n|[\])}].*;\n)$/.test(text);

/** A file's statements, each with the comment that stands before it. */
function statements(text) {
  const found = [];
  let comment = "";
  for (const line of text.split("\n")) {
    const last = found.at(-1);
    if (last !== undefined && !isWhole(last)) last.text += `${line}\n`;
    else if (line.startsWith("/**")) comment = `${line}\n`;
    else if (BEGIN.test(line)) {
      found.push({ comment, text: `${line}\n` });
      comment = "";
    } else if (/^ \*/.test(line)) comment += `${line}\n`;
  }
  return found;
}

/** A file: what it declares, by name, and what it takes from others: the name there, by the name here. */
function read(file) {
  const declared = new Map();
  const taken = new Map();
  for (const { comment, text } of statements(readFileSync(file, "utf8"))) {
    const from = FROM.exec(text);
    if (from !== null) {
      const path = join(dirname(file), from[3].replace(/\.ts$/, ".d.ts"));
      for (const item of from[2].split(",").map((each) => each.trim().replace(/^type /, ""))) {
        const [there, here = there] = item.split(" as ");
        if (there !== "") taken.set(here, { path, name: there });
      }
    }
    const name = from === null ? NAME.exec(text)?.[1] : undefined;
    if (name !== undefined)
      declared.set(name, (declared.get(name) ?? "") + comment + text.replace(/^export /, ""));
  }
  return { declared, taken };
}

/** The text of the one file, of whose exports `values` are more than types. Two declarations of one name in it are an error. */
export function declarations(entry, values) {
  const files = new Map();
  const fileOf = (path) => files.get(path) ?? files.set(path, read(path)).get(path);
  const chosen = new Map();
  const choose = (path, name) => {
    const { declared, taken } = fileOf(path);
    const text = declared.get(name);
    const other = taken.get(name);
    if (text === undefined) return other && choose(other.path, other.name);
    const known = chosen.get(name);
    if (known !== undefined && known.path !== path)
      throw new Error(`${name} is declared in ${path} and ${known.path}`);
    if (known !== undefined) return;
    chosen.set(name, { path, text });
    const words = text.replace(/\/\*\*[\s\S]*?\*\//g, "").match(/[\w$]+/g) ?? [];
    for (const word of new Set(words)) if (word !== name) choose(path, word);
  };
  const { taken } = fileOf(entry);
  for (const name of taken.keys()) choose(entry, name);
  const body = [...chosen.values()].map(({ text }) => text).join("");
  const lines = [...taken.keys()].sort().map((name) => `  ${values.includes(name) ? "" : "type "}${name},`);
  return `// SPDX-License-Identifier: GPL-2.0-only\n${body}export {\n${lines.join("\n")}\n};\n`;
}
