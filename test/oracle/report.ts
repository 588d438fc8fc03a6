// SPDX-License-Identifier: GPL-2.0-only
/** Results as text and JSON: the table, the first difference of each case, the commonest differences. */
import { ASPECTS, type Aspect } from "./compare.ts";
import { differenceText } from "./diff.ts";
import { isKnown, KNOWN } from "./known.ts";
import { type CaseResult, type Failure, noScore, type Score } from "./run.ts";
import { QUIET, type World } from "./worlds.ts";

export interface Row {
  cases: number;
  readonly score: Score;
}

/** Rows by topic in the order of their names, `total` last. */
export function tabulate(results: readonly CaseResult[]): Map<string, Row> {
  const topics = [...new Set(results.map((r) => r.topic))].sort();
  const rows = new Map<string, Row>(
    [...topics, "total"].map((name) => [name, { cases: 0, score: noScore() }]),
  );
  for (const result of results) {
    for (const name of [result.topic, "total"]) {
      const row = rows.get(name) as Row;
      row.cases++;
      for (const aspect of ASPECTS) {
        row.score[aspect][0] += result.score[aspect][0];
        row.score[aspect][1] += result.score[aspect][1];
      }
    }
  }
  return rows;
}

/** `{topic: {cases, calls: [agree, of], …}, total: …}`. */
export function toJson(rows: ReadonlyMap<string, Row>): string {
  const plain = Object.fromEntries([...rows].map(([name, { cases, score }]) => [name, { cases, ...score }]));
  return JSON.stringify(plain, null, 2);
}

export function toTable(rows: ReadonlyMap<string, Row>, aspects: readonly Aspect[] = ASPECTS): string {
  const head = ["topic", "cases", ...aspects];
  const body = [...rows].map(([name, row]) => [
    name,
    String(row.cases),
    ...aspects.map((a) => row.score[a].join(" of ")),
  ]);
  const widths = head.map((title, i) =>
    Math.max(title.length, ...body.map((cells) => (cells[i] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(head), ...body.map(line)].join("\n");
}

/** How many cases agree in a world that is no quiet one. */
export function toWorlds(results: readonly CaseResult[]): string {
  const count = (other: (world: World) => boolean): number =>
    results.filter((r) => r.worlds.some(other)).length;
  const counts: [number, string][] = [
    [count((w) => w.late.length > 0), "slower"],
    [count((w) => w.crowded || w.neighbours > 0), "crowded"],
    [count((w) => w.held[0] < w.held[1]), "behind with RCU"],
    [count((w) => w.seed !== QUIET.seed), "with other choices"],
  ];
  const said = counts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  return said.length === 0 ? "" : `machines that were otherwise when cases were recorded: ${said.join(", ")}`;
}

/** The first thing that went wrong in a case, in full. */
export function firstDifference(result: CaseResult): string {
  const [first] = result.failures;
  if (first === undefined) return "";
  const head = `${result.topic}: ${result.name}, ${first.where}, ${first.aspect}: ${first.op}`.trimEnd();
  const body = first.difference ? differenceText(first.difference) : indent(first.error ?? "");
  const why = isKnown(result, first) ? `    known: ${KNOWN.get(result.name)}\n` : "";
  return `${head}\n${body}\n${why}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}

/** The commonest first differences of each aspect, with how many cases begin to differ so and one of them. */
export function commonest(results: readonly CaseResult[], limit: number): string {
  const out: string[] = [];
  for (const aspect of ASPECTS) {
    const counts = new Map<string, { n: number; example: string }>();
    for (const result of results) {
      const first = result.failures.find((f) => f.aspect === aspect);
      if (first === undefined) continue;
      const found = counts.get(kindOf(first));
      if (found) found.n++;
      else
        counts.set(kindOf(first), {
          n: 1,
          example: `${result.name}, ${first.where}: ${first.op.slice(0, 80)}`,
        });
    }
    const sorted = [...counts].sort((a, b) => b[1].n - a[1].n).slice(0, limit);
    if (sorted.length === 0) continue;
    out.push(`${aspect}:`);
    for (const [kind, { n, example }] of sorted)
      out.push(`${String(n).padStart(6)}  ${kind}\n        (${example})`);
  }
  return out.join("\n");
}

/** What kind of failure this is: of exceptions, the message and where it was thrown. */
function kindOf(failure: Failure): string {
  if (failure.difference) return failure.difference.kind;
  const [message = "", ...stack] = (failure.error ?? "").split("\n");
  const where = stack.slice(0, 2).map((l) => l.trim().replace(/\(?(?:file:\/\/)?\/.*\/([^/]+)\)?$/, "$1"));
  return `${message} ${where.join(" < ")}`;
}
