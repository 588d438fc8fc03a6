// SPDX-License-Identifier: GPL-2.0-only
/** What axe finds on the page: nothing, whichever screen and scheme. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { MAIN_JOB } from "../run.ts";
import { Browser, MISSING, SCREENS } from "./browser.ts";
import { pageOf } from "./pages.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const browser = new Browser();
beforeEach((ctx) => {
  if (MISSING !== null) ctx.skip(MISSING);
});
afterEach(() => browser.closePages());
afterAll(() => browser.end());

const PAGES: readonly (readonly string[])[] = [
  MAIN_JOB,
  [...MAIN_JOB, "--connect", "-n", "3"],
  ["sendto", "127.0.0.1", "9999", "--size", "70000"],
];
const SCREEN_NAMES = Object.keys(SCREENS) as (keyof typeof SCREENS)[];
const CASES = PAGES.flatMap((args) =>
  SCREEN_NAMES.flatMap((screen) => (["light", "dark"] as const).map((scheme) => ({ args, screen, scheme }))),
);

test.each(CASES)(
  "$args on a $screen $scheme screen",
  { timeout: 120_000 },
  async ({ args, screen, scheme }) => {
    const { page } = await browser.open(await pageOf(...args), "", screen, scheme);
    await page.evaluate(AXE);
    const violations = await page.evaluate(
      "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join(' ')))",
    );
    expect(violations).toEqual([]);
  },
);
