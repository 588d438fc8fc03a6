// SPDX-License-Identifier: GPL-2.0-only
/** One log in everything that tools, mail programs and web pages put round its lines: the same calls are made of all of them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";

const LOG = readFileSync(fileURLToPath(new URL("logs/nc-refused.strace", import.meta.url)), "latin1");
const LINES = LOG.trimEnd().split("\n");

async function run(lines: readonly string[] | string): Promise<[status: number, out: string]> {
  const text = typeof lines === "string" ? lines : `${lines.join("\n")}\n`;
  const io = memoryIo({ files: { "a.log": Buffer.from(text, "latin1") } });
  return [await main(["run", "--net", "lan", "a.log"], io), io.out];
}

type Dresser = (line: string, i: number) => string;
const two = (n: number): string => String(n % 60).padStart(2, "0");
const escapeHtml = (line: string): string =>
  line
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#x27;");
const utf8 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

const DRESSES: Readonly<Record<string, Dresser>> = {
  "systemd's journal": (line, i) => `Jan 03 11:02:${two(i)} myhost strace[4242]: ${line}`,
  "docker compose": (line) => `resolver-1  | ${line}`,
  "CRI-O": (line, i) => `2024-01-01T10:00:${two(i)}.123456789Z stderr F ${line}`,
  "GitHub's actions": (line, i) => `2024-01-01T10:00:${two(i)}.1234567Z ${line}`,
  GitLab: (line, i) => `\x1b[0K2024-01-01T10:00:${two(i)}.000Z 00O ${line}`,
  logcat: (line, i) => `01-01 10:00:${two(i)}.123  1234  1236 I strace  : ${line}`,
  log4j: (line, i) => `2024-01-01 10:00:${two(i)},123 INFO  [main] c.e.Tracer - ${line}`,
  "docker's own file": (line) =>
    JSON.stringify({ log: `${line}\n`, stream: "stderr", time: "2024-01-01T10:00:00Z" }),
  "JSON, a string a line": (line) => `  ${JSON.stringify(line)},`,
  "strings of C": (line) => JSON.stringify(`${line}\n`),
  YAML: (line) => `  - '${line.replace(/'/g, "''")}'`,
  Python: (line) => `'${line.replace(/[\\']/g, "\\$&")}',`,
  CSV: (line) => `"${line.replace(/"/g, '""')}"`,
  "a table": (line) => `| \`${line.replace(/\|/g, "\\|")}\` |`,
  "a numbered table": (line, i) => `| ${i + 1} | \`${line.replace(/\|/g, "&#124;")}\` |`,
  HTML: escapeHtml,
  "HTML, line by line": (line) => `<div class="line"><code>${escapeHtml(line)}</code></div>`,
  "HTML, coloured": (line) => `<span class="nf">${escapeHtml(line)}</span><br/>`,
  colours: (line) => `\x1b[32m${line}\x1b[39m\x1b[K`,
  "typographic quotes": (line) =>
    utf8(line.replace(/"([^"]*)"/g, "\u201c$1\u201d").replace(/\.\.\./g, "\u2026")),
  "blanks that do not break": (line) => utf8(line.replace(/ {2}/g, "\u00a0 ").replace(" ", "\u00a0")),
  quotation: (line) => `>> > ${line}`,
  "a patch": (line, i) => `${i === 0 ? "@@ -0,0 +1,26 @@\n" : ""}+${line}`,
  "a patch's context": (line, i) =>
    `${i === 0 ? "@@ -1,20 +1,26 @@\n" : ""}${i % 3 === 0 ? "+" : " "}${line}`,
  "cat -n": (line, i) => `${String(i + 1).padStart(6)}\t${line}`,
  "grep -n": (line, i) => `/var/tmp/out.strace:${i + 1}:${line}`,
  "numbers in brackets": (line, i) => `[${i + 1}] ${line}`,
  "numbers and a bar": (line, i) => `${String(i + 1).padStart(4)} | ${line}`,
  "numbers before a journal": (line, i) =>
    `${String(i + 1).padStart(6)}\tJan 03 11:02:${two(i)} myhost strace[4242]: ${line}`,
  bullets: (line) => `- \`${line}\``,
  "a comment of C": (line) => ` * ${line}`,
  "a comment of a shell": (line) => `# ${line}`,
  "dmesg's times": (line, i) => `[${(i * 0.0013).toFixed(6).padStart(12)}] ${line}`,
  CRLF: (line) => `${line}\r`,
  "blank lines between": (line) => `${line}\n`,
  "a terminal's width": (line) => line.padEnd(200),
};

test.each(Object.keys(DRESSES))("%s", async (name) => {
  const dress = DRESSES[name] as Dresser;
  expect(await run(LINES.map(dress))).toEqual(await run(LINES));
});

const cut = (line: string, width: number): string[] => line.match(new RegExp(`.{1,${width}}`, "g")) ?? [""];
function fold(line: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of line.split(/ +/)) {
    const last = lines.at(-1) as string;
    if (last !== "" && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}

test.each([72, 76, 80, 100])("wrapped at %i columns: at blanks, anywhere, quoted", async (width) => {
  const expected = await run(LINES);
  expect(await run(LINES.flatMap((line) => cut(line, width)))).toEqual(expected);
  const [status, out] = await run(LINES.flatMap((line) => fold(line, width)));
  expect([status, out.match(/^\w+/gm)]).toEqual([expected[0], expected[1].match(/^\w+/gm)]);
  expect((await run(LINES.flatMap((line) => fold(line, width).map((part) => `> ${part}`))))[1]).toBe(out);
});

test("UTF-16", async () => {
  const wide = Buffer.from(`\ufeff${LINES.join("\r\n")}\r\n`, "utf16le").toString("latin1");
  expect(await run(wide)).toEqual(await run(LINES));
});
