// SPDX-License-Identifier: GPL-2.0-only
/** `iptables -A|-I|-R|-D|-C CHAIN [matches] -j TARGET`, `-P`, `-F`, `-N`, `-X`, `-E`, `-Z`: the filter table. */
import type { Filter } from "../../kernels/config.ts";
import { quoted } from "../quoted.ts";
import type { Reader } from "../reader.ts";
import { CHAINS, known, LeftOut, option } from "./common.ts";
import { ordered } from "./getopt.ts";
import { rules } from "./rule.ts";

type Verb = Exclude<Filter["op"], "delete-number"> | "zero" | "list";

const VERBS: Readonly<Record<string, Verb>> = {
  "-A": "append",
  "--append": "append",
  "-I": "insert",
  "--insert": "insert",
  "-R": "replace",
  "--replace": "replace",
  "-D": "delete",
  "--delete": "delete",
  "-C": "check",
  "--check": "check",
  "-P": "policy",
  "--policy": "policy",
  "-F": "flush",
  "--flush": "flush",
  "-N": "new-chain",
  "--new-chain": "new-chain",
  "-X": "delete-chain",
  "--delete-chain": "delete-chain",
  "-E": "rename-chain",
  "--rename-chain": "rename-chain",
  "-Z": "zero",
  "--zero": "zero",
  "-L": "list",
  "--list": "list",
  "-S": "list",
  "--list-rules": "list",
};
const VERDICTS = { ACCEPT: "accept", DROP: "drop" } as const;
const TABLES = ["filter", "nat", "mangle", "raw", "security"];

export function parseIptables(r: Reader): Filter[] {
  r.rearrange(ordered);
  options(r);
  const word = r.next("-A, -I, -D, -P or -F");
  const verb = Object.hasOwn(VERBS, word) ? VERBS[word] : undefined;
  if (verb === undefined) throw r.unknown("an iptables command", Object.keys(VERBS));
  const made = command(r, verb);
  options(r);
  return made;
}

/** Options of all commands, and -t. */
function options(r: Reader): void {
  for (;;) {
    if (r.take("-t", "--table")) table(r);
    else if (!option(r)) return;
  }
}

/** The rest of a line about another table is not for us. */
function table(r: Reader): void {
  const name = r.next("filter");
  if (!TABLES.includes(name)) throw r.unknown("a table", TABLES);
  if (name === "filter") return;
  r.note(`table ${name} is not modelled: left out`);
  throw new LeftOut();
}

function command(r: Reader, verb: Verb): Filter[] {
  switch (verb) {
    case "list":
    case "zero":
      r.rest();
      return [];
    case "flush":
    case "delete-chain":
      return r.done || r.peek()?.startsWith("-") === true
        ? [{ kind: "filter", op: verb }]
        : [{ kind: "filter", op: verb, chain: chain(r) }];
    case "policy": {
      const where = chain(r);
      return [{ kind: "filter", op: verb, chain: where, verdict: verdict(r) }];
    }
    case "new-chain":
      return [{ kind: "filter", op: verb, chain: fresh(r) }];
    case "rename-chain": {
      const where = chain(r);
      return [{ kind: "filter", op: verb, chain: where, name: fresh(r) }];
    }
    default:
      return aboutRules(r, verb, chain(r));
  }
}

function aboutRules(
  r: Reader,
  op: "append" | "insert" | "replace" | "delete" | "check",
  where: string,
): Filter[] {
  const numbered = op === "insert" || op === "replace" || op === "delete";
  const at = numbered && /^\d+$/.test(r.peek() ?? "") ? r.number("a rule number") : undefined;
  if (at === 0) throw r.wrong("a rule number, 1 or above");
  if (op === "delete" && at !== undefined) return [{ kind: "filter", op: "delete-number", chain: where, at }];
  if (op === "replace" && at === undefined) throw r.missing("a rule number");
  const from = r.position;
  const made = rules(r, where);
  const text = r.since(from).map(quoted).join(" ");
  const parts = made.map(
    (rule): Filter => ({
      kind: "filter",
      op,
      chain: where,
      ...rule,
      text,
      ...(at === undefined ? {} : { at }),
    }),
  );
  // Each is put before the one that was put there before it.
  return op === "insert" ? parts.reverse() : parts;
}

/** A chain that is there: one of the kernel's, or one that -N made. */
export function chain(r: Reader): string {
  const word = r.next("a chain (INPUT, FORWARD, OUTPUT)");
  return known(r, word, CHAINS, "a chain");
}

function fresh(r: Reader): string {
  const word = r.next("a chain name");
  if (!/^[^\s!-][^\s]{0,27}$/.test(word) || [...CHAINS, "ACCEPT", "DROP", "RETURN"].includes(word)) {
    throw r.wrong("a chain name of at most 28 characters");
  }
  r.chains.add(word);
  return word;
}

function verdict(r: Reader): "accept" | "drop" {
  const word = r.next("ACCEPT or DROP");
  if (!Object.hasOwn(VERDICTS, word)) throw r.unknown("a target", Object.keys(VERDICTS));
  return VERDICTS[word as keyof typeof VERDICTS];
}
