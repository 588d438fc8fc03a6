// SPDX-License-Identifier: GPL-2.0-only
/** The fenced blocks of the pages: each is a piece of a shell session, or says why it is not run. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** A command of a block, and what the page shows of its output. */
export interface Command {
  readonly text: string;
  readonly shown: readonly string[];
}

export interface Block {
  /** Of its first line, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** What stands in the comment above it: `not run: a reason`, `run: FILE` (by another test), `file: NAME` (the text of one). */
  readonly marker: string;
}

/** All pages but those of kernel functions, and those whose test is test/docs/seed-answers.test.ts. */
export const PAGES: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.startsWith("el6/") && !name.endsWith("seed-answers.md"))
    .map((name) => `docs/${name}`)
    .sort(),
];

export function textOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

export function blocksOf(page: string): Block[] {
  const text = textOf(page);
  return [...text.matchAll(/(?:^<!-- (.*?) -->\n)?^(`{3,})(\w*)\n([\s\S]*?)^\2$/gm)].map((match) => ({
    line: text.slice(0, match.index).split("\n").length + (match[1] === undefined ? 1 : 2),
    marker: match[1] ?? "",
    language: match[3] ?? "",
    text: match[4] ?? "",
  }));
}

/** The commands of a block, if it is a session: `sh` is commands alone, elsewhere they stand behind `$`. */
export function commandsOf({ language, text }: Block): Command[] | undefined {
  const lines = text.trimEnd().split("\n");
  if (language === "sh") {
    const commands = text.trimEnd().split(/(?<![|\\])\n/);
    const said = commands.filter((line) => line.trim() !== "" && !line.startsWith("#"));
    return said.map((line) => ({ text: line, shown: [] }));
  }
  if (!["", "console"].includes(language) || !lines[0]?.startsWith("$ ")) return undefined;
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = "", ...shown] = part.split("\n");
      return { text: command, shown: shown.map(squeeze).filter((line) => line !== "") };
    });
}

/** Columns move with what stands beside them, and so do marks: only words count. */
function squeeze(line: string): string {
  return line.replace("·inline", "").replace(/\s+/g, " ").trim();
}

/** Programs that are not everywhere. */
const PROGRAMS = [
  "tshark",
  "tcpdump",
  "trace-cmd",
  "uftrace",
  "dot",
  "rsvg-convert",
  "nstat",
  "ss",
  "jq",
  "ip",
];

/** Those that a block asks for; `--host` asks ip(8). */
export function programsOf({ text }: Block): string[] {
  const named = PROGRAMS.filter((name) => new RegExp(`(?:^|[|$<(] ?)${name} `, "m").test(text));
  return text.includes("--host") ? [...named, "ip"] : named;
}

/** Run a command as a reader would; what it printed, line by line. */
export function printed(command: string, folder: string): { status: number | null; lines: string[] } {
  const env = { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}`, LC_ALL: "C.UTF-8" };
  const options = { cwd: folder, env, encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `${command}\n`], { ...options, input: "" });
  return { status, lines: `${stdout}\n${stderr}`.split("\n").map(squeeze) };
}

/** The first shown line that was not printed, in order; undefined where all were. `…` and `⋮` stand for anything. */
export function missing(shown: readonly string[], lines: readonly string[]): string | undefined {
  let from = 0;
  for (const line of shown) {
    if (["⋮", "…", "..."].includes(line)) continue;
    const parts = line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const pattern = new RegExp(`^${parts.join(".*")}$`);
    const at = lines.findIndex((each, i) => i >= from && pattern.test(each));
    if (at < 0) return line;
    from = at + 1;
  }
  return undefined;
}
