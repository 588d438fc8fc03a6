// SPDX-License-Identifier: GPL-2.0-only
/**
 * npm run oracle -- [--data DIR] [--topic T[,T…]] [--case C] [--verbose] [--json] [--stock] [--top [N]]
 *
 * Recorded cases of the real kernel through the simulator: how many steps agree. docs/oracle.md says more.
 * Exit status 0 if all agree, 1 if one does not, 2 if it cannot be told.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RELEASES } from "../../src/kernels/index.ts";
import { nearest } from "../../src/script/nearest.ts";
import { ASPECTS } from "./compare.ts";
import { isKnown, toKnown } from "./known.ts";
import { DataError, loadCases, ownData, type RecordedCase } from "./recording.ts";
import { commonest, firstDifference, tabulate, toJson, toTable, toWorlds } from "./report.ts";
import { type CaseResult, runCase } from "./run.ts";
import { stockResults } from "./stock.ts";
import { Cutter, loadSymbols } from "./symbols.ts";

const OPTIONS = {
  data: { type: "string" },
  topic: { type: "string", multiple: true },
  case: { type: "string", multiple: true },
  verbose: { type: "boolean", short: "v" },
  json: { type: "boolean" },
  stock: { type: "boolean" },
  top: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const HELP = `usage: npm run oracle -- [--data DIR] [--topic T[,T…]] [--case C] [--verbose] [--json] [--stock] [--top N]

  --data DIR   a folder of *.jsonl.br (the project's own recordings)
  --topic T    only cases of these topics
  --case C     only this case
  --verbose    the first difference of each case, side by side
  --json       the table as JSON
  --stock      beside the kernel as it is usually built: a report, not a gate
  --top N      the N commonest differences of each kind
`;

function arguments_(argv: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(argv);
  } catch (error) {
    throw new DataError(error instanceof Error ? error.message : String(error));
  }
}
function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: false }).values;
}

/** Only the cases asked for; a name that isn't there is an error. */
function select(
  cases: readonly RecordedCase[],
  key: "topic" | "case",
  wanted: readonly string[],
): RecordedCase[] {
  const known = new Set(cases.map((c) => c[key]));
  for (const name of wanted) {
    if (known.has(name)) continue;
    const near = nearest(name, [...known]);
    throw new DataError(
      `no ${key} ${JSON.stringify(name)}${near === undefined ? "" : `; did you mean ${near}?`}`,
    );
  }
  return wanted.length === 0 ? [...cases] : cases.filter((c) => wanted.includes(c[key]));
}

const listed = (values: readonly string[] | undefined): string[] =>
  (values ?? []).flatMap((v) => v.split(",")).filter((v) => v !== "");

/** Does it decide the exit status? Of the route cache, only what differs in our own recordings and is not known. */
const counts = (result: CaseResult, own: boolean): boolean =>
  result.failures.some((f) => f.aspect !== "cache" || (own && !isKnown(result, f)));

function run(argv: readonly string[]): number {
  const options = arguments_(argv);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const top = options.top === undefined ? 0 : Number(options.top);
  if (!Number.isInteger(top) || top < 0) throw new DataError(`--top ${options.top} is not a number`);
  const all = loadCases(options.data ?? ownData());
  const cases = select(select(all, "topic", listed(options.topic)), "case", options.case ?? []);
  const release = RELEASES["el6"];
  if (release === undefined) throw new DataError("there is no kernel el6");
  const cutter = new Cutter(loadSymbols());
  const results = options.stock
    ? stockResults(cases, loadCases(join(ownData(), "stock")), release, cutter)
    : cases.map((rec) => runCase(rec, release, cutter));
  const rows = tabulate(results);
  const failed = results.filter((r) => r.failures.length > 0);
  const parts: string[] = [];
  if (options.verbose) parts.push(...failed.map(firstDifference));
  if (top > 0) parts.push(commonest(results, top), "");
  const strange = cutter.strangers();
  if (strange.length > 0) parts.push(`not functions of el6's network: ${strange.join(", ")}`, "");
  const said = [toWorlds(results), toKnown(results)].filter((line) => line !== "");
  if (said.length > 0) parts.push(...said, "");
  parts.push(options.json ? toJson(rows) : toTable(rows, options.stock ? ["calls"] : ASPECTS));
  process.stdout.write(`${(options.json ? parts.slice(-1) : parts).join("\n")}\n`);
  return failed.some((r) => counts(r, options.data === undefined)) && !options.stock ? 1 : 0;
}

try {
  process.exitCode = run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof DataError)) throw error;
  process.stderr.write(`oracle: ${error.message}\n`);
  process.exitCode = 2;
}
