// SPDX-License-Identifier: GPL-2.0-only
/** A short round over logs, the same each time. */
import { expect, test } from "vitest";
import { checkLog, realLines, seeded, wildLog } from "./logs.ts";

const ROUNDS = 400;

test("logs in any state run, or are refused in one clear line", async () => {
  const real = realLines();
  expect(real.length).toBeGreaterThan(500);
  for (let seed = 0; seed < ROUNDS; seed++) {
    const random = seeded(seed);
    const text = wildLog(random, real);
    await checkLog(
      text,
      ...(random() < 0.3 ? ["--net", "lan"] : []),
      ...(random() < 0.2 ? ["--strict"] : []),
    );
  }
}, 60_000);
