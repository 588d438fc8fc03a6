// SPDX-License-Identifier: GPL-2.0-only
/** However a log is dressed, by mail programs, terminals and tools, its calls are the same. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { dressOf } from "../../src/script/paste/dress.ts";
import { scenario } from "../../src/script/scenario.ts";
import type { ScenarioStep } from "../../src/script/step.ts";

const FOLDER = fileURLToPath(new URL("fixtures", import.meta.url));
/** Logs of the real strace, their first lines. */
const LOGS = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".strace"))
  .map((name) => ({
    name,
    lines: readFileSync(join(FOLDER, name), "latin1").trimEnd().split("\n").slice(0, 120).map(single),
  }));

/** Where a line is broken within a string, one blank comes back, not two. */
function single(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"/g, (text) => text.replace(/ {2,}/g, " "));
}

/** What the lines say, without where they say it. */
function said(lines: readonly string[]): unknown[] {
  return [...scenario(lines, { ifindex: () => 1 }, { dress: dressOf(lines) })].map(bare);
}

function bare(step: ScenarioStep): unknown {
  if (step.kind === "exit" || step.kind === "command" || step.kind === "expect") return step.kind;
  const written = step.written && {
    ret: step.written.ret,
    unknown: step.written.unknown,
    took: step.written.took,
    decoration: step.written.decoration,
  };
  const time = "time" in step ? step.time : undefined;
  const more = step.kind === "call" ? { call: step.call, shown: step.shown } : {};
  return { kind: step.kind, pid: step.pid, name: step.name, written, time, ...more };
}

/** As mail programs wrap: at blanks, which are lost; a word that is too long stays. */
function soft(width: number): (line: string) => string[] {
  return (line) => {
    const out: string[] = [];
    let rest = line;
    while (rest.length > width) {
      let at = rest.lastIndexOf(" ", width);
      if (at <= 0 || rest.slice(0, at).trim() === "") at = rest.indexOf(" ", width);
      if (at < 0) break;
      out.push(rest.slice(0, at).trimEnd());
      rest = rest.slice(at).trimStart();
    }
    return [...out, rest];
  };
}
/** As terminals do: after so many characters. */
function hard(width: number): (line: string) => string[] {
  return (line) => {
    const out: string[] = [];
    for (let at = 0; at < Math.max(1, line.length); at += width) out.push(line.slice(at, at + width));
    return out;
  };
}

const DRESSES: Readonly<Record<string, (lines: readonly string[]) => string[]>> = {
  quoted: (lines) => lines.map((line) => `> ${line}`),
  "quoted twice": (lines) => lines.map((line) => `> > ${line}`),
  "quoted without blanks": (lines) => lines.map((line) => `>>${line}`),
  "quoted with a bar": (lines) => lines.map((line) => `| ${line}`),
  indented: (lines) => lines.map((line) => `    ${line}`),
  "indented by a tab": (lines) => lines.map((line) => `\t${line}`),
  "numbered by cat": (lines) => lines.map((line, i) => `${String(i + 1).padStart(6)}\t${line}`),
  "numbered by an editor": (lines) => lines.map((line, i) => `${i + 101}: ${line}`),
  "found by grep": (lines) => lines.map((line, i) => `app.strace:${i + 1}:${line}`),
  "of a container": (lines) => lines.map((line) => `app_1  | ${line}`),
  "a diff": (lines) => lines.map((line) => `+${line}`),
  "a list": (lines) => lines.map((line) => `* ${line}`),
  commented: (lines) => lines.map((line) => `// ${line}`),
  "with CRLF": (lines) => lines.map((line) => `${line}\r`),
  "with a byte order mark": (lines) => lines.map((line, i) => (i === 0 ? `\xef\xbb\xbf${line}` : line)),
  "UTF-16": (lines) => `\xff\xfe${[...lines.join("\r\n")].map((c) => `${c}\0`).join("")}`.split("\n"),
  "fenced, with a prompt": (lines) => ["It says", "```", "$ strace -f ./app", ...lines, "```", "Why?"],
  "with gaps": (lines) => ["...", ...lines, "[...]", "(some lines left out)"],
  "double spaced": (lines) => lines.flatMap((line) => [line, ""]),
};
const WRAPS: Readonly<Record<string, (line: string) => string[]>> = {
  "72 columns, at blanks": soft(72),
  "78 columns, at blanks": soft(78),
  "72 columns, anywhere": hard(72),
  "80 columns, anywhere": hard(80),
};

describe.each(LOGS)("$name", ({ lines }) => {
  const expected = said(lines);
  test.each(Object.keys(DRESSES))("%s", (name) => {
    expect(said((DRESSES[name] as (lines: readonly string[]) => string[])(lines))).toEqual(expected);
  });
  test.each(Object.keys(WRAPS))("wrapped to %s", (name) => {
    expect(said(lines.flatMap(WRAPS[name] as (line: string) => string[]))).toEqual(expected);
  });
  test("wrapped, and then quoted", () => {
    expect(said(lines.flatMap(soft(72)).map((line) => `> ${line}`))).toEqual(expected);
  });
});
