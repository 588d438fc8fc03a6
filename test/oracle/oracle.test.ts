// SPDX-License-Identifier: GPL-2.0-only
/** The simulator against the recordings: topics that agree entirely, but for what is known, must go on doing so. */
import { describe, expect, test } from "vitest";
import { El6 } from "../../src/kernels/index.ts";
import { isKnown, KNOWN } from "./known.ts";
import { loadCases, ownData, type RecordedCase } from "./recording.ts";
import { firstDifference } from "./report.ts";
import { runCase } from "./run.ts";
import { Cutter, loadSymbols } from "./symbols.ts";

/** Curated topics in which every step agrees. */
const HELD: readonly string[] = [
  "address",
  "basic",
  "bind",
  "branches",
  "broadcast",
  "checksum",
  "cmsg",
  "connect",
  "cork",
  "device",
  "efault",
  "flags",
  "icmp",
  "ipfields",
  "ipopts",
  "length",
  "multicast",
  "neigh",
  "neighd",
  "netfilter",
  "other",
  "pmtu",
  "qdisc",
  "routes",
  "rules",
  "sndbuf",
  "sysctl",
];

/** Every so manieth random case is run here; `npm run oracle` runs them all. */
const RANDOM_STRIDE = 41;

const cutter = new Cutter(loadSymbols());
const differences = (cases: readonly RecordedCase[]): string =>
  cases
    .map((rec) => runCase(rec, El6, cutter))
    .map((result) => ({ ...result, failures: result.failures.filter((f) => !isKnown(result, f)) }))
    .map(firstDifference)
    .join("");

const curated = loadCases(`${ownData()}/cases`);

describe("agrees with the recordings of", () => {
  test.each(HELD)("%s", (topic) => {
    const cases = curated.filter((c) => c.topic === topic);
    expect(cases.length).toBeGreaterThan(0);
    expect(differences(cases)).toBe("");
  });

  test("a fraction of the random networks", () => {
    const random = loadCases(`${ownData()}/random`).filter((_, i) => i % RANDOM_STRIDE === 0);
    expect(differences(random)).toBe("");
  });
});

test("what is known to differ still does: nothing stands in the list for nothing", () => {
  const all = [...curated, ...loadCases(`${ownData()}/random`)];
  const cases = all.filter((rec) => KNOWN.has(rec.case));
  expect(cases).toHaveLength(KNOWN.size);
  const agree = cases.map((rec) => runCase(rec, El6, cutter)).filter((r) => r.failures.length === 0);
  expect(agree.map((r) => r.name)).toEqual([]);
});

test("the whole set is there", () => {
  expect(curated).toHaveLength(749);
});
