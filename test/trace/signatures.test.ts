// SPDX-License-Identifier: GPL-2.0-only
/** The signature text of a traced function repeats its name and parameters: this holds the two together. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const EL6 = fileURLToPath(new URL("../../src/kernels/el6", import.meta.url));
const DEFINITION =
  /(?:export )?const (\w+)(?::[^=\n]*)? =\s+(?:traced|inlined)\(\s*(?:\w+|"[^"]+"),\s*"([^"]+)",\s*(?:function \w*)?\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*(?::[^=]*?)?\s*(?:=>|\{)/g;

/** Parameter names of a TypeScript parameter list, the machine left out. */
function names(list: string): string[] {
  const flat = list
    .replace(/\([^()]*\)/g, "")
    .replace(/\{[^{}]*\}/g, "")
    .replace(/<[^<>]*>/g, "")
    .replace(/\[[^[\]]*\]/g, "");
  return flat
    .split(",")
    .map((p) =>
      p
        .trim()
        .replace(/^_/, "")
        .replace(/[?:=\s].*$/s, ""),
    )
    .filter((p) => p !== "" && p !== "k");
}

test("every signature names the function and its parameters", () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const name of readdirSync(EL6, { recursive: true, encoding: "utf8" }).filter((n) =>
    n.endsWith(".ts"),
  )) {
    const text = readFileSync(join(EL6, name), "utf8");
    for (const [, constant, signature, parameters] of text.matchAll(DEFINITION)) {
      seen++;
      const expected = `${constant}(${names(parameters ?? "").join(", ")})`;
      if (signature !== expected) wrong.push(`${name}: "${signature}", the code says "${expected}"`);
    }
  }
  expect(wrong).toEqual([]);
  expect(seen).toBeGreaterThan(0);
});
