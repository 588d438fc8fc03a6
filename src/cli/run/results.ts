// SPDX-License-Identifier: GPL-2.0-only
/** The end of a run of several files: its last line, and --report for programs that read what failed. */
import { nearest } from "../../script/nearest.ts";
import { UsageError } from "../errors.ts";
import type { Io, Replacement } from "../io.ts";
import type { Failure } from "./judge/report.ts";
import type { FileResult } from "./run.ts";

/** A report that was asked for. */
export type ReportWish = { readonly kind: "github" } | { readonly kind: "junit"; readonly file: string };

/** `github`, `junit=FILE`. Throws UsageError. */
export function parseReports(texts: readonly string[]): ReportWish[] {
  return texts.map((text) => {
    if (text === "github") return { kind: "github" };
    const file = /^junit=(.+)$/s.exec(text)?.[1];
    if (file !== undefined) return { kind: "junit", file };
    const near = nearest(text.replace(/=.*/s, ""), ["junit", "github"]);
    const hint = near === undefined ? "" : `; did you mean ${near === "junit" ? "junit=FILE" : near}?`;
    throw new UsageError(`--report '${text}': expected junit=FILE or github${hint}`);
  });
}

export class Results {
  private files: readonly Replacement[] = [];
  private readonly wishes: readonly ReportWish[];
  private readonly annotates: boolean;
  private readonly io: Io;

  constructor(wishes: readonly ReportWish[], io: Io) {
    this.io = io;
    this.annotates = wishes.some(({ kind }) => kind === "github");
    this.wishes = wishes;
  }

  /** All scenarios are read, and none has run: files that cannot be written, or that are read, are known now. Throws UsageError. */
  readonly open = (): void => {
    for (const wish of this.wishes)
      if (wish.kind === "junit") this.files = [...this.files, this.create(wish.file)];
  };

  private create(file: string): Replacement {
    try {
      return this.io.createFile(file);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(error.message.replace(/^-o /, "--report junit="));
    }
  }

  /** Nothing of it is written. */
  abandon(): void {
    for (const file of this.files) file.abandon();
  }

  /** `counts`: with the last line. */
  tell(results: readonly FileResult[], counts: boolean): void {
    for (const file of this.files) file.write(junit(results));
    for (const file of this.files) file.finish();
    for (const file of this.files) file.commit();
    this.files = [];
    if (this.annotates) for (const result of results) this.io.stderr(annotations(result));
    if (counts) this.io.stderr(`${lastLine(results)}\n`);
  }
}

/** `16 files: 15 as written, 1 not`. */
function lastLine(results: readonly FileResult[]): string {
  const all = results.length;
  const not = results.filter(({ failures }) => failures > 0).length;
  const files = `${all} ${all === 1 ? "file" : "files"}`;
  if (not === 0) return `${files}: ${all === 1 ? "as written" : "all as written"}`;
  return not === all
    ? `${files}: ${all === 1 ? "not as written" : "none as written"}`
    : `${files}: ${all - not} as written, ${not} not`;
}

/** JUnit's XML: a suite, a case for each file, a failure for each thing that is not as written. No time: a simulation has none. */
function junit(results: readonly FileResult[]): string {
  const not = results.filter(({ failures }) => failures > 0).length;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="nettrace run" tests="${results.length}" failures="${not}">`,
    `  <testsuite name="nettrace run" tests="${results.length}" failures="${not}" errors="0" skipped="0">`,
    ...results.flatMap(testcase),
    "  </testsuite>",
    "</testsuites>",
  ];
  return `${lines.join("\n")}\n`;
}

function testcase({ name, failures, list }: FileResult): string[] {
  const open = `    <testcase classname="nettrace.run" name="${xml(name)}" file="${xml(name)}"`;
  if (failures === 0) return [`${open}/>`];
  return [
    `${open}>`,
    `      <failure message="${xml(message(list[0], failures))}" type="difference">${xml(list.map((f) => block(name, f)).join(""))}</failure>`,
    "    </testcase>",
  ];
}

/** The first failure, and how many there are more. */
function message(first: Failure | undefined, failures: number): string {
  return `${first?.text ?? "not as written"}${failures > 1 ? ` (and ${failures - 1} more)` : ""}`;
}

function block(name: string, { line, column, text, details }: Failure): string {
  return `${name}:${line}:${column}: ${text}\n${details.map((detail) => `    ${detail}\n`).join("")}`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text in XML 1.0, which has no control characters at all. */
function xml(text: string): string {
  return text
    .replace(/[&<>"]/g, (c) => ENTITIES[c] as string)
    .replace(/(?!\n)\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, "\ufffd");
}

/** Workflow commands of GitHub Actions, which show a line's failure beside the line. */
function annotations({ name, list }: FileResult): string {
  return list
    .map(({ line, column, text, details }) => {
      const at = `file=${property(name)},line=${line},col=${column},title=nettrace run`;
      return `::error ${at}::${data([text, ...details].join("\n"))}\n`;
    })
    .join("");
}

const data = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
